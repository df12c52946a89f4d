"""`orderbuddy checkout`: where one checkout stands, and a push for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from bson import ObjectId

from cli.connection import fail, with_database
from shared.documents.checkouts import Checkout
from shared.documents.orders import Order, OrderEvent, Preview
from shared.ids import object_id
from shared.settings import Settings
from shared.store import checkouts, order_events, orders, previews
from shared.store.client import Database, refresh_clock

if TYPE_CHECKING:
    from shared.services.next_step import Next


@dataclass(frozen=True, slots=True)
class _Found:
    """All that is stored of one checkout."""

    preview: Preview | None
    checkout: Checkout | None
    order: Order | None
    rows: Sequence[OrderEvent]


def show_checkout(text: str) -> None:
    """Print what is stored of one preview: its checkout, its order, and what screens were told."""
    key = _key(text)
    found = with_database(lambda db, _: _find(db, key))
    if found.preview is None and found.checkout is None and found.order is None:
        fail(f"There is no preview, checkout or order {key}. Those at rest are purged after 7 or 30 days.")
    for line in _lines(found):
        typer.echo(line)


def advance_checkout(text: str) -> None:
    """Run the next step that the stored state allows, and say what comes then."""
    key = _key(text)
    following = with_database(lambda db, settings: _advance(db, settings, key))
    if following.step is None:
        typer.echo("Nothing is left to do.")
    else:
        typer.echo(f"Next: {following.step}, {following.at.isoformat() if following.at else 'at once'}.")


def _key(text: str) -> ObjectId:
    key = object_id(text)
    if key is None:
        fail(f"{text!r} is not the id of a preview or an order: those have 24 hex digits.", code=2)
    return key


async def _find(db: Database, key: ObjectId) -> _Found:
    return _Found(
        preview=await previews.get(db, key),
        checkout=await checkouts.get(db, key),
        order=await orders.get(db, key),
        rows=await order_events.after(db, key, 0),
    )


async def _advance(db: Database, settings: Settings, key: ObjectId) -> Next:
    # The steps bring the cloud's SDKs with them; showing a checkout should not wait for those.
    from shared.app import App
    from shared.clock import DatabaseClock
    from shared.services.checkout import advance

    if await checkouts.get(db, key) is None:
        fail(f"There is no checkout {key}.")
    clock = DatabaseClock()
    await refresh_clock(db, clock)
    app = App.over(db, clock, settings)
    try:
        return await advance(app, key)
    finally:
        await app.close()


def _lines(found: _Found) -> Iterator[str]:
    yield from _preview_lines(found.preview)
    yield from _checkout_lines(found.checkout)
    yield from _order_lines(found.order)
    for row in found.rows:
        told = (
            f"told {row.published_at.isoformat()} to {len(row.sent_to)} groups" if row.published_at else "not told yet"
        )
        tries = f", refused {row.tries} times" if row.tries else ""
        yield f"  row {row.seq}  {row.type}, {row.created_at.isoformat()}, {told}{tries}"


def _preview_lines(preview: Preview | None) -> Iterator[str]:
    if preview is None:
        yield "preview   none"
        return
    yield f"preview   {preview.id}, {preview.restaurant_id}, location {preview.location_id}"
    by, at = preview.customer.name or "?", preview.origin.name or "?"
    yield f"  total {_dollars(preview.total_price_cents)}, by {by}, {at}"
    for line in preview.lines:
        missing = f", missing: {', '.join(line.missing)}" if line.missing else ""
        yield f"  {line.quantity} x {line.name}, {_dollars(line.price_cents)}{missing}"


def _checkout_lines(checkout: Checkout | None) -> Iterator[str]:
    if checkout is None:
        yield "checkout  none"
        return
    yield f"checkout  {checkout.state}, version {checkout.version}, expires {checkout.expires_at.isoformat()}"
    if checkout.claim is not None:
        claim = checkout.claim
        yield f"  claim: {claim.kind}, attempt {claim.attempt}, {claim.at.isoformat()}, request {claim.request_id}"
    if checkout.refusal is not None:
        yield f"  refusal: {checkout.refusal.code}, {checkout.refusal.message}"
    if checkout.placed_at is not None:
        yield f"  placed {checkout.placed_at.isoformat()}"
    if checkout.next_wake_at is not None:
        yield f"  next look {checkout.next_wake_at.isoformat()}, woken {checkout.wakes} times"
    for duty in checkout.duties:
        yield f"  duty {duty.kind}: {duty.state}, {duty.tries} tries"
    if checkout.needs_attention:
        yield f"  NEEDS ATTENTION: {checkout.needs_attention}"


def _order_lines(order: Order | None) -> Iterator[str]:
    if order is None:
        yield "order     none"
        return
    origin = "" if order.version is not None else " (placed by the original server)"
    yield f"order     {order.order_code}, {order.status}, version {order.version}{origin}"
    yield f"  total {_dollars(order.total_price_cents)}, {len(order.items)} items"
    for route in order.routing:
        yield f"  station {route.station_id}: {len(route.item_ids)} items"
    if order.unrouted:
        yield f"  no station: {len(order.unrouted)} items"


def _dollars(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"
