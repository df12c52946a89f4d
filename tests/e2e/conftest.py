"""One whole stack and one browser for all files here, which each file finds without orders."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pymongo
import pytest
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from local.supervisor.options import PROJECT
from tests.browsers import chromium
from tests.e2e.network.flaky import FlakyNetwork, flaky_network
from tests.e2e.truth import Truth, audit
from tests.patience import PATIENCE_MS, PATIENCE_SECONDS
from tests.stack import Stack

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.e2e.kitchen_tickets import Tickets
    from tests.e2e.order_pages import Restaurant
    from tests.e2e.screens import Diner, Screens, Staff, Station
    from tests.e2e.visits import House

PATIENT = {
    "GATEWAY_TIMEOUT_SECONDS": "4",
    "PAYMENT_GRACE_SECONDS": "2",
    "PAID_WAIT_SECONDS": "20",
    "DEVICE_CLAIMS_PER_ADDRESS_AND_MINUTE": "0",
}
"""A call of the gateway's is given up soon, and the diner waits for more than that. All screens are
paired from here."""

OF_ORDERS = ("orders", "order_events", "orders_preview", "checkouts", "payments", "payment_tokens")
"""The collections that hold what diners did."""

OF_SCREENS = ("screens", "draws", "attention")
"""The collections that hold which screens were there, and what they did not show."""


@pytest.fixture(scope="session")
def app_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is deployed, pages too, which the stack serves: a test may change it, and puts it back."""
    copy = tmp_path_factory.mktemp("app")
    for name in ("function_app.py", "host.json"):
        shutil.copy2(PROJECT / name, copy / name)
    for name in ("functions", "shared", "cli", "clients"):
        shutil.copytree(PROJECT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def whole_stack(app_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("e2e"), app=app_copy, environment=PATIENT) as running:
        yield running


@pytest.fixture(scope="session")
def telling_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that tells what happens in it: telemetry is on, and all who can be told of an order are."""
    from tests.e2e.visits import ENVIRONMENT

    with Stack(tmp_path_factory.mktemp("telling"), environment=ENVIRONMENT, telemetry=True) as running:
        yield running


@pytest.fixture(scope="session")
async def house(telling_stack: Stack) -> AsyncIterator[House]:
    """Its people, who are told of each order."""
    from tests.e2e.visits import House, calling

    async with calling(telling_stack) as http:
        house = House(telling_stack, http)
        await house.is_told()
        yield house


@pytest.fixture(scope="module")
def stack(whole_stack: Stack) -> Stack:
    """The stack, whole again whatever the file before has left, and without that file's orders."""
    whole_stack.all_up()
    with pymongo.MongoClient[dict[str, object]](whole_stack.mongo_uri) as client:
        db = client[whole_stack.db_name]
        for name in (*OF_ORDERS, *OF_SCREENS):
            db[name].delete_many({})
        db.stations.update_many({}, {"$unset": {"screenSeenAt": ""}})
        db.locations.update_many({}, {"$unset": {"expoSeenAt": ""}})
    return whole_stack


@pytest.fixture
async def truth(stack: Stack) -> AsyncIterator[Truth]:
    """The database; each test ends with nothing left to do and a clean audit."""
    opened = Truth(stack)
    yield opened
    await opened.settles()
    await opened.nothing_is_stuck()
    await audit(stack)
    await opened.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    async with chromium() as running:
        yield running


@pytest.fixture
async def manager_http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the restaurant, who calls the routes."""
    async with httpx.AsyncClient(
        base_url=f"{stack.api_url}/",
        headers={"authorization": f"Bearer {stack.token()}"},
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    ) as http:
        yield http


@pytest.fixture
async def network() -> AsyncIterator[FlakyNetwork]:
    async with flaky_network() as good:
        yield good


@pytest.fixture
def between() -> FlakyNetwork | None:
    """What lies between the pages and the stack; a file whose tests need a bad network says so."""
    return None


@pytest.fixture
def page_script() -> str:
    """What runs in each page before its own scripts; a file may have one."""
    return ""


@pytest.fixture
async def screens(
    browser: Browser, stack: Stack, between: FlakyNetwork | None, page_script: str
) -> AsyncIterator[Screens]:
    """Pages of the stack; no script of theirs may fail."""
    from tests.e2e.screens import Screens

    opened = Screens(browser, stack, between, script=page_script)
    yield opened
    await opened.close()
    assert opened.errors == []


@pytest.fixture
async def cafe(stack: Stack, truth: Truth) -> AsyncIterator[Restaurant]:
    """The demo's café, which takes no payment. What a test changes of it is put back."""
    from tests.e2e.order_pages import Restaurant, kept

    async with kept(Restaurant(stack, truth)) as restaurant:
        yield restaurant


@pytest.fixture
async def taqueria(stack: Stack, truth: Truth) -> AsyncIterator[Restaurant]:
    """The demo's taquería, which takes payment. What a test changes of it is put back."""
    from tests.e2e.order_pages import Restaurant, kept

    async with kept(Restaurant(stack, truth, "payment")) as restaurant:
        yield restaurant


@pytest.fixture
async def diner(stack: Stack) -> AsyncIterator[Diner]:
    """Somebody at a table."""
    from tests.e2e.screens import Diner

    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield Diner(http, stack)


@pytest.fixture
async def staff(stack: Stack) -> AsyncIterator[Staff]:
    """Somebody who moves orders along."""
    from tests.e2e.screens import Staff

    settings = stack.settings()
    live = WebPubSubServiceClient.from_connection_string(
        settings["WEB_PUBSUB_CONNECTION_STRING"], hub=settings["WEB_PUBSUB_HUB"]
    )
    async with live, pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        yield Staff(client[stack.db_name].orders, live)


@pytest.fixture
async def station(stack: Stack) -> Station:
    """The first station of the open location."""
    from tests.e2e.screens import first_station

    return await first_station(stack)


@pytest.fixture
async def tickets(stack: Stack, diner: Diner, station: Station) -> AsyncIterator[Tickets]:
    """Open orders of the first station, as many as a test asks for."""
    from tests.e2e.kitchen_tickets import Tickets

    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        yield Tickets(client[stack.db_name].orders, diner, station)
