"""The checkout over a real MongoDB: one order per preview, nothing lost, nothing doubled (rules 3, 5, 10)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.domain.roles import Person
from shared.errors import Problem
from shared.integrations.web_pubsub import WebPubSub
from shared.services.kitchen import screens
from shared.services.kitchen.screens import Asked
from shared.services.menu import reading
from shared.services.ordering import order_codes, previewing, steps, unpaid
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import status
from shared.services.telling import outbox
from shared.services.upkeep import sweeper
from shared.store import checkouts
from tests.integration.world import World, line_id

COOK = Person("u-cook")


async def preview(app: App, world: World, *dishes: str, lines: list[str] | None = None, **more: Any) -> str:
    made = await previewing.preview(app, world.request(*dishes, lines=lines, **more), request_id="req-1")
    return made.preview_order_id


async def place(app: App, preview_id: str) -> str:
    claimed = await unpaid.place_without_payment(app, preview_id, request_id="req-2")
    assert claimed.placed
    return str(claimed.order_id)


async def document(app: App, collection: str, key: str) -> dict[str, Any]:
    found = await app.db[collection].find_one({"_id": ObjectId(key)})
    assert found is not None
    return found


async def test_a_preview_is_priced_and_kept_with_its_amounts(app: App, world: World) -> None:
    made = await previewing.preview(app, world.request("soup", "tea"), request_id="req-1")
    assert (made.subtotal_cents, made.tax_cents, made.discount_cents, made.total_price_cents) == (1500, 150, 0, 1650)
    kept = await document(app, "orders_preview", made.preview_order_id)
    assert [item["priceCents"] for item in kept["items"]] == [1000, 500]
    assert kept["items"][0]["stationTags"] == ["kitchen"]
    opened = await document(app, "checkouts", made.preview_order_id)
    assert (opened["state"], opened["version"]) == ("open", 1)
    assert opened["expiresAt"] == made.expires_at
    assert "purgeAt" not in opened


async def test_a_placed_order_has_the_previews_id_its_amounts_and_two_rows(app: App, world: World) -> None:
    preview_id = await preview(app, world, "soup", "tea")
    order_id = await place(app, preview_id)
    assert order_id == preview_id
    order = await document(app, "orders", order_id)
    assert (order["status"], order["version"], order["totalPriceCents"]) == ("ACCEPTED", 2, 1650)
    assert len(order["orderCode"]) == 3
    assert order["meta"]["acceptedBy"] == "system"
    rows = await app.db.order_events.find({"orderId": order["_id"]}).sort("seq", 1).to_list()
    assert [(row["seq"], row["type"]) for row in rows] == [(1, "created"), (2, "accepted")]
    placed = await document(app, "checkouts", order_id)
    assert (placed["state"], placed["nextWakeAt"]) == ("placed", None)
    kept = await document(app, "orders_preview", order_id)
    assert (placed["purgeAt"] - kept["purgeAt"]).days == 1


async def test_without_auto_accept_an_order_waits_to_be_accepted(app: App) -> None:
    world = await World(auto_accepts=False).build(app)
    order = await document(app, "orders", await place(app, await preview(app, world, "soup")))
    assert (order["status"], order["version"]) == ("CREATED", 1)
    assert "acceptedBy" not in order["meta"]


async def test_placing_again_is_the_same_order_even_when_its_preview_is_gone(app: App, world: World) -> None:
    order_id = await place(app, await preview(app, world, "soup"))
    assert await place(app, order_id) == order_id
    await app.db.orders_preview.delete_many({})
    await app.db.checkouts.delete_many({})
    assert await place(app, order_id) == order_id
    assert await app.db.orders.count_documents({}) == 1


async def test_two_phones_unpaid_fifty_at_once_are_one_order(app: App, world: World) -> None:
    preview_id = await preview(app, world, "soup")
    placed = await asyncio.gather(*(place(app, preview_id) for _ in range(50)))
    assert set(placed) == {preview_id}
    assert await app.db.orders.count_documents({}) == 1
    assert await app.db.order_events.count_documents({}) == 2


async def test_twenty_drivers_at_once_place_one_order(app: App, world: World) -> None:
    key = ObjectId(await preview(app, world, "soup"))
    await claim(app, key, Asker("r"))
    await asyncio.gather(*(steps.place_order(app, key) for _ in range(20)))
    assert await app.db.orders.count_documents({}) == 1
    assert await app.db.order_events.count_documents({}) == 2


async def test_a_location_that_takes_payment_refuses_an_unpaid_claim(app: App) -> None:
    world = await World(takes_payment=True).build(app)
    preview_id = await preview(app, world, "soup")
    with pytest.raises(Problem) as refused:
        await place(app, preview_id)
    assert (refused.value.code.status, refused.value.code.code) == (402, "PAYMENT_REQUIRED")
    assert (await document(app, "checkouts", preview_id))["state"] == "open"


async def test_an_order_that_costs_nothing_needs_no_payment(app: App) -> None:
    world = await World(takes_payment=True).build(app)
    await app.db.campaigns.insert_one(
        {
            "restaurantId": world.restaurant_id,
            "locationId": world.location_id,
            "originId": world.origin_id,
            "name": "Free soup",
            "type": "flat",
            "reward": {"flatOffCents": 5000},
            "isActive": True,
        }
    )
    order = await document(app, "orders", await place(app, await preview(app, world, "soup")))
    assert (order["totalPriceCents"], order["discountCents"], order["discount"]["name"]) == (0, 1100, "Free soup")


@pytest.mark.parametrize("unknown", ["f" * 24, "nonsense", ""])
async def test_an_unknown_preview_is_not_found(app: App, unknown: str) -> None:
    with pytest.raises(Problem) as refused:
        await place(app, unknown)
    assert refused.value.code.code == "PREVIEW_NOT_FOUND"


async def test_an_expired_preview_is_gone_but_a_claimed_one_never_expires(
    app: App, clock: FixedClock, world: World
) -> None:
    late, in_time = await preview(app, world, "soup"), await preview(app, world, "tea")
    clock.advance(minutes=30, seconds=31)
    await claim(app, ObjectId(in_time), Asker("r"))
    for preview_id in (late, in_time):
        await steps.expire(app, ObjectId(preview_id))
    with pytest.raises(Problem) as refused:
        await place(app, late)
    assert (refused.value.code.status, refused.value.code.code) == (410, "PREVIEW_EXPIRED")
    assert (await document(app, "checkouts", late))["purgeAt"] > clock.now()
    assert await place(app, in_time) == in_time


async def test_expiry_in_the_same_second_as_a_claim_is_one_or_the_other(
    app: App, clock: FixedClock, world: World
) -> None:
    keys = [ObjectId(await preview(app, world, "soup")) for _ in range(20)]
    clock.advance(minutes=30, seconds=31)
    claims = [claim(app, key, Asker("r")) for key in keys]
    outcomes = await asyncio.gather(*claims, *(steps.expire(app, key) for key in keys), return_exceptions=True)
    for key, outcome in zip(keys, outcomes, strict=False):
        state = (await document(app, "checkouts", str(key)))["state"]
        assert state == ("expired" if isinstance(outcome, Problem) else "claimed")


async def test_the_same_cart_tapped_again_is_the_same_preview(app: App, clock: FixedClock, world: World) -> None:
    lines = [line_id(), line_id()]
    first = await preview(app, world, "soup", "tea", lines=lines)
    clock.advance(minutes=20)
    again = await previewing.preview(app, world.request("soup", "tea", lines=lines), request_id="req-9")
    assert again.preview_order_id == first
    assert (again.expires_at - clock.now()).total_seconds() == 30 * 60
    await place(app, first)
    clock.advance(minutes=29)
    assert await preview(app, world, "soup", "tea", lines=lines) == first
    clock.advance(minutes=2)
    assert await preview(app, world, "soup", "tea", lines=lines) != first


async def test_the_same_cart_tapped_twenty_times_at_once_is_one_preview(app: App, world: World) -> None:
    lines = [line_id()]
    made = await asyncio.gather(*(preview(app, world, "soup", lines=lines) for _ in range(20)))
    assert len(set(made)) == 1
    assert await app.db.orders_preview.count_documents({}) == 1
    assert await app.db.checkouts.count_documents({}) == 1


async def test_two_diners_with_the_same_dishes_are_two_orders(app: App, world: World) -> None:
    ann, bob = await preview(app, world, "soup"), await preview(app, world, "soup")
    assert await place(app, ann) != await place(app, bob)


async def test_a_cart_at_another_price_is_another_preview_and_the_old_one_expires(app: App, world: World) -> None:
    lines = [line_id()]
    old = await preview(app, world, "soup", lines=lines)
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": "soup"}, {"$set": {"items.$.priceCents": 1200}})
    await asyncio.sleep(1.1)
    new = await previewing.preview(app, world.request("soup", lines=lines), request_id="r")
    assert (new.preview_order_id != old, new.total_price_cents) == (True, 1320)
    assert (await document(app, "checkouts", old))["state"] == "expired"
    assert (await document(app, "orders_preview", old))["totalPriceCents"] == 1100


async def test_an_edited_note_after_a_lost_answer_is_not_a_second_order(app: App, world: World) -> None:
    lines = [line_id()]
    first = await place(app, await preview(app, world, "soup", lines=lines))
    edited = world.cart("soup", lines=lines)
    edited["items"][0]["notes"] = "no onions"
    second = await preview(app, world, "soup", lines=lines, items=edited["items"])
    assert second != first
    with pytest.raises(Problem) as refused:
        await place(app, second)
    assert (refused.value.code.status, refused.value.code.code) == (409, "ORDER_RUNNING")
    assert refused.value.extra == {"orderId": first}


async def test_lines_held_for_more_than_half_an_hour_can_be_ordered_again(
    app: App, clock: FixedClock, world: World
) -> None:
    lines = [line_id(), line_id()]
    first = await place(app, await preview(app, world, "soup", "tea", lines=lines))
    clock.advance(minutes=31)
    again = await place(app, await preview(app, world, "soup", lines=lines[:1]))
    assert again != first
    assert "heldLines" not in await document(app, "checkouts", first)


async def test_a_preview_of_the_original_server_can_be_placed(app: App, world: World) -> None:
    preview_id = await preview(app, world, "soup")
    await app.db.checkouts.delete_one({"_id": ObjectId(preview_id)})
    additions = ("lines", "subtotalCents", "taxCents", "discountCents", "tipCents", "createdAt")
    await app.db.orders_preview.update_one({"_id": ObjectId(preview_id)}, {"$unset": dict.fromkeys(additions, "")})
    assert await place(app, preview_id) == preview_id
    assert (await document(app, "orders", preview_id))["totalPriceCents"] == 1100


async def test_order_codes_of_a_location_do_not_repeat(app: App, world: World) -> None:
    keys = await asyncio.gather(*(preview(app, world, "soup") for _ in range(60)))
    await asyncio.gather(*(place(app, key) for key in keys))
    codes = [order["orderCode"] async for order in app.db.orders.find({})]
    assert len(set(codes)) == len(codes) == 60


async def test_whoever_draws_many_codes_just_as_more_have_come_gets_them(app: App, clock: FixedClock) -> None:
    """The taking has ended then, and its callback has not run: nobody may wait for it any more."""
    location_id, now = ObjectId(), clock.now()
    day = now.date()
    key = (location_id, day.isoformat())
    codes = [await order_codes.draw(app, location_id, day, now) for _ in range(order_codes.BLOCK - order_codes.LOW + 1)]
    numbers = app.memory[order_codes.NUMBERS].made(key, order_codes._Numbers)
    taking = numbers.taking
    assert taking is not None
    while not taking.done():
        await asyncio.sleep(0)
    assert numbers.taking is taking
    codes += [await order_codes.draw(app, location_id, day, now) for _ in range(3 * order_codes.BLOCK)]
    assert len(set(codes)) == len(codes)


async def test_claim_written_wake_lost_is_placed_by_the_sweeper(app: App, clock: FixedClock, world: World) -> None:
    preview_id = await preview(app, world, "soup")
    await claim(app, ObjectId(preview_id), Asker("r"))
    await sweeper.sweep(app)
    assert (await document(app, "checkouts", preview_id))["state"] == "claimed"
    clock.advance(seconds=6)
    swept = await sweeper.sweep(app)
    assert (swept.advanced, swept.failed) == (1, 0)
    assert (await document(app, "checkouts", preview_id))["state"] == "placed"


async def test_a_killed_drivers_open_transaction_holds_up_its_own_order_only(
    app: App, clock: FixedClock, world: World
) -> None:
    locked, free = [ObjectId(await preview(app, world, "soup")) for _ in range(2)]
    for key in (locked, free):
        await claim(app, key, Asker("r"))
        clock.advance(seconds=1)
    clock.advance(seconds=6)
    async with app.db.client.start_session() as killed:
        await killed.start_transaction()
        await app.db.checkouts.update_one({"_id": locked}, {"$inc": {"version": 1}}, session=killed)
        started = asyncio.get_running_loop().time()
        swept = await sweeper.sweep(app)
        assert asyncio.get_running_loop().time() - started < 4
        assert (swept.advanced, swept.failed) == (1, 1)
        assert (await document(app, "checkouts", str(free)))["state"] == "placed"
        await killed.abort_transaction()
    clock.advance(seconds=60)
    assert (await sweeper.sweep(app)).advanced == 1


async def test_two_sweepers_do_the_work_once(app: App, clock: FixedClock, world: World) -> None:
    for _ in range(30):
        await claim(app, ObjectId(await preview(app, world, "soup")), Asker("r"))
    clock.advance(seconds=6)
    both = await asyncio.gather(sweeper.sweep(app), sweeper.sweep(app))
    assert sum(swept.advanced for swept in both) == 30
    assert await app.db.orders.count_documents({}) == 30
    assert await app.db.order_events.count_documents({}) == 60


async def test_the_sweeper_expires_what_nobody_claimed(app: App, clock: FixedClock, world: World) -> None:
    preview_id = await preview(app, world, "soup")
    clock.advance(minutes=31, seconds=1)
    await sweeper.sweep(app)
    expired = await document(app, "checkouts", preview_id)
    assert (expired["state"], expired["nextWakeAt"], "cartKey" in expired) == ("expired", None, False)


async def test_rows_reach_all_their_groups_and_are_marked(app: App, world: World) -> None:
    order_id = await place(app, await preview(app, world, "soup", "tea"))
    rows = await app.db.order_events.find({}).sort("seq", 1).to_list()
    groups = {
        f"order.{order_id}",
        f"location.{world.location_id}",
        f"station.{world.kitchen_id}",
        f"station.{world.bar_id}",
    }
    assert [set(row["sentTo"]) for row in rows] == [groups, groups]
    assert all(row["publishedAt"] is not None for row in rows)


async def test_commit_then_killed_before_publishing_is_published_by_the_sweeper(
    app: App, clock: FixedClock, world: World
) -> None:
    order_id = await place(app, await preview(app, world, "soup"))
    await app.db.order_events.update_many({}, {"$set": {"publishedAt": None, "sentTo": []}})
    clock.advance(seconds=6)
    assert (await sweeper.sweep(app)).published == 1
    row = await app.db.order_events.find_one({"_id": f"{order_id}:1"})
    assert row is not None
    assert row["publishedAt"] is not None
    assert len(row["sentTo"]) == 3


async def test_an_order_goes_through_while_the_live_service_is_down(app: App, clock: FixedClock, world: World) -> None:
    nowhere = f"Endpoint=http://127.0.0.1:9;AccessKey={'k' * 40};Version=1.0;"
    down = replace(
        app,
        live=WebPubSub(app.settings.model_copy(update={"web_pubsub_connection_string": _secret(nowhere)}), app.clock),
    )
    order_id = await place(down, await preview(down, world, "soup"))
    assert await app.db.order_events.count_documents({"publishedAt": None}) == 2
    assert await outbox.publish(app, ObjectId(order_id))
    assert await app.db.order_events.count_documents({"publishedAt": None}) == 0


def _secret(text: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(text)


async def test_a_page_catches_up_by_events(app: App, world: World) -> None:
    order_id = await place(app, await preview(app, world, "soup"))
    everything = await status.events(app, order_id, 0)
    assert [(row.seq, row.event) for row in everything.data] == [(1, "order_received"), (2, "order_accepted")]
    assert everything.last_seq == 2
    assert [row.seq for row in (await status.events(app, order_id, 1)).data] == [2]
    assert (await status.events(app, order_id, 2)).data == []


async def test_status_tells_of_a_checkout_that_is_no_order_yet(app: App, clock: FixedClock, world: World) -> None:
    preview_id = await preview(app, world, "soup")
    assert (await status.status(app, preview_id)).status == "OPEN"
    await claim(app, ObjectId(preview_id), Asker("r"))
    assert (await status.status(app, preview_id)).status == "PLACING"
    await steps.advance(app, ObjectId(preview_id))
    placed = await status.status(app, preview_id)
    assert (placed.status, placed.seq) == ("ACCEPTED", 2)


async def test_a_station_sees_its_items_and_those_of_no_station(app: App, world: World) -> None:
    await place(app, await preview(app, world, "soup", "tea"))
    lane = await place(app, await preview(app, world, "tea", "bread"))
    shown = await screens.open_orders(app, COOK, (world.restaurant_id, str(world.location_id)), str(world.kitchen_id))
    assert [[(item.name, item.unrouted) for item in order.items] for order in shown.matched_orders] == [
        [("Soup", False)],
        [("Bread", True)],
    ]
    here = (world.restaurant_id, str(world.location_id))
    one = await screens.one_order(app, COOK, here, lane, Asked(tags=["bar"]))
    assert [item.name for item in one.items] == ["Tea", "Bread"]
    nobody = await screens.one_order(app, COOK, here, lane, Asked(tags=[]))
    assert [item.name for item in nobody.items] == ["Bread"]


async def test_the_engines_loss_is_no_loss_of_moves(app: App, clock: FixedClock, world: World) -> None:
    """A checkout that is flagged after a day still moves on when it is advanced, and then needs nobody any more."""
    preview_id = await preview(app, world, "soup")
    await claim(app, ObjectId(preview_id), Asker("r"))
    clock.advance(hours=25)
    await sweeper.sweep(app)
    done = await document(app, "checkouts", preview_id)
    assert (done["state"], "needsAttention" in done) == ("placed", False)


async def test_the_back_off_of_due_work_doubles_up_to_five_minutes(app: App, clock: FixedClock, world: World) -> None:
    key = ObjectId(await preview(app, world, "soup"))
    await claim(app, key, Asker("r"))
    gaps = []
    for _ in range(9):
        clock.advance(minutes=6)
        taken = await checkouts.take_due(app.db, key, clock.now())
        assert taken is not None
        after = await checkouts.get(app.db, taken.id)
        assert after is not None
        assert after.next_wake_at is not None
        gaps.append((after.next_wake_at - clock.now()).total_seconds())
    assert gaps == [5, 10, 20, 40, 80, 160, 300, 300, 300]


async def test_a_closed_location_shows_it_at_the_preview_and_refuses_the_claim(
    app: App, clock: FixedClock, world: World
) -> None:
    monday = {"day": "monday", "isOpen": True, "startTime": "09:00", "endTime": "17:00"}
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": {"workingHours": [monday]}})
    clock.moment = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday
    opens = datetime(2026, 3, 16, 14, 0, tzinfo=UTC)  # Monday, 9 o'clock in Chicago
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    assert (made.is_open, made.opens_at) == (False, opens)
    with pytest.raises(Problem) as refused:
        await place(app, made.preview_order_id)
    assert (refused.value.code.code, refused.value.extra) == ("LOCATION_CLOSED", {"opensAt": opens})
    assert (await document(app, "checkouts", made.preview_order_id))["state"] == "open"


async def test_a_location_that_is_switched_off_takes_no_orders_and_does_not_say_when(app: App, world: World) -> None:
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": {"isActive": False}})
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    assert (made.is_open, made.opens_at) == (False, None)
    with pytest.raises(Problem) as refused:
        await place(app, made.preview_order_id)
    assert (refused.value.code.code, refused.value.extra) == ("LOCATION_CLOSED", {"opensAt": None})


async def test_the_campaign_of_an_origin_is_shown_while_it_runs(app: App, world: World) -> None:
    here = (world.restaurant_id, str(world.location_id), str(world.origin_id))
    assert await reading.campaign(app, *here) is None
    assert await reading.campaign(app, world.restaurant_id, str(world.location_id), "web") is None
    campaign = {"name": "Lunch", "type": "flat", "reward": {"flatOffCents": 300}, "isActive": True}
    ids = {"restaurantId": world.restaurant_id, "locationId": world.location_id, "originId": world.origin_id}
    await app.db.campaigns.insert_one(campaign | ids)
    shown = await reading.campaign(app, *here)
    assert shown is not None
    assert (shown.name, shown.type, shown.reward.flat_off_cents) == ("Lunch", "flat", 300)
    assert await reading.campaign(app, "another", *here[1:]) is None
    await app.db.campaigns.update_one({"originId": world.origin_id}, {"$set": {"isActive": False}})
    assert await reading.campaign(app, *here) is None
