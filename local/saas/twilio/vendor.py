"""Twilio in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from local.saas.vendor import Service, Vendor

ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "test-token-of-the-local-twilio"  # noqa: S105 - it opens nothing but this machine's stand-in
PHONE_NUMBER = "+15005550006"
"""Twilio's own test number: nobody has it."""


def _settings(url: str) -> Mapping[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_PHONE_NUMBER": PHONE_NUMBER,
        "TWILIO_API_BASE": url,
        "ALLOW_MESSAGE": "true",
    }


def _open(data_dir: Path, stopping: asyncio.Event) -> Service:
    # The supervisor reads the registry, too, and serves nothing.
    from local.saas.twilio.service import Twilio
    from local.standin.journal import Journal

    return Twilio(Journal(data_dir / "twilio.jsonl"), stopping)


TWILIO = Vendor("twilio", settings=_settings, open=_open)
