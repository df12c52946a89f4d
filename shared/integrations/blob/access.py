"""The two ways into an account: by its key (Azurite, the original's setting) and by the app's managed identity."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential
    from azure.storage.blob.aio import BlobServiceClient

_KEY_LIFETIME = timedelta(hours=6)
_NO_MORE_TRIES: dict[str, Any] = {"retry_total": 0, "retry_connect": 0, "retry_read": 0, "retry_status": 0}


class Access(Protocol):
    """How an account is reached, and who signs for a single file."""

    endpoint: str

    def service(self) -> BlobServiceClient:
        """A client of the account. Makes no call."""
        ...

    async def signature(
        self, service: BlobServiceClient, container: str, name: str, *, start: datetime, until: datetime, now: datetime
    ) -> str:
        """What to add to a file's address so that one may create it, once, and do nothing else, from `start` until
        `until`. Raises AzureError."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


class ByKey:
    """By the account's key, which the connection string holds."""

    def __init__(self, connection_string: str) -> None:
        self._text = connection_string
        parts = parts_of(connection_string)
        self._account, self._key = parts.get("AccountName", ""), parts.get("AccountKey", "")
        scheme = parts.get("DefaultEndpointsProtocol", "https")
        suffix = parts.get("EndpointSuffix", "core.windows.net")
        self.endpoint = parts.get("BlobEndpoint", f"{scheme}://{self._account}.blob.{suffix}").rstrip("/")

    def service(self) -> BlobServiceClient:
        from azure.storage.blob.aio import BlobServiceClient

        return BlobServiceClient.from_connection_string(self._text, **_NO_MORE_TRIES)

    async def signature(
        self, service: BlobServiceClient, container: str, name: str, *, start: datetime, until: datetime, now: datetime
    ) -> str:
        return _signed(self._account, container, name, start, until, account_key=self._key)

    async def close(self) -> None:
        pass


class ByIdentity:
    """By the app's managed identity. What it signs with is a key that the account lends it for some hours."""

    def __init__(self, endpoint: str, client_id: str | None) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._client_id = client_id
        self._credential: ManagedIdentityCredential | None = None
        self._lent: tuple[Any, datetime] | None = None

    def service(self) -> BlobServiceClient:
        from azure.identity.aio import ManagedIdentityCredential
        from azure.storage.blob.aio import BlobServiceClient

        self._credential = ManagedIdentityCredential(client_id=self._client_id)
        return BlobServiceClient(self.endpoint, credential=self._credential, **_NO_MORE_TRIES)

    async def signature(
        self, service: BlobServiceClient, container: str, name: str, *, start: datetime, until: datetime, now: datetime
    ) -> str:
        if self._lent is None or self._lent[1] <= until:
            ends = now + _KEY_LIFETIME
            self._lent = await service.get_user_delegation_key(start, ends), ends
        return _signed(service.account_name or "", container, name, start, until, user_delegation_key=self._lent[0])

    async def close(self) -> None:
        if self._credential is not None:
            await self._credential.close()
            self._credential = None


def parts_of(connection_string: str) -> dict[str, str]:
    """The parts of `AccountName=...;AccountKey=...;BlobEndpoint=...`."""
    return dict(part.strip().partition("=")[::2] for part in connection_string.split(";") if part.strip())


def _signed(account: str, container: str, name: str, start: datetime, until: datetime, **signs: Any) -> str:
    from azure.storage.blob import BlobSasPermissions, generate_blob_sas

    # Creating, not writing: what is there already cannot be changed under whoever reads it.
    may = BlobSasPermissions(create=True)
    return generate_blob_sas(account, container, name, permission=may, start=start, expiry=until, **signs)
