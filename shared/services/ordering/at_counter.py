"""Orders that staff take at the counter (contract 12, 3.13)."""

from __future__ import annotations

from shared.api.ordering import PreviewRequest
from shared.app import App
from shared.services.ordering import claiming, driving, previewing, unpaid

REFUSALS = (*previewing.REFUSALS, *claiming.REFUSALS, *driving.REFUSALS)


async def order(app: App, cart: PreviewRequest, *, request_id: str) -> str:
    """Price and place a cart at once, and return the order's id. Staff see to the payment themselves.

    The same cart sent again, with the same line ids, is the same order: its claim meets the lines that the first claim
    holds. Raises Problem (REFUSALS).
    """
    priced = await previewing.preview(app, cart, request_id=request_id, at_counter=True)
    claimed = await unpaid.place_without_payment(app, priced.preview_order_id, request_id=request_id, at_counter=True)
    return str(claimed.order_id)
