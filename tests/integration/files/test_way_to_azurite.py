"""The stand-ins' way to Azurite changes nothing of a call: what is signed is taken, and what is not is refused."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import BlobSasPermissions, ContentSettings, CorsRule, generate_blob_sas
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.azurite import account
from local.saas.azurite.service import MOST_BYTES
from tests.integration.files.conftest import Azurite, Way
from tests.integration.local_saas.clients import StandIn

ODD_NAMES = ("soup.jpg", "a b/c+d.txt", "100%/ä €.txt", "x%2Fy?z=1&q.txt", "_local/fault")


def service_at(port: int) -> BlobServiceClient:
    """The account by the SDK, which tries nothing again."""
    return BlobServiceClient.from_connection_string(account.connection_string(port), retry_total=0)


@pytest.fixture
async def container(way: Way) -> AsyncIterator[ContainerClient]:
    """A container of the test's own, by way of the stand-ins."""
    async with service_at(way.port) as service:
        yield await service.create_container(f"c-{secrets.token_hex(8)}")


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_a_file_of_any_name_is_written_read_and_deleted(
    container: ContainerClient, azurite: Azurite, name: str
) -> None:
    kind = ContentSettings(content_type="text/plain; charset=utf-8", cache_control="public, max-age=60")
    await container.upload_blob(name, b"good soup", content_settings=kind, metadata={"who": "ann"})
    async with service_at(azurite.port) as beside:
        there = beside.get_blob_client(container.container_name, name)
        assert await (await there.download_blob()).readall() == b"good soup"
    blob = container.get_blob_client(name)
    read = await blob.download_blob(offset=5, length=4)
    assert (await read.readall(), read.size) == (b"soup", 4)
    properties = await blob.get_blob_properties()
    assert (properties.size, properties.metadata) == (9, {"who": "ann"})
    assert properties.content_settings.cache_control == "public, max-age=60"
    assert [one.name async for one in container.list_blobs(name_starts_with=name[:3])] == [name]
    await blob.delete_blob()
    assert not await blob.exists()


async def test_the_account_and_empty_and_large_files(container: ContainerClient, way: Way) -> None:
    async with service_at(way.port) as service:
        rules = [CorsRule(["*"], ["GET", "PUT"], allowed_headers=["*"], max_age_in_seconds=300)]
        await service.set_service_properties(cors=rules)
        kept = (await service.get_service_properties())["cors"]
        assert [rule.allowed_methods for rule in kept] == ["GET,PUT"]
    large = secrets.token_bytes(10 * 1024 * 1024)
    for name, content in (("empty", b""), ("large", large)):
        await container.upload_blob(name, content)
        assert await (await container.download_blob(name)).readall() == content
    with pytest.raises(AzureError, match="RequestBodyTooLarge"):
        await container.upload_blob("too large", bytes(MOST_BYTES + 1))


async def test_who_has_no_right_signature_is_refused_by_azurite(container: ContainerClient, way: Way) -> None:
    await container.upload_blob("soup", b"soup")
    wrong = account.connection_string(way.port).replace(account.KEY, "d3Jvbmc=")
    async with BlobServiceClient.from_connection_string(wrong, retry_total=0) as service:
        with pytest.raises(HttpResponseError, match="AuthorizationFailure"):
            await service.get_blob_client(container.container_name, "soup").get_blob_properties()
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(container.get_blob_client("soup").url)).status_code == 403


async def test_a_page_of_any_origin_sends_by_a_signed_address_and_breaks_nothing(
    container: ContainerClient, way: Way
) -> None:
    async with service_at(way.port) as service:
        await service.set_service_properties(cors=[CorsRule(["*"], ["PUT"], allowed_headers=["*"])])
    until = datetime.now(UTC) + timedelta(minutes=10)
    may = BlobSasPermissions(create=True)
    name = "from a page"
    signature = generate_blob_sas(
        account.ACCOUNT, container.container_name, name, account_key=account.KEY, permission=may, expiry=until
    )
    url = f"{container.get_blob_client(name).url}?{signature}"
    page = {"origin": "https://pages.example"}
    async with httpx.AsyncClient(trust_env=False) as http:
        asked = {**page, "access-control-request-method": "PUT", "access-control-request-headers": "x-ms-blob-type"}
        before = await http.options(url, headers=asked)
        assert (before.status_code, before.headers["access-control-allow-methods"]) == (200, "PUT")
        sent = await http.put(url, content=b"soup", headers={**page, "x-ms-blob-type": "BlockBlob"})
        assert sent.status_code == 201, sent.text
        assert sent.headers["access-control-allow-origin"] == "*"
        assert sent.headers.get_list("date") == [sent.headers["date"]]
        fault = f"http://127.0.0.1:{way.port}/azurite/_local/fault"
        assert (await http.post(fault, json={"mode": "error"}, headers=page)).status_code == 403
        elsewhere = await http.put(url, content=b"soup", headers={"host": "pages.example"})
        assert elsewhere.status_code == 403


async def test_a_fault_is_met_as_on_any_way(container: ContainerClient, way: Way) -> None:
    blob = container.get_blob_client("soup")
    way.breaks("error", times=1, match="/soup")
    with pytest.raises(AzureError, match="ServerBusy"):
        await blob.upload_blob(b"soup")
    assert not await blob.exists()
    way.breaks("drop_after", times=1, match="/soup")
    # The SDK's transport sends once more what a kept connection lost: it is there by then.
    with pytest.raises(AzureError):
        await container.upload_blob("soup", b"soup", overwrite=False)
    assert await blob.exists()
    way.breaks("duplicate", times=1, match="PUT")
    await container.upload_blob("twice", b"soup", overwrite=True)
    assert way.calls("/twice") == ["PUT", "PUT"]


async def test_where_azurite_is_not_there_the_line_is_cut(way: Way, azurite: Azurite) -> None:
    azurite.kill()
    url = f"http://127.0.0.1:{way.port}{account.HEALTH}"
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.get(url)
        azurite.start()
        assert (await http.get(url)).status_code == account.HEALTHY


def test_what_nothing_is_emulated_of_is_501(way: Way) -> None:
    stand_in: StandIn = way.stand_in
    assert stand_in.http.get(f"http://127.0.0.1:{way.port}/azurite/queue").status_code == 501
