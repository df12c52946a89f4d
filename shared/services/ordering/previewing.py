"""Pricing a cart and storing it: the start of every order (contract 7, rules 2 and 3)."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.api import ordering as api
from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Preview
from shared.documents.places import Location
from shared.domain import field_faults, pricing
from shared.domain.campaigns import Discount
from shared.domain.carts import cart_key, unit_ids
from shared.domain.checkout_states import EXPIRY_GRACE, over_by, rest_dates, used_up
from shared.domain.contact_texts import is_email
from shared.domain.field_faults import wrong
from shared.domain.opening_hours import takes_orders, takes_orders_at
from shared.domain.order_documents import OrderedFrom, Orderer, preview_document
from shared.domain.pricing import CartLine, ModifierChoice, PricedCart, price_cart
from shared.domain.staleness import changes, lines_of, still_costs
from shared.errors import CART_INVALID, PREVIEW_STALE, UNAVAILABLE, Problem
from shared.ids import new_id
from shared.services.menu import catalog, phone_limits
from shared.services.menu.catalog import Catalog
from shared.services.ordering import fresh_previews, origins, starting, wishes
from shared.services.orders.status import discounts
from shared.store import checkouts, previews
from shared.store.mongo.client import Session, Tries, moves

_MENU_REFUSALS = (*catalog.REFUSALS, *pricing.REFUSALS)

REFUSALS = (*_MENU_REFUSALS, *origins.REFUSALS, *field_faults.REFUSALS, *wishes.REFUSALS)
"""Of a new cart."""

STALE_REFUSALS = (PREVIEW_STALE, *(code for code in _MENU_REFUSALS if code is not CART_INVALID))
"""Of a stored preview: what the menus of now say of it."""

log = logging.getLogger("orderbuddy.checkout")

_TAPS_APART = timedelta(seconds=1)
"""Of taps of one cart that are closer together than this, only the first moves the expiry."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A stored preview and until when it can be placed."""

    preview: Preview
    expires_at: datetime


async def preview(app: App, cart: api.PreviewRequest, *, request_id: str, at_counter: bool = False) -> api.Preview:
    """Price a cart from the stored menus and store it; the same cart sent again gets the same preview.

    `at_counter`: staff type it in. Then every required choice must be made, and equal carts are different guests.
    Raises Problem (REFUSALS).
    """
    sells = await catalog.of_location(app, cart.restaurant_id, cart.location_id)
    wishes.check_number(app, cart, sells.location)
    lines = [_line(item) for item in cart.items]
    orderer = Orderer(
        name=(cart.customer.name or "").strip(),
        phone=(cart.customer.phone or "").strip(),
        origin=await origins.of_cart(app, sells, cart.origin, at_counter=at_counter),
        wants_sms=cart.get_sms is True,
        email=_email(cart),
        language=cart.language or "en",
    )
    priced = await _price(app, sells, lines, orderer, strict=cart.strict or at_counter, at_counter=at_counter)
    document = _draw_up(app, sells, orderer, priced, request_id=request_id)
    key = None
    if not at_counter:
        key = cart_key(str(sells.location.id), orderer.origin.id, _person(orderer), lines)
    kept = await _keep(app, document, key)
    return _reply(kept, sells.location, app.clock.now())


async def _price(
    app: App, sells: Catalog, lines: Sequence[CartLine], orderer: Orderer, *, strict: bool, at_counter: bool
) -> PricedCart:
    now = app.clock.now()
    campaign = sells.campaign(orderer.origin.id, now)
    if campaign is not None and not await phone_limits.has_use_left(app, campaign, orderer.phone):
        campaign = None
    return price_cart(
        sells.menus_at(now),
        lines,
        campaign,
        strict=strict,
        left=sells.left(now),
        # The times of menus are for diners: the counter goes on.
        resting=None if at_counter else sells.resting(now),
        staff_language=sells.location.staff_language,
    )


def _email(cart: api.PreviewRequest) -> str:
    """Where the receipt goes, "" for nowhere. Raises Problem INVALID_REQUEST for what is no address."""
    given = (cart.customer.email or "").strip()
    if given and not is_email(given):
        raise wrong("customer.email", "This is no e-mail address.")
    return given


