"""Reading again where somebody else was first: at once, and then with pauses that a slow disk needs."""

from __future__ import annotations

import itertools
import time

from shared.store.mongo.client import TRIES, Tries


async def test_tries_begin_at_once_and_then_come_with_growing_pauses() -> None:
    began = time.monotonic()
    came = [time.monotonic() - began async for _ in Tries()]
    assert len(came) == TRIES
    assert came[0] < 0.1
    pauses = [later - earlier for earlier, later in itertools.pairwise(came)]
    assert all(pause > 0.0045 * 2**number for number, pause in enumerate(pauses))


async def test_each_use_has_its_own_tries() -> None:
    for _ in range(3):
        async for made in Tries():
            assert made == 1
            break
