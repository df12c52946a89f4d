"""What tests of webhooks may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.app import App
from tests.integration.receivers import Receiver, receiving
from tests.integration.webhooks.house import House
from tests.integration.world import World


@pytest.fixture
async def house(app: App) -> AsyncIterator[House]:
    """A restaurant whose people accept each order themselves."""
    house = await House.of(app, await World(auto_accepts=False).build(app))
    yield house
    await house.app.hooks.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything, unless it is told otherwise."""
    async with receiving() as receiver:
        yield receiver
