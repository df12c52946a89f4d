"""Campaigns of a location: made with their code, limited, switched off, and summed up (contract 42 to 44, rules 18)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.errors import Problem
from shared.services.menu import catalog, reading
from shared.services.ordering import previewing, unpaid
from shared.services.orders import cancelling
from tests.fixtures import zod
from tests.integration.origins.counter import Manager, scan
from tests.integration.world import World
from tests.web_calls import content

TEN_PERCENT = {"name": "Ten percent", "type": "percent", "reward": {"percentOff": 10}}


async def made(manager: Manager, **more: Any) -> dict[str, Any]:
    status, campaign = await manager.call("campaigns_create", {**TEN_PERCENT, **more})
    assert status == 201, campaign
    return dict(campaign)


async def ordered(app: App, world: World, campaign: dict[str, Any], *dishes: str, phone: str = "5550100200") -> Any:
    """The order of a diner who came by the campaign's code, as it is stored."""
    catalog.forget(app, world.restaurant_id, world.location_id)
    origin = {"id": campaign["originId"], "name": "x"}
    cart = world.request(*(dishes or ("soup",)), origin=origin, customer={"name": "Ann", "phone": phone})
    preview = await previewing.preview(app, cart, request_id="r")
    assert (await unpaid.place_without_payment(app, preview.preview_order_id, request_id="r")).placed
    return await app.db.orders.find_one({"_id": ObjectId(preview.preview_order_id)})


async def test_a_campaign_is_made_with_its_code_and_gives_percent(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    campaign = await made(manager)
    assert zod.CAMPAIGN_ROW(campaign, "campaign") == []
    assert campaign["reward"] == {"flatOffCents": 0, "percentOff": 10}
    origin = await app.db.origins.find_one({"_id": ObjectId(campaign["originId"])})
    assert origin is not None and (origin["type"], origin["label"]) == ("campaign", "Ten percent")
    assert (await scan(app, origin["qrCodeId"])).status_code == 302
    assert [row["action"] for row in await manager.trail()] == ["campaign.created"]
    order = await ordered(app, world, campaign, "soup", "tea")
    assert (order["totalPriceCents"], order["discountCents"], order["origin"]["name"]) == (1485, 165, "Ten percent")
    assert order["discount"] == {"name": "Ten percent", "type": "percent", "amountCents": 165}
    [line] = order["discounts"]
    assert (line["campaignId"], line["amountCents"]) == (campaign["_id"], 165)
    status, seen = await manager.call("orders_one", orderId=str(order["_id"]))
    assert status == 200
    assert seen["data"]["discounts"] == [line]


async def test_the_diners_cart_reads_cents_as_a_number_always(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    here = (world.restaurant_id, str(world.location_id))
    percent, flat = await made(manager), await made(manager, type="flat", reward={"flatOffCents": 300.0})
    told = [await reading.campaign(app, *here, one["originId"]) for one in (percent, flat)]
    rewards = [one.reward.model_dump(by_alias=True) for one in told if one is not None]
    assert rewards == [{"flatOffCents": 0, "percentOff": 10}, {"flatOffCents": 300}]
    await app.db.campaigns.update_one({"_id": ObjectId(flat["_id"])}, {"$set": {"type": "bogo"}})
    assert await reading.campaign(app, *here, flat["originId"]) is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"type": "bogo"}, "type"),
        ({"type": "free_item"}, "type"),
        ({"reward": {}}, "reward"),
        ({"reward": {"percentOff": 10, "flatOffCents": 3}}, "reward"),
        ({"reward": {"percentOff": 101}}, "reward.percentOff"),
        ({"reward": {"percentOff": 10, "points": 5}}, "reward.points"),
        ({"reward": {"flatOffCents": 0}}, "reward.flatOffCents"),
        ({"reward": {"flatOffCents": -5}}, "reward.flatOffCents"),
        ({"type": "flat"}, "reward.percentOff"),
        ({"reward": {"flatOffCents": 5, "categoryIds": ["all"]}}, "reward.categoryIds"),
        ({"reward": {"percentOff": 5, "categoryIds": ["all", "nowhere"]}}, "reward.categoryIds.1"),
        ({"startsOn": "2026-05-02", "endsOn": "2026-05-01"}, "endsOn"),
        ({"startsOn": "yesterday"}, "startsOn"),
        ({"startsOn": "0001-01-01"}, "startsOn"),
        ({"endsOn": "9999-12-31"}, "endsOn"),
        ({"name": " "}, "name"),
    ],
)
async def test_what_no_campaign_can_be_is_refused_by_its_field(
    app: App, world: World, more: dict[str, Any], field: str
) -> None:
    manager = await Manager.of(app, world)
    status, refused = await manager.call("campaigns_create", {**TEN_PERCENT, **more})
    assert (status, refused["detail"][0]["field"]) == (400, field)
    assert await app.db.origins.count_documents({"type": "campaign"}) == 0, "no code of a campaign that is none"


