"""Reading again where somebody else was first: at once, and then with pauses that a slow disk needs."""

from __future__ import annotations

import itertools

import pytest

from shared.store.mongo.client import TRIES, Tries
from tests import virtual_time
from tests.virtual_time import now


def test_tries_begin_at_once_and_then_come_with_growing_pauses() -> None:
    async def moments() -> list[float]:
        return [now() async for _ in Tries()]

    came = virtual_time.run(moments())
    assert len(came) == TRIES
    assert came[0] == 0
    pauses = [later - earlier for earlier, later in itertools.pairwise(came)]
    assert pauses == pytest.approx([0.005 * 2**number for number in range(TRIES - 1)])


async def test_each_use_has_its_own_tries() -> None:
    for _ in range(3):
        async for made in Tries():
            assert made == 1
            break
