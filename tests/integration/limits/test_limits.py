"""What is too much: previews and live connections of one address, and open previews of one location."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest

import functions.diner.order_app
import functions.diner.payments
import functions.system.realtime  # noqa: F401 - they put their routes into the table
from shared.app import App
from shared.clock import FixedClock
from shared.memory.slots import Memory
from shared.services.limits import addresses
from shared.settings import Settings
from shared.store.mongo.client import connect
from shared.web.routes import ROUTES
from tests.integration.ordering.test_round_trips import Commands, plans
from tests.integration.world import World, line_id
from tests.web_calls import content, request

ANN, BOB = "203.0.113.7:50001", "203.0.113.8:50002"


def limited(app: App, **settings: Any) -> App:
    return replace(app, settings=app.settings.model_copy(update=settings))


async def preview(app: App, world: World, sender: str | None = ANN, **cart: Any) -> func.HttpResponse:
    headers = {} if sender is None else {"x-forwarded-for": sender}
    sent = request("POST", "/api/v1/order-app/cart/preview-order", world.cart("soup", **cart), headers=headers)
    return await ROUTES.named("order_app_preview_order").handle(sent, app=app)


async def negotiate(app: App, order_id: str, sender: str | None = ANN) -> func.HttpResponse:
    headers = {} if sender is None else {"x-forwarded-for": sender}
    body = {"kind": "order", "orderId": order_id}
    sent = request("POST", "/api/v1/realtime/negotiate", body, headers=headers)
    return await ROUTES.named("realtime_negotiate").handle(sent, app=app)


async def statuses(app: App, world: World, *senders: str | None) -> list[int]:
    return [(await preview(app, world, sender)).status_code for sender in senders]


@pytest.fixture(autouse=True)
def counted_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A count that takes longer than a second stops nobody, and this machine may be slow."""
    monkeypatch.setattr("shared.store.limits.COUNT_SECONDS", 60)


@pytest.fixture(autouse=True)
def on_the_minute(app: App, clock: FixedClock) -> FixedClock:
    """Windows are the clock's minutes: begin ten seconds into one."""
    clock.moment = clock.moment.replace(second=10, microsecond=0) + timedelta(minutes=1)
    return clock


async def test_an_address_over_its_limit_is_told_when_the_next_minute_begins(
    app: App, world: World, clock: FixedClock
) -> None:
    tight = limited(app, previews_per_address_and_minute=2)
    assert await statuses(tight, world, ANN, ANN) == [200, 200]
    clock.advance(seconds=12)
    refused = await preview(tight, world)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "38")
    body = content(refused)
    assert set(body) == {"statusCode", "message", "detail", "code", "requestId"}
    assert (body["statusCode"], body["code"], body["detail"]) == (429, "TOO_MANY_PREVIEWS", [])
    clock.advance(seconds=37.9)
    assert (await preview(tight, world)).headers["retry-after"] == "1"
    clock.advance(seconds=0.1)
    assert await statuses(tight, world, ANN, ANN, ANN) == [200, 200, 429]


async def test_addresses_do_not_share_a_limit_whatever_the_port(app: App, world: World) -> None:
    tight = limited(app, previews_per_address_and_minute=1)
    assert await statuses(tight, world, ANN, BOB, "203.0.113.7:9", "203.0.113.8") == [200, 200, 429, 429]
    assert await statuses(tight, world, "[2001:db8:0:1::5]:443", "2001:db8:0:1:ffff::9", "2001:db8:0:2::5") == [
        200,
        429,
        200,
    ]


async def test_a_limit_holds_at_each_location_and_a_larger_one_at_all_together(app: App, world: World) -> None:
    """A carrier's address is many diners at many places, and nobody gets a fresh allowance at each."""
    tight = limited(app, previews_per_address_and_minute=2, limits_over_all_locations=3)
    second, third = [await World().build(app) for _ in range(2)]
    assert await statuses(tight, world, ANN, ANN, ANN) == [200, 200, 429]
    assert await statuses(tight, second, ANN, ANN) == [200, 200]
    assert await statuses(tight, third, ANN, ANN, BOB) == [200, 429, 200]
    # In whatever letter case a location is named.
    other_case = str(second.location_id).upper()
    assert (await preview(tight, second, BOB, locationId=other_case)).status_code == 200
    assert await statuses(tight, second, BOB, BOB) == [200, 429]
    # Another process knows it, too.
    elsewhere = replace(tight, memory=Memory())
    assert await statuses(elsewhere, third, ANN) == [429]


async def test_a_made_up_location_is_no_way_around(app: App, world: World) -> None:
    tight = limited(app, previews_per_address_and_minute=2, limits_over_all_locations=2)
    made_up = [await preview(tight, world, locationId=f"$.{n}") for n in range(5)]
    assert [answer.status_code for answer in made_up] == [404] * 4 + [429]
    assert await statuses(tight, world, ANN, BOB) == [429, 200]


