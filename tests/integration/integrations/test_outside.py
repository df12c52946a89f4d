"""Each call of an outside service is counted where it begins, for the work in whose context it begins."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

import pytest

from local.azurite.account import connection_string
from local.saas.registry import VENDORS
from shared.app import App
from shared.clock import DatabaseClock
from shared.integrations import outside
from shared.integrations.mail import Letter
from shared.integrations.push import Note, Subscription
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.local_saas.clients import StandIn
from tests.integration.pushes.phones import Pushes, new_token

NOTE = Note("New Order", "Order #K7M received!", "created:1")
LETTER = Letter("ann@example.com", "Receipt", "Soup", "<p>Soup</p>")

OWN = {"db", "engine", "sealer", "clock", "settings", "memory"}
"""What an App has that is no outside service. The engine is ours, and places orders."""

UNCOUNTED = {"pay"}
"""A payment waits for the gateway."""


def browser(base: str) -> Subscription:
    return Pushes.at(base).browser()[1]


COUNTED: dict[str, tuple[str, Callable[[App, str], Awaitable[Any]]]] = {
    "live": ("Web PubSub", lambda app, _: app.live.send("order.1", {})),
    "hooks": ("webhook", lambda app, base: app.hooks.post(f"{base}/webhooks/in/outside", b"{}", {})),
    "identity": ("sign-in", lambda app, _: app.identity.account("nobody")),
    "sms": ("Twilio", lambda app, _: app.sms.send("+12025550123", "Hello")),
    "mail": ("SendGrid", lambda app, _: app.mail.send(LETTER)),
    "push": ("Firebase", lambda app, _: app.push.send([new_token()], NOTE)),
    "web_push": ("webhook", lambda app, base: app.web_push.send([browser(base)], NOTE)),
    "files": ("files", lambda app, _: app.files.sent("a/b", 1)),
}
"""For each outside service of an App: the name that its calls count under, and one of them."""


@pytest.fixture
def base(gateway: StandIn) -> str:
    return f"http://127.0.0.1:{gateway.port}"


@pytest.fixture
def reaching(settings: Settings, base: str) -> Settings:
    """Settings that lead to every stand-in. Behind one there is no Azurite: a call that fails has begun, too."""
    told = {
        name: value for vendor in VENDORS.values() for name, value in vendor.settings(f"{base}/{vendor.name}").items()
    }
    told["AZURE_STORAGE_CONNECTION_STRING"] = connection_string(int(base.rpartition(":")[2]))
    given = {name.lower(): value for name, value in told.items() if name.lower() in Settings.model_fields}
    return Settings.model_validate({**settings.model_dump(), **given})


def test_every_service_of_an_app_is_asked_for() -> None:
    assert {one.name for one in fields(App)} == {*COUNTED, *OWN, *UNCOUNTED}


@pytest.mark.parametrize("name", COUNTED)
async def test_a_call_is_counted_where_it_begins(reaching: Settings, base: str, name: str) -> None:
    service, call = COUNTED[name]
    db = connect(reaching)
    app = App.over(db, DatabaseClock(), reaching)
    with outside.counted() as calls, contextlib.suppress(Exception):
        await call(app, base)
    assert calls.many >= 1 and service in calls.services
    await app.close()
    await db.client.close()


async def test_what_begins_in_a_task_counts_until_the_work_is_over() -> None:
    began, late = asyncio.Event(), asyncio.Event()

    async def beside() -> None:
        outside.begins("early")
        began.set()
        await late.wait()
        outside.begins("late")

    with outside.counted() as around:
        with outside.counted() as within:
            task = asyncio.get_running_loop().create_task(beside())
            await began.wait()
        late.set()
        await task
        outside.begins("between")
    outside.begins("after")
    assert (within.many, within.services) == (1, {"early"})
    assert (around.many, around.services) == (3, {"early", "late", "between"})


async def test_what_is_counted_apart_is_not_counted_around() -> None:
    with outside.counted() as around:
        with outside.counted(apart=True) as apart:
            outside.begins("Web PubSub")
        outside.begins("Twilio")
    assert (apart.services, around.services) == ({"Web PubSub"}, {"Twilio"})


async def test_other_work_is_counted_by_itself() -> None:
    async def work(times: int) -> int:
        with outside.counted() as calls:
            for _ in range(times):
                await asyncio.sleep(0)
                outside.begins("Twilio")
        return calls.many

    assert await asyncio.gather(work(0), work(2), work(1)) == [0, 2, 1]
