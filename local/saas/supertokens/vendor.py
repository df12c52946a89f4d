"""SuperTokens in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor

API_KEY = "test-key-of-the-local-core"
"""The key that callers of the stand-in must show. It opens nothing but this machine's stand-in."""


def _settings(url: str) -> Mapping[str, str]:
    return {"SUPERTOKENS_CONNECTION_URI": url, "SUPERTOKENS_API_KEY": API_KEY}


def _open(data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.supertokens.keys import Keys
    from local.saas.supertokens.service import SuperTokens
    from local.standin.journal import Journal

    journal = Journal(data_dir / "supertokens.jsonl")
    return SuperTokens(journal, Keys(data_dir / "supertokens-keys.json"), stopping, api_key=API_KEY)


SUPERTOKENS = Vendor("supertokens", settings=_settings, open=_open)
