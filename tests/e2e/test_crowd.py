"""A hundred screens listen while orders flow: everyone hears everything. `make bench-live` does it with a thousand."""

from __future__ import annotations

from tests.e2e.crowd import crowd
from tests.e2e.truth import Truth
from tests.stack import Stack


async def test_a_hundred_screens_hear_everything(stack: Stack, truth: Truth) -> None:
    async with crowd(stack, 100) as screens:
        orders = await screens.order(40, per_second=20)
        assert len(orders) == 40
        # Each of 2 boards hears all, and each diner at least that the order was received and accepted.
        assert await screens.hears_everything(truth, orders) >= 40 * 2 * (2 + 1)
