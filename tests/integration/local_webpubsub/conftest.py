"""A running stand-in, shared by the tests that do not kill it, and websocket clients."""

import secrets
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from .clients import Connector, StandIn


@pytest.fixture(scope="session")
def shared_stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    assert stand_in.stop() == 0


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(session)


@pytest.fixture
def stand_in(shared_stand_in: StandIn) -> Iterator[StandIn]:
    """The shared stand-in; each test uses groups and users of its own."""
    yield shared_stand_in


@pytest.fixture(scope="module")
def killable_stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    if stand_in.running:
        stand_in.stop()


@pytest.fixture
def own_stand_in(killable_stand_in: StandIn) -> StandIn:
    """A stand-in that one file's tests have for themselves: each may kill it, and finds it running."""
    if not killable_stand_in.running:
        killable_stand_in.start()
    return killable_stand_in


@pytest.fixture
def group() -> str:
    return f"order.{secrets.token_hex(6)}"
