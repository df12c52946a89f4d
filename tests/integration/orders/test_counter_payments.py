"""Orders paid at the counter: recorded with who said it, given back there, and never at a gateway (rules 14)."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.services.support.audit import database
from tests.integration.crew import Crew
from tests.integration.world import World, line_id


@pytest.fixture
async def crew(app: App) -> Crew:
    return await Crew.of(app, await World().build(app))


async def take(crew: Crew, *, key: str | None = None, who: str = "service", **more: Any) -> tuple[int, Any]:
    """Route 12."""
    headers = crew.headers[who]
    if key is not None:
        crew.headers["keyed"] = headers | {"Idempotency-Key": key}
        who = "keyed"
    return await crew.call(who, "pos_restaurant_order", crew.world.cart("soup", "tea") | more)


async def act(crew: Crew, who: str, route: str, order_id: str, body: dict[str, Any]) -> tuple[int, Any]:
    crew.headers["keyed"] = crew.headers[who] | {"Idempotency-Key": str(ObjectId())}
    return await crew.call("keyed", route, body, **crew.here, orderId=order_id)


async def pay(crew: Crew, who: str, order_id: str, kind: str) -> tuple[int, Any]:
    return await act(crew, who, "refunds_payment", order_id, {"payment": kind})


async def test_an_unpaid_order_is_paid_by_service_and_changed_by_a_manager(crew: Crew) -> None:
    status, order_id = await take(crew)
    assert status == 201
    order = await crew.stored(order_id)
    assert (order["counter"]["kind"], order["counter"]["amountCents"], order["paymentId"]) == ("unpaid", 1650, "")
    refunded = await act(crew, "manager", "refunds_refund", order_id, {"reason": "cold"})
    assert (refunded[0], refunded[1]["leftCents"]) == (409, 0)
    assert (await pay(crew, "kitchen", order_id, "cash"))[0] == 403
    assert await pay(crew, "service", order_id, "cash") == (
        200,
        {"data": {"orderId": order_id, "payment": "cash", "amountCents": 1650}},
    )
    assert (await pay(crew, "service", order_id, "cash"))[0] == 200
    assert (await pay(crew, "service", order_id, "card_at_counter"))[0] == 403
    assert (await pay(crew, "manager", order_id, "card_at_counter"))[0] == 200
    history = (await crew.stored(order_id))["counter"]["history"]
    assert [one["kind"] for one in history] == ["unpaid", "cash", "card_at_counter"]
    assert all(one["by"].startswith("user:") for one in history)
    assert await crew.kinds(order_id) == ["created", "accepted", "paid_at_counter", "paid_at_counter"]
    assert (await database.audit(crew.app.db, crew.app.clock)).listed == []


async def test_a_refund_at_the_counter_is_written_down_with_who_did_it_and_fixes_the_payment(crew: Crew) -> None:
    _, order_id = await take(crew, payment="cash")
    soup, _ = [item["id"] for item in (await crew.stored(order_id))["items"]]
    lines = {"lines": [{"itemId": soup}], "reason": "cold"}
    status, said = await act(crew, "manager", "refunds_refund", order_id, lines)
    assert (status, said["data"]["amountCents"], said["data"]["leftCents"]) == (200, 1100, 550)
    assert (await pay(crew, "owner", order_id, "unpaid"))[1]["code"] == "COUNTER_PAYMENT_FIXED"
    status, said = await act(crew, "manager", "refunds_cancel", order_id, {"reason": "the oven is broken"})
    assert (status, said["data"]["refundedCents"]) == (200, 1650)
    order = await crew.stored(order_id)
    assert [one["amountCents"] for one in order["counter"]["refunds"]] == [1100, 550]
    assert all(one["by"].startswith("user:") for one in order["counter"]["refunds"])
    assert await crew.app.db.payments.count_documents({}) == 0
    assert (await database.audit(crew.app.db, crew.app.clock)).listed == []


async def test_an_order_that_a_diner_paid_is_not_paid_at_the_counter(crew: Crew) -> None:
    order_id = await crew.order("soup")
    await crew.app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"paymentId": "p"}})
    assert (await pay(crew, "owner", order_id, "cash"))[1]["code"] == "COUNTER_PAYMENT_FIXED"


async def test_what_a_diner_ordered_unpaid_is_paid_at_the_counter(crew: Crew) -> None:
    order_id = await crew.order("soup")
    assert (await pay(crew, "service", order_id, "cash"))[0] == 200
    assert (await crew.stored(order_id))["counter"]["amountCents"] == 1100


async def test_a_key_or_the_lines_own_ids_make_an_order_once(crew: Crew) -> None:
    items = [{**one, "id": ""} for one in crew.world.cart("soup")["items"]]
    first = await take(crew, key="one", items=items)
    assert first[0] == 201
    assert await take(crew, key="one", items=items) == first
    # Where the answer was never kept, the lines know the request again.
    await crew.app.db.request_keys.delete_many({})
    assert await take(crew, key="one", items=items) == first
    assert (await take(crew, key="two", items=items))[1] != first[1]
    lines = crew.world.cart("tea", lines=[line_id()])["items"]
    assert (await take(crew, items=lines))[1] == (await take(crew, items=lines))[1]
    assert await crew.app.db.orders.count_documents({}) == 3
