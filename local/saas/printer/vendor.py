"""Ticket printers in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor


def _settings(_url: str) -> Mapping[str, str]:
    # The app knows no printer's address: a printer knows the app's.
    return {}


def _open(data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.printer.service import Printers
    from local.standin.journal import Journal

    return Printers(Journal(data_dir / "printer.jsonl"), stopping)


PRINTER = Vendor("printer", settings=_settings, open=_open)
