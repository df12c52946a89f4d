"""The fault switch and what the stand-in tells about itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

from .clients import Connector, StandIn

HELD_SECONDS = 2
"""Long enough to be seen while it is held, also on a busy machine."""


async def _local(stand_in: StandIn, path: str, fault: dict[str, Any] | None = None) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session:
        method = "GET" if fault is None else "POST"
        async with session.request(method, f"{stand_in.url}/_local/{path}", json=fault) as answer:
            return answer.status, await answer.json()


async def _set(stand_in: StandIn, **fault: Any) -> None:
    assert (await _local(stand_in, "fault", fault))[0] == 200


async def _send(stand_in: StandIn, group: str, number: int, **options: Any) -> None:
    service = stand_in.service(**options)
    await asyncio.to_thread(service.send_to_group, group, {"n": number}, content_type="application/json")


@pytest.fixture
async def faulty(stand_in: StandIn) -> AsyncIterator[StandIn]:
    """The shared stand-in, without a fault again after the test."""
    yield stand_in
    await _set(stand_in, mode="ok")


async def test_health(stand_in: StandIn) -> None:
    assert await _local(stand_in, "health") == (200, {"status": "ok"})


async def test_error_for_so_many_calls(faulty: StandIn, connector: Connector, group: str) -> None:
    client = await connector.open(faulty.service().get_client_access_token(groups=[group])["url"])
    await _set(faulty, mode="error", status=429, times=2)
    for number in (1, 2):
        with pytest.raises(HttpResponseError) as refusal:
            await _send(faulty, group, number)
        assert refusal.value.status_code == 429
    await _send(faulty, group, 3)
    assert (await client.frame())["data"] == {"n": 3}


async def test_the_service_client_gets_over_a_short_fault(faulty: StandIn, connector: Connector, group: str) -> None:
    client = await connector.open(faulty.service().get_client_access_token(groups=[group])["url"])
    await _set(faulty, mode="error", times=2)
    await _send(faulty, group, 1, retry_total=3, retry_backoff_factor=0.05)
    assert (await client.frame())["data"] == {"n": 1}


async def test_error_for_so_long_and_until_ok(faulty: StandIn, group: str) -> None:
    await _set(faulty, mode="error", seconds=600)
    with pytest.raises(HttpResponseError, match="told to fail"):
        await _send(faulty, group, 1)
    await _set(faulty, mode="error", seconds=0.1)
    await asyncio.sleep(0.15)
    await _send(faulty, group, 2)
    await _set(faulty, mode="error")
    for _ in range(3):
        with pytest.raises(HttpResponseError):
            await _send(faulty, group, 3)
    await _set(faulty, mode="ok")
    await _send(faulty, group, 4)


async def test_drops_before_and_after_the_work(faulty: StandIn, connector: Connector, group: str) -> None:
    client = await connector.open(faulty.service().get_client_access_token(groups=[group])["url"])
    for number, mode in enumerate(("drop_before", "drop_after"), start=1):
        await _set(faulty, mode=mode, times=1)
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            await _send(faulty, group, number)
    await _send(faulty, group, 3)
    assert [(await client.frame())["data"]["n"] for _ in range(2)] == [2, 3]


async def test_stall_holds_each_call(faulty: StandIn, connector: Connector, group: str) -> None:
    client = await connector.open(faulty.service().get_client_access_token(groups=[group])["url"])
    path = f"groups/{group}/:send"
    await _set(faulty, mode="stall", seconds=HELD_SECONDS, times=2)
    held = asyncio.create_task(_send(faulty, group, 1))
    await faulty.has_received(path)
    # A caller that gives up meanwhile is not served later.
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        await _send(faulty, group, 2, read_timeout=0.1)
    await faulty.has_received(path, 2)
    # What is not held overtakes; what is held as long, and later, comes last.
    await _send(faulty, group, 3)
    await held
    await _set(faulty, mode="stall", seconds=HELD_SECONDS, times=1)
    await _send(faulty, group, 4)
    assert [(await client.frame())["data"]["n"] for _ in range(3)] == [3, 1, 4]


async def test_match_picks_calls_and_connects(faulty: StandIn, connector: Connector, group: str) -> None:
    url = faulty.service().get_client_access_token(groups=[group])["url"]
    await _set(faulty, mode="error", status=429, match="GET /client/hubs/orders")
    await _send(faulty, group, 1)
    assert await connector.refused(url) == 429
    await _set(faulty, mode="error", match=f"POST /api/hubs/orders/groups/{group}/:send")
    with pytest.raises(HttpResponseError):
        await _send(faulty, group, 2)
    await _send(faulty, f"{group}.other", 3)
    # The one stands beside the other until it is taken away.
    assert await connector.refused(url) == 429
    await _set(faulty, mode="ok", match="GET /client/hubs/orders")
    client = await connector.open(url)
    assert client.first["event"] == "connected"


async def test_connects_are_dropped_and_stalled(faulty: StandIn, connector: Connector) -> None:
    url = faulty.service().get_client_access_token()["url"]
    # The HTTP library tries a GET once more when its line was cut.
    await _set(faulty, mode="drop_before", times=2)
    with pytest.raises(aiohttp.ClientConnectionError):
        await connector.open(url)
    await _set(faulty, mode="drop_after", times=1)
    socket = await connector.session.ws_connect(url)
    assert (await socket.receive(timeout=60)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await _set(faulty, mode="stall", seconds=HELD_SECONDS, times=1)
    opening = {asyncio.create_task(connector.open(url)) for _ in range(2)}
    _, held = await asyncio.wait(opening, return_when=asyncio.FIRST_COMPLETED)
    assert len(held) == 1
    assert {client.first["event"] for client in await asyncio.gather(*opening)} == {"connected"}


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"mode": "explode"},
        {"mode": "error", "status": 200},
        {"mode": "error", "status": True},
        {"mode": "error", "times": 0},
        {"mode": "stall", "seconds": -1},
        {"mode": "stall", "seconds": "3"},
        {"mode": "error", "match": 1},
        {"mode": "error", "unheard": 1},
    ],
)
async def test_a_wrong_fault_is_refused(stand_in: StandIn, fault: dict[str, Any]) -> None:
    status, body = await _local(stand_in, "fault", fault)
    assert status == 400
    assert body["message"]


async def test_what_was_received_is_shown_without_secrets(own_stand_in: StandIn, group: str) -> None:
    service = own_stand_in.service()
    await _send(own_stand_in, group, 1)
    await asyncio.to_thread(service.send_to_group, group, "text", content_type="text/plain")
    await asyncio.to_thread(service.send_to_group, group, "y" * 100_000, content_type="text/plain")
    await _set(own_stand_in, mode="drop_after", times=1)
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        await _send(own_stand_in, group, 2)
    await asyncio.to_thread(service.connection_exists, "gone")
    status, received = await _local(own_stand_in, "received")
    assert status == 200
    received = received[-5:]
    first = received[0]
    assert sorted(first) == ["again", "answered", "at", "body", "headers", "method", "number", "path"]
    assert first["method"] == "POST"
    assert first["path"] == f"/api/hubs/orders/groups/{group}/:send?api-version=2024-12-01"
    assert first["headers"]["authorization"] == "***"
    assert first["headers"]["content-type"] == "application/json"
    assert [call["answered"] for call in received] == [202, 202, 202, None, 404]
    assert [call["body"] for call in received[:2]] == [{"n": 1}, "text"]
    assert len(received[2]["body"]) < 20_000
    assert own_stand_in.key not in str(received)


async def test_only_the_last_thousand_calls_are_kept(own_stand_in: StandIn) -> None:
    target = "/api/hubs/orders/groups/g/:send"
    head = (
        f"POST {target} HTTP/1.1\r\nHost: localhost:{own_stand_in.port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {own_stand_in.token(f'http://localhost:{own_stand_in.port}{target}')}\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", own_stand_in.port)
    for number in range(1010):
        writer.write(f"{head}Content-Length: {len(str(number))}\r\n\r\n{number}".encode())
    for _ in range(1010):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 202 ")
    writer.close()
    _, received = await _local(own_stand_in, "received")
    assert [call["body"] for call in received] == list(range(10, 1010))


async def test_connections_are_described(own_stand_in: StandIn, connector: Connector, group: str) -> None:
    client = await connector.open(own_stand_in.service().get_client_access_token(groups=[group], user_id="ana")["url"])
    _, described = await _local(own_stand_in, "connections")
    assert described["count"] == len(described["connections"])
    assert described["groups"][group] == 1
    (connection,) = [one for one in described["connections"] if one["connectionId"] == client.id]
    assert connection["userId"] == "ana"
    assert connection["hub"] == "orders"
    assert connection["groups"] == [group]
    assert connection["lost"] is False
