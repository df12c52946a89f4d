"""What to do about one attempt to pay, where the gateway knows more of it than a restored database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from shared.app import App
from shared.documents.checkouts import Checkout, Decision
from shared.documents.orders import Preview
from shared.documents.payments import TO_COME, Payment, PaymentState
from shared.domain import decline_texts
from shared.domain.order_states import CANCELLED, REJECTED
from shared.domain.restored_payments import way_to
from shared.ids import attempt_id
from shared.integrations.pay import Approved, Sale
from shared.services.ordering.giving_up import give_up, walk
from shared.services.paying.charging import look
from shared.services.paying.following import follow
from shared.services.support.gateway_books import Standing
from shared.services.support.restore.restored_refunds import BY, brought_up, found
from shared.services.telling import outbox
from shared.store import checkouts, payments, refunds
from shared.store.mongo.client import Session, moves, transaction
from shared.store.support.restoring import PaidOrder

REASON = "its money was given back before the database was restored"
IN_PART = "was refunded in part before the database was restored: decide about the rest"


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of one attempt to pay for a preview.

    `at`: the moment of this run (UTC). `place`: restaurant and location. `merchant_oid`: the merchant that was paid, if
    one was.
    """

    preview_id: ObjectId
    attempt: int
    at: datetime
    place: tuple[str, ObjectId | str]
    merchant_oid: str
    checkout: Checkout | None
    preview: Preview | None
    order: PaidOrder | None
    payment: Payment | None

    @property
    def payment_id(self) -> str:
        """The id of the attempt, here and at the gateway."""
        return attempt_id(self.preview_id, self.attempt)

    @property
    def claiming(self) -> Checkout | None:
        """The checkout, if its claim is about this attempt."""
        claim = self.checkout.claim if self.checkout is not None and self.checkout.state == "claimed" else None
        return self.checkout if claim is not None and claim.attempt == self.attempt else None


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do about an attempt.

    `name`: in words for a person. `run`: does it; False where something moved meanwhile. `cents`: how much is to be
    given back.
    """

    name: str
    run: Callable[[App], Awaitable[bool]]
    cents: int = 0


def deed_for(known: Known, stands: Standing) -> Deed | None:
    """What to do, given how the attempt stands at the gateway; None for nothing."""
    if stands.sale is None:
        return _not_taken(known, stands)
    if known.payment is None:
        return _unrecorded(known, stands, stands.sale)
    end = _end(stands, stands.sale, known.payment)
    if end is not None:
        return _given_back(known, known.payment, stands, stands.sale, end)
    return _kept(known.payment)


def _end(stands: Standing, sale: Sale, payment: Payment | None = None) -> PaymentState | None:
    """The end state of a payment that was given back, in whole or in part; None where all of it is kept.

    It is `refunding` where its document owes more than the gateway made.
    """
    if stands.is_void:
        return "voided"
    if not stands.refunds:
        return None
    if stands.refunded >= sale.approved.amount_cents:
        return "refunded"
    owes = payment is not None and any(one["state"] in TO_COME for one in brought_up(stands, payment, payment.began_at))
    return "refunding" if owes else "part_refunded"


# The gateway took nothing


def _not_taken(known: Known, stands: Standing) -> Deed | None:
    payment, preview = known.payment, known.preview
    if payment is None and stands.declined and preview is not None:
        # Its number must not be used again: the gateway would answer for this one.
        stored = _document(known, preview.total_price_cents)
        return Deed("was declined, recorded", lambda app: _insert(app, stored, ["declined"], known.at))
    if payment is not None and payment.state in ("approved", "ordered", "voiding", "refunding", "part_refunded"):
        return _person(payment, f"is {payment.state} here, but the gateway took nothing")
    return None


# The gateway keeps what it took, and the database does not know it yet


def _kept(payment: Payment) -> Deed | None:
    match payment.state:
        case "intent":
            return Deed("was charged, goes on to its order", lambda app: _go_on(app, payment))
        case "sent" | "unknown" | "lost":
            return Deed("was charged, looked up", lambda app: _look(app, payment))
        case "declined" | "cancelled" | "voided" | "refunded":
            return _person(payment, f"is {payment.state} here, but the gateway keeps its money")
        case _:
            return None


async def _go_on(app: App, payment: Payment) -> bool:
    """intent -> sent -> approved, as if its charge had just been answered. After this nobody can charge it."""
    now = app.clock.now()
    if not await payments.move(app.db, payment, "sent", at=now, by=BY, fields={"deadlineAt": now}, look_at=now):
        return False
    sent = await payments.get(app.db, payment.id)
    return sent is not None and await _look(app, sent)


async def _look(app: App, payment: Payment) -> bool:
    await look(app, payment, by=BY)
    return True


def _person(payment: Payment, reason: str) -> Deed:
    async def flag(app: App) -> bool:
        await payments.flag(app.db, payment.id, reason)
        return True

    return Deed(f"{reason}: needs a person", flag)


# The gateway took something that the database has no document of


def _unrecorded(known: Known, stands: Standing, sale: Sale) -> Deed:
    end = _end(stands, sale)
    cents = sale.approved.amount_cents
    stored = _document(known, cents) | _taken(sale.approved) | {"refunds": found(stands, known.at)}
    order = known.order
    way: list[PaymentState] = ["lost", "voiding"]
    name = "has no order, recorded to be given back"
    if order is not None and order.payment_id == known.payment_id:
        stored["tipCents"] = order.tip_cents
        way, name = ["approved", "ordered"], "pays an order that names it, recorded"
    if end is not None:
        way += way_to(way[-1], end) or []
        name = f"was {_words(end)} and is not known here, recorded"

    async def run(app: App) -> bool:
        done = await _insert(app, stored, way, known.at)
        if end == "part_refunded":
            await payments.flag(app.db, known.payment_id, IN_PART)
        if order is not None or known.claiming is not None:
            await checkouts.flag(app.db, known.preview_id, f"payment {known.payment_id} was found after a restore")
        return done

    return Deed(name, run, cents if way[-1] == "voiding" else 0)


def _document(known: Known, cents: int) -> dict[str, Any]:
    """A payment's document, without what is lost: the token, the tip, the kind."""
    return {
        "_id": known.payment_id,
        "previewId": known.preview_id,
        "restaurantId": known.place[0],
        "locationId": known.place[1],
        "merchantOid": known.merchant_oid,
        "attempt": known.attempt,
        "kind": "card",
        # Unlike any real one, and another for each.
        "tokenHash": f"restored:{known.payment_id}",
        "amountCents": cents,
        "tipCents": 0,
        "taxCents": 0,
        "externalTransactionId": known.payment_id,
        "looks": 0,
        "outcome": None,
        "refunds": [],
    }


