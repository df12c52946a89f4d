"""The official Python client package on the stand-in."""

import asyncio
import signal
import threading
from typing import Any

import pytest
from azure.messaging.webpubsubclient import WebPubSubClient as SyncClient
from azure.messaging.webpubsubclient.aio import WebPubSubClient, WebPubSubClientCredential
from azure.messaging.webpubsubclient.models import (
    CallbackType,
    OpenClientError,
    SendMessageError,
    WebPubSubDataType,
    WebPubSubProtocolType,
)

from tests.started import PATIENCE

from .clients import StandIn, Wire, until

_RETRY = {"reconnect_retry_backoff_factor": 0.2, "reconnect_retry_backoff_max": 0.4, "message_retry_total": 0}


class Watched:
    """A client whose events are kept."""

    def __init__(self, client: WebPubSubClient) -> None:
        self.client = client
        self.messages: list[Any] = []
        self.connected: list[str] = []
        self.disconnected: list[str | None] = []

    async def start(self) -> "Watched":
        async def on_message(event: Any) -> None:
            self.messages.append(event)

        async def on_connected(event: Any) -> None:
            self.connected.append(event.connection_id)

        async def on_disconnected(event: Any) -> None:
            self.disconnected.append(event.message)

        await self.client.subscribe(CallbackType.GROUP_MESSAGE, on_message)
        await self.client.subscribe(CallbackType.SERVER_MESSAGE, on_message)
        await self.client.subscribe(CallbackType.CONNECTED, on_connected)
        await self.client.subscribe(CallbackType.DISCONNECTED, on_disconnected)
        await self.client.open()
        await until(lambda: self.connected)
        return self

    def numbers(self) -> list[int]:
        return [message.data["n"] for message in self.messages]


async def _watch(url: str, **options: Any) -> Watched:
    async def provide() -> str:
        return url

    return await Watched(WebPubSubClient(WebPubSubClientCredential(provide), **{**_RETRY, **options})).start()


@pytest.mark.parametrize("protocol", list(WebPubSubProtocolType))
async def test_messages_groups_and_roles(stand_in: StandIn, group: str, protocol: WebPubSubProtocolType) -> None:
    service = stand_in.service()
    other = f"{group}.other"
    roles = [f"webpubsub.joinLeaveGroup.{other}", f"webpubsub.sendToGroup.{other}"]
    url = service.get_client_access_token(user_id="ana", groups=[group], roles=roles)["url"]
    watched = await _watch(url, protocol_type=protocol)
    client = watched.client

    def publish() -> None:
        service.send_to_group(group, {"n": 1}, content_type="application/json")
        service.send_to_group(group, "text", content_type="text/plain")
        service.send_to_group(group, b"\x00\xff", content_type="application/octet-stream")
        service.send_to_connection(watched.connected[0], {"n": 2}, content_type="application/json")

    await asyncio.to_thread(publish)
    await until(lambda: len(watched.messages) == 4)
    assert [message.data for message in watched.messages] == [{"n": 1}, "text", b"\x00\xff", {"n": 2}]
    with pytest.raises(SendMessageError) as refusal:
        await client.join_group(group)
    assert refusal.value.error_detail.name == "Forbidden"
    await client.join_group(other)
    await client.send_to_group(other, {"n": 3}, WebPubSubDataType.JSON, no_echo=True, ack_id=77)
    # Sent again with the same id it was done already, which is no error.
    await client.send_to_group(other, {"n": 3}, WebPubSubDataType.JSON, no_echo=True, ack_id=77)
    await client.send_to_group(other, {"n": 4}, WebPubSubDataType.JSON)
    await until(lambda: len(watched.messages) == 5)
    assert (watched.messages[4].group, watched.messages[4].from_user_id) == (other, "ana")
    await client.leave_group(other)
    with pytest.raises(SendMessageError):
        await client.send_event("hello", {}, WebPubSubDataType.JSON)
    await client.close()
    await until(lambda: not service.group_exists(group))


