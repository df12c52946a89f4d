"""A campaign's uses are counted whoever made the preview: a limit that some orders do not count is none (rules 3)."""

from __future__ import annotations

import pytest
from bson import ObjectId

from shared.app import App
from shared.errors import Problem
from shared.services.menu import catalog
from shared.services.ordering import previewing, unpaid
from tests.integration.world import World

ONLY_OURS = ("lines", "subtotalCents", "taxCents", "discountCents", "tipCents")


async def campaign(app: App, world: World, max_uses: int, cents: int = 300) -> ObjectId:
    """A campaign at the world's table, for so many orders."""
    key = ObjectId()
    await app.db.campaigns.insert_one(
        {
            "_id": key,
            "restaurantId": world.restaurant_id,
            "locationId": world.location_id,
            "originId": world.origin_id,
            "name": "Three off",
            "type": "flat",
            "reward": {"flatOffCents": cents},
            "isActive": True,
            "maxUses": max_uses,
        }
    )
    catalog.forget(app, world.restaurant_id, world.location_id)
    return key


async def original_preview(app: App, world: World, *dishes: str, **more: object) -> str:
    """A preview as the original server stores it: a total, and nothing of how it came about; and no checkout."""
    made = await previewing.preview(app, world.request(*dishes, **more), request_id="r")
    key = ObjectId(made.preview_order_id)
    await app.db.orders_preview.update_one({"_id": key}, {"$unset": dict.fromkeys(ONLY_OURS, "")})
    await app.db.checkouts.delete_one({"_id": key})
    return str(key)


async def uses(app: App, key: ObjectId) -> int:
    found = await app.db.campaigns.find_one({"_id": key})
    assert found is not None
    return int(found.get("uses", 0))


async def test_the_original_servers_previews_use_a_limited_campaign_up(app: App, world: World) -> None:
    """Three off for the first diner was three off for everyone who had come by the old server."""
    key = await campaign(app, world, 1)
    carts = [await original_preview(app, world, "soup") for _ in range(2)]
    assert (await unpaid.place_without_payment(app, carts[0], request_id="r")).placed
    assert await uses(app, key) == 1
    catalog.forget(app, world.restaurant_id, world.location_id)
    with pytest.raises(Problem) as refused:
        await unpaid.place_without_payment(app, carts[1], request_id="r")
    assert refused.value.code.code == "PREVIEW_STALE"
    assert (await uses(app, key), await app.db.orders.distinct("totalPriceCents")) == (1, [800])


async def test_what_has_nothing_taken_off_is_no_use(app: App, world: World) -> None:
    key = await campaign(app, world, 5)
    elsewhere = await original_preview(app, world, "soup", origin={"id": "", "name": ""})
    assert (await unpaid.place_without_payment(app, elsewhere, request_id="r")).placed
    free = {"$set": {"items.$.priceCents": 0}}
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": "tea"}, free)
    catalog.forget(app, world.restaurant_id, world.location_id)
    given_away = await original_preview(app, world, "tea")
    assert (await unpaid.place_without_payment(app, given_away, request_id="r")).placed
    assert await uses(app, key) == 0
