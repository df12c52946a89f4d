"""A new instance is small and imports little: what only some requests need is imported by the first of them.

How long it takes is told by `make bench-cold`.
"""

from __future__ import annotations

import pytest

from tests.bench.cold import ROOT, Start, measure

FOREIGN_MODULES = 850
MEGABYTES = 120


@pytest.fixture(scope="module")
def started() -> Start:
    [[one]] = measure([ROOT], runs=1)
    return one


def test_a_new_process_imports_few_modules_of_libraries(started: Start) -> None:
    assert started.functions > 0
    assert started.foreign < FOREIGN_MODULES


def test_a_process_that_has_only_started_is_small(started: Start) -> None:
    assert started.megabytes < MEGABYTES


def test_no_heavy_sdk_is_imported_before_its_first_use(started: Start) -> None:
    assert started.heavy == []