async def test_live_connections_and_card_entries_are_limited_by_location(app: App) -> None:
    limits = {"negotiations_per_address_and_minute": 1, "payments_per_address_and_minute": 1}
    tight = limited(app, limits_over_all_locations=3, **limits)
    worlds = [await World().build(app) for _ in range(2)]
    orders = [content(await preview(app, world))["data"]["previewOrderId"] for world in worlds]
    for order_id, expected in ((orders[0], 200), (orders[1], 200), (orders[0], 429), ("f" * 24, 429)):
        assert (await negotiate(tight, order_id)).status_code == expected
    assert (await negotiate(tight, "f" * 24, BOB)).status_code == 404


async def test_whoever_reads_a_menu_is_limited_like_whoever_waits_for_an_order(app: App, world: World) -> None:
    tight = limited(app, negotiations_per_address_and_minute=1)
    body = {"kind": "menu", "restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
    for sender, expected in ((ANN, 200), (ANN, 429), (BOB, 200)):
        sent = request("POST", "/api/v1/realtime/negotiate", body, headers={"x-forwarded-for": sender})
        assert (await ROUTES.named("realtime_negotiate").handle(sent, app=tight)).status_code == expected


async def test_a_made_up_header_does_not_help(app: App, world: World) -> None:
    tight = limited(app, previews_per_address_and_minute=1)
    made_up = [f"198.51.100.{n}, {ANN}" for n in range(5)]
    assert await statuses(tight, world, ANN, *made_up) == [200, 429, 429, 429, 429, 429]
    # With two proxies in front, the one next to us wrote the last entry, and the one before it the client's.
    behind_two = limited(app, previews_per_address_and_minute=1, proxy_hops=2)
    sent = [f"198.51.100.{n}, {BOB}, 10.0.0.{n}" for n in range(3)]
    assert await statuses(behind_two, world, *sent) == [200, 429, 429]


async def test_callers_without_an_address_count_as_one_but_not_in_production(app: App, world: World) -> None:
    tight = limited(app, previews_per_address_and_minute=2)
    assert await statuses(tight, world, None, "no address", None, ANN) == [200, 200, 429, 200]
    assert await statuses(limited(tight, app_env="prod"), world, None, None, None) == [200, 200, 200]
    assert await statuses(limited(tight, app_env="prod"), world, BOB, BOB, BOB) == [200, 200, 429]
    believing_nobody = limited(app, previews_per_address_and_minute=2, proxy_hops=0)
    assert await statuses(believing_nobody, world, BOB) == [429]


async def test_of_fifty_at_once_exactly_ten_get_through(app: App, world: World, settings: Settings) -> None:
    tight = limited(app, previews_per_address_and_minute=10)
    # Two processes: each has its own client and remembers nothing of the other.
    other = replace(tight, db=connect(settings), memory=Memory())
    answers = await asyncio.gather(*(preview((tight, other)[n % 2], world) for n in range(50)))
    await other.db.client.close()
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 40
    assert await app.db.checkouts.count_documents({}) == 10


async def test_the_same_cart_again_counts_by_address_and_opens_nothing(
    app: App, world: World, clock: FixedClock
) -> None:
    lines = [line_id()]
    tight = limited(app, previews_per_address_and_minute=3, open_previews_per_location=2)
    for _ in range(3):
        assert (await preview(tight, world, lines=lines)).status_code == 200
        clock.advance(seconds=1)
    assert (await preview(tight, world, lines=lines)).status_code == 429
    assert await statuses(tight, world, BOB) == [200]
    assert await app.db.checkouts.count_documents({"state": "open"}) == 2


async def test_open_previews_of_a_location_have_a_limit(app: App, world: World, clock: FixedClock) -> None:
    tight = limited(app, open_previews_per_location=3)
    elsewhere = await World().build(app)
    assert await statuses(tight, world, ANN, BOB, None, ANN, BOB) == [200, 200, 200, 429, 429]
    refused = await preview(tight, world)
    assert (content(refused)["code"], refused.headers["retry-after"]) == ("TOO_MANY_PREVIEWS", "30")
    assert await statuses(tight, elsewhere, ANN) == [200]
    # One is placed: its place is free as soon as the count is a second old.
    await app.db.checkouts.update_one({"locationId": world.location_id}, {"$set": {"state": "claimed"}})
    clock.advance(seconds=1)
    assert await statuses(tight, world, ANN, ANN) == [200, 429]
    # Expired ones wait for the sweeper, but not for a limit.
    clock.advance(minutes=tight.settings.preview_lifetime_minutes)
    assert await statuses(tight, world, ANN, ANN, ANN, ANN) == [200, 200, 200, 429]


async def test_another_process_sees_what_is_open(app: App, world: World, settings: Settings) -> None:
    tight = limited(app, open_previews_per_location=3)
    assert await statuses(tight, world, ANN, ANN, ANN) == [200, 200, 200]
    other = replace(tight, db=connect(settings), memory=Memory())
    assert await statuses(other, world, ANN) == [429]
    await other.db.client.close()


async def test_live_connections_have_a_limit_of_their_own(app: App, world: World, clock: FixedClock) -> None:
    tight = limited(app, previews_per_address_and_minute=1, negotiations_per_address_and_minute=2)
    order_id = content(await preview(tight, world))["data"]["previewOrderId"]
    for expected in (200, 200, 429):
        answer = await negotiate(tight, order_id)
        assert answer.status_code == expected
    assert (content(answer)["code"], answer.headers["retry-after"]) == ("TOO_MANY_REQUESTS", "50")
    assert (await negotiate(tight, order_id, BOB)).status_code == 200
    clock.advance(seconds=50)
    assert (await negotiate(tight, order_id)).status_code == 200


async def test_what_cannot_be_counted_stops_nobody(
    app: App, world: World, clock: FixedClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.store.limits.COUNT_SECONDS", 0.2)
    tight = limited(app, previews_per_address_and_minute=1, open_previews_per_location=1)
    assert await statuses(tight, world, ANN) == [200]
    clock.advance(seconds=1)
    await app.db.checkouts.drop_index("locationId_1_state_1_expiresAt_1")
    with caplog.at_level(logging.WARNING, "orderbuddy.limits"):
        async with app.db.client.start_session() as session, await session.start_transaction():
            # The counter is held by a transaction that does not end.
            await app.db.request_counters.update_one({}, {"$inc": {"n": 100}}, session=session)
            assert await statuses(tight, world, ANN) == [200]
            await session.abort_transaction()
    assert [record.message.partition(":")[0] for record in caplog.records] == ["not limited", "not limited"]
    assert "203.0.113" not in caplog.text
    assert await statuses(tight, world, ANN) == [429]


async def test_only_a_digest_of_an_address_is_stored_and_not_for_long(app: App, world: World) -> None:
    tight = limited(app, previews_per_address_and_minute=5)
    await statuses(tight, world, ANN, "2001:db8:0:1::5")
    stored = await app.db.request_counters.find({}).to_list(10)
    assert [set(row) for row in stored] == [{"_id", "n", "at", "purgeAt"}] * 2
    digests = {row["_id"].split(":")[1] for row in stored}
    assert len(digests) == 2 and all(re.fullmatch("[0-9a-f]{24}", digest) for digest in digests)
    # Whoever has a copy of the database alone cannot try out all addresses.
    assert hashlib.blake2b(b"203.0.113.7", digest_size=12).hexdigest() not in digests
    soon = app.clock.now() + timedelta(minutes=2)
    assert all(app.clock.now() < row["purgeAt"] <= soon for row in stored)
    assert "expireAfterSeconds" in (await app.db.request_counters.index_information())["purgeAt_1"]


# What it costs


@pytest.fixture
async def watched(app: App, settings: Settings) -> AsyncIterator[tuple[App, Commands]]:
    """The App on a client whose commands are counted."""
    commands = Commands()
    db = connect(settings, event_listeners=[commands])
    await db.client.admin.command("ping")
    commands.take()
    yield (
        limited(
            replace(app, db=db, memory=Memory()), previews_per_address_and_minute=100, open_previews_per_location=100
        ),
        commands,
    )
    await db.client.close()


async def test_a_preview_pays_one_round_trip_for_its_limit_and_a_location_one_now_and_then(
    watched: tuple[App, Commands], world: World, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, commands = watched
    # What the location sells is read once, however slow this machine is.
    monkeypatch.setattr("shared.services.menu.catalog.FRESH_SECONDS", 600)
    assert (await preview(on, world)).status_code == 200
    assert sorted(commands.take()) == ["aggregate", "aggregate", "find", "findAndModify", "insert", "insert"]
    assert (await preview(on, world)).status_code == 200
    assert commands.take() == ["findAndModify", "insert", "insert"]
    # Far from the limit the count is good for ten seconds, near it for one, and many at once count once.
    clock.advance(seconds=9.9)
    assert (await preview(on, world)).status_code == 200
    assert "aggregate" not in commands.take()
    clock.advance(seconds=0.1)
    await asyncio.gather(*(preview(on, world) for _ in range(20)))
    assert commands.take().count("aggregate") == 1
    near = limited(on, open_previews_per_location=40)
    clock.advance(seconds=1)
    assert (await preview(near, world)).status_code == 200
    assert commands.take().count("aggregate") == 1
    off = limited(on, previews_per_address_and_minute=0, open_previews_per_location=0)
    assert (await preview(off, world)).status_code == 200
    assert commands.take() == ["insert", "insert"]


async def test_a_refused_flood_does_not_reach_the_database(watched: tuple[App, Commands], world: World) -> None:
    on, commands = watched
    tight = limited(on, previews_per_address_and_minute=1)
    await statuses(tight, world, ANN, ANN)
    commands.take()
    assert await statuses(tight, world, ANN, ANN, ANN) == [429, 429, 429]
    assert commands.take() == []


async def test_counting_scans_no_collection(app: App, watched: tuple[App, Commands], world: World) -> None:
    on, commands = watched
    await addresses.admit_preview(on, "203.0.113.7", str(world.location_id))
    counted, opened = (plan for _, plan in await plans(app, commands))
    assert "IDHACK" in counted or "IXSCAN" in counted, counted
    assert "COUNT_SCAN" in opened or "IXSCAN" in opened, opened
    # The open ones are counted from the index alone.
    assert "COLLSCAN" not in counted + opened and "'FETCH'" not in opened, opened
