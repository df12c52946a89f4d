"""The receiver of webhooks in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor


def _settings(_url: str) -> Mapping[str, str]:
    # Each webhook has an address of its own: the app is only let to call this machine.
    return {"WEBHOOKS_TO_THIS_MACHINE": "true"}


def _open(_data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.webhooks.service import Receiver

    return Receiver(stopping)


WEBHOOKS = Vendor("webhooks", settings=_settings, open=_open)
