"""An App of a test's own: real MongoDB, the real SDK against the Web PubSub stand-in, a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pymongo
import pytest

from local.saas.supertokens.vendor import API_KEY
from shared.app import App
from shared.clock import FixedClock
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.core import Core
from tests.integration.databases import Databases, ensure_indexes
from tests.integration.local_saas.clients import StandIn as StandInGateway
from tests.integration.local_webpubsub.clients import StandIn
from tests.integration.shelf import Shelf
from tests.integration.till import Till, opened
from tests.integration.world import World


@pytest.fixture(autouse=True)
def every_refusal_is_declared(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No route answers with a code that it does not declare: see Route.refusals."""
    yield
    undeclared = [one.getMessage() for one in caplog.get_records("call") if one.name == "orderbuddy.routes"]
    assert undeclared == []


@pytest.fixture(scope="session")
def web_pubsub() -> Iterator[str]:
    """The connection string of a Web PubSub stand-in that runs for the whole session."""
    stand_in = StandIn()
    stand_in.start()
    yield stand_in.connection_string()
    stand_in.stop()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInGateway]:
    """A stand-in of the payment gateway that runs for the whole session; each test has a merchant of its own."""
    stand_in = StandInGateway(tmp_path_factory.mktemp("gateway"))
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def core(gateway: StandInGateway) -> Core:
    """The stand-in of the sign-in service's core, in the same process as the gateway's."""
    return Core(f"http://127.0.0.1:{gateway.port}/supertokens")


@pytest.fixture(scope="session")
def databases(mongo_client: pymongo.MongoClient[dict[str, Any]]) -> Databases:
    """Databases that have every index."""
    return Databases(mongo_client)


@pytest.fixture
def db_name(
    request: pytest.FixtureRequest, db_name: str, databases: Databases, aside: ThreadPoolExecutor
) -> Iterator[str]:
    """The name of a database that no other test uses at the time: with every index for whoever asks for an App."""
    if {"app", "till", "hasty", "phones", "indexed"}.isdisjoint(request.fixturenames):
        yield db_name
        return
    name = databases.take()
    yield name
    aside.submit(databases.give_back, name)


@pytest.fixture
async def till(settings: Settings, gateway: StandInGateway) -> AsyncIterator[Till]:
    """A restaurant that takes payment, in an App with the gateway's stand-in."""
    async with opened(settings, gateway) as till:
        yield till


@pytest.fixture
async def hasty(settings: Settings, gateway: StandInGateway) -> AsyncIterator[Till]:
    """A till that waits a second for the gateway: for charges that it holds."""
    async with opened(settings, gateway, gateway_timeout_seconds=1, payment_grace_seconds=29) as till:
        yield till


@pytest.fixture
def settings(mongo_uri: str, db_name: str, web_pubsub: str, core: Core) -> Settings:
    """Settings for a database of the test's own."""
    return Settings.model_validate(
        {
            "app_env": "local",
            "mongodb_uri": mongo_uri,
            "db_name": db_name,
            "web_pubsub_connection_string": web_pubsub,
            "unpaid_wait_seconds": 60,
            "supertokens_connection_uri": core.url,
            "supertokens_api_key": API_KEY,
            "sign_in_sender": "console",
            "api_endpoint": "http://127.0.0.1:7071",
            "store_endpoint": "http://127.0.0.1:7080",
            "menu_endpoint": "http://localhost:5173",
            "link_base": "https://codes.example",
            # All callers of a test have the same address, and its clock may stand still.
            "previews_per_address_and_minute": 0,
            "negotiations_per_address_and_minute": 0,
            "payments_per_address_and_minute": 0,
        }
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    """An App without an engine: every wake fails, as if the engine were down."""
    db = connect(settings)
    await ensure_indexes(db)
    clock = FixedClock(datetime.now(UTC))
    made = replace(App.over(db, clock, settings), files=Shelf())
    yield made
    await made.close()
    await db.client.close()


@pytest.fixture
def clock(app: App) -> FixedClock:
    """The test's clock."""
    assert isinstance(app.clock, FixedClock)
    return app.clock


@pytest.fixture
async def world(app: App) -> World:
    """A small restaurant that takes orders without payment."""
    return await World().build(app)
