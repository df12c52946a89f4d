"""Where a diner's data hides, and what happens while they are erased (rules 24.6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.domain.persons import person
from shared.domain.roles import SYSTEM
from shared.services.ordering import placing, previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.support.audit import database
from shared.services.support.privacy import erasing, exporting
from shared.services.trail import writing
from shared.store.support import privacy
from tests.integration.crew import Crew
from tests.integration.support.test_privacy import EMAIL, NAME, TYPED, everything, naming, nobody, run
from tests.integration.world import World

BEA = {"name": "Bea", "phone": "(512) 555-0199"}
ME = {"name": NAME, "phone": TYPED[0]}


@pytest.fixture
async def crew(app: App) -> Crew:
    return await Crew.of(app, await World(auto_accepts=False).build(app))


def me() -> Any:
    return person(TYPED[1], None)


async def ordered(crew: Crew, customer: dict[str, str], note: str, **more: Any) -> str:
    """An order with a note beside its first dish."""
    items = crew.world.cart("soup")["items"]
    items[0]["notes"] = note
    return await crew.order("soup", customer=customer, items=items, **more)


async def said(crew: Crew, *reasons: str, about: str = "o") -> None:
    """What staff did for these reasons stands in the trail."""
    here = crew.world.restaurant_id
    for reason in reasons:

        async def body(session: Any, reason: str = reason) -> None:
            await writing.leave(
                crew.app, session, SYSTEM, restaurant_id=here, action="order.refunded", target=("order", about),
                after={"amountCents": 100}, reason=reason, request_id="r",
            )  # fmt: skip

        await writing.changing(crew.app, here, body)


async def test_a_number_in_somebody_else_s_order_goes_and_the_order_stays_theirs(
    crew: Crew, app: App, clock: FixedClock
) -> None:
    order_id = await ordered(crew, BEA, f"ring {TYPED[0]} at the door")
    abroad = await ordered(crew, BEA, "ring +44 512 555 0123")
    assert (await crew.move("manager", order_id, "REJECTED", reason=f"{TYPED[2]} called"))[0] == 200
    before = await crew.stored(order_id)
    told = await exporting.export(app, me(), nobody)
    assert told["orders"] == [] and {one["_id"] for one in told["mentionedIn"]} == {ObjectId(order_id)}
    assert "Bea" not in json.dumps(exporting.plain(told))
    ran = await run(app, "erase", "--phone", TYPED[1], "--dry-run")
    assert "2 orders and previews of others would lose what they say of this person." in ran.out, ran
    assert await crew.stored(order_id) == before
    done = await erasing.erase(app, me(), nobody)
    assert (done.orders, done.previews, done.mentions) == (0, 0, 2)
    after = await crew.stored(order_id)
    assert after["customer"] == before["customer"] == BEA and "erasedAt" not in after
    assert after["items"][0]["notes"] == "ring *** at the door" and after["endReason"] == "*** called"
    assert (await crew.stored(abroad))["items"][0]["notes"] == "ring +44 512 555 0123"
    row = await app.db.order_events.find_one({"orderId": ObjectId(order_id), "payload.reason": {"$exists": True}})
    assert row is not None and row["payload"]["reason"] == "*** called"
    assert (await erasing.erase(app, me(), nobody)).mentions == 0
    assert (await database.audit(app.db, clock)).listed == []


async def test_of_the_trail_about_somebody_else_s_order_only_what_names_the_person_goes(crew: Crew, app: App) -> None:
    order_id = await ordered(crew, BEA, f"ring {TYPED[0]}")
    await said(crew, "The oven is broken.", f"{TYPED[1]} called.", about=order_id)
    assert (await erasing.erase(app, me(), nobody)).trail_rows == 1
    rows = await app.db.trail.find({"action": "order.refunded"}).sort("seq", 1).to_list()
    assert [row.get("reason") for row in rows] == ["The oven is broken.", None]
    assert [row.get("after") for row in rows] == [{"amountCents": 100}, None]


async def test_a_trail_loses_the_number_where_no_order_names_it(crew: Crew, app: App, clock: FixedClock) -> None:
    here = crew.world.restaurant_id
    await said(crew, "The oven is broken.", f"{TYPED[2]} wants no more mails.")
    other = await Crew.of(app, await World().build(app))
    await said(other, "Closed.")
    ran = await run(app, "erase", "--phone", TYPED[0], "--dry-run")
    assert ran.out.startswith("0 orders and 0 previews of 0 restaurants would lose this person, and 1 rows"), ran
    done = await erasing.erase(app, me(), nobody, restaurant_id=other.world.restaurant_id)
    assert done.trail_rows == 0
    assert (await erasing.erase(app, me(), nobody)).trail_rows == 1
    assert await naming(app) == set()
    assert await app.db.trail.count_documents({"action": "privacy.erased", "restaurantId": here}) == 1
    assert await app.db.trail.count_documents({"action": "privacy.erased"}) == 1
    assert (await erasing.erase(app, me(), nobody)).trail_rows == 0
    assert (await database.audit(app.db, clock)).listed == []


async def test_an_order_that_names_no_number_of_its_own_is_of_whoever_stands_in_its_notes(crew: Crew, app: App) -> None:
    order_id = await ordered(crew, {"name": "Zephyrine", "phone": ""}, "my number: 512.555.0123")
    assert len((await exporting.export(app, me(), nobody))["orders"]) == 1
    assert (await erasing.erase(app, me(), nobody)).orders == 1
    assert (await crew.stored(order_id))["customer"] == {"name": "", "phone": ""}
    assert await naming(app) == set()


async def test_a_number_that_the_original_stored_as_one_goes_from_what_staff_said(crew: Crew, app: App) -> None:
    order_id = await ordered(crew, ME, "")
    await app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"customer.phone": 5125550123}})
    assert (await crew.move("manager", order_id, "REJECTED", reason=f"{TYPED[1]} is wrong"))[0] == 200
    await erasing.erase(app, me(), nobody)
    assert await naming(app) == set()


async def test_erasing_twice_changes_nothing_more(crew: Crew, app: App) -> None:
    await ordered(crew, ME, f"for {NAME}")
    await erasing.erase(app, me(), nobody)
    before = await everything(app)
    done = await erasing.erase(app, me(), nobody)
    assert (done.orders, done.previews, done.mentions, done.trail_rows, done.restaurants) == (0, 0, 0, 0, set())
    after = await everything(app)
    assert len(after.pop("erasures")) == len(before.pop("erasures")) + 1
    assert after == before


# While an order is placed


async def claimed(crew: Crew) -> ObjectId:
    """A preview that somebody wants placed, and nobody has placed yet."""
    made = await previewing.preview(crew.app, crew.world.request("bread", customer=ME), request_id="r")
    key = ObjectId(made.preview_order_id)
    await claim(crew.app, key, Asker("r"))
    assert await crew.app.db.orders.find_one({"_id": key}) is None
    return key


async def test_one_that_is_placed_after_the_orders_were_looked_through_loses_its_diner(
    crew: Crew, app: App, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    key = await claimed(crew)
    erase, meanwhile = privacy.erase, {"placed": False}

    async def late(db: Any, where: Any, *rest: Any) -> bool:
        if not meanwhile["placed"]:
            meanwhile["placed"] = True
            await steps.place_order(app, key)
            assert "orders" in await naming(app)
        return await erase(db, where, *rest)

    monkeypatch.setattr(privacy, "erase", late)
    done = await erasing.erase(app, me(), nobody)
    assert meanwhile["placed"] and (done.orders, done.previews) == (1, 1)
    assert await naming(app) == set()
    assert (await database.audit(app.db, clock)).listed == []


async def test_one_whose_preview_was_read_before_and_is_written_after_is_read_again(
    crew: Crew, app: App, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    key = await claimed(crew)
    write, meanwhile = placing._write, {"tries": 0}

    async def late(*given: Any) -> None:
        meanwhile["tries"] += 1
        if meanwhile["tries"] == 1:
            assert (await erasing.erase(app, me(), nobody)).previews == 1
        await write(*given)

    monkeypatch.setattr(placing, "_write", late)
    await steps.place_order(app, key)
    order = await app.db.orders.find_one({"_id": key})
    assert meanwhile["tries"] > 1 and order is not None and order["customer"] == {"name": "", "phone": ""}
    assert await naming(app) == set()
    assert (await database.audit(app.db, clock)).listed == []


async def test_the_same_cart_sent_again_is_a_new_one_and_what_was_placed_just_now_is_found_again(
    crew: Crew, app: App
) -> None:
    cart = crew.world.request("bread", customer=ME)

    async def preview() -> str:
        return (await previewing.preview(app, cart, request_id="r")).preview_order_id

    first = await preview()
    assert await preview() == first
    await erasing.erase(app, me(), nobody)
    second = await preview()
    assert second != first
    await claim(app, ObjectId(second), Asker("r"))
    await steps.place_order(app, ObjectId(second))
    await erasing.erase(app, me(), nobody)
    assert await preview() == second


# Staff who eat


async def test_somebody_of_the_staff_keeps_the_account_and_is_told_of_it(crew: Crew, app: App) -> None:
    mine = {"restaurantId": crew.world.restaurant_id, "role": "kitchen", "locationIds": None}
    account = {"userId": "staff-1", "email": EMAIL, "phoneNumber": "+15125550123", "restaurants": []}
    await app.db.users.insert_one({**account, "memberships": [mine, {**mine, "restaurantId": "another"}]})
    await app.db.push_tokens.insert_one({"_id": "t", "token": "secret", "userId": "staff-1"})
    await ordered(crew, ME, "")
    ran = await run(app, "export", "--phone", TYPED[0], "--email", EMAIL)
    [told] = json.loads(ran.out)["accounts"]
    assert (told["email"], told["phoneNumber"], told["phonesWithPushes"]) == (EMAIL, "+15125550123", 1)
    assert [one["role"] for one in told["memberships"]] == ["kitchen"] * 2 and "secret" not in ran.out
    here = await exporting.export(app, me(), nobody, restaurant_id=crew.world.restaurant_id)
    assert [one["restaurantId"] for one in here["accounts"][0]["memberships"]] == [crew.world.restaurant_id]
    before = await app.db.users.find_one({"userId": "staff-1"})
    ran = await run(app, "erase", "--phone", TYPED[0], "--email", EMAIL)
    assert "The account stays" in ran.out
    assert await naming(app) == {"users"} and await app.db.users.find_one({"userId": "staff-1"}) == before
