"""What needs a person at a location: a manager sees it there, and each act answers it once (rules 8, 14)."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.services.ordering import steps
from shared.services.orders import cancelling
from shared.services.paying import refunding, returning
from shared.services.support.voiding import abandon
from shared.store import checkouts, orders, payments
from shared.store.mongo.client import Session, transaction
from shared.store.support import attention_entries
from shared.web.routes import ROUTES
from tests.integration.staff import signed_in_as
from tests.integration.till import Till
from tests.integration.world import World
from tests.web_calls import content, request


class Manager:
    """A manager of the till's location."""

    def __init__(self, till: Till, headers: dict[str, str]) -> None:
        self.till, self.headers = till, headers
        self.here = {"restaurantId": till.world.restaurant_id, "locationId": str(till.world.location_id)}

    async def call(self, name: str, entry_id: str = "", body: Any = None) -> tuple[int, Any]:
        route = ROUTES.named(f"attention_{name}")
        headers = {**self.headers, "content-type": "application/json"}
        path = {**self.here, "entryId": entry_id} if entry_id else self.here
        response = await route.handle(
            request(route.method, "/x", body or b"", headers=headers, path=path), app=self.till.app
        )
        return response.status_code, content(response)

    async def listed(self) -> dict[str, list[str]]:
        """The acts that each entry offers, by its id."""
        status, answer = await self.call("listed")
        assert status == 200, answer
        return {row["id"]: row["acts"] for row in answer["data"]}

    async def trail(self) -> list[tuple[str, str]]:
        rows = self.till.app.db.trail.find({"restaurantId": self.here["restaurantId"]}).sort([("day", 1), ("seq", 1)])
        return [(row["action"], row["target"]["id"]) async for row in rows]


@pytest.fixture
async def manager(till: Till) -> Manager:
    load_app(PROJECT, {})
    here = [str(till.world.location_id)]
    return Manager(till, await signed_in_as(till.app, till.world.restaurant_id, "manager", here))


async def approved(till: Till) -> ObjectId:
    """A claimed checkout that is flagged, with a payment that is approved, and not ordered yet."""
    key = await till.preview()
    await till.claim(key, till.token())
    await steps.run(till.app, "take_payment", key)
    await checkouts.flag(till.app.db, key, "paid, and not placed")
    return key


async def hours(till: Till, world: World) -> str:
    await attention_entries.write(
        till.app.db,
        "hours",
        world.location_id,
        restaurant_id=world.restaurant_id,
        location_id=world.location_id,
        reason="the hours cannot be read",
        count=1,
        at=till.clock.now(),
    )
    return f"hours:{world.location_id}"


async def test_a_manager_sees_what_needs_a_person_at_his_location_only(till: Till, manager: Manager) -> None:
    key = await approved(till)
    await payments.flag(till.app.db, (await till.attempts(key))[0].id, "look at it")
    payment = f"payment:{(await till.attempts(key))[0].id}"
    mine = await hours(till, till.world)
    theirs = await hours(till, await World().build(till.app))
    assert await manager.listed() == {
        f"checkout:{key}": ["advance", "void", "dismiss"],
        payment: ["advance", "void", "dismiss"],
        mine: ["dismiss"],
    }
    for unknown in (theirs, "hours:nobody", "payment:nobody", f"checkout:{ObjectId()}", "nonsense"):
        assert (await manager.call("dismiss", unknown))[0] == 404
    assert (await manager.call("retry", mine))[0] == 409
    cook = Manager(till, await signed_in_as(till.app, till.world.restaurant_id, "service"))
    assert (await cook.call("listed"))[0] == 403
    for entry in (payment, mine, f"checkout:{key}"):
        assert await manager.call("dismiss", entry) == (200, {"data": True})
        assert (await manager.call("dismiss", entry))[0] == 404
    assert await manager.listed() == {}
    assert [action for action, _ in await manager.trail()] == ["attention.dismissed"] * 3
    assert (await till.states(key), till.moves()) == (["approved"], ["capture"])


