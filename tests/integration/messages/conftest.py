"""A restaurant that texts its diners, through the real SDK and the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.settings import Settings
from tests.integration.local_saas.clients import StandIn
from tests.integration.messages.phones import Phones, texting


@pytest.fixture
async def phones(settings: Settings, gateway: StandIn) -> AsyncIterator[Phones]:
    """The restaurant, and the phone of one diner."""
    async with texting(settings, gateway) as phones:
        yield phones
        phones.told("fault", mode="ok", match=phones.number[1:])


@pytest.fixture
def indexed() -> None:
    """Asks for a database that has every index, for a restaurant that the test opens itself."""
