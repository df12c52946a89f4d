"""A diner's data: handed out, erased everywhere, and not kept for ever (rules 24.6)."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId, json_util

from shared.app import App
from shared.clock import FixedClock
from shared.domain.persons import person
from shared.services.menu import phone_limits
from shared.services.messages import numbers
from shared.services.support.audit import database
from shared.services.support.privacy import erasing, exporting, retention
from shared.store import campaign_uses, opt_outs
from shared.store.support import privacy
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


async def run(app: App, *arguments: str, typed: bytes | None = None) -> Ran:
    return await orderbuddy(
        app.settings, "privacy", *arguments, typed=typed, WEB_PUBSUB_CONNECTION_STRING=connection(app)
    )


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
    assert ran.out.startswith("3 orders and 4 previews of 2 restaurants would lose this person, and 0 rows"), ran
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
    """Somebody writes the person's number where no person belongs."""
    from shared.domain.roles import SYSTEM
    from shared.services.trail import writing

    here = crew.world.restaurant_id

    async def body(session: Any) -> None:
        await writing.leave(
            crew.app, session, SYSTEM, restaurant_id=here, action="station.changed", target=("station", "s"),
            before={"name": "Bar"}, after={"name": f"Bar of {TYPED[1]}"}, request_id="r",
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


async def test_an_erasure_is_written_down_by_digests_and_one_that_was_stopped_says_so(
    two: Two, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped(*_: object) -> None:
        raise ConnectionError("the process was killed")

    with monkeypatch.context() as patched:
        patched.setattr(privacy, "erase", stopped)
        with pytest.raises(ConnectionError):
            await erasing.erase(app, person(TYPED[0], EMAIL), nobody)
    assert "no: run the same again" in (await run(app, "log")).out
    await erasing.erase(app, person(TYPED[1], EMAIL), nobody)
    [row] = json.loads((await run(app, "log", "--json")).out)
    assert (row["orders"], row["previews"], row["restaurants"]) == (3, 4, 2) and row["endedAt"]
    assert len(row["digests"]) == 2 and not any(word in json.dumps(row).lower() for word in WORDS)
    told = json.loads((await run(app, "export", "--phone", TYPED[2])).out)
    assert len(told["erasedAt"]) == 1 and told["orders"] == []


async def test_how_often_a_number_had_a_campaign_is_forgotten(two: Two, app: App) -> None:
    campaign, others = ObjectId(), phone_limits.digest(app, "(512) 555-0199")
    here = {"restaurantId": two.crews[0].world.restaurant_id, "locationId": two.crews[0].world.location_id}
    await app.db.campaigns.insert_one({"_id": campaign, "originId": campaign, **here, "perPhone": 2})
    for digest in (phone_limits.digest(app, TYPED[0]), others):
        await campaign_uses.open_count(app.db, campaign_uses.count_id(campaign, digest), app.clock.now())
    done = await erasing.erase(app, person(TYPED[1], None), nobody)
    assert done.uses == 1
    [row] = await app.db.campaign_uses.find({}).to_list()
    assert row["_id"] == campaign_uses.count_id(campaign, others)


async def test_a_number_comes_by_standard_input_too(two: Two, app: App) -> None:
    ran = await run(app, "erase", "--phone", "-", typed=f"{TYPED[1]}\n".encode())
    assert ran.code == 0 and ran.out.startswith("3 orders")


async def test_a_first_name_takes_nothing_from_rows_about_other_things(two: Two, app: App) -> None:
    crew = two.crews[0]
    await crew.order("tea", customer={"name": "Bar", "phone": "(512) 555-0177"})
    await run_named_change(crew)
    done = await erasing.erase(app, person("(512) 555-0177", None), nobody)
    assert (done.orders, done.trail_rows) == (1, 0)
    row = await app.db.trail.find_one({"action": "station.changed"})
    assert row is not None and row["before"] == {"name": "Bar"}


async def test_what_a_diner_types_chooses_nothing_of_the_trail(two: Two, app: App) -> None:
    crew = two.crews[0]
    await crew.order("tea", customer={"name": "Bar of", "phone": "Bar", "email": "ann@example.com"})
    await run_named_change(crew)
    done = await erasing.erase(app, person(None, "ann@example.com"), nobody)
    assert (done.orders, done.trail_rows) == (1, 0)
    row = await app.db.trail.find_one({"action": "station.changed"})
    assert row is not None and row["before"] == {"name": "Bar"}


async def test_what_changes_while_a_person_is_erased_stays(two: Two, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at an order and the write its kitchen goes on, and money is given back."""
    crew, order_id = two.crews[0], two.orders[1]
    erase, meanwhile = privacy.erase, {"done": False}
    refund = {"_id": "r", "amountCents": 100, "tipCents": 0, "units": [], "reason": "cold", "by": "x"}

    async def late(db: Any, where: Any, seen: Any, *rest: Any) -> bool:
        if str(seen["_id"]) == order_id and not meanwhile["done"]:
            meanwhile["done"] = True
            assert (await crew.move("kitchen", order_id, "ACCEPTED"))[0] == 200
            change = {"$push": {"refunds": refund}, "$inc": {"version": 1, "refundedCents": 100}}
            await db.orders.update_one({"_id": seen["_id"]}, change)
        return await erase(db, where, seen, *rest)

    monkeypatch.setattr(privacy, "erase", late)
    await erasing.erase(app, person(TYPED[1], None), nobody)
    stored = await crew.stored(order_id)
    assert meanwhile["done"] and stored["customer"] == {"name": "", "phone": ""}
    assert stored["status"] == "ACCEPTED" and [one["_id"] for one in stored["refunds"]] == ["r"]


async def test_the_export_says_what_was_paid_and_what_is_not_wanted_any_more(
    two: Two, app: App, tmp_path: Path
) -> None:
    await opt_outs.stop(app.db, numbers.key(app, "+15125550123"), app.clock.now())
    paid = {"kind": "card", "state": "ordered", "amountCents": 1100, "tokenHash": "secret", "sealedToken": "secret"}
    await app.db.payments.insert_one({"_id": "p", "previewId": ObjectId(two.orders[0]), "attempt": 1, **paid})
    file = tmp_path / "export.json"
    ran = await run(app, "export", "--phone", TYPED[0], "--email", EMAIL, "--out", str(file))
    assert ran.out == "3 orders and 4 previews written.\n" and stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text())
    assert told["mailsStoppedSince"] is None and "secret" not in file.read_text()
    assert (await exporting.export(app, person(TYPED[0], None), nobody))["textsStopped"] is True
    assert [one["payments"][0]["amountCents"] for one in told["orders"] if one["payments"]] == [1100]
    assert (await run(app, "export", "--phone", TYPED[0], "--out", str(file))).code == 2


async def test_old_histories_and_entries_of_attention_go_and_the_audit_asks_no_more_for_them(
    two: Two, app: App, clock: FixedClock
) -> None:
    app = replace(app, settings=app.settings.model_copy(update={"history_kept_days": 180}))
    ended = {"kind": "hours", "at": clock.now(), "endedAt": clock.now()}
    await app.db.attention.insert_one({"_id": "hours:1", **ended})
    clock.advance(days=179)
    assert (await retention.keep_no_longer(app, nobody)).histories == 0
    clock.advance(days=300)
    told = await retention.keep_no_longer(app, nobody, dry_run=True)
    assert told.histories == 4 and told.attention >= 1 and await app.db.order_events.count_documents({}) > 0
    done = await retention.keep_no_longer(app, nobody)
    assert (done.histories, done.attention, done.done) == (4, told.attention, True)
    assert await app.db.order_events.count_documents({}) == 0
    assert await app.db.attention.count_documents({"_id": "hours:1"}) == 0
    assert (await database.audit(app.db, clock)).listed == []
    assert (await retention.keep_no_longer(app, nobody)).histories == 0


async def test_moments_that_the_original_stored_otherwise_count_and_what_waits_for_a_person_stays(
    two: Two, app: App, clock: FixedClock
) -> None:
    app = replace(app, settings=app.settings.model_copy(update={"diners_kept_days": 90}))
    for order_id, moment in zip(two.orders, ("2020-05-01T17:30:00Z", 1588354200000, clock.now()), strict=True):
        await app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"startedAt": moment}})
        await app.db.orders_preview.update_one(
            {"_id": ObjectId(order_id)}, {"$set": {"startedAt": moment}, "$unset": {"purgeAt": ""}}
        )
    await app.db.checkouts.update_one({"_id": ObjectId(two.orders[0])}, {"$set": {"state": "claimed"}})
    done = await retention.keep_no_longer(app, nobody)
    assert (done.orders, done.previews) == (2, 1)
    assert await app.db.orders_preview.count_documents({"_id": ObjectId(two.orders[0])}) == 1