async def test_a_claim_is_advanced_or_given_up_and_the_trail_says_by_whom(till: Till, manager: Manager) -> None:
    placed, gone = await approved(till), await approved(till)
    assert (await manager.call("advance", f"checkout:{placed}"))[0] == 200
    assert (await till.order(placed) is not None, await till.states(placed)) == (True, ["ordered"])
    assert (await manager.call("void", f"checkout:{gone}", {"reason": " "}))[0] == 400
    assert (await manager.call("void", f"checkout:{gone}", {"reason": "no more soup"}))[0] == 200
    assert (await till.states(gone), till.moves()) == (["voided"], ["capture", "capture", "void"])
    decision = (await till.checkout(gone))["decision"]
    row = await till.app.db.trail.find_one({"action": "attention.voided"})
    assert row is not None
    assert (decision["by"], row["reason"]) == (f"user:{row['actor']['id']}", "no more soup")
    assert await manager.trail() == [
        ("attention.advanced", f"checkout:{placed}"),
        ("attention.voided", f"checkout:{gone}"),
    ]
    assert await till.differences() == []


async def owed(till: Till, key: ObjectId, cents: int) -> None:
    async def body(session: Session) -> None:
        order = await orders.get(till.app.db, key, session)
        assert order is not None
        payment = await refunding.paid_with(till.app, order, session)
        assert payment is not None
        asked = refunding.Asked(by="user:ann", at=till.clock.now())
        await refunding.owe(till.app, payment, cents, asked, session)
        await refunding.keep(till.app, order, asked, session, cents=cents, tip=0, units=[])

    await transaction(till.app.db, body)


async def test_a_declined_refund_is_made_once_more_and_only_that_one(till: Till, manager: Manager) -> None:
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    key = await till.preview("soup", "tea")
    assert (await till.pay(key, till.token())).placed
    [payment] = await till.attempts(key)
    till.gateway.fault(mode="settle", match=payment.id)
    await owed(till, key, 500)
    await till.time_passes(minutes=1)
    await cancelling.cancel(till.app, str(key), request_id="r")
    till.gateway.fault(mode="decline", match="tokenizedRefund", times=1)
    await till.time_passes(minutes=1)
    entry = f"payment:{payment.id}"
    assert await manager.listed() == {entry: ["retry", "dismiss"]}
    assert (await manager.call("retry", entry))[0] == 200
    assert (await till.states(key), till.moves(), till.kept_cents()) == (
        ["refunded"],
        ["capture", "refund", "refund"],
        0,
    )
    assert (await manager.call("retry", entry))[0] == 404
    order = await till.order(key)
    assert order is not None
    assert (order["refundedCents"], [one.get("declined", False) for one in order["refunds"]]) == (
        1650,
        [False, True, False],
    )
    rows = await till.app.db.order_events.find({"orderId": key}).sort("seq", 1).to_list()
    assert [row["type"] for row in rows] == ["created", "cancelled", "refund_declined", "refunded"]
    assert rows[-1]["by"].startswith("user:")
    # The order's own row says who did it.
    assert await manager.trail() == []
    assert await till.differences() == []


async def test_money_of_no_order_is_looked_up_again_and_refunded_once_more(till: Till, manager: Manager) -> None:
    key = await approved(till)
    given_up = await abandon(till.app, key, by="ann", reason="r")
    till.gateway.fault(mode="settle", match=str(given_up.payment_id))
    till.gateway.fault(mode="decline", match="tokenizedRefund", times=1)
    await returning.return_money(till.app, str(given_up.payment_id))
    entry = f"payment:{given_up.payment_id}"
    assert await manager.listed() == {entry: ["retry", "dismiss"]}
    assert (await manager.call("retry", entry))[0] == 200
    assert (await till.states(key), till.moves()) == (["refunded"], ["capture", "refund"])
    assert await manager.trail() == [("attention.retried", entry)]
    assert await manager.listed() == {}
    assert await till.differences() == []


async def test_what_takes_long_needs_a_person_until_it_is_done(till: Till, manager: Manager) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await steps.run(till.app, "take_payment", key)
    assert await manager.listed() == {}
    till.clock.advance(minutes=11)
    [payment] = await till.attempts(key)
    entry = f"payment:{payment.id}"
    assert await manager.listed() == {entry: ["advance", "void"]}
    assert (await manager.call("dismiss", entry))[0] == 409
    assert (await manager.call("void", entry, {"reason": "closed"}))[0] == 200
    assert (await manager.listed(), till.moves()) == ({}, ["capture", "void"])
    assert await manager.trail() == [("attention.voided", entry)]