async def test_percent_of_cents_only_is_flat_as_the_originals_app_makes_it(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    campaign = await made(manager, reward={"flatOffCents": 300})
    assert (campaign["type"], campaign["reward"]) == ("percent", {"flatOffCents": 300})
    assert (await ordered(app, world, campaign))["totalPriceCents"] == 800


async def test_a_campaign_of_some_sections_names_the_dishes_that_it_is_off(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": "tea"}, {"$set": {"items.$.categoryId": "drinks"}})
    drinks = {"id": "drinks", "name": {"en": "Drinks"}, "description": {}, "sortOrder": 2}
    await app.db.menus.update_one({"_id": world.menu_id}, {"$push": {"categories": drinks}})
    catalog.forget(app, world.restaurant_id, world.location_id)
    campaign = await made(manager, reward={"percentOff": 50, "categoryIds": ["drinks"]})
    order = await ordered(app, world, campaign, "soup", "tea", "tea")
    teas = [item["id"] for item in order["items"] if item["menuItemId"] == "tea"]
    assert (order["discountCents"], order["discounts"][0]["itemIds"]) == (550, teas)
    assert order["totalPriceCents"] == 2200 - 550


async def test_a_phone_number_has_a_campaign_so_often_and_a_cancelled_order_gives_the_use_back(
    app: App, world: World
) -> None:
    manager = await Manager.of(app, world)
    campaign = await made(manager, perPhone=1, maxUses=10)
    first = await ordered(app, world, campaign, phone="5550100200")
    assert first["discountCents"] == 110
    again = await ordered(app, world, campaign, phone="5550100200")
    assert (again["discountCents"], again["discount"]) == (0, None)
    assert (await ordered(app, world, campaign, phone="5550100201"))["discountCents"] == 110
    assert (await ordered(app, world, campaign, phone=""))["discountCents"] == 0, "without a number nobody can tell"
    [listed] = (await manager.call("campaigns_listed"))[1]
    assert listed["uses"] == 2
    stored = await app.db.campaign_uses.find().to_list()
    assert "5550100200" not in str(stored)
    await app.db.orders.update_one({"_id": first["_id"]}, {"$set": {"status": "CREATED"}})
    await cancelling.cancel(app, str(first["_id"]), request_id="r")
    assert (await ordered(app, world, campaign, phone="5550100200"))["discountCents"] == 110


async def test_two_carts_of_one_phone_at_once_have_the_campaign_once(app: App, world: World) -> None:
    """Both were shown the discount; the second to claim is shown its price without it."""
    manager = await Manager.of(app, world)
    campaign = await made(manager, perPhone=1)
    catalog.forget(app, world.restaurant_id, world.location_id)
    origin = {"id": campaign["originId"], "name": "x"}
    carts = [
        await previewing.preview(app, world.request(dish, origin=origin), request_id="r") for dish in ("soup", "tea")
    ]
    assert [cart.discount_cents for cart in carts] == [110, 55]
    assert (await unpaid.place_without_payment(app, carts[0].preview_order_id, request_id="r")).placed
    with pytest.raises(Problem) as refused:
        await unpaid.place_without_payment(app, carts[1].preview_order_id, request_id="r")
    assert refused.value.code.code == "PREVIEW_STALE"
    fresh = refused.value.extra["preview"]
    assert (fresh["discountCents"], fresh["totalPriceCents"], "discounts" in fresh) == (0, 550, False)
    assert (await unpaid.place_without_payment(app, fresh["previewOrderId"], request_id="r")).placed
    found = await app.db.campaigns.find_one({"_id": ObjectId(campaign["_id"])})
    assert found is not None and found["uses"] == 1


async def test_days_are_the_locations_and_the_last_one_counts_whole(app: App, world: World, clock: FixedClock) -> None:
    manager = await Manager.of(app, world)
    campaign = await made(manager, startsOn="2026-03-08", endsOn="2026-03-08")
    # In Chicago clocks go forward on that day: it has 23 hours.
    assert (campaign["startsAt"], campaign["endsAt"]) == ("2026-03-08T06:00:00.000Z", "2026-03-09T05:00:00.000Z")
    for at, cents in (
        (datetime(2026, 3, 8, 5, 59, tzinfo=UTC), 0),
        (datetime(2026, 3, 8, 6, 0, tzinfo=UTC), 110),
        (datetime(2026, 3, 9, 4, 59, tzinfo=UTC), 110),
        (datetime(2026, 3, 9, 5, 0, tzinfo=UTC), 0),
    ):
        clock.moment = at
        catalog.forget(app, world.restaurant_id, world.location_id)
        origin = {"id": campaign["originId"], "name": "x"}
        assert (
            await previewing.preview(app, world.request("soup", origin=origin), request_id="r")
        ).discount_cents == cents


async def test_a_campaign_is_changed_and_switched_off_at_once(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    campaign = await made(manager, endsOn="2030-01-01", perPhone=3)
    response = await manager.sent(
        "campaigns_change", {"name": "Ten off", "endsOn": None, "maxUses": 7}, campaignId=campaign["_id"]
    )
    changed = content(response)["data"]
    assert (changed["name"], changed["endsAt"], changed["maxUses"], changed["perPhone"]) == ("Ten off", None, 7, 3)
    assert response.headers["etag"] == '"1"'
    status, stale = await manager.call("campaigns_change", {"isActive": False}, campaignId=campaign["_id"], seen=0)
    assert (status, stale["code"]) == (412, "VERSION_CHANGED")
    assert (await manager.call("campaigns_change", {"isActive": False}, campaignId=campaign["_id"], seen=1))[0] == 200
    assert (await ordered(app, world, campaign))["discountCents"] == 0
    assert (await manager.call("campaigns_change", {}, campaignId=campaign["_id"]))[0] == 400
    assert (await manager.call("campaigns_change", {"name": None}, campaignId=campaign["_id"]))[0] == 400
    last = (await manager.trail())[-1]
    assert (last["action"], last["before"], last["after"]) == (
        "campaign.changed",
        {"isActive": True},
        {"isActive": False},
    )


async def test_a_campaign_without_its_code_is_not_switched_on_again(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    campaign = await made(manager)
    assert (await manager.call("origins_delete", originId=campaign["originId"]))[1]["code"] == "ORIGIN_OF_CAMPAIGN"
    await manager.call("campaigns_change", {"isActive": False}, campaignId=campaign["_id"])
    assert (await manager.call("origins_delete", originId=campaign["originId"]))[0] == 200
    status, refused = await manager.call("campaigns_change", {"isActive": True}, campaignId=campaign["_id"])
    assert (status, refused["code"]) == (409, "CAMPAIGN_WITHOUT_CODE")


async def test_a_campaign_that_orders_had_is_kept_and_another_one_is_deleted(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    used, unused = await made(manager), await made(manager)
    await ordered(app, world, used)
    status, refused = await manager.call("campaigns_delete", campaignId=used["_id"])
    assert (status, refused["code"]) == (409, "CAMPAIGN_USED")
    assert (await manager.call("campaigns_delete", campaignId=unused["_id"]))[0] == 200
    assert (await manager.call("campaigns_delete", campaignId=unused["_id"]))[0] == 404
    assert await app.db.origins.find_one({"_id": ObjectId(unused["originId"])}) is not None


async def test_campaigns_are_listed_newest_first_and_page_by_page(app: App, world: World, clock: FixedClock) -> None:
    manager = await Manager.of(app, world)
    assert await manager.call("campaigns_listed") == (200, [])
    for name in ("one", "two", "three"):
        await made(manager, name=name)
        clock.advance(minutes=1)
    first = await manager.sent("campaigns_listed", query="limit=2")
    assert [one["name"] for one in content(first)] == ["three", "two"]
    assert first.headers["x-truncated"] == "true"
    second = await manager.sent("campaigns_listed", query=f"limit=2&after={first.headers['x-next']}")
    assert [one["name"] for one in content(second)] == ["one"]
    assert "x-truncated" not in second.headers


async def test_what_came_of_a_campaign_is_summed_up_for_its_own_location_only(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    campaign = await made(manager)
    at = {"campaignId": campaign["_id"]}
    assert await manager.call("campaigns_summary", **at) == (
        200,
        {"totalOrders": 0, "grossSalesCents": 0, "totalCustomers": 0, "avgOrderValueCents": 0},
    )
    for dish in ("soup", "tea", "tea"):
        await ordered(app, world, campaign, dish)
    _, summary = await manager.call("campaigns_summary", **at)
    assert zod.CAMPAIGN_SUMMARY(summary, "summary") == []
    # 990 + 495 + 495
    assert summary == {"totalOrders": 3, "grossSalesCents": 1980, "totalCustomers": 1, "avgOrderValueCents": 660}
    elsewhere = await Manager.of(app, await World().build(app))
    assert (await elsewhere.call("campaigns_summary", **at))[0] == 404


async def test_so_many_campaigns_may_be_on(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id, "isActive": True}
    await app.db.campaigns.insert_many([{**here, "originId": ObjectId()} for _ in range(200)])
    status, refused = await manager.call("campaigns_create", TEN_PERCENT)
    assert (status, refused["code"]) == (409, "TOO_MANY_OF_THEM")
    off = await made(manager, isActive=False)
    assert (await manager.call("campaigns_change", {"isActive": True}, campaignId=off["_id"]))[0] == 409
