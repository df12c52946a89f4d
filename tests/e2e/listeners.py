"""Screens that listen over Web PubSub: what came, and what is shown by the client rule (rules 6)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.http_client import Connection
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack


def location_feed(stack: Stack) -> dict[str, str]:
    """What a board of the open location asks to hear."""
    demo = stack.demo["open"]
    return {"kind": "location", "restaurantId": demo["restaurantId"], "locationId": demo["locationId"]}


class Listener:
    """One screen. `came` holds every message in the order of arrival, `shown` what the client rule lets through.

    `connected_at` is when it connected last; `late`: for each message, the seconds since what it tells had happened.
    """

    def __init__(
        self, base_url: str, feed: dict[str, Any], token: str | None = None, *, scheme: str = "Bearer"
    ) -> None:
        self._base_url, self._feed, self._token, self._scheme = base_url, feed, token, scheme
        self.came: list[dict[str, Any]] = []
        self.shown: list[tuple[str, int, str]] = []
        self.late: list[float] = []
        self.connected_at: datetime | None = None
        self._highest: dict[str, int] = defaultdict(int)
        self._seen: dict[str, set[str]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        await asyncio.wait_for(self._connected.wait(), PATIENCE_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with connect(await self._url(), subprotocols=["json.webpubsub.azure.v1"]) as socket:  # type: ignore[list-item]
                    await self._read(socket)
                self._connected.clear()
            except (OSError, ConnectionClosed, ConnectionError, TimeoutError):
                await asyncio.sleep(0.2)

    async def _url(self) -> str:
        headers = {"authorization": f"{self._scheme} {self._token}"} if self._token else {}
        async with Connection(self._base_url) as connection:
            status, body = await connection.post("realtime/negotiate", self._feed, **headers)
        if status != 200:
            raise ConnectionError(f"negotiate: {status} {body}")
        return str(body["url"])

    async def _read(self, socket: ClientConnection) -> None:
        async for frame in socket:
            message = orjson.loads(frame)
            if message["type"] == "system" and message["event"] == "connected":
                self.connected_at = datetime.now(UTC)
                self._connected.set()
            elif message["type"] == "message":
                self._take(message["data"])

    def _take(self, data: dict[str, Any]) -> None:
        if "orderId" not in data:
            return
        self.came.append(data)
        self.late.append((datetime.now(UTC) - datetime.fromisoformat(data["at"])).total_seconds())
        order, seq, event = data["orderId"], data["seq"], data["event"]
        if seq < self._highest[order] or (seq == self._highest[order] and event in self._seen[order]):
            return
        if seq > self._highest[order]:
            self._highest[order] = seq
            self._seen[order].clear()
        self._seen[order].add(event)
        self.shown.append((order, seq, event))

    def rows(self) -> set[tuple[str, int]]:
        """What came, each as its order and seq."""
        return {(data["orderId"], data["seq"]) for data in self.came}

    def first_seqs(self) -> dict[str, list[int]]:
        """For each order the seqs in the order in which each first arrived."""
        seqs: dict[str, list[int]] = defaultdict(list)
        for data in self.came:
            if data["seq"] not in seqs[data["orderId"]]:
                seqs[data["orderId"]].append(data["seq"])
        return seqs

    async def is_back(self, *, after: datetime) -> datetime:
        """Wait until it has connected later than `after`, and return when that was. Raises AssertionError."""

        async def connected() -> datetime | None:
            return self.connected_at if self.connected_at is not None and self.connected_at > after else None

        found = await eventually(connected, "the screen did not connect again", every=0.05)
        assert found is not None
        return found

    async def is_cut_off(self) -> None:
        """Wait until its connection is closed from the other side. Raises AssertionError."""

        async def closed() -> bool:
            return not self._connected.is_set()

        await eventually(closed, "the screen is still connected", every=0.05)

    async def hears(self, orders: set[str], seq: int) -> None:
        """Wait until each of these orders was heard of at this seq. Raises AssertionError."""
        await _none_is_missing(lambda: {order for order in orders if self._highest[order] < seq})

    async def hears_all(self, rows: set[tuple[str, int]]) -> None:
        """Wait until each of these rows, each an order and a seq, was heard. Raises AssertionError."""
        await _none_is_missing(lambda: rows - self.rows())


async def _none_is_missing(look: Callable[[], set[Any]]) -> None:
    async def all_came() -> bool:
        return not look()

    await eventually(all_came, lambda: f"{len(look())} were not heard, such as {next(iter(look()))}", every=0.05)
