"""The staff's order page (contract 12)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api.ordering import CounterOrder
from shared.services.ordering import at_counter
from shared.web.access import in_body, staff_of
from shared.web.endpoint import Call, endpoint

bp = df.Blueprint()


@endpoint(
    bp,
    "POST",
    "menu-app/restaurant/order",
    allow=staff_of(in_body("restaurantId"), in_body("locationId"), least="service"),
    engine=True,
    keyed="may",
    status=201,
    errors=at_counter.REFUSALS,
    leaves="rows",
)
async def restaurant_order(call: Call[CounterOrder]) -> str:
    """Place a cart that staff typed in; the same cart again gives the same order's id (contract 12)."""
    return await at_counter.order(
        call.app, call.body, call.staff, request_id=call.request_id, digest=call.request_digest
    )
