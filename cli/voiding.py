"""`orderbuddy checkout void`: a person gives up a checkout that cannot become an order."""

from __future__ import annotations

from dataclasses import dataclass
from getpass import getuser

import typer
from bson import ObjectId

from cli.checkout import resolved
from cli.connection import fail, with_app
from cli.output import say
from shared.app import App
from shared.documents.payments import Payment, PaymentState
from shared.domain.payment_states import AT_REST
from shared.money import dollars
from shared.services.paying.returning import return_money
from shared.services.support.voiding import (
    CannotAbandonError,
    abandon,
    foresee,
    return_stray,
    stray,
    told_by_operator,
)
from shared.store import payments, previews


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """What would be given up: a claimed checkout with its payment, which would go to `to`, or only a stray payment."""

    key: ObjectId
    total_cents: int | None
    payment: Payment | None
    to: PaymentState | None
    is_stray: bool


def void_checkout(text: str, reason: str, *, yes: bool) -> None:
    """Say what will happen, ask, and do it."""
    foreseen = with_app(lambda app: _foresee(app, text))
    for line in _sentences(foreseen):
        say(line)
    if not yes and not typer.confirm("Do it?"):
        fail("Nothing was changed.")
    payment = with_app(lambda app: _do(app, foreseen, reason))
    if not foreseen.is_stray:
        say(f"Checkout {foreseen.key} is abandoned.")
    if payment is not None:
        rest = "" if payment.state in AT_REST else ": the reconciler gives it back"
        say(f"Payment {payment.id} is {payment.state}{rest}.")


async def _foresee(app: App, text: str) -> _Foreseen:
    key = await resolved(app.db, text)
    preview = await previews.get(app.db, key)
    total = preview.total_price_cents if preview else None
    alone = await stray(app, key)
    if alone is not None:
        return _Foreseen(key, total, alone, "voiding", is_stray=True)
    try:
        _, payment, to = await foresee(app, key)
    except CannotAbandonError as error:
        fail(f"Checkout {key} cannot be abandoned. {error}")
    return _Foreseen(key, total, payment, to, is_stray=False)


def _sentences(foreseen: _Foreseen) -> list[str]:
    payment = foreseen.payment
    total = "" if foreseen.total_cents is None else f" of {dollars(foreseen.total_cents)}"
    if foreseen.is_stray:
        said = [f"Checkout {foreseen.key}{total} stays as it is."]
    else:
        said = [f"Checkout {foreseen.key}{total} is claimed, and will never become an order."]
    if payment is None:
        said.append("Nothing is paid with it.")
    elif foreseen.to == "voiding":
        card = f" ({payment.brand or 'card'} ending in {payment.card_tail})" if payment.card_tail else ""
        unclaimed = ", though nothing waits for it" if foreseen.is_stray else ""
        amount = f"{dollars(payment.amount_cents)}{card}"
        said.append(f"Its payment of {amount} is approved{unclaimed}, and will be given back.")
    elif foreseen.to == "cancelled":
        said.append(f"Its payment of {dollars(payment.amount_cents)} was not sent, and will never be.")
    else:
        said.append(f"Its payment is {payment.state}, and stays so.")
    if not foreseen.is_stray:
        said.append("Its cart may be ordered again. The diner's page says that the order could not be placed.")
    return said


async def _do(app: App, foreseen: _Foreseen, reason: str) -> Payment | None:
    """Do it, and the first step of giving the money back; returns the payment as it is then, if one was moved."""
    if foreseen.is_stray and foreseen.payment is not None:
        payment_id: str | None = foreseen.payment.id
        also = told_by_operator(app, foreseen.payment, by=_who(), reason=reason)
        if not await return_stray(app, foreseen.payment, also=also):
            fail("The payment moved meanwhile: look at it again.")
    else:
        try:
            payment_id = (await abandon(app, foreseen.key, by=_who(), reason=reason)).payment_id
        except CannotAbandonError as error:
            fail(f"Checkout {foreseen.key} cannot be abandoned. {error}")
    if payment_id is None:
        return None
    await return_money(app, payment_id)
    return await payments.get(app.db, payment_id)


def _who() -> str:
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
