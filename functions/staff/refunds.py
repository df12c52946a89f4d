"""Money of an order: given back by staff, with the order or a part of it (rules 14)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import refunds as api
from shared.services.orders import counter, refunds
from shared.services.orders.refunds import Where
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_ORDER = "restaurant/{restaurantId}/{locationId}/orders/{orderId}"
_MANAGER = staff_here(least="manager")


@endpoint(bp, "POST", _ORDER + "/refunds", allow=_MANAGER, keyed="needed", leaves="rows", errors=refunds.REFUSALS)
async def refund(call: Call[api.RefundRequest]) -> Data[api.Refunded]:
    """Give back units of an order, an amount, or all that is left; a key is given back once."""
    made = await refunds.refund(
        call.app, _where(call), call.body, call.staff, digest=call.request_digest, request_id=call.request_id
    )
    return Data(data=made)


@endpoint(bp, "POST", _ORDER + "/cancel", allow=_MANAGER, keyed="needed", leaves="rows", errors=refunds.CANCEL_REFUSALS)
async def cancel(call: Call[api.CancelRequest]) -> Data[api.CancelledOrder]:
    """Cancel an order that is not handed over, and give back all that is left, tip included."""
    done = await refunds.cancel(call.app, _where(call), call.body, call.staff, request_id=call.request_id)
    return Data(data=done)


@endpoint(bp, "POST", _ORDER + "/payment", allow=staff_here(least="service"), errors=counter.REFUSALS, leaves="rows")
async def payment(call: Call[api.CounterPaymentRequest]) -> Data[api.CounterPayment]:
    """Record how an order is paid at the counter; what is recorded already changes nothing."""
    recorded = await counter.record(call.app, _where(call), call.body.payment, call.staff, request_id=call.request_id)
    return Data(data=recorded)


def _where(call: Call[Any]) -> Where:
    return Where(*call.place, call.path["orderId"])
