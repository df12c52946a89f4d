"""What goes wrong around a checkout, one case a test (rules 10): hung engines, old data, poison, races."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from bson import ObjectId

import functions.diner.payments  # noqa: F401 - puts its routes into the table
from shared.app import App
from shared.clock import FixedClock
from shared.domain.roles import Person
from shared.errors import Problem
from shared.integrations.durable.client import DurableEngine
from shared.services.kitchen import screens
from shared.services.menu import reading
from shared.services.ordering import driving, previewing, starting, steps, unpaid
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import status
from shared.services.telling import outbox
from shared.services.upkeep import sweeper
from shared.store.mongo import indexes
from shared.web.routes import ROUTES
from tests.integration.engines import HUNG, client_of, engine_of
from tests.integration.world import World, line_id
from tests.patience import PATIENCE_SECONDS
from tests.web_calls import content, request

COOK = Person("u-cook")


@pytest.fixture(scope="module")
def hung_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableEngine]:
    """A real engine whose checkouts accept every wake and never do anything."""
    with engine_of(HUNG, tmp_path_factory.mktemp("hung")) as url:
        yield client_of(url)


@pytest.fixture
def hung(app: App, hung_engine: DurableEngine) -> App:
    return replace(app, engine=hung_engine)


async def preview(app: App, world: World, *dishes: str, lines: list[str] | None = None) -> ObjectId:
    made = await previewing.preview(app, world.request(*dishes, lines=lines), request_id="req-1")
    return ObjectId(made.preview_order_id)


async def state(app: App, key: ObjectId) -> str:
    found = await app.db.checkouts.find_one({"_id": key})
    assert found is not None
    return str(found["state"])


async def test_instance_hung_is_advanced_by_the_first_sweep(hung: App, clock: FixedClock, world: World) -> None:
    key = await preview(hung, world, "soup")
    hasty = replace(hung, settings=hung.settings.model_copy(update={"unpaid_wait_seconds": 1}))
    with pytest.raises(Problem) as pending:
        await unpaid.place_without_payment(hasty, str(key), request_id="r")
    assert (pending.value.code.code, pending.value.code.status) == ("PLACEMENT_PENDING", 503)
    assert await hung.engine.status(str(key)) == "Running"
    clock.advance(seconds=6)
    assert (await sweeper.sweep(hung)).advanced == 1
    assert await state(hung, key) == "placed"


async def test_wake_to_an_ended_instance_starts_it_again(hung: App, world: World) -> None:
    key = await preview(hung, world, "soup")
    starting.forgo(hung, key)
    await hung.engine.start(str(key))
    await hung.engine.terminate(str(key), "for the test")
    assert await hung.engine.status(str(key)) == "Terminated"
    assert await driving.wake_engine(hung, key)
    assert await hung.engine.status(str(key)) in ("Pending", "Running")


async def test_wake_before_the_start_has_run_starts_the_instance(hung: App, world: World) -> None:
    key = await preview(hung, world, "soup")
    assert await hung.engine.status(str(key)) is None
    assert await driving.wake_engine(hung, key)
    assert await hung.engine.status(str(key)) in ("Pending", "Running")


async def test_an_instance_is_started_a_second_after_its_preview(hung: App, world: World) -> None:
    waits, claimed_elsewhere = await preview(hung, world, "soup"), await preview(hung, world, "tea")
    await hung.db.checkouts.update_one({"_id": claimed_elsewhere}, {"$set": {"state": "placed"}})
    assert await hung.engine.status(str(waits)) is None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await hung.engine.status(str(waits)) not in ("Pending", "Running"):
            await asyncio.sleep(0.1)
    # Both were due at the same moment, so by now the other would have been started, too.
    await asyncio.sleep(0.3)
    assert await hung.engine.status(str(claimed_elsewhere)) is None


async def test_a_caller_who_will_not_wait_is_told_where_to_look(hung: App, world: World) -> None:
    key = await preview(hung, world, "soup")
    route = ROUTES.named("payments_place_order_without_payment")
    asked = request("POST", "/x", {"previewOrderId": str(key)}, headers={"prefer": "respond-async"})
    response = await route.handle(asked, app=hung)
    assert response.status_code == 202
    where = f"/api/v1/order-app/orders/{key}/status"
    assert content(response) == {"orderId": str(key), "status": "PLACING", "statusUrl": where}


async def test_purge_never_touches_an_unfinished_checkout(app: App, world: World) -> None:
    """A cart is priced anew while its old preview is claimed: whoever wins, nothing that can become an order ages."""
    carts = [[line_id()] for _ in range(20)]
    old = [await preview(app, world, "soup", lines=lines) for lines in carts]
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": "soup"}, {"$set": {"items.$.priceCents": 1200}})
    await asyncio.sleep(1.1)
    claims = [claim(app, key, Asker("r")) for key in old]
    await asyncio.gather(
        *claims, *(preview(app, world, "soup", lines=lines) for lines in carts), return_exceptions=True
    )
    async for found in app.db.checkouts.find({"state": {"$in": ["open", "claimed"]}}):
        kept = await app.db.orders_preview.find_one({"_id": found["_id"]})
        assert kept is not None
        assert "purgeAt" not in found
        assert "purgeAt" not in kept


async def test_placed_at_a_price_never_shown_is_refused(app: App, world: World) -> None:
    lines = [line_id()]
    shown = await preview(app, world, "soup", lines=lines)
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": "soup"}, {"$set": {"items.$.priceCents": 1200}})
    await asyncio.sleep(1.1)
    assert await preview(app, world, "soup", lines=lines) != shown
    with pytest.raises(Problem) as refused:
        await claim(app, shown, Asker("r"))
    assert refused.value.code.code == "PREVIEW_EXPIRED"


async def test_two_carts_that_take_over_the_same_old_lines_are_one_order(
    app: App, clock: FixedClock, world: World
) -> None:
    lines = [line_id(), line_id()]
    first = await preview(app, world, "soup", "tea", lines=lines)
    await unpaid.place_without_payment(app, str(first), request_id="r")
    clock.advance(minutes=31)
    both = [await preview(app, world, "soup", lines=lines[:1]), await preview(app, world, "soup", "tea", lines=lines)]
    ends = await asyncio.gather(*(claim(app, key, Asker("r")) for key in both), return_exceptions=True)
    refused = [end for end in ends if isinstance(end, Problem)]
    assert [end.code.code for end in refused] == ["ORDER_RUNNING"]


async def test_an_order_without_its_checkouts_move_is_settled(app: App, world: World) -> None:
    key = await preview(app, world, "soup")
    await unpaid.place_without_payment(app, str(key), request_id="r")
    await app.db.checkouts.update_one({"_id": key}, {"$set": {"state": "claimed"}, "$unset": {"purgeAt": ""}})
    assert await steps.place_order(app, key) == steps.AT_REST
    assert await state(app, key) == "placed"
    assert await app.db.orders.count_documents({}) == 1


async def test_an_accepted_claim_is_no_error_whatever_its_wake_meets(app: App, world: World) -> None:
    key = await preview(app, world, "soup")
    await claim(app, key, Asker("r"))
    change = {"$unset": {"claim.kitchen": ""}, "$set": {"locationId": ObjectId()}}
    await app.db.checkouts.update_one({"_id": key}, change)
    await driving.wake(app, key)
    assert await state(app, key) == "claimed"


async def test_the_kitchen_sees_the_newest_orders_of_too_many(app: App, clock: FixedClock, world: World) -> None:
    def order(n: int) -> dict[str, Any]:
        return {
            "_id": ObjectId(),
            "restaurantId": world.restaurant_id,
            "locationId": world.location_id,
            "orderCode": str(n),
            "status": "ACCEPTED",
            "startedAt": clock.now() + timedelta(seconds=n),
            "items": [{"id": "i", "name": "Soup", "stationTags": ["kitchen"]}],
        }

    await app.db.orders.insert_many([order(n) for n in range(501)])
    shown = await screens.open_orders(app, COOK, (world.restaurant_id, str(world.location_id)), str(world.kitchen_id))
    codes = [one.order_code for one in shown.matched_orders]
    assert (len(codes), codes[0], codes[-1]) == (500, "1", "500")


async def test_dishes_stay_on_a_screen_when_tags_are_edited(app: App, world: World) -> None:
    key = await preview(app, world, "soup")
    await unpaid.place_without_payment(app, str(key), request_id="r")
    await app.db.stations.update_one({"_id": world.kitchen_id}, {"$set": {"tags": []}})
    shown = await screens.open_orders(app, COOK, (world.restaurant_id, str(world.location_id)), str(world.kitchen_id))
    assert [item.name for order in shown.matched_orders for item in order.items] == ["Soup"]


async def test_rows_that_cannot_be_announced_do_not_block_the_others(app: App, clock: FixedClock, world: World) -> None:
    key = await preview(app, world, "soup")
    await unpaid.place_without_payment(app, str(key), request_id="r")
    template = await app.db.order_events.find_one({"_id": f"{key}:1"})
    assert template is not None
    poison = [
        template
        | {
            "_id": f"{other}:1",
            "orderId": other,
            "type": "of a newer release",
            "publishedAt": None,
            "createdAt": template["createdAt"] - timedelta(hours=1),
        }
        for other in (ObjectId() for _ in range(150))
    ]
    await app.db.order_events.insert_many(poison)
    await app.db.order_events.update_many({"orderId": key}, {"$set": {"publishedAt": None, "sentTo": []}})
    clock.advance(seconds=6)
    await outbox.sweep(app)
    assert await app.db.order_events.count_documents({"orderId": key, "publishedAt": None}) == 0
    for _ in range(4):
        await outbox.sweep(app)
    assert await app.db.order_events.count_documents({"publishedAt": None}) == 0
    assert await app.db.order_events.count_documents({"gaveUp": True}) == 150


async def _fault(web_pubsub: str, **fault: Any) -> None:
    endpoint = web_pubsub.split(";", maxsplit=1)[0].removeprefix("Endpoint=")
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{endpoint}/_local/fault", json=fault)
    assert answer.is_success, answer.text


async def test_one_of_three_groups_served_is_sent_again_to_all(app: App, world: World, web_pubsub: str) -> None:
    key = await preview(app, world, "soup")
    await _fault(web_pubsub, mode="error", status=400, match="filter=")
    await _fault(web_pubsub, mode="error", status=503, match=f"groups/location.{world.location_id}")
    await unpaid.place_without_payment(app, str(key), request_id="r")
    await _fault(web_pubsub, mode="ok")
    rows = await app.db.order_events.find({"orderId": key}).sort("seq", 1).to_list()
    assert [row["publishedAt"] for row in rows] == [None, None]
    assert await outbox.publish(app, key)
    rows = await app.db.order_events.find({"orderId": key}).sort("seq", 1).to_list()
    assert [len(row["sentTo"]) for row in rows] == [3, 3]


async def test_a_message_that_the_service_refuses_is_given_up_after_five_tries(
    app: App, world: World, web_pubsub: str
) -> None:
    key = await preview(app, world, "soup")
    await _fault(web_pubsub, mode="error", status=400, match="filter=")
    await _fault(web_pubsub, mode="error", status=400, match=f"groups/order.{key}")
    await unpaid.place_without_payment(app, str(key), request_id="r")
    for _ in range(8):
        await outbox.publish(app, key)
    await _fault(web_pubsub, mode="ok")
    rows = await app.db.order_events.find({"orderId": key}).sort("seq", 1).to_list()
    assert [row.get("gaveUp") for row in rows] == [True, True]
    assert all(f"location.{world.location_id}" in row["sentTo"] for row in rows)


async def test_a_page_that_was_away_for_long_catches_up_in_steps(app: App, world: World) -> None:
    key = await preview(app, world, "soup")
    await unpaid.place_without_payment(app, str(key), request_id="r")
    template = await app.db.order_events.find_one({"_id": f"{key}:2"})
    assert template is not None
    rows = [template | {"_id": f"{key}:{seq}", "seq": seq} for seq in range(3, 701)]
    await app.db.order_events.insert_many(rows)
    await app.db.orders.update_one({"_id": key}, {"$set": {"version": 700}})
    seen, after = [], 0
    while (told := await status.events(app, str(key), after)).data:
        seen += [row.seq for row in told.data]
        after = told.last_seq
    assert seen == list(range(1, 701))


async def test_old_and_odd_documents_are_read(app: App, world: World) -> None:
    await app.db.locations.update_one(
        {"_id": world.location_id},
        {
            "$set": {
                "workingHours": [{"day": "monday", "isOpen": True, "startTime": 900, "endTime": None}, None, "x"],
                "orderTiming": None,
                "timezone": "Not/AZone",
            }
        },
    )
    location = await reading.location(app, world.restaurant_id, str(world.location_id))
    assert (location.is_open, location.emergepay_wallets_public_id) == (False, "")
    odd = {"discount": "ten percent", "items": [None, {"id": None, "name": None, "variants": [None], "notes": None}]}
    order = {
        "_id": ObjectId(),
        "restaurantId": world.restaurant_id,
        "locationId": world.location_id,
        "status": "ACCEPTED",
        "totalPriceCents": float("nan"),
        "startedAt": "2025-05-01T10:00:00Z",
    }
    await app.db.orders.insert_one(order | odd)
    shown = await screens.open_orders(app, COOK, (world.restaurant_id, str(world.location_id)), str(world.kitchen_id))
    assert [one.total_price_cents for one in shown.matched_orders] == [0]
    assert (await status.public_order(app, str(order["_id"]))).items[0].notes == ""


async def test_an_index_of_the_right_name_and_the_wrong_kind_is_no_guarantee(app: App) -> None:
    assert await indexes.missing(app.db) == []
    await app.db.checkouts.drop_index("cartKey_1")
    await app.db.checkouts.create_index("cartKey", name="cartKey_1")
    assert await indexes.missing(app.db) == ["checkouts.cartKey_1"]
