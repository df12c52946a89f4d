"""A running stand-in, shared by the tests that do not kill it, and a merchant of each test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .clients import Merchant, StandIn


@pytest.fixture(scope="module")
def shared_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    stand_in = StandIn(tmp_path_factory.mktemp("saas"))
    stand_in.start()
    yield stand_in
    assert stand_in.stop() == 0


@pytest.fixture
def stand_in(shared_stand_in: StandIn) -> Iterator[StandIn]:
    """The shared stand-in; each test uses a merchant of its own, and leaves no fault behind."""
    yield shared_stand_in
    shared_stand_in.fault(mode="ok")


@pytest.fixture(scope="module")
def killable_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    stand_in = StandIn(tmp_path_factory.mktemp("killable"))
    yield stand_in
    if stand_in.running:
        stand_in.stop()


@pytest.fixture
def own_stand_in(killable_stand_in: StandIn) -> Iterator[StandIn]:
    """A stand-in that one file's tests have for themselves: each may kill it, and finds it running, with no fault."""
    if not killable_stand_in.running:
        killable_stand_in.start()
    yield killable_stand_in
    if killable_stand_in.running:
        killable_stand_in.fault(mode="ok")


@pytest.fixture
def merchant(stand_in: StandIn) -> Merchant:
    return Merchant(stand_in)
