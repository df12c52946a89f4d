"""Writing a claim with all that goes with it, in one transaction where it is more than the claim itself (rules 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.app import App
from shared.documents.checkouts import Checkout, Claim
from shared.documents.orders import Preview
from shared.domain.carts import held_lines
from shared.services.menu import stock
from shared.services.ordering.previewing import Quote
from shared.store import checkouts, payments
from shared.store.mongo.client import MovedError, Session, moves


@dataclass(frozen=True, slots=True)
class Wish:
    """A claim that is to be written.

    `lines`: those that it will hold. `wanted`: what it takes. `payment`: its attempt to pay.
    """

    claim: Claim
    lines: list[str]
    wanted: stock.Wanted
    payment: dict[str, Any] | None


def wish_of(app: App, quote: Quote, preview: Preview, claim: Claim, payment: dict[str, Any] | None = None) -> Wish:
    """What claiming this preview comes to."""
    return Wish(
        claim,
        held_lines(line.id for line in preview.lines or preview.items),
        stock.wanted(app, quote.sells, preview, claim.at, quote.discounts),
        payment,
    )


async def commit(app: App, checkout: Checkout, wish: Wish, release: Sequence[Checkout] = ()) -> bool:
    """Write the claim, and in the same transaction its attempt to pay and what it takes.

    `release`: checkouts that held the lines for long enough, and let go of them in the same transaction. False where
    something moved meanwhile. Raises DuplicateKeyError and SoldOutError.
    """
    if not release and not wish.wanted and wish.payment is None:
        return await checkouts.claim(app.db, checkout, wish.claim, wish.lines)

    async def body(session: Session) -> None:
        if not await stock.take(app, wish.wanted, session):
            raise MovedError
        for holder in release:
            await checkouts.release_lines(app.db, holder, session)
        taken = wish.wanted.taken() if wish.wanted else None
        if not await checkouts.claim(app.db, checkout, wish.claim, wish.lines, session, taken=taken):
            raise MovedError
        if wish.payment is not None:
            await payments.insert(app.db, wish.payment, session)

    if not wish.wanted:
        return await moves(app.db, body)
    async with stock.turn(app, checkout.location_id):
        return await moves(app.db, body)
