"""How the app reaches Azurite: by the account that each one has, whose key everybody knows."""

from __future__ import annotations

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""From Microsoft's documentation of the storage emulator: it opens nothing but emulators."""

HEALTH = f"/{ACCOUNT}?comp=list"
"""An address that is always there, and that nobody may read without a key."""

HEALTHY = 403

LIES_AT = "ORDERBUDDY_AZURITE_URL"
"""The environment variable that tells the stand-ins where Azurite answers: they stand before it."""


def connection_string(port: int) -> str:
    """The setting AZURE_STORAGE_CONNECTION_STRING for an Azurite at this port, or for the way to one."""
    endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"
