"""The network of the tests itself: what is slow, cut or half open on it, both ends see."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from tests.e2e.network.flaky import FlakyNetwork, flaky_network
from tests.patience import PATIENCE_SECONDS, eventually


@dataclass
class Echo:
    """A server that says back what it hears, and what it heard; `lost` counts connections that were reset."""

    port: int = 0
    heard: bytes = b""
    lost: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while piece := await reader.read(1000):
                self.heard += piece
                writer.write(piece)
        except ConnectionResetError:
            self.lost += 1
        finally:
            writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    made = Echo()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    for writer in made.writers:
        writer.close()


class Client:
    """A connection to the echo through the network; `heard` is all that came back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard = b""
        self._writer = writer
        self._listening = asyncio.create_task(self._listen(reader))

    @classmethod
    async def to(cls, echo: Echo, network: FlakyNetwork) -> Client:
        """Raises ConnectionResetError or IncompleteReadError."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(network.url.rpartition(":")[2]))
        writer.write(b"\x05\x01\x00" + b"\x05\x01\x00\x01\x7f\x00\x00\x01" + struct.pack("!H", echo.port))
        await asyncio.wait_for(reader.readexactly(2 + 10), PATIENCE_SECONDS)
        return cls(reader, writer)

    def say(self, words: bytes) -> None:
        self._writer.write(words)

    async def talks(self, words: bytes) -> None:
        """Say it, and wait until it came back."""
        self.say(words)
        await holds(lambda: self.heard.endswith(words))

    async def was_reset(self) -> bool:
        """Whether it ended without a goodbye, once it has ended."""
        return await asyncio.wait_for(self._listening, PATIENCE_SECONDS)

    async def _listen(self, reader: asyncio.StreamReader) -> bool:
        try:
            while piece := await reader.read(1000):
                self.heard += piece
        except ConnectionResetError:
            return True
        return False


async def holds(look: Callable[[], bool]) -> None:
    async def looked() -> bool:
        return look()

    await eventually(looked)


async def test_what_is_slow_arrives_whole(echo: Echo) -> None:
    async with flaky_network() as network:
        client = await Client.to(echo, network)
        network.slow(delay=0.05, rate=200_000)
        clock = asyncio.get_running_loop().time
        began = clock()
        await client.talks(b"x" * 10_000)
        assert len(client.heard) == 10_000
        assert clock() - began >= 2 * (0.05 + 10_000 / 200_000), "both ways waited"


async def test_a_cut_resets_both_ends_and_whoever_comes_then(echo: Echo) -> None:
    async with flaky_network() as network:
        client = await Client.to(echo, network)
        await client.talks(b"one")
        network.cut()
        assert await client.was_reset()
        await holds(lambda: echo.lost == 1)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await Client.to(echo, network)
        network.heal()
        await (await Client.to(echo, network)).talks(b"two")


async def test_half_open_swallows_one_way_and_the_connection_is_dead_from_then_on(echo: Echo) -> None:
    async with flaky_network() as network:
        client = await Client.to(echo, network)
        network.half_open("down")
        client.say(b"one")
        await holds(lambda: network.swallowed == 3)
        assert echo.heard == b"one", "the other way is good"
        network.heal()
        client.say(b"two")
        await holds(lambda: network.swallowed == 6)
        await (await Client.to(echo, network)).talks(b"three")
        assert client.heard == b""


async def test_half_open_both_ways_takes_new_connections_and_nothing_arrives(echo: Echo) -> None:
    async with flaky_network() as network:
        network.half_open()
        client = await Client.to(echo, network)
        client.say(b"one")
        await holds(lambda: network.swallowed == 3)
        network.heal()
        await (await Client.to(echo, network)).talks(b"two")
        assert echo.heard == b"two"
