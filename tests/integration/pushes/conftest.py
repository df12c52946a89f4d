"""Pushes that go to the stand-ins, Firebase's by its own SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.integrations.fcm.client import Fcm
from shared.integrations.web_push.client import WebPush
from shared.settings import Settings
from tests.integration.local_saas.clients import StandIn as StandInGateway
from tests.integration.pushes.phones import Pushes, push_settings


@pytest.fixture
def pushes(gateway: StandInGateway) -> Iterator[Pushes]:
    """The stand-ins; no fault stands before or after."""
    made = Pushes.at(f"http://127.0.0.1:{gateway.port}")
    made.mend()
    yield made
    made.mend()


@pytest.fixture
def sends(settings: Settings, pushes: Pushes) -> Settings:
    """Settings of a deployment that sends pushes there."""
    return push_settings(settings, pushes.base)


@pytest.fixture
async def fcm(sends: Settings) -> AsyncIterator[Fcm]:
    """What sends to phones."""
    made = Fcm(sends)
    yield made
    await made.close()


@pytest.fixture
async def web_push(sends: Settings) -> AsyncIterator[WebPush]:
    """What sends to browsers."""
    made = WebPush(sends)
    yield made
    await made.close()
