"""Writing a claim whose lines another checkout may hold: one that held them for long enough lets go (rules 3)."""

from __future__ import annotations

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.errors import TOKEN_USED, Problem
from shared.services.ordering.claim_writing import Wish, commit
from shared.store import checkouts, payments
from shared.store.mongo.duplicates import index_of

REFUSALS = (TOKEN_USED,)


class HeldError(Exception):
    """Lines of the cart are in other orders."""

    def __init__(self, by: list[Checkout]) -> None:
        super().__init__()
        self.by = by


async def commit_over_old(app: App, checkout: Checkout, wish: Wish) -> bool:
    """Claim; checkouts that held its lines for long enough release them. False where something moved meanwhile.

    Raises HeldError, SoldOutError, and Problem (REFUSALS).
    """
    try:
        return await commit(app, checkout, wish)
    except DuplicateKeyError as error:
        if index_of(error)[0] == "payments":
            await _refuse_used_token(app, checkout, wish)
            return False
        holders = await checkouts.holders(app.db, checkout.location_id, wish.lines, but=checkout.id)
    holding = [holder for holder in holders if _still_holds(holder, app.clock.now())]
    if holding:
        raise HeldError(holding)
    try:
        return await commit(app, checkout, wish, holders)
    except DuplicateKeyError:
        return False


async def _refuse_used_token(app: App, checkout: Checkout, wish: Wish) -> None:
    """Raises Problem TOKEN_USED where the token belongs to another preview: its order is never the answer."""
    assert wish.payment is not None
    other = await payments.by_token_hash(app.db, wish.payment["tokenHash"])
    if other is not None and other.preview_id != checkout.id:
        raise Problem(TOKEN_USED)


def _still_holds(holder: Checkout, now: datetime) -> bool:
    """Whether this checkout still holds its lines: it is about to be placed, or was placed lately."""
    fresh = holder.placed_at is not None and now < holder.placed_at + checkouts.HELD_FOR
    return holder.state == "claimed" or fresh