def _person(orderer: Orderer) -> tuple[str, ...]:
    """What of a person makes another cart of the same dishes: who it is, and how they want to hear of it."""
    wishes = (orderer.email, orderer.language, "sms" if orderer.wants_sms else "")
    return (
        orderer.name,
        orderer.phone,
        *(wishes if any((orderer.email, orderer.language != "en", orderer.wants_sms)) else ()),
    )


def _draw_up(app: App, sells: Catalog, orderer: Orderer, priced: PricedCart, *, request_id: str) -> dict[str, Any]:
    """The document of a new preview of a cart that was priced just now."""
    return preview_document(
        new_id(),
        sells.location,
        orderer,
        priced=priced,
        units=unit_ids((line.line for line in priced.lines), lambda: str(new_id())),
        request_id=request_id,
        now=app.clock.now(),
    )


@dataclass(frozen=True, slots=True)
class Quote:
    """A stored preview whose price holds: what its location sells, and what is taken off."""

    sells: Catalog
    discounts: tuple[Discount, ...]


async def still_quoted(app: App, stored: Preview, *, at_counter: bool) -> Quote | None:
    """What the location sells and takes off, where the preview's price still holds; None where it does not.

    Raises Problem (STALE_REFUSALS) where the cart cannot be ordered like this any more.
    """
    sells, _, priced = await _price_again(app, stored, at_counter=at_counter)
    return Quote(sells, priced.discounts) if still_costs(stored, priced) else None


async def _price_again(app: App, stored: Preview, *, at_counter: bool) -> tuple[Catalog, Orderer, PricedCart]:
    """A stored preview at the prices of now. Raises Problem (STALE_REFUSALS)."""
    sells = await catalog.of_location(app, stored.restaurant_id, str(stored.location_id))
    orderer = Orderer(
        name=stored.customer.name,
        phone=stored.customer.phone,
        origin=OrderedFrom(stored.origin.id, stored.origin.name, stored.origin.note),
        wants_sms=stored.get_sms,
        email=stored.customer.email,
        language=stored.language,
    )
    try:
        return sells, orderer, await _price(app, sells, lines_of(stored), orderer, strict=False, at_counter=at_counter)
    except Problem as problem:
        if problem.code is not CART_INVALID:
            raise
        raise Problem(PREVIEW_STALE, problem.message, detail=problem.detail) from problem


async def refuse_stale(
    app: App, checkout: Checkout, stored: Preview, *, request_id: str, at_counter: bool
) -> Quote | None:
    """Check an open checkout's preview against the menus of now.

    Returns what the location sells and takes off, where the preview's price still holds; None where the checkout moved
    meanwhile and must be read again. Raises Problem (STALE_REFUSALS). PREVIEW_STALE says what changed, and has a fresh
    preview to agree to, which has taken the old one's place; or none, where the cart cannot be ordered like this any
    more.
    """
    sells, orderer, priced = await _price_again(app, stored, at_counter=at_counter)
    if still_costs(stored, priced):
        return Quote(sells, priced.discounts)
    document = _draw_up(app, sells, orderer, priced, request_id=request_id)
    fresh = Preview.model_validate(document)
    expires_at = _expiry(app)
    opened = checkouts.opened(fresh.id, fresh.restaurant_id, fresh.location_id, expires_at, checkout.cart_key)
    try:
        if not await _insert(app, document, opened, instead_of=checkout):
            return None
    except DuplicateKeyError:
        # Another tap previewed the same cart at this very moment.
        return None
    starting.soon(app, fresh.id, expires_at + EXPIRY_GRACE)
    reply = _reply(_Kept(fresh, expires_at), sells.location, app.clock.now())
    raise Problem(PREVIEW_STALE, detail=changes(stored, fresh), extra={"preview": reply.model_dump(by_alias=True)})


