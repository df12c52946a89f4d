"""Connections whose calls are answered at once, and how they come to the HTTP server when they want more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from tests.integration.local_stack.foreign import FOREIGN, all_refused_but, statuses
from tests.started import PATIENCE

from .clients import Connector, StandIn, until

TARGET = "/api/hubs/orders/groups/{group}/:send?api-version=2024-12-01"


@dataclass
class Line:
    """One TCP connection to the stand-in, spoken to in bytes."""

    stand_in: StandIn
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def call(self, group: str, body: bytes = b'{"n":1}', *, more: str = "", token: str | None = None) -> bytes:
        """The bytes of one send to a group."""
        target = TARGET.format(group=group)
        token = token or self.stand_in.token(self.stand_in.url + target)
        head = (
            f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.stand_in.port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        )
        return head.encode() + body

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: its status, headers and body."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split(" ")[1]), headers, body

    async def ask(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        await self.send(data)
        return await self.answer()


def by_the_server(headers: dict[str, str]) -> bool:
    """Whether the HTTP server wrote this answer: it signs its answers."""
    return "aiohttp" in headers.get("server", "")


@asynccontextmanager
async def connected(stand_in: StandIn) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", stand_in.port)
    try:
        yield Line(stand_in, reader, writer)
    finally:
        writer.close()


@pytest.fixture
async def line(stand_in: StandIn) -> AsyncIterator[Line]:
    async with connected(stand_in) as opened:
        yield opened


async def test_whole_calls_are_answered_at_once_and_reach_the_group(
    line: Line, stand_in: StandIn, connector: Connector
) -> None:
    client = await connector.open(stand_in.service().get_client_access_token(groups=["entrance"])["url"])
    for number in range(3):
        status, headers, body = await line.ask(line.call("entrance", b'{"n":%d}' % number))
        assert (status, body, by_the_server(headers)) == (202, b"", False)
        assert (await client.frame())["data"] == {"n": number}


async def test_a_call_that_is_refused_says_why(line: Line) -> None:
    other = line.stand_in.token(line.stand_in.url + TARGET.format(group="another"))
    status, headers, body = await line.ask(line.call("entrance", token=other))
    assert (status, by_the_server(headers)) == (401, False)
    assert "audience" in json.loads(body)["message"]
    status, _, body = await line.ask(line.call("entrance", b"not json"))
    assert (status, json.loads(body)["code"]) == (400, "InvalidContent")


async def test_a_call_in_two_pieces_goes_to_the_server_and_the_connection_with_it(line: Line) -> None:
    call = line.call("entrance")
    await line.send(call[:70])
    # What came before these is read by then.
    for _ in range(2):
        await line.stand_in.has_received("")
    status, headers, _ = await line.ask(call[70:])
    assert (status, by_the_server(headers)) == (202, True)
    status, headers, _ = await line.ask(call)
    assert (status, by_the_server(headers)) == (202, True)


async def test_calls_that_come_together_are_answered_in_order(line: Line) -> None:
    await line.send(line.call("entrance") + line.call("entrance", b"not json"))
    assert [(await line.answer())[0] for _ in range(2)] == [202, 400]


async def test_one_connection_may_ask_for_other_things_too(line: Line) -> None:
    assert (await line.ask(line.call("entrance")))[0] == 202
    status, headers, body = await line.ask(b"GET /_local/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (status, by_the_server(headers), json.loads(body)) == (200, True, {"status": "ok"})
    assert (await line.ask(line.call("entrance")))[0] == 202


@pytest.mark.parametrize(
    "more", ["Connection: close\r\n", "Content-Type: text/plain\r\n"], ids=["hangs up", "a header that comes twice"]
)
async def test_what_asks_for_more_than_an_answer_goes_to_the_server(line: Line, more: str) -> None:
    _, headers, _ = await line.ask(line.call("entrance", more=more))
    assert by_the_server(headers)


async def test_a_fault_is_met_on_a_connection_that_was_answered_at_once_before(own_stand_in: StandIn) -> None:
    async with connected(own_stand_in) as line, aiohttp.ClientSession() as session:
        assert (await line.ask(line.call("entrance")))[0] == 202
        fault = {"mode": "error", "status": 503, "times": 1}
        async with session.post(f"{own_stand_in.url}/_local/fault", json=fault) as answer:
            assert answer.status == 200
        assert [(await line.ask(line.call("entrance")))[0] for _ in range(2)] == [503, 202]
        async with session.get(f"{own_stand_in.url}/_local/received") as answer:
            received = (await answer.json())[-3:]
    assert [call["answered"] for call in received] == [202, 503, 202]
    assert {call["headers"]["authorization"] for call in received} == {"***"}


async def test_the_end_of_the_stand_in_ends_its_connections(own_stand_in: StandIn) -> None:
    async with connected(own_stand_in) as line:
        assert (await line.ask(line.call("entrance")))[0] == 202
        assert await asyncio.to_thread(own_stand_in.stop) == 0
        await until(line.reader.at_eof)


def test_a_page_elsewhere_cannot_drive_the_stand_in(stand_in: StandIn) -> None:
    assert statuses("POST", f"{stand_in.url}/_local/fault", json={"mode": "ok"}) == all_refused_but(200)
    foreign_host = [403 if "host" in headers else 200 for headers in FOREIGN]
    assert statuses("GET", f"{stand_in.url}/_local/received") == [*foreign_host, 200]
    # A whole call of a publisher's kind, which is answered before the HTTP server sees it.
    target = stand_in.url + TARGET.format(group="entrance")
    token = {"authorization": f"Bearer {stand_in.token(target)}"}
    assert statuses("POST", target, json={}, headers=token) == all_refused_but(202)
