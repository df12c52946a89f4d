"""The push service of browsers in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor

PUBLIC_KEY = "BH84ZlLyjONBJjuaTSrMnYfWnoFcLxE3ElagdnYAgmC6rqVZicL_s1MPuEfu2L2F9sAMjZqZLKuHjbXKupQ30eQ"
PRIVATE_KEY = "eP1L4W--atOpBtHJABfwjBdFms6not_LYeGhWiKEPkQ"
"""What opens, and proves, nothing but this machine's stand-in."""

SUBJECT = "mailto:pushes@orderbuddy.example"


def _settings(_url: str) -> Mapping[str, str]:
    # Each browser names its push service: the app is only told whose pushes they are.
    return {"VAPID_PUBLIC_KEY": PUBLIC_KEY, "VAPID_PRIVATE_KEY": PRIVATE_KEY, "VAPID_SUBJECT": SUBJECT}


def _open(data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.web_push.service import PushService
    from local.standin.journal import Journal

    return PushService(Journal(data_dir / "web_push.jsonl"), stopping, public_key=PUBLIC_KEY)


WEB_PUSH = Vendor("web_push", settings=_settings, open=_open)
