"""A claim of a preview that the same process has just stored: made without reading, and never on an old word."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Preview
from shared.errors import Problem
from shared.integrations.engine import NoEngine
from shared.services.ordering import fresh_previews, previewing, steps, unpaid
from shared.services.ordering.claiming import Asker, Claimed, claim
from shared.store import checkouts
from tests.integration.world import World


async def preview(app: App, world: World) -> ObjectId:
    made = await previewing.preview(app, world.request("soup", "tea"), request_id="r")
    return ObjectId(made.preview_order_id)


async def seen(app: App, key: ObjectId) -> Checkout:
    found = await checkouts.get(app.db, key)
    assert found is not None
    return found


class Deaf(NoEngine):
    """An engine that takes every wake, and drives nothing before it has taken so many."""

    def __init__(self, app: App, deaf_for: int) -> None:
        self.app = app
        self.left = deaf_for

    async def wake(self, instance_id: str) -> None:
        """Hear it, and drive the checkout or not."""
        self.left -= 1
        if self.left < 0:
            await steps.advance(self.app, ObjectId(instance_id))


async def placed_over_a_failover(
    app: App, world: World, *, deaf_for: int, waits: float
) -> tuple[ObjectId, asyncio.Task[Claimed]]:
    """A placement whose claim is undone as soon as it is made: what a new primary shows that has not heard of it."""
    settings = app.settings.model_copy(update={"unpaid_wait_seconds": waits})
    app = replace(app, engine=Deaf(app, deaf_for), settings=settings)
    key = await preview(app, world)
    placing = asyncio.create_task(unpaid.place_without_payment(app, str(key), request_id="r"))
    while (await seen(app, key)).state != "claimed":
        await asyncio.sleep(0.01)
    as_inserted = {"$set": {"state": "open", "version": 1, "claim": None}, "$unset": {"heldLines": ""}}
    await app.db.checkouts.update_one({"_id": key}, as_inserted)
    return key, placing


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
    stored = fresh_previews.take(app.db, key)
    assert stored is not None
    fresh_previews.keep(app.db, stored.checkout, stored.preview, took=fresh_previews.SURE_SECONDS + 0.01)
    # The preview went with the primary that took it, and the checkout came after.
    await app.db.orders_preview.delete_one({"_id": key})
    with pytest.raises(Problem) as refused:
        await claim(app, key, Asker("r"))
    assert refused.value.code.code == "PREVIEW_EXPIRED"
    assert (await seen(app, key)).state == "open"


async def test_a_claim_that_a_failover_undid_is_made_again_while_the_diner_waits(app: App, world: World) -> None:
    key, placing = await placed_over_a_failover(app, world, deaf_for=1, waits=6.0)
    assert (await placing).placed
    assert [row["_id"] async for row in app.db.orders.find()] == [key]


async def test_a_claim_that_a_failover_undid_is_made_again_before_the_diner_leaves(app: App, world: World) -> None:
    key, placing = await placed_over_a_failover(app, world, deaf_for=9, waits=0.5)
    with pytest.raises(Problem) as told:
        await placing
    assert told.value.code.code == "PLACEMENT_PENDING"
    assert (await seen(app, key)).state == "claimed"


async def test_only_the_first_who_asks_is_given_it_and_only_the_last_are_kept(app: App, world: World) -> None:
    keys = [ObjectId() for _ in range(fresh_previews.MAX_KEPT + 1)]
    model = await seen(app, await preview(app, world))
    for key in keys:
        fresh_previews.keep(app.db, model, Preview.model_validate({"_id": key}), took=0.01)
    assert fresh_previews.take(app.db, keys[0]) is None
    kept = fresh_previews.take(app.db, keys[1])
    assert kept is not None and kept.preview.id == keys[1]
    assert fresh_previews.take(app.db, keys[1]) is None