async def _insert(app: App, stored: dict[str, Any], way: list[PaymentState], at: datetime) -> bool:
    """Keep a payment that went this way; False where it is there by now."""
    history = [{"state": state, "at": at, "by": BY} for state in way]
    look_at = at if way[-1] == "voiding" else None
    moved = {"state": way[-1], "version": len(way), "history": history, "nextLookAt": look_at}
    document = {**stored, **moved, "beganAt": at}

    async def body(session: Session) -> None:
        await payments.insert(app.db, document, session)
        await follow(app, str(document["_id"]), by=BY, at=at, session=session)

    try:
        await transaction(app.db, body)
    except DuplicateKeyError:
        return False
    await outbox.publish_after_commit(app, stored["previewId"])
    return True


# The gateway gave back what the database takes for kept, or does not know


def _given_back(known: Known, payment: Payment, stands: Standing, sale: Sale, end: PaymentState) -> Deed | None:
    done = {payment.refund_key(refund) for refund in payment.refunds if refund.state == "done"}
    if payment.state == end and done.issuperset(key for _, key, _ in stands.refunds):
        return None
    way = way_to(payment.state, end)
    if way is None:
        # It ended without money here, and the gateway keeps none either.
        return None
    fields = _taken(sale.approved)
    if stands.refunds:
        fields["refunds"] = brought_up(stands, payment, known.at)
    elif stands.is_void and payment.refunds:
        fields["refunds"] = [
            {**one, "state": "covered"} if one["state"] in TO_COME else one for one in refunds.stored(payment)
        ]
    if payment.outcome is None:
        fields["outcome"] = {
            "code": "PAYMENT_APPROVED",
            "resultStatus": "true",
            "resultMessage": decline_texts.APPROVED,
            "at": known.at,
        }

    async def run(app: App) -> bool:
        moved = await _move(app, known, payment, way, fields)
        if moved:
            await _tell(app, known, payment, end)
        return moved

    return Deed(f"was {_words(end)} before the restore, recorded", run)


async def _move(app: App, known: Known, payment: Payment, way: list[PaymentState], fields: dict[str, Any]) -> bool:
    """Move the payment along `way` in one transaction: nobody may see it in between, and give it back again."""
    if known.claiming is not None:
        decision = Decision(by=BY, reason=REASON, at=known.at)
        return await give_up(app, known.claiming, payment, way, decision=decision, moved_by=BY, fields=fields)

    async def body(session: Session) -> None:
        await walk(app, payment, way, at=known.at, by=BY, session=session, fields=fields)
        await follow(app, payment.id, by=BY, at=known.at, session=session)

    moved = await moves(app.db, body)
    if moved and known.order is not None:
        await outbox.publish_after_commit(app, known.preview_id)
    return moved


async def _tell(app: App, known: Known, payment: Payment, end: PaymentState) -> None:
    """Flag for a person what the gateway's answers do not decide."""
    if known.order is None:
        if end == "part_refunded":
            await payments.flag(app.db, payment.id, IN_PART)
    elif end != "part_refunded" and known.order.status not in (CANCELLED, REJECTED):
        reason = f"its payment {payment.id} was {_words(end)} before the database was restored: cancel the order"
        await checkouts.flag(app.db, known.preview_id, reason)


def _taken(said: Approved) -> dict[str, Any]:
    return {
        "gatewayId": said.gateway_id,
        "cardTail": said.card_tail,
        "brand": said.brand,
        "capturedCents": said.amount_cents,
    }


def _words(state: PaymentState) -> str:
    return "refunded in part" if state == "part_refunded" else state