async def _keep(app: App, document: dict[str, Any], key: str | None) -> _Kept:
    """Store the preview and its checkout, or find those that the same cart already has.

    It inserts without reading first, because nearly every cart is new: the index on cartKey tells where it is not.
    """
    held: Checkout | None = None
    async for _ in Tries():
        began = time.monotonic()
        expires_at = _expiry(app)
        checkout = checkouts.opened(document["_id"], document["restaurantId"], document["locationId"], expires_at, key)
        try:
            if await _insert(app, document, checkout, instead_of=held):
                starting.soon(app, document["_id"], expires_at + EXPIRY_GRACE)
                made = Preview.model_validate(document)
                took = time.monotonic() - began
                fresh_previews.keep(app, Checkout.model_validate(checkout), made, took=took)
                return _Kept(made, expires_at)
        except DuplicateKeyError:
            log.info("the same cart has a preview already")
        held = await checkouts.by_cart_key(app.db, key) if key else None
        found = await previews.get(app.db, held.id) if held is not None else None
        if held is None or found is None or not _still_holds(held, found, document, app.clock.now()):
            continue
        if held.state != "open" or held.expires_at > expires_at - _TAPS_APART:
            return _Kept(found, held.expires_at)
        if await checkouts.extend(app.db, held, expires_at):
            return _Kept(found, expires_at)
    raise Problem(UNAVAILABLE, retry_after=1)


def _still_holds(held: Checkout, found: Preview, document: dict[str, Any], now: datetime) -> bool:
    """Whether the cart's checkout is still the answer to this cart.

    It is where it is claimed, was placed lately, or is open at the same amounts with an attempt to pay left.
    """
    if held.state == "placed":
        return held.placed_at is not None and now < held.placed_at + checkouts.HELD_FOR
    if held.state == "claimed":
        return True
    if used_up(held):
        return False
    amounts = (found.subtotal_cents, found.tax_cents, found.discount_cents, found.total_price_cents)
    return amounts == tuple(
        document[field] for field in ("subtotalCents", "taxCents", "discountCents", "totalPriceCents")
    )


async def _insert(app: App, document: dict[str, Any], checkout: dict[str, Any], instead_of: Checkout | None) -> bool:
    """Insert both; False where the checkout that has the cart's key moved meanwhile. Raises DuplicateKeyError."""
    if instead_of is None:
        await previews.insert(app.db, document)
        try:
            await checkouts.insert(app.db, checkout)
        except DuplicateKeyError:
            # Another tap of the same cart was first; nobody has been told this preview's id.
            await previews.delete_unclaimed(app.db, document["_id"])
            raise
        return True

    async def body(session: Session) -> None:
        if instead_of.state == "open":
            now = app.clock.now()
            dates = rest_dates(now, "expired")
            await checkouts.expire(
                app.db, instead_of, purge_at=dates.checkout, over_by=over_by(instead_of, now), session=session
            )
            await previews.purge_at(app.db, [instead_of.id], dates.preview, session)
        else:
            await checkouts.release_cart_key(app.db, instead_of, session)
        await previews.insert(app.db, document, session)
        await checkouts.insert(app.db, checkout, session)

    return await moves(app.db, body)


def _expiry(app: App) -> datetime:
    return app.clock.now() + timedelta(minutes=app.settings.preview_lifetime_minutes)


def _line(item: api.CartItem) -> CartLine:
    return CartLine(
        id=item.id,
        item_id=item.menu_item_id,
        quantity=item.quantity,
        name=item.name,
        notes=(item.notes or "").strip(),
        variant_ids=tuple(variant.id for variant in item.variants or ()),
        modifiers=tuple(
            ModifierChoice(
                modifier_id=modifier.id,
                option_ids=tuple(option.id for option in modifier.options),
                name=modifier.name,
                option_names=tuple(option.name for option in modifier.options),
            )
            for modifier in item.modifiers or ()
        ),
    )


def _reply(kept: _Kept, location: Location, now: datetime) -> api.Preview:
    stored = kept.preview
    return api.Preview(
        preview_order_id=str(stored.id),
        total_price_cents=stored.total_price_cents,
        subtotal_cents=stored.subtotal_cents,
        tax_cents=stored.tax_cents,
        discount_cents=stored.discount_cents,
        discounts=discounts(stored.discounts),
        tip_cents=stored.tip_cents,
        expires_at=kept.expires_at,
        is_open=takes_orders(location, now),
        opens_at=takes_orders_at(location, now),
        lines=[
            api.PreviewLine(
                id=line.id,
                menu_item_id=line.menu_item_id,
                name=line.name,
                quantity=line.quantity,
                unit_price_cents=line.unit_price_cents,
                price_cents=line.price_cents,
                missing=line.missing,
            )
            for line in stored.lines
        ],
    )
