"""Everything that is stored of one checkout, as lines for a person. No token, no hash and no phone is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.documents.checkouts import Checkout
from shared.documents.orders import Order, OrderEvent, OriginOfOrder, Preview
from shared.documents.payments import Payment
from shared.integrations.durable.admin import Instance
from shared.money import dollars
from shared.text import isolated


@dataclass(frozen=True, slots=True)
class Stored:
    """All that is stored of one checkout."""

    preview: Preview | None
    checkout: Checkout | None
    payments: Sequence[Payment]
    order: Order | None
    rows: Sequence[OrderEvent]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing of it."""
        return self.preview is None and self.checkout is None and self.order is None and not self.payments


def lines(stored: Stored) -> Iterator[str]:
    """What is stored: the preview, the checkout, the attempts to pay, the order, and what screens were told."""
    yield from _preview(stored.preview)
    yield from _checkout(stored.checkout)
    for payment in stored.payments:
        yield from _payment(payment)
    yield from _order(stored.order)
    for row in stored.rows:
        told = f"told {_at(row.published_at)} to {len(row.sent_to)} groups" if row.published_at else "not told yet"
        tries = f", refused {row.tries} times" if row.tries else ""
        yield f"  row {row.seq}  {row.type}, {_at(row.created_at)}, {told}{tries}"


def instance_lines(instance: Instance | None) -> Iterator[str]:
    """Where the engine's instance stands."""
    if instance is None:
        yield "engine    no instance"
        return
    yield f"engine    {instance.name}, {instance.status}, created {instance.created}, last moved {instance.updated}"
    if instance.custom_status:
        yield f"  {instance.custom_status[:200]}"


def _preview(preview: Preview | None) -> Iterator[str]:
    if preview is None:
        yield "preview   none"
        return
    yield f"preview   {preview.id}, {preview.restaurant_id}, location {preview.location_id}"
    by, at = isolated(preview.customer.name) or "?", _origin(preview.origin)
    yield f"  total {dollars(preview.total_price_cents)}, by {by}, {at}"
    units = {unit.id: unit for unit in preview.items}
    for line in preview.lines:
        name = units[line.id].name_for_staff if line.id in units else line.name
        missing = f", missing: {', '.join(line.missing)}" if line.missing else ""
        yield f"  {line.quantity} x {isolated(name)}, {dollars(line.price_cents)}{missing}"


def _origin(origin: OriginOfOrder) -> str:
    if origin.note:
        return f"no known table, the guest wrote {isolated(origin.note)}"
    return isolated(origin.name) or "?"


def _checkout(checkout: Checkout | None) -> Iterator[str]:
    if checkout is None:
        yield "checkout  none"
        return
    yield f"checkout  {checkout.state}, version {checkout.version}, expires {_at(checkout.expires_at)}"
    if checkout.claim is not None:
        claim = checkout.claim
        yield f"  claim: {claim.kind}, attempt {claim.attempt}, {_at(claim.at)}, request {claim.request_id}"
    if checkout.refusal is not None:
        yield f"  refusal: {checkout.refusal.code}, {checkout.refusal.message}"
    if checkout.decision is not None:
        decision = checkout.decision
        yield f"  abandoned by {decision.by}, {_at(decision.at)}: {decision.reason or 'no reason given'}"
    if checkout.placed_at is not None:
        yield f"  placed {_at(checkout.placed_at)}"
    if checkout.next_wake_at is not None:
        yield f"  next look {_at(checkout.next_wake_at)}, woken {checkout.wakes} times"
    for duty in checkout.duties:
        yield f"  duty {duty.kind}: {duty.state}, {duty.tries} tries"
    if checkout.needs_attention:
        yield f"  NEEDS ATTENTION: {checkout.needs_attention}"


def _payment(payment: Payment) -> Iterator[str]:
    yield f"payment   {payment.id}, attempt {payment.attempt}, {payment.kind}, {payment.state}"
    parts = f"of which tip {dollars(payment.tip_cents)}, tax {dollars(payment.tax_cents)}"
    captured = "" if payment.captured_cents is None else f"; captured {dollars(payment.captured_cents)}"
    yield f"  {dollars(payment.amount_cents)}, {parts}{captured}"
    if payment.gateway_id is not None:
        card = f"{payment.brand or 'card'} ending in {payment.card_tail or '?'}"
        yield f"  {card}, at the gateway {payment.gateway_id}"
    if payment.outcome is not None:
        said = payment.outcome
        yield f"  outcome: {said.code}, answered {said.result_message!r}, {_at(said.at)}"
    for step in payment.history:
        yield f"  {step.state}, {_at(step.at)}, by {step.by}"
    for refund in payment.refunds:
        # The gateway's papers know what was sent by this id.
        name = refund.id if refund.number is None else payment.refund_key(refund)
        yield f"  refund {name}: {refund.state}, {dollars(refund.amount_cents)}, {_at(refund.at)}, by {refund.by}"
    if payment.next_look_at is not None:
        since = f", not found since {_at(payment.not_found_since)}" if payment.not_found_since else ""
        yield f"  next look {_at(payment.next_look_at)}, looked up {payment.looks} times{since}"
    if payment.needs_attention:
        yield f"  NEEDS ATTENTION: {payment.needs_attention}"


def _order(order: Order | None) -> Iterator[str]:
    if order is None:
        yield "order     none"
        return
    origin = "" if order.version is not None else " (placed by the original server)"
    yield f"order     {order.order_code}, {order.status}, version {order.version}{origin}"
    yield f"  total {dollars(order.total_price_cents)}, {len(order.items)} items"
    if order.refunded_cents:
        yield f"  given back, or promised to be: {dollars(order.refunded_cents)}"
    for route in order.routing:
        yield f"  station {route.station_id}: {len(route.item_ids)} items"
    if order.unrouted:
        yield f"  no station: {len(order.unrouted)} items"


def _at(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment else "never"
