"""What Azure's own SDK hears of a storage account. No container is made: there is none of the name."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from local.conformance.check import SECONDS, Settings, check, refused, same

_BLOB = ("AZURE_STORAGE_CONNECTION_STRING",)


def _account(settings: Settings, *, key: str | None = None) -> Any:
    from azure.storage.blob import BlobServiceClient

    text = settings["AZURE_STORAGE_CONNECTION_STRING"]
    if key is not None:
        text = re.sub(r"AccountKey=[^;]*", f"AccountKey={key}", text)
    return BlobServiceClient.from_connection_string(text, retry_total=0, connection_timeout=SECONDS)


def _signed(settings: Settings, name: str, *, hours: float, opens: str) -> Any:
    """A client of the file `opens`, with a signature for the file `name` that ends in so many hours."""
    from azure.storage.blob import BlobClient, BlobSasPermissions, generate_blob_sas

    account = _account(settings)
    may, until = BlobSasPermissions(create=True), datetime.now(UTC) + timedelta(hours=hours)
    who = account.account_name, "conformance", name
    signature = generate_blob_sas(*who, account_key=account.credential.account_key, permission=may, expiry=until)
    return BlobClient.from_blob_url(f"{account.url.rstrip('/')}/conformance/{opens}?{signature}", retry_total=0)


@check("blob", "the account speaks the version that the SDK asks for", _BLOB)
def _blob_version(settings: Settings) -> None:
    same("sku_name" in _account(settings).get_account_information(), True)


@check("blob", "a file that is not there is not found", _BLOB)
def _blob_lost(settings: Settings) -> None:
    refused(_account(settings).get_blob_client(f"x-{secrets.token_hex(6)}", "x").get_blob_properties, 404)


@check("blob", "a wrong key is refused", _BLOB)
def _blob_key(settings: Settings) -> None:
    wrong = base64.b64encode(secrets.token_bytes(64)).decode()
    refused(_account(settings, key=wrong).get_account_information, 403)


@check("blob", "a signature that is over is refused", _BLOB)
def _blob_late(settings: Settings) -> None:
    late = _signed(settings, "a", hours=-1, opens="a")
    refused(lambda: late.upload_blob(b"x"), 403)


@check("blob", "a signature for one file opens no other", _BLOB)
def _blob_other(settings: Settings) -> None:
    own, other = (_signed(settings, "a", hours=1, opens=name) for name in ("a", "b"))
    refused(lambda: other.upload_blob(b"x"), 403)
    # It opens its own: what is missing there is the container.
    refused(lambda: own.upload_blob(b"x"), 404)
