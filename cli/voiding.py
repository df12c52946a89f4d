"""`orderbuddy checkout void`: a person gives up a checkout that cannot become an order."""

from __future__ import annotations

from dataclasses import dataclass
from getpass import getuser

import typer
from bson import ObjectId

from cli.checkout import resolved
from cli.connection import fail, with_app
from cli.money import dollars
from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment, PaymentState
from shared.services.abandoning import Abandoned, CannotAbandonError, abandon, foresee
from shared.services.returning import return_money
from shared.store import payments, previews


@dataclass(frozen=True, slots=True)
class _Foreseen:
    checkout: Checkout
    payment: Payment | None
    to: PaymentState | None
    total_cents: int | None


def void_checkout(text: str, reason: str, *, yes: bool) -> None:
    """Say what will happen, ask, and do it."""
    foreseen = with_app(lambda app: _foresee(app, text))
    for line in _sentences(foreseen):
        typer.echo(line)
    if not yes and not typer.confirm("Do it?"):
        fail("Nothing was changed.")
    done, state = with_app(lambda app: _do(app, foreseen.checkout.id, reason))
    typer.echo(f"Checkout {done.checkout.id} is abandoned.")
    if done.payment_id is not None:
        rest = "" if state in ("voided", "refunded", "cancelled") else ": the reconciler gives it back"
        typer.echo(f"Payment {done.payment_id} is {state}{rest}.")


async def _foresee(app: App, text: str) -> _Foreseen:
    key = await resolved(app.db, text)
    try:
        checkout, payment, to = await foresee(app, key)
    except CannotAbandonError as error:
        fail(f"Checkout {key} cannot be abandoned. {error}")
    preview = await previews.get(app.db, key)
    return _Foreseen(checkout, payment, to, preview.total_price_cents if preview else None)


def _sentences(foreseen: _Foreseen) -> list[str]:
    checkout, payment = foreseen.checkout, foreseen.payment
    total = "" if foreseen.total_cents is None else f" of {dollars(foreseen.total_cents)}"
    said = [f"Checkout {checkout.id}{total} is claimed, and will never become an order."]
    if payment is None:
        said.append("Nothing is paid with it.")
    elif foreseen.to == "voiding":
        card = f" ({payment.brand or 'card'} ending in {payment.card_tail})" if payment.card_tail else ""
        said.append(f"Its payment of {dollars(payment.amount_cents)}{card} is approved, and will be given back.")
    elif foreseen.to == "cancelled":
        said.append(f"Its payment of {dollars(payment.amount_cents)} was not sent, and will never be.")
    else:
        said.append(f"Its payment is {payment.state}, and stays so.")
    said.append("Its cart may be ordered again. The diner's page says that the order could not be placed.")
    return said


async def _do(app: App, key: ObjectId, reason: str) -> tuple[Abandoned, str | None]:
    try:
        done = await abandon(app, key, by=_who(), reason=reason)
    except CannotAbandonError as error:
        fail(f"Checkout {key} cannot be abandoned. {error}")
    if done.payment_id is None:
        return done, None
    await return_money(app, done.payment_id)
    payment = await payments.get(app.db, done.payment_id)
    return done, payment.state if payment else None


def _who() -> str:
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
