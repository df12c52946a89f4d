"""A diner's data: handed out, erased everywhere, and not kept for ever (rules 24.6)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId, json_util

from shared.app import App
from shared.clock import FixedClock
from shared.domain.persons import person
from shared.services.support.audit import database
from shared.services.support.privacy import erasing, retention
from tests.integration.cli import Ran, orderbuddy
from tests.integration.crew import Crew
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS

NAME, EMAIL = "Zephyrine Quux", "zephyrine@example.com"
TYPED = ("(512) 555-0123", "+1 512 555 0123", "5125550123")
WORDS = ("zephyrine", "quux", "5550123", "555-0123", "555 0123")


def nobody(*_: object) -> None:
    """Nobody watches the progress."""


def connection(app: App) -> str:
    secret = app.settings.web_pubsub_connection_string
    assert secret is not None
    return secret.get_secret_value()


async def run(app: App, *arguments: str) -> Ran:
    return await orderbuddy(app.settings, "privacy", *arguments, WEB_PUBSUB_CONNECTION_STRING=connection(app))


async def everything(app: App) -> dict[str, list[dict[str, Any]]]:
    """All documents of the database."""
    names = await app.db.list_collection_names()
    return {name: await app.db[name].find().sort("_id", 1).to_list() for name in sorted(names)}


async def naming(app: App) -> set[str]:
    """The collections in which anything names the person, in any document and field."""
    found = await everything(app)
    texts = {name: json_util.dumps(rows, ensure_ascii=False).lower() for name, rows in found.items()}
    return {name for name, text in texts.items() if any(word in text for word in WORDS)}


@dataclass(frozen=True)
class Two:
    """Two restaurants at which the same person ordered. `orders`: theirs; `other`: of somebody else."""

    crews: tuple[Crew, Crew]
    orders: tuple[str, ...]
    other: str


@pytest.fixture
async def two(app: App) -> AsyncIterator[Two]:
    first, second = [await Crew.of(app, await World(auto_accepts=False).build(app)) for _ in range(2)]
    orders = []
    for crew, typed in zip((first, first, second), TYPED, strict=True):
        cart = crew.world.cart("soup", customer={"name": NAME, "phone": typed, "email": EMAIL}, language="es")
        cart["items"][0]["notes"] = f"for {NAME}"
        orders.append(await crew.order("soup", **{key: cart[key] for key in ("customer", "items", "language")}))
    # A cart that never became an order, and a stranger's order.
    await run_preview(first, {"name": NAME, "phone": TYPED[0]})
    other = await first.order("tea", customer={"name": "Bea", "phone": "(512) 555-0199"})
    reason = {"reason": f"{NAME} did not answer {TYPED[0]}"}
    assert (
        await first.call("manager", "orders_order_status", {"orderId": orders[0], "orderStatus": "REJECTED", **reason})
    )[0] == 200
    await hooked(app, first, orders[0], reason)
    yield Two((first, second), tuple(orders), other)


async def run_preview(crew: Crew, customer: dict[str, str]) -> None:
    from shared.services.ordering import previewing

    await previewing.preview(crew.app, crew.world.request("bread", customer=customer), request_id="r")


async def hooked(app: App, crew: Crew, order_id: str, told: dict[str, str]) -> None:
    """What a webhook's receiver was told of the order, and what it answered."""
    hook, here = ObjectId(), crew.world.restaurant_id
    event = {"_id": f"e-{order_id}", "restaurantId": here, "seq": 1, "type": "order.rejected", "at": app.clock.now()}
    event |= {"orderId": ObjectId(order_id), "orderSeq": 2, "told": told}
    await app.db.webhooks.insert_one({"_id": hook, "restaurantId": here, "url": "https://example.com/hook"})
    await app.db.webhook_events.insert_one(event)
    delivery = {"_id": f"{hook}:{event['_id']}", "webhookId": hook, "restaurantId": here, "event": event}
    await app.db.webhook_deliveries.insert_one({**delivery, "state": "done", "answer": f"thanks, {NAME}"})


