"""The durable engine beside the real one: what differs is what docs/local-engine.md lists, and nothing else."""

from __future__ import annotations

import pytest

from tests.durable.comparison import Comparison, compare
from tests.durable.listed import MOST_ROWS, listed, not_compared
from tests.durable.recording import recorded


@pytest.fixture(scope="module")
async def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """All cases, played once."""
    return await compare(tmp_path_factory.mktemp("comparison"), listed())


def test_every_case_is_played_or_beyond_the_engine(comparison: Comparison) -> None:
    print(f"\n{comparison.summary()}")
    assert comparison.found.keys() | comparison.beyond.keys() == recorded().keys()


def test_nothing_differs_that_the_page_does_not_list(comparison: Comparison) -> None:
    rows = listed()
    unlisted = {name: words for name, words in comparison.different.items() if name not in rows}
    assert not unlisted


def test_what_the_page_lists_differs_in_just_that(comparison: Comparison) -> None:
    for name, row in listed().items():
        assert row.fits(comparison.found[name]), (name, comparison.found[name])


def test_with_its_fault_a_case_does_not_differ(comparison: Comparison) -> None:
    assert comparison.with_faults
    assert not [name for name, words in comparison.with_faults.items() if words]


def test_the_page_names_what_is_not_compared() -> None:
    assert not_compared() == {case.name: case.beyond for case in recorded().values() if case.beyond}


def test_the_list_stays_short() -> None:
    assert len(listed()) <= MOST_ROWS
