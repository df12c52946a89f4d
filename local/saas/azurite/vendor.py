"""The way to Azurite in the registry."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from local.azurite.account import ACCOUNT, LIES_AT
from local.saas.vendor import Service, Vendor


def _settings(_url: str) -> Mapping[str, str]:
    # They depend on more than this address: app_settings.py.
    return {}


def _open(_data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.azurite.service import Front

    return Front(stopping, os.environ.get(LIES_AT, ""))


AZURITE = Vendor("azurite", settings=_settings, open=_open, signed_at=f"/{ACCOUNT}")