async def test_a_bad_token_does_not_open(stand_in: StandIn) -> None:
    url = stand_in.service().get_client_access_token(minutes_to_expire=-1)["url"]
    with pytest.raises(OpenClientError):
        await _watch(url)


async def test_it_recovers_what_it_missed_and_drops_what_comes_twice(stand_in: StandIn, group: str) -> None:
    async with Wire(stand_in) as wire:
        url = stand_in.service(port=wire.port).get_client_access_token(groups=[group])["url"]
        watched = await _watch(url)
        service = stand_in.service()
        for number in range(9):
            if number in (3, 6):
                wire.cut()
            await asyncio.to_thread(service.send_to_group, group, {"n": number}, content_type="application/json")
        # What came twice would have come before what is sent now.
        await until(lambda: len(watched.messages) >= 9)
        await asyncio.to_thread(service.send_to_group, group, {"n": 9}, content_type="application/json")
        await until(lambda: watched.numbers()[-1:] == [9])
        assert watched.numbers() == list(range(10))
        assert [message.sequence_id for message in watched.messages] == list(range(1, 11))
        assert len(watched.connected) == 1
        assert watched.disconnected == []
        await watched.client.close()


async def test_it_acknowledges_what_it_has(stand_in: StandIn, group: str) -> None:
    service = stand_in.service()
    watched = await _watch(service.get_client_access_token(groups=[group])["url"])
    await asyncio.to_thread(service.send_to_group, group, {"n": 1}, content_type="application/json")
    await until(lambda: watched.messages)
    assert await stand_in.unacknowledged(watched.connected[0]) == 1
    async with asyncio.timeout(PATIENCE):
        while await stand_in.unacknowledged(watched.connected[0]) > 0:
            await asyncio.sleep(0.05)
    await watched.client.close()


async def test_it_comes_back_after_the_service_was_killed(own_stand_in: StandIn, group: str) -> None:
    service = own_stand_in.service()
    joined = f"{group}.joined"
    roles = [f"webpubsub.joinLeaveGroup.{joined}"]
    watched = await _watch(service.get_client_access_token(groups=[group], roles=roles)["url"])
    await watched.client.join_group(joined)
    own_stand_in.stop(signal.SIGKILL)
    own_stand_in.start()
    await until(lambda: len(watched.connected) == 2)
    assert watched.connected[0] != watched.connected[1]
    assert watched.disconnected == [None]
    # The group of the token comes with the token, the other one the client joins again by itself.
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(service.group_exists, joined):
            await asyncio.sleep(0.02)
    for number, name in enumerate((group, joined)):
        await asyncio.to_thread(service.send_to_group, name, {"n": number}, content_type="application/json")
    await until(lambda: len(watched.messages) == 2)
    assert watched.numbers() == [0, 1]
    await watched.client.close()


async def test_a_connection_closed_by_the_service_starts_afresh(stand_in: StandIn, group: str) -> None:
    service = stand_in.service()
    watched = await _watch(service.get_client_access_token(groups=[group])["url"])
    await asyncio.to_thread(service.close_group_connections, group, reason="rights changed")
    await until(lambda: len(watched.connected) == 2)
    assert watched.disconnected == ["rights changed"]
    await watched.client.close()


def test_the_client_for_threads(stand_in: StandIn, group: str) -> None:
    service = stand_in.service()
    got: list[Any] = []
    arrived = threading.Event()
    roles = ["webpubsub.joinLeaveGroup"]
    # It misses an acknowledgement that comes before it waits for it, and then waits in vain: keep that short.
    client = SyncClient(service.get_client_access_token(roles=roles)["url"], ack_timeout=5, **_RETRY)

    def on_message(event: Any) -> None:
        got.append(event.data)
        arrived.set()

    client.subscribe(CallbackType.GROUP_MESSAGE, on_message)
    with client:
        client.join_group(group)
        service.send_to_group(group, {"n": 1}, content_type="application/json")
        assert arrived.wait(PATIENCE)
    assert got == [{"n": 1}]
