"""Orders that staff take at the counter (contract 12, 3.13)."""

from __future__ import annotations

import hashlib

from shared.api.ordering import CartItem, CounterOrder
from shared.app import App
from shared.documents.checkouts import ClaimedAtCounter
from shared.domain.roles import Caller
from shared.ids import is_hex24
from shared.services.ordering import claiming, driving, previewing, unpaid

REFUSALS = (*previewing.REFUSALS, *claiming.REFUSALS, *driving.REFUSALS)


async def order(app: App, cart: CounterOrder, caller: Caller, *, request_id: str, digest: str | None = None) -> str:
    """Price and place a cart at once, and return the order's id. Staff see to the payment themselves.

    The same cart sent again, with the same line ids, is the same order: its claim meets the lines that the first claim
    holds. `digest`: tells the request again; lines without an id of their own get one of it. Raises Problem (REFUSALS).
    """
    if digest is not None:
        cart = cart.model_copy(update={"items": _known_again(cart.items, digest)})
    counter = ClaimedAtCounter(kind=cart.payment, by=caller.actor_in(cart.restaurant_id).by)
    priced = await previewing.preview(app, cart, request_id=request_id, at_counter=True)
    claimed = await unpaid.place_without_payment(
        app, priced.preview_order_id, request_id=request_id, at_counter=True, counter=counter
    )
    return str(claimed.order_id)


def _known_again(items: list[CartItem], digest: str) -> list[CartItem]:
    """The lines, each with an id that the same request gives it again."""
    return [
        item
        if is_hex24(item.id)
        else item.model_copy(update={"id": hashlib.sha256(f"{digest}:{at}".encode()).hexdigest()[:24]})
        for at, item in enumerate(items)
    ]
