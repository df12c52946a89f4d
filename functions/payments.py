"""Placing an order (contract 16); payment itself comes with its own routes."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import payments as api
from shared.errors import (
    ITEM_SOLD_OUT,
    LOCATION_CLOSED,
    LOCATION_NOT_FOUND,
    MENU_NOT_AVAILABLE,
    MENU_NOT_FOUND,
    MENU_NOT_ORDERABLE,
    ORDER_RUNNING,
    PAYMENT_REQUIRED,
    PLACEMENT_PENDING,
    PREVIEW_EXPIRED,
    PREVIEW_NOT_FOUND,
    PREVIEW_STALE,
)
from shared.services import placement
from shared.web.access import anyone
from shared.web.endpoint import Call, Reply, endpoint
from shared.web.routes import API_PREFIX

bp = df.Blueprint()


@endpoint(
    bp,
    "POST",
    "payments/place-order-without-payment",
    allow=anyone,
    engine=True,
    errors=[
        PREVIEW_NOT_FOUND,
        PREVIEW_EXPIRED,
        PREVIEW_STALE,
        LOCATION_CLOSED,
        ITEM_SOLD_OUT,
        MENU_NOT_AVAILABLE,
        MENU_NOT_ORDERABLE,
        MENU_NOT_FOUND,
        PAYMENT_REQUIRED,
        ORDER_RUNNING,
        LOCATION_NOT_FOUND,
        PLACEMENT_PENDING,
    ],
    replies={202: api.PlacementPending},
)
async def place_order_without_payment(
    call: Call[api.PlacementRequest],
) -> api.Placement | Reply[api.PlacementPending]:
    """Place a preview where no payment is taken; again, it answers with the same order (contract 16)."""
    claimed = await placement.place_without_payment(
        call.app, call.body.preview_order_id, request_id=call.request_id, wait=not call.prefer_async
    )
    order_id = str(claimed.order_id)
    if claimed.placed:
        return api.Placement(order_id=order_id)
    status_url = f"/{API_PREFIX}order-app/orders/{order_id}/status"
    pending = api.PlacementPending(order_id=order_id, status="PLACING", status_url=status_url)
    return Reply(pending, status=202, headers={"location": status_url})
