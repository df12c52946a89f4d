"""What a newer release wrote, read by this one: both run side by side while one takes the other's place."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import functions.diner.order_app  # noqa: F401 - it puts its routes into the table
from shared.app import App
from shared.services.ordering import previewing, unpaid
from shared.web.routes import ROUTES
from tests.integration.world import World
from tests.web_calls import content, request


@pytest.fixture
async def order_id(app: App, world: World) -> ObjectId:
    """A placed and accepted order: two rows."""
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    return (await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")).order_id


async def caught_up(app: App, order_id: ObjectId, after: int = 0) -> Any:
    sent = request(url=f"/api/v1/order-app/orders/{order_id}/events?after={after}", path={"orderId": str(order_id)})
    answer = await ROUTES.named("order_app_order_events").handle(sent, app=app)
    assert answer.status_code == 200, answer.get_body()
    return content(answer)


@pytest.mark.parametrize(
    ("kind", "payload"), [("order_waiting", {"minutes": 5}), ("item_started", {}), ("refunded", {"amountCents": None})]
)
async def test_a_diner_s_page_catches_up_past_a_row_of_a_newer_release(
    app: App, order_id: ObjectId, kind: str, payload: dict[str, Any]
) -> None:
    first = await app.db.order_events.find_one({"_id": f"{order_id}:1"})
    assert first is not None
    await app.db.order_events.insert_one({**first, "_id": f"{order_id}:3", "seq": 3, "type": kind, "payload": payload})
    await app.db.order_events.insert_one({**first, "_id": f"{order_id}:4", "seq": 4, "type": "ready", "payload": {}})
    await app.db.orders.update_one({"_id": order_id}, {"$set": {"version": 4}})
    told = await caught_up(app, order_id)
    known = [row for row in told["data"] if row["seq"] != 3]
    assert [(row["seq"], row["event"]) for row in known] == [
        (1, "order_received"),
        (2, "order_accepted"),
        (4, "order_ready_for_pickup"),
    ]
    assert told["lastSeq"] == 4
    # A page that asks from before it gets on.
    assert (await caught_up(app, order_id, after=2))["lastSeq"] == 4
