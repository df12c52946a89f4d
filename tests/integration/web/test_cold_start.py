"""A new instance is ready soon and small: what only some requests need is imported by the first of them."""

from __future__ import annotations

import pytest

from tests.bench.cold import Start, measure
from tests.bench.machine import machine_speed

SECONDS = 1.0
AT_SPEED = 12.0
"""The machine speed below which an import may take longer in proportion: a neighbour's work is not our import."""

MEGABYTES = 120


@pytest.fixture(scope="module")
def starts() -> list[Start]:
    return measure(runs=5)


def test_importing_and_indexing_is_quick(starts: list[Start]) -> None:
    # The processor's time: other tests run beside this one, and what an import waits for them is not its own. The best
    # of the runs, for the same reason. `make bench-cold` tells the time on the clock.
    slower = max(1.0, AT_SPEED / machine_speed())
    assert min(one.cpu_seconds for one in starts) < SECONDS * slower


def test_a_process_that_has_only_started_is_small(starts: list[Start]) -> None:
    assert min(one.megabytes for one in starts) < MEGABYTES


def test_no_heavy_sdk_is_imported_before_its_first_use(starts: list[Start]) -> None:
    assert starts[0].heavy == []
    assert starts[0].functions > 0
