"""One collector for each file of tests here, to which the SDK sends while a test wants it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.integration.local_saas.clients import StandIn
from tests.integration.telemetry.collecting import Collector, switched_off, switched_on


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    stand_in = StandIn(tmp_path_factory.mktemp("collector"))
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def collector(stand_in: StandIn) -> Iterator[Collector]:
    collector = Collector(stand_in)
    level = logging.getLogger("orderbuddy").level
    logging.getLogger("orderbuddy").setLevel(logging.INFO)
    handler = switched_on(collector.url)
    yield collector
    collector.fault(mode="ok")
    switched_off(handler)
    logging.getLogger("orderbuddy").setLevel(level)
