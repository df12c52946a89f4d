"""EmergePay in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor


def _settings(url: str) -> Mapping[str, str]:
    return {"EMERGEPAY_ENVIRONMENT_URL": f"{url}/v1"}


def _open(data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.emergepay.service import EmergePay
    from local.standin.journal import Journal

    return EmergePay(Journal(data_dir / "emergepay.jsonl"), stopping)


EMERGEPAY = Vendor("emergepay", settings=_settings, open=_open)
