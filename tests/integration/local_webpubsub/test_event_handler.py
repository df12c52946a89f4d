"""The event handler is told of connections as the service tells: asked first, signed, and its no is a no."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.integration.local_webpubsub.clients import JSON, RELIABLE, Connector, StandIn, until


class Handler:
    """An event handler that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], Any]] = []
        self.asked: list[str] = []
        self.allows = True
        self.answers: web.Response | None = None
        self.url = ""

    def kinds(self, connection_id: str) -> list[str]:
        return [headers["ce-eventname"] for headers, _ in self.told if headers["ce-connectionid"] == connection_id]

    async def hear(self, request: web.Request) -> web.Response:
        if request.method == "OPTIONS":
            self.asked.append(request.headers["WebHook-Request-Origin"])
            return web.Response(headers={"WebHook-Allowed-Origin": self.asked[-1]} if self.allows else {})
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.told.append((headers, await request.json()))
        if headers["ce-eventname"] == "connect" and self.answers is not None:
            return self.answers
        return web.Response(status=204)


@pytest.fixture
async def handler() -> AsyncIterator[Handler]:
    made = Handler()
    server = web.Application()
    server.router.add_route("*", "/events", made.hear)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    yield made
    await runner.cleanup()


@pytest.fixture
async def service(handler: Handler) -> AsyncIterator[StandIn]:
    stand_in = StandIn(arguments=("--event-handler", handler.url, "--recovery-seconds", "0.2"))
    await asyncio.to_thread(stand_in.start)
    yield stand_in
    await asyncio.to_thread(stand_in.stop)


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(session)


async def test_it_is_asked_once_and_told_of_each_step_signed(
    handler: Handler, service: StandIn, connector: Connector
) -> None:
    url = service.service().get_client_access_token(user_id="ana", groups=["g", "h"])["url"]
    client = await connector.open(url)
    await until(lambda: handler.kinds(client.id) == ["connect", "connected"])
    (connect, said), (connected, nothing) = handler.told
    assert handler.asked == [f"127.0.0.1:{service.port}"]
    assert said["claims"] == {"sub": ["ana"], "webpubsub.group": ["g", "h"]}
    assert (said["subprotocols"], said["query"]) == ([JSON], {})
    assert nothing == {}
    expected = hmac.new(service.key.encode(), client.id.encode(), "sha256").hexdigest()
    for headers, kind in ((connect, "connect"), (connected, "connected")):
        assert headers["ce-signature"] == f"sha256={expected}"
        assert headers["ce-type"] == f"azure.webpubsub.sys.{kind}"
        named = [headers[f"ce-{name}"] for name in ("specversion", "hub", "userid", "subprotocol")]
        assert named == ["1.0", "orders", "ana", JSON]
    await client.socket.close()
    await until(lambda: handler.kinds(client.id) == ["connect", "connected", "disconnected"])
    # Nobody's connection has no user.
    nobody = await connector.open(service.service().get_client_access_token()["url"])
    await until(lambda: len(handler.kinds(nobody.id)) == 2)
    assert "ce-userid" not in handler.told[-1][0]
    assert len(handler.asked) == 1


async def test_a_lost_reliable_connection_is_gone_once_it_cannot_be_recovered(
    handler: Handler, service: StandIn, connector: Connector
) -> None:
    client = await connector.open(service.service().get_client_access_token(user_id="ana")["url"], RELIABLE)
    client.cut()
    await until(lambda: handler.kinds(client.id) == ["connect", "connected", "disconnected"])


async def test_a_close_by_the_service_tells_its_reason(
    handler: Handler, service: StandIn, connector: Connector
) -> None:
    client = await connector.open(service.service().get_client_access_token(user_id="ana", groups=["g"])["url"])
    await asyncio.to_thread(service.service().close_group_connections, "g", reason="It is late.")
    await until(lambda: "disconnected" in handler.kinds(client.id))
    assert handler.told[-1][1] == {"reason": "It is late."}


@pytest.mark.parametrize(("status", "seen"), [(401, 401), (403, 403), (503, 500), (200, None)])
async def test_whom_it_refuses_is_refused(
    handler: Handler, service: StandIn, connector: Connector, status: int, seen: int | None
) -> None:
    handler.answers = web.json_response({"userId": "bob", "groups": ["more"]}, status=status)
    url = service.service().get_client_access_token(user_id="ana")["url"]
    if seen is not None:
        assert await connector.refused(url) == seen
        assert [headers["ce-eventname"] for headers, _ in handler.told] == ["connect"]
        return
    client = await connector.open(url)
    assert client.first["userId"] == "bob"
    await asyncio.to_thread(service.service().send_to_group, "more", {"n": 1}, content_type="application/json")
    assert (await client.frame())["data"] == {"n": 1}


async def test_no_event_goes_where_none_is_wanted_and_nobody_comes_in(
    handler: Handler, service: StandIn, connector: Connector
) -> None:
    handler.allows = False
    url = service.service().get_client_access_token(user_id="ana")["url"]
    assert await connector.refused(url) == 500
    assert handler.told == []
    # Once it wants them, all goes on.
    handler.allows = True
    await connector.open(url)
