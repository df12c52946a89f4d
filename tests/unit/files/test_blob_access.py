"""Who signs for the one file that somebody may send: the account's key, or one that it lends to the app's identity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

from azure.storage.blob import UserDelegationKey

from local.azurite.account import connection_string
from shared.integrations.blob.access import ByIdentity, ByKey

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Lender:
    """An account as the SDK's client shows it, which lends keys."""

    account_name = "pictures"

    def __init__(self) -> None:
        self.lent: list[tuple[datetime, datetime]] = []

    async def get_user_delegation_key(self, start: datetime, ends: datetime) -> UserDelegationKey:
        self.lent.append((start, ends))
        key = UserDelegationKey()
        key.signed_oid, key.signed_tid = "the-app", "the-tenant"
        key.signed_start, key.signed_expiry = f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{ends:%Y-%m-%dT%H:%M:%SZ}"
        key.signed_service, key.signed_version, key.value = "b", "2023-11-03", "c2VjcmV0"
        return key


async def signed(access: Any, service: Any, now: datetime) -> dict[str, list[str]]:
    until = now + timedelta(minutes=10)
    text = await access.signature(service, "incoming", "r/1", start=now - timedelta(minutes=5), until=until, now=now)
    return parse_qs(text)


async def test_an_identity_signs_with_a_key_that_is_lent_for_some_hours() -> None:
    access, lender = ByIdentity("https://pictures.blob.core.windows.net/", "client"), Lender()
    first = await signed(access, lender, NOW)
    assert (first["sp"], first["sr"], first["skoid"]) == (["c"], ["b"], ["the-app"])
    assert first["se"] == ["2026-11-24T12:10:00Z"]
    await signed(access, lender, NOW + timedelta(hours=5))
    assert len(lender.lent) == 1
    # The signature would outlive the key.
    late = await signed(access, lender, NOW + timedelta(hours=5, minutes=51))
    assert len(lender.lent) == 2 and late["ske"] == ["2026-11-24T23:51:00Z"]


async def test_a_key_signs_by_itself_for_creating_one_file_and_nothing_else() -> None:
    access = ByKey(connection_string(7084))
    assert access.endpoint == "http://127.0.0.1:7084/devstoreaccount1"
    made = await signed(access, SimpleNamespace(), NOW)
    assert (made["sp"], made["sr"]) == (["c"], ["b"]) and "skoid" not in made
    azure = ByKey("DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=a2V5;EndpointSuffix=core.windows.net")
    assert azure.endpoint == "https://mine.blob.core.windows.net"
