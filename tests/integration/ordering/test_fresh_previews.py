"""A claim of a preview that the same process has just stored: made without reading, and never on an old word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Preview
from shared.errors import Problem
from shared.services.ordering import fresh_previews, previewing, unpaid
from shared.services.ordering.claiming import Asker, claim
from shared.store import checkouts
from tests.integration.world import World


async def preview(app: App, world: World) -> ObjectId:
    made = await previewing.preview(app, world.request("soup", "tea"), request_id="r")
    return ObjectId(made.preview_order_id)


async def seen(app: App, key: ObjectId) -> Checkout:
    found = await checkouts.get(app.db, key)
    assert found is not None
    return found


async def test_one_that_was_given_more_time_meanwhile_is_read_and_claimed(app: App, world: World) -> None:
    key = await preview(app, world)
    opened = await seen(app, key)
    assert await checkouts.extend(app.db, opened, opened.expires_at + timedelta(minutes=5))
    assert not (await claim(app, key, Asker("r"))).placed
    assert ((await seen(app, key)).state, (await seen(app, key)).version) == ("claimed", 3)


async def test_one_that_expired_meanwhile_is_refused(app: App, world: World) -> None:
    key = await preview(app, world)
    await app.db.checkouts.update_one({"_id": key}, {"$set": {"state": "expired"}, "$inc": {"version": 1}})
    with pytest.raises(Problem) as refused:
        await claim(app, key, Asker("r"))
    assert refused.value.code.code == "PREVIEW_EXPIRED"


async def test_one_that_the_original_server_has_placed_meanwhile_is_that_order(app: App, world: World) -> None:
    key = await preview(app, world)
    await app.db.orders.insert_one(
        {"_id": key, "restaurantId": world.restaurant_id, "locationId": world.location_id, "status": "created"}
    )
    placed = await unpaid.place_without_payment(app, str(key), request_id="r")
    assert (placed.order_id, placed.placed) == (key, True)
    assert await app.db.orders.count_documents({}) == 1
    assert (await seen(app, key)).state == "placed"


async def test_one_whose_inserting_took_as_long_as_a_failover_is_read(app: App, world: World) -> None:
    key = await preview(app, world)
    stored = fresh_previews.take(app, key)
    assert stored is not None
    fresh_previews.keep(app, stored.checkout, stored.preview, took=fresh_previews.SURE_SECONDS + 0.01)
    # The preview went with the primary that took it, and the checkout came after.
    await app.db.orders_preview.delete_one({"_id": key})
    with pytest.raises(Problem) as refused:
        await claim(app, key, Asker("r"))
    assert refused.value.code.code == "PREVIEW_EXPIRED"
    assert (await seen(app, key)).state == "open"


async def test_only_the_first_who_asks_is_given_it_and_only_the_last_are_kept(app: App, world: World) -> None:
    keys = [ObjectId() for _ in range(fresh_previews.MAX_KEPT + 1)]
    model = await seen(app, await preview(app, world))
    for key in keys:
        fresh_previews.keep(app, model, Preview.model_validate({"_id": key}), took=0.01)
    assert fresh_previews.take(app, keys[0]) is None
    kept = fresh_previews.take(app, keys[1])
    assert kept is not None and kept.preview.id == keys[1]
    assert fresh_previews.take(app, keys[1]) is None
