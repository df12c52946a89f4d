"""The audit of payments: each by itself, beside what it belongs to, and beside what the gateway has of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.clock import Clock
from shared.documents.payments import Payment
from shared.domain import invariants, money_invariants
from shared.domain.invariants import Difference, Place
from shared.memory.pool import each
from shared.services.support.audit.report import Progress, Raw, Report
from shared.services.support.gateway_books import Books, NoAnswerError, OutOfReachError
from shared.store import payments
from shared.store.mongo.client import Database
from shared.store.support import audit as store
from shared.store.support import audit_payments
from shared.store.support.audit_payments import ON_THEIR_WAY, PaymentBatch

ASKED_AT_A_TIME = 8


async def check(db: Database, clock: Clock, report: Report, progress: Progress, books: Books | None) -> None:
    """Check all payments; with `books` also that the gateway has what their documents say."""
    total = await store.count(db, "payments")
    report.compared["payments"] = 0
    if books is not None:
        await books.open()
    async for ids in store.pages(db, "payments"):
        batch = await audit_payments.payment_batch(db, ids)
        read = [report.read(Payment, raw) for raw in batch.payments]
        found = [payment for payment in read if payment is not None]
        now = clock.now()
        for payment in found:
            _one(payment, batch, now, report)
        report.compared["payments"] += len(batch.payments)
        if books is not None:
            await _compare(db, books, found, report)
        progress("payments", report.compared["payments"], total)
    if books is not None:
        report.add(Difference(invariants.MONEY, "the gateway", sentence) for sentence in books.strangers())
    not_compared = _not_compared(report, books)
    if not_compared is not None:
        report.unchecked[invariants.MONEY] = not_compared


def _not_compared(report: Report, books: Books | None) -> str | None:
    """Why money was not held against the gateway's books, or not wholly; None where all of it was."""
    if books is None:
        return "the gateway was not asked, only documents were compared"
    missing = len(report.unanswered) + len(report.out_of_reach)
    if not missing:
        return None
    return f"{missing:,} of {report.compared['payments']:,} payments could not be asked for at the gateway"


def _one(payment: Payment, batch: PaymentBatch, now: datetime, report: Report) -> None:
    what = f"payment {payment.id}"
    key = payment.preview_id
    priced: Raw | None = batch.orders.get(key) or batch.previews.get(key)
    total = priced.get("totalPriceCents") if priced else None
    report.add(money_invariants.sums(payment, total if isinstance(total, int) else None))
    report.add(money_invariants.stepping(payment))
    if key not in batch.orders:
        report.add(money_invariants.without_order(payment, now))
    place = Place(payment.restaurant_id, payment.location_id)
    report.add(invariants.same_place(what, place, _places(payment, batch)))
    if payment.state in ON_THEIR_WAY:
        why = f", needs a person: {payment.needs_attention}" if payment.needs_attention else ""
        report.on_their_way.append(f"{what} is {payment.state}{why}")


def _places(payment: Payment, batch: PaymentBatch) -> dict[str, Place]:
    around = {
        name: Place.of(found[payment.preview_id])
        for name, found in (
            ("its preview", batch.previews),
            ("its checkout", batch.checkouts),
            ("its order", batch.orders),
        )
        if payment.preview_id in found
    }
    location: Any = batch.locations.get(payment.location_id)
    if location is not None:
        around["its location"] = Place(str(location.get("restaurantId") or ""), payment.location_id)
    return around


async def _compare(db: Database, books: Books, found: Sequence[Payment], report: Report) -> None:
    """Ask the gateway about payments, some at a time."""

    async def compare(payment: Payment) -> None:
        try:
            await _balance(db, books, payment, report)
        except NoAnswerError as error:
            report.unanswered.append(f"payment {payment.id}: {error}")
        except OutOfReachError as error:
            report.out_of_reach.append(f"payment {payment.id}: {error}")
        report.compared["payments asked for at the gateway"] += 1

    await each(found, compare, at_a_time=ASKED_AT_A_TIME)


async def _balance(db: Database, books: Books, payment: Payment, report: Report) -> None:
    differences = list(money_invariants.balance(payment, await books.of(payment)))
    if differences:
        # It may have moved between the reading and the asking.
        again = await payments.get(db, payment.id)
        if again is not None:
            await books.refresh()
            differences = list(money_invariants.balance(again, await books.of(again)))
    report.add(differences)
