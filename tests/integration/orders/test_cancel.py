"""A diner takes an order back until the kitchen accepts it: once, whole, and told to everyone (rules 3, 6)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bson import ObjectId

from shared.api.base import iso
from shared.app import App
from shared.clock import FixedClock
from shared.errors import Problem
from shared.services.ordering import previewing, steps, unpaid
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import cancelling
from shared.services.orders import status as order_status
from shared.services.support.audit import database
from shared.services.support.audit.database import Report
from tests.integration.world import World, line_id


@pytest.fixture
async def world(app: App) -> World:
    """A restaurant whose kitchen accepts each order itself."""
    return await World(auto_accepts=False).build(app)


async def preview(app: App, world: World, *dishes: str, lines: list[str] | None = None) -> str:
    made = await previewing.preview(app, world.request(*dishes, lines=lines), request_id="r")
    return made.preview_order_id


async def place(app: App, world: World, *dishes: str, lines: list[str] | None = None) -> str:
    preview_id = await preview(app, world, *dishes, lines=lines)
    assert (await unpaid.place_without_payment(app, preview_id, request_id="r")).placed
    return preview_id


async def cancel(app: App, order_id: str) -> Any:
    return (await cancelling.cancel(app, order_id, request_id="req-c")).model_dump(by_alias=True)


async def refused(app: App, order_id: str) -> Problem:
    with pytest.raises(Problem) as caught:
        await cancel(app, order_id)
    return caught.value


async def document(app: App, collection: str, key: str) -> dict[str, Any]:
    found = await app.db[collection].find_one({"_id": ObjectId(key)})
    assert found is not None
    return found


async def rows(app: App, order_id: str) -> list[dict[str, Any]]:
    return await app.db.order_events.find({"orderId": ObjectId(order_id)}).sort("seq", 1).to_list()


async def accept(app: App, order_id: str) -> bool:
    """What the kitchen does: one compare-and-set, with the row that tells of it."""
    key = ObjectId(order_id)
    created = (await rows(app, order_id))[0]
    async with app.db.client.start_session() as session, await session.start_transaction():
        seen = {"_id": key, "status": "CREATED", "version": 1}
        change = {"$set": {"status": "ACCEPTED"}, "$inc": {"version": 1}}
        if (await app.db.orders.update_one(seen, change, session=session)).modified_count != 1:
            await session.abort_transaction()
            return False
        row = {**created, "_id": f"{key}:2", "seq": 2, "type": "accepted", "by": "staff", "publishedAt": None}
        await app.db.order_events.insert_one(row, session=session)
    return True


async def clean(app: App) -> Report:
    report = await database.audit(app.db, app.clock)
    assert report.listed == []
    return report


async def test_an_order_is_cancelled_with_its_row_and_its_cart_is_free(
    app: App, clock: FixedClock, world: World
) -> None:
    order_id = await place(app, world, "soup", "tea")
    before = await document(app, "checkouts", order_id)
    now = clock.advance(minutes=1)
    status = {
        "orderId": order_id,
        "status": "CANCELLED",
        "seq": 2,
        "estimatedReadyAt": None,
        "updatedAt": iso(now),
    }
    assert await cancel(app, order_id) == status
    order = await document(app, "orders", order_id)
    assert (order["status"], order["version"], order["endedAt"], order["updatedAt"]) == ("CANCELLED", 2, now, now)
    row = (await rows(app, order_id))[-1]
    assert (row["seq"], row["type"], row["by"]) == (2, "cancelled", "diner")
    groups = {f"order.{order_id}", f"location.{world.location_id}"}
    groups |= {f"station.{station}" for station in (world.kitchen_id, world.bar_id)}
    assert set(row["sentTo"]) == groups
    after = await document(app, "checkouts", order_id)
    assert (after["state"], after["version"]) == ("placed", before["version"] + 1)
    assert "cartKey" in before and "heldLines" in before
    assert "cartKey" not in after and "heldLines" not in after
    assert (await order_status.status(app, order_id)).model_dump(by_alias=True) == status
    await clean(app)


async def test_cancelling_again_is_the_same_answer_and_one_row(app: App, clock: FixedClock, world: World) -> None:
    order_id = await place(app, world, "soup")
    first = await cancel(app, order_id)
    clock.advance(minutes=5)
    assert await cancel(app, order_id) == first
    assert len(await rows(app, order_id)) == 2


async def test_twenty_cancels_at_once_are_one(app: App, world: World) -> None:
    order_id = await place(app, world, "soup")
    answers = await asyncio.gather(*(cancel(app, order_id) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert [row["type"] for row in await rows(app, order_id)] == ["created", "cancelled"]
    await clean(app)


async def test_a_cancel_and_an_acceptance_at_once_are_one_or_the_other(app: App, world: World) -> None:
    outcomes = set()
    for turn in range(12):
        order_id = await place(app, world, "soup")

        async def cancelled(order_id: str = order_id, turn: int = turn) -> bool:
            await asyncio.sleep(turn % 4 * 0.001)
            try:
                await cancel(app, order_id)
            except Problem as problem:
                assert (problem.code.code, problem.extra) == ("CANNOT_CANCEL", {"status": "ACCEPTED"})
                return False
            return True

        async def accepted(order_id: str = order_id) -> bool:
            try:
                return await accept(app, order_id)
            except Exception as error:
                # The server ends one of two transactions that want the same order.
                assert "WriteConflict" in str(error)
                return False

        off, on = await asyncio.gather(cancelled(), accepted())
        assert off is not on
        outcomes.add(off)
        kinds = [row["type"] for row in await rows(app, order_id)]
        assert kinds == ["created", "cancelled" if off else "accepted"]
    assert outcomes


@pytest.mark.parametrize("status", ["ACCEPTED", "READY_FOR_PICKUP", "PICKED_UP", "REJECTED"])
async def test_what_the_kitchen_has_or_is_over_stays(app: App, world: World, status: str) -> None:
    order_id = await place(app, world, "soup")
    await app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"status": status}})
    problem = await refused(app, order_id)
    assert (problem.code.status, problem.code.code, problem.extra) == (409, "CANNOT_CANCEL", {"status": status})
    assert len(await rows(app, order_id)) == 1
    assert "cartKey" in await document(app, "checkouts", order_id)


async def test_an_order_that_was_accepted_by_itself_stays(app: App) -> None:
    world = await World().build(app)
    problem = await refused(app, await place(app, world, "soup"))
    assert (problem.code.code, problem.extra) == ("CANNOT_CANCEL", {"status": "ACCEPTED"})


async def test_an_order_of_the_original_server_stays(app: App, world: World) -> None:
    order_id = await place(app, world, "soup")
    await app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$unset": {"version": ""}})
    assert (await refused(app, order_id)).code.code == "CANNOT_CANCEL"


async def test_a_checkout_is_no_order_yet(app: App, clock: FixedClock, world: World) -> None:
    open_one, claimed = await preview(app, world, "soup"), await preview(app, world, "tea")
    await claim(app, ObjectId(claimed), Asker("r"))
    problem = await refused(app, claimed)
    assert (problem.code.code, problem.code.status) == ("ORDER_NOT_PLACED_YET", 409)
    assert problem.extra == {"status": "PLACING"}
    assert problem.retry_after
    problem = await refused(app, open_one)
    assert (problem.code.code, problem.extra) == ("CANNOT_CANCEL", {"status": "OPEN"})
    clock.advance(minutes=31)
    await steps.expire(app, ObjectId(open_one))
    assert (await refused(app, open_one)).extra == {"status": "EXPIRED"}
    await steps.place_order(app, ObjectId(claimed))
    assert (await cancel(app, claimed))["status"] == "CANCELLED"


@pytest.mark.parametrize("unknown", ["f" * 24, "nonsense", '{"$ne":1}'])
async def test_an_unknown_order_is_not_found(app: App, unknown: str) -> None:
    assert (await refused(app, unknown)).code.code == "ORDER_NOT_FOUND"


async def test_the_same_cart_is_a_new_order_after_a_cancel(app: App, world: World) -> None:
    lines = [line_id(), line_id()]
    first = await place(app, world, "soup", "tea", lines=lines)
    await cancel(app, first)
    second = await place(app, world, "soup", "tea", lines=lines)
    assert second != first
    assert (await document(app, "orders", second))["status"] == "CREATED"
    # The cancelled one's own link still leads to it, and placing it again brings nothing back.
    assert (await unpaid.place_without_payment(app, first, request_id="r")).placed
    assert (await document(app, "orders", first))["status"] == "CANCELLED"
    assert (await clean(app)).compared["orders"] == 2


async def test_an_order_whose_checkout_is_purged_is_cancelled_all_the_same(app: App, world: World) -> None:
    order_id = await place(app, world, "soup")
    await app.db.checkouts.delete_many({})
    assert (await cancel(app, order_id))["status"] == "CANCELLED"
