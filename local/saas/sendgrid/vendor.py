"""SendGrid in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor

API_KEY = "SG.test-key-of-the-local-stand-in"
FROM = "orders@orderbuddy.example"
PUBLIC_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELR8JVjYb8+Yzvc4FgIhKtw0UJILM"
    "B+P7bxwKchH4AVLKkgnHaECjNh/iz07KXBccTmDiQqkEhD4Jv3gzybxzZA=="
)
"""What opens, and proves, nothing but this machine's stand-in."""


def _settings(url: str) -> Mapping[str, str]:
    return {
        "SENDGRID_API_URL": url,
        "SENDGRID_API_KEY": API_KEY,
        "FROM_EMAIL": FROM,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC_KEY,
    }


def _open(data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.sendgrid.service import SendGrid
    from local.standin.journal import Journal

    return SendGrid(Journal(data_dir / "sendgrid.jsonl"), stopping, api_key=API_KEY, verified=FROM)


SENDGRID = Vendor("sendgrid", settings=_settings, open=_open)