def sums(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("_id", "orderCode", "status", "totalPriceCents", "taxCents", "tipCents", "refundedCents", "version")
    return [tuple(row.get(name) for name in names) for row in rows]


async def test_nothing_names_the_person_any_more_and_every_sum_stays(two: Two, app: App, clock: FixedClock) -> None:
    before = await everything(app)
    assert {"orders", "orders_preview", "order_events", "webhook_events", "webhook_deliveries"} <= await naming(app)
    ran = await run(app, "erase", "--phone", "512-555-0123", "--dry-run")
    assert ran.out.startswith("3 orders and 4 previews of 2 restaurants would lose this person."), ran
    assert await everything(app) == before
    ran = await run(app, "erase", "--phone", "512-555-0123")
    assert ran.code == 0 and ran.out.startswith("3 orders and 4 previews of 2 restaurants lost this person"), ran
    assert await naming(app) == set()
    after = await everything(app)
    assert sums(after["orders"]) == sums(before["orders"])
    (others,) = [row for row in after["orders"] if row["_id"] == ObjectId(two.other)]
    assert others == next(row for row in before["orders"] if row["_id"] == ObjectId(two.other))
    row = next(row for row in after["order_events"] if row["payload"].get("reason"))
    assert row["payload"]["reason"] == "*** did not answer ***"
    assert {row["action"] for row in after["trail"]} == {"privacy.erased"} and len(after["trail"]) == 2
    assert (await database.audit(app.db, clock)).listed == []
    assert (await run(app, "erase", "--phone", "512-555-0123")).out.startswith("0 orders and 0 previews")


async def test_one_restaurant_alone_and_by_the_address(two: Two, app: App) -> None:
    first, second = two.crews
    done = await erasing.erase(app, person(None, EMAIL.upper()), nobody, restaurant_id=second.world.restaurant_id)
    assert (done.orders, done.restaurants) == (1, {second.world.restaurant_id})
    assert (await second.stored(two.orders[2]))["customer"] == {"name": "", "phone": ""}
    assert (await first.stored(two.orders[0]))["customer"]["name"] == NAME


async def test_rows_of_the_trail_lose_what_they_said_and_the_chain_holds(two: Two, app: App, clock: FixedClock) -> None:
    crew = two.crews[0]
    status, _ = await crew.call("owner", "attention_dismiss", {}, **crew.here, entryId="x")
    assert status == 404
    await run_named_change(crew)
    assert "trail" in await naming(app)
    done = await erasing.erase(app, person(TYPED[1], None), nobody)
    assert done.trail_rows == 1
    assert await naming(app) == set()
    row = await app.db.trail.find_one({"erasedAt": {"$ne": None}})
    assert row is not None and row["hash"] and "after" not in row
    assert (await database.audit(app.db, clock)).listed == []


async def run_named_change(crew: Crew) -> None:
    """Somebody writes the person's name where no person belongs."""
    from shared.domain.roles import SYSTEM
    from shared.services.trail import writing

    here = crew.world.restaurant_id

    async def body(session: Any) -> None:
        await writing.leave(
            crew.app, session, SYSTEM, restaurant_id=here, action="station.changed", target=("station", "s"),
            before={"name": "Bar"}, after={"name": f"Bar of {NAME}"}, request_id="r",
        )  # fmt: skip

    await writing.changing(crew.app, here, body)


async def test_who_is_killed_in_the_middle_is_run_again(two: Two, app: App) -> None:
    settings = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else value
        for name, value in dict(app.settings).items()
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.support.killed_eraser", json.dumps(settings, default=str), TYPED[2]
    )
    assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == -9
    assert "orders" in await naming(app)
    done = await erasing.erase(app, person(TYPED[2], None), nobody)
    assert done.orders == 3
    assert await naming(app) == set()


async def test_a_person_gets_all_that_is_kept_of_them_and_of_nobody_else(two: Two, app: App) -> None:
    ran = await run(app, "export", "--phone", "+15125550123")
    got = json.loads(ran.out)
    assert got["person"] == {"phone": "+15125550123"}
    assert sorted(one["_id"] for one in got["orders"]) == sorted(two.orders)
    assert len(got["previews"]) == 4
    assert {one["customer"]["phone"] for one in got["orders"]} == set(TYPED)
    assert {(one["customer"]["name"], one["customer"]["email"]) for one in got["orders"]} == {(NAME, EMAIL)}
    assert "Bea" not in ran.out
    assert (await run(app, "export")).code == 2
    assert "is no phone number" in (await run(app, "export", "--phone", "12")).err


async def test_old_orders_lose_their_diner_where_that_is_set_and_only_once(
    two: Two, app: App, clock: FixedClock
) -> None:
    clock.advance(days=100)
    await app.db.orders_preview.update_many({}, {"$unset": {"purgeAt": ""}})
    kept = await retention.keep_no_longer(app, nobody, dry_run=True)
    assert (kept.orders, kept.previews, kept.done) == (0, 5, True)
    app = replace(app, settings=app.settings.model_copy(update={"diners_kept_days": 90}))
    told = await retention.keep_no_longer(app, nobody, dry_run=True)
    assert told.orders == 4 and "orders" in await naming(app)
    done = await retention.keep_no_longer(app, nobody)
    assert (done.orders, done.previews) == (4, 5)
    assert await naming(app) <= {"webhook_events", "webhook_deliveries"}
    assert (await retention.keep_no_longer(app, nobody)).orders == 0
    assert (await database.audit(app.db, clock)).listed == []


async def test_what_is_young_stays(two: Two, app: App, clock: FixedClock) -> None:
    app = replace(app, settings=app.settings.model_copy(update={"diners_kept_days": 90}))
    clock.advance(days=20)
    assert timedelta(days=20) < retention.PREVIEWS_KEPT
    before = await everything(app)
    done = await retention.keep_no_longer(app, nobody)
    assert (done.orders, done.previews) == (0, 0)
    assert await everything(app) == before
