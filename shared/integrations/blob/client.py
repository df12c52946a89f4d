"""Files in Azure Storage: pictures in one container that everybody may read, what is sent in one that nobody may.

The SDK is imported at first use, in a thread: it takes half a second. Its own tries again are off, since one call must
end within five seconds; whoever asked may ask again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from shared.integrations import outside
from shared.integrations.blob.access import Access, ByIdentity, ByKey
from shared.integrations.delivery import retry_after
from shared.integrations.files import Door, File, FilesUnavailable, TooLargeError
from shared.integrations.quiet import hush
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobServiceClient

log = logging.getLogger("orderbuddy.files")

PICTURES = "assets"
"""The original's name for it: pictures of both lie in one container where they share an account."""

INCOMING = "incoming"
SECONDS = 5.0
AT_A_TIME = 8
CACHE = "public, max-age=31536000, immutable"
_NO_SUCH_RANGE = 416
"""The answer to whoever reads the first bytes of an empty file."""

_LATE_CLOCKS = timedelta(minutes=5)
_PAGE = 1000

T = TypeVar("T")


class BlobFiles:
    """Files in one account."""

    is_set_up = True

    def __init__(self, settings: Settings, *, seconds: float = SECONDS) -> None:
        """Makes no call. The settings name a connection string, or an account's address."""
        if settings.azure_storage_connection_string is not None:
            text = settings.azure_storage_connection_string.get_secret_value()
            self._access: Access = ByKey(text)
        else:
            self._access = ByIdentity(settings.azure_storage_blob_endpoint or "", settings.azure_client_id)
        self._shown_at = settings.pictures_endpoint or f"{self._access.endpoint}/{PICTURES}"
        # A deployment makes the containers; a local stack's are made at first use.
        self._makes_containers = settings.app_env == "local"
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._making = asyncio.Lock()
        self._made: BlobServiceClient | None = None

    def address(self, name: str) -> str:
        return f"{self._shown_at}/{quote(name)}"

    async def put(self, files: Sequence[File]) -> None:
        async def one(file: File) -> None:
            await self._call(lambda service: _put(service, file), PICTURES)

        # All end before this does: what still ran could overtake the removal of what was put before.
        ends = await asyncio.gather(*(one(file) for file in files), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def remove(self, names: Sequence[str]) -> None:
        for name in names:
            await self._call(partial(_remove, container=PICTURES, name=name), PICTURES)

    async def door(self, name: str, lifetime: timedelta) -> Door:
        # The store reads the real clock, whatever a stack's own says.
        now = datetime.now(UTC)
        until = (now + lifetime).replace(microsecond=0)
        if self._makes_containers:
            await self._call(lambda service: _has_container(service, INCOMING), INCOMING)

        async def signed(service: BlobServiceClient) -> str:
            return await self._access.signature(service, INCOMING, name, start=now - _LATE_CLOCKS, until=until, now=now)

        signature = await self._call(signed, INCOMING)
        url = f"{self._access.endpoint}/{INCOMING}/{quote(name)}?{signature}"
        return Door(url, {"x-ms-blob-type": "BlockBlob", "content-type": "application/octet-stream"}, until)

    async def sent(self, name: str, at_most: int) -> bytes | None:
        return await self._call(lambda service: _sent(service, name, at_most), INCOMING)

    async def left_behind(self, before: datetime, at_most: int) -> list[str]:
        return await self._call(lambda service: _left_behind(service, before, at_most), INCOMING)

    async def drop_sent(self, name: str) -> None:
        await self._call(lambda service: _remove(service, INCOMING, name), INCOMING)

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()
            self._made = None
        await self._access.close()

    async def _service(self) -> BlobServiceClient:
        async with self._making:
            if self._made is None:
                await asyncio.to_thread(_load)
                hush()
                logging.getLogger("azure.storage").setLevel(logging.ERROR)
                self._made = self._access.service()
            return self._made

    async def _call(self, work: Callable[[BlobServiceClient], Awaitable[T]], container: str) -> T:
        """One call within its time. Raises FilesUnavailable, and what `work` raises by itself."""
        outside.begins("files")
        service = await self._service()
        from azure.core.exceptions import AzureError, HttpResponseError

        try:
            async with asyncio.timeout(self._seconds), self._turns:
                try:
                    return await work(service)
                except HttpResponseError as error:
                    if not self._makes_containers or error.error_code != "ContainerNotFound":  # type: ignore[attr-defined]
                        raise
                    await _make_container(service, container)
                    return await work(service)
        except HttpResponseError as error:
            log.warning("the store of files answered %s %s", error.status_code, _code(error))
            raise FilesUnavailable(f"it answered {error.status_code}", _retry_after(error)) from None
        except (AzureError, TimeoutError, OSError) as error:
            # Its text may name the address, and with it a signature.
            log.warning("the store of files does not answer: %s", type(error).__name__)
            raise FilesUnavailable(type(error).__name__) from None


def _load() -> None:
    import azure.identity.aio
    import azure.storage.blob.aio  # noqa: F401


async def _put(service: BlobServiceClient, file: File) -> None:
    from azure.storage.blob import ContentSettings

    kind = ContentSettings(content_type=file.media_type, cache_control=CACHE)
    await service.get_blob_client(PICTURES, file.name).upload_blob(
        file.content, overwrite=True, content_settings=kind, length=len(file.content), max_concurrency=1
    )


async def _remove(service: BlobServiceClient, container: str, name: str) -> None:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        await service.get_blob_client(container, name).delete_blob(delete_snapshots="include")
    except ResourceNotFoundError:
        return


async def _sent(service: BlobServiceClient, name: str, at_most: int) -> bytes | None:
    from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

    client = service.get_blob_client(INCOMING, name)
    try:
        # Whoever has the address may have sent gigabytes: of what is too large, not a byte is read.
        size = (await client.get_blob_properties()).size
        if size is not None and size > at_most:
            raise TooLargeError
        stream = await client.download_blob(offset=0, length=at_most + 1)
        content = await stream.readall()
    except ResourceNotFoundError:
        return None
    except HttpResponseError as error:
        if error.status_code == _NO_SUCH_RANGE:
            return b""
        raise
    if len(content) > at_most:
        raise TooLargeError
    return content


async def _left_behind(service: BlobServiceClient, before: datetime, at_most: int) -> list[str]:
    found: list[str] = []
    pages = service.get_container_client(INCOMING).list_blobs(results_per_page=_PAGE).by_page()
    async for page in pages:
        async for blob in page:
            if blob.last_modified < before:
                found.append(blob.name)
            if len(found) == at_most:
                return found
    return found


async def _has_container(service: BlobServiceClient, name: str) -> None:
    """Raises HttpResponseError ContainerNotFound where it is not there."""
    await service.get_container_client(name).get_container_properties()


async def _make_container(service: BlobServiceClient, name: str) -> None:
    """In a local stack: the container as infra/ makes it in Azure, and pages of all origins may send into it."""
    from azure.core.exceptions import ResourceExistsError
    from azure.storage.blob import CorsRule, PublicAccess

    await service.set_service_properties(
        cors=[CorsRule(["*"], ["GET", "PUT"], allowed_headers=["*"], max_age_in_seconds=300)]
    )
    try:
        await service.create_container(name, public_access=PublicAccess.BLOB if name == PICTURES else None)
    except ResourceExistsError:
        return


def _code(error: Any) -> str:
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def _retry_after(error: Any) -> int | None:
    """The seconds of a Retry-After, where there is a sensible one."""
    headers = getattr(error.response, "headers", None) or {}
    return int(retry_after(headers.get("retry-after")) or 0) or None
