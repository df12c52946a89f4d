"""The documents of previews and orders, in the original's shape plus our fields (contract 2.9, 2.10; rules 2 and 5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.api.base import iso
from shared.documents.checkouts import ClaimedAtCounter
from shared.documents.languages import Language
from shared.documents.orders import OrderItem
from shared.documents.payments import Payment
from shared.documents.places import Kitchen, Location, StationTags
from shared.domain.business_days import business_date
from shared.domain.campaigns import Discount
from shared.domain.carts import Units
from shared.domain.pricing import PricedCart, PricedLine, PricedOption
from shared.domain.routing import Routing, route_items
from shared.domain.screens import shown_by
from shared.money import rate_text

COPIED = (
    "restaurantId",
    "locationId",
    "locationSlug",
    "customer",
    "origin",
    "items",
    "discount",
    "totalPriceCents",
    "getSms",
)
COPIED_WHERE_THERE = (
    "discounts",
    "subtotalCents",
    "taxCents",
    "taxPercent",
    "discountCents",
    "tipCents",
    "language",
)


@dataclass(frozen=True, slots=True)
class OrderedFrom:
    """An origin of the location, with its own label, or none: then `id` and `name` are "", and `note` is what the
    diner's client called it."""

    id: str = ""
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Orderer:
    """Who orders, and where from. `email`: where the receipt goes, "" for nowhere. `language`: in which the diner is
    written to."""

    name: str
    phone: str
    origin: OrderedFrom
    wants_sms: bool
    email: str = ""
    language: Language = "en"


def preview_document(
    preview_id: ObjectId,
    location: Location,
    orderer: Orderer,
    *,
    priced: PricedCart,
    units: Sequence[Units],
    request_id: str,
    now: datetime,
) -> dict[str, Any]:
    """The document of a priced cart. It has every field of the original's orders: the original can place it, too."""
    amounts = priced.amounts
    lines = list(zip(priced.lines, units, strict=True))
    return {
        "_id": preview_id,
        "orderCode": str(preview_id)[-4:].upper(),
        "paymentId": None,
        "restaurantId": location.restaurant_id,
        "locationId": location.id,
        "locationSlug": location.location_slug,
        "meta": {"correlationId": request_id},
        "customer": _customer(orderer),
        "origin": _origin(orderer.origin),
        "items": [item for line, of_line in lines for item in _units(line, of_line)],
        "lines": [_line(line, of_line) for line, of_line in lines],
        "discount": _discount(priced.discounts),
        **({"discounts": _discounts(priced.discounts, units)} if priced.discounts else {}),
        "status": "CREATED",
        "startedAt": now,
        "createdAt": now,
        "subtotalCents": amounts.subtotal,
        "taxCents": amounts.tax,
        "taxPercent": rate_text(priced.tax_percent),
        "discountCents": amounts.discount,
        "tipCents": amounts.tip,
        "totalPriceCents": amounts.total,
        "getSms": orderer.wants_sms,
        "language": orderer.language,
    }


def _customer(orderer: Orderer) -> dict[str, Any]:
    email = {"email": orderer.email} if orderer.email else {}
    return {"name": orderer.name, "phone": orderer.phone, **email}


def _origin(origin: OrderedFrom) -> dict[str, Any]:
    note = {"note": origin.note} if origin.note else {}
    return {"id": origin.id, "name": origin.name, **note}


def _line(line: PricedLine, units: Units) -> dict[str, Any]:
    return {
        "id": units.line_id,
        "menuItemId": line.line.item_id,
        "name": line.name,
        "quantity": line.line.quantity,
        "unitPriceCents": line.unit_price,
        "priceCents": line.price,
        "missing": list(line.missing),
    }


def _units(line: PricedLine, units: Units) -> list[dict[str, Any]]:
    """One entry per unit, as the original stores a cart, each text in the diner's language and in the staff's."""
    return [
        {
            "id": unit_id,
            "menuItemId": line.line.item_id,
            "name": line.name,
            "staffName": line.staff_name,
            "priceCents": line.unit_price,
            "notes": line.line.notes,
            "variants": [_option(variant) for variant in line.variants],
            "modifiers": [
                {
                    "id": modifier.id,
                    "name": modifier.name,
                    "staffName": modifier.staff_name,
                    "options": [_option(option) for option in modifier.options],
                }
                for modifier in line.modifiers
            ],
            "stationTags": list(line.station_tags),
            "startedAt": None,
            "completedAt": None,
            **({"missing": list(line.missing), "staffMissing": list(line.staff_missing)} if line.missing else {}),
        }
        for unit_id in units.unit_ids
    ]


def _option(chosen: PricedOption) -> dict[str, Any]:
    return {
        "id": chosen.id,
        "name": chosen.name,
        "staffName": chosen.staff_name,
        "priceCents": chosen.price,
        **({"assumed": True} if chosen.assumed else {}),
    }


def _discount(discounts: Sequence[Discount]) -> dict[str, Any] | None:
    """The one discount that the original knows."""
    if not discounts:
        return None
    first = discounts[0].campaign
    return {"name": first.name, "type": first.type, "amountCents": sum(one.amount for one in discounts)}


def _discounts(discounts: Sequence[Discount], units: Sequence[Units]) -> list[dict[str, Any]]:
    """Each discount. One that is taken off some dishes only says which, for the day on which one of them goes back."""
    return [
        {
            "campaignId": str(one.campaign.id),
            "name": one.campaign.name,
            "type": one.campaign.type,
            "amountCents": one.amount,
            **({} if one.lines is None else {"itemIds": _unit_ids(one.lines, units)}),
        }
        for one in discounts
    ]


def _unit_ids(lines: Collection[int], units: Sequence[Units]) -> list[str]:
    return [unit_id for at, of_line in enumerate(units) if at in lines for unit_id in of_line.unit_ids]


@dataclass(frozen=True, slots=True)
class Change:
    """A row to insert into an order's history.

    `kind`: as in (rules 6). `payload`: what its messages need. `by`: who made the change.
    """

    kind: str
    payload: dict[str, Any]
    by: str


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """A new order's document, and the changes that made it, in order. Its version is the number of changes."""

    document: dict[str, Any]
    changes: tuple[Change, ...]


def order_from_preview(
    preview: dict[str, Any],
    kitchen: Kitchen,
    *,
    order_code: str,
    request_id: str,
    payment: Payment | None,
    now: datetime,
    counter: ClaimedAtCounter | None = None,
    trace: str | None = None,
) -> PlacedOrder:
    """The order that a stored preview becomes, with the same id. With auto-accept it is born ACCEPTED (rules 5).

    Clients take any text in `paymentId` for paid. It is the payment's id, never the token of a card or a wallet: staff
    screens and reports show it. The total has no tip in it: clients have always read it so.
    Items are routed here, and the order keeps to which stations. It keeps the location's business date (rules 19), and
    its checkout's `trace`.
    """
    routing = route_items([OrderItem.model_validate(item) for item in preview["items"]], kitchen.stations)
    told = _told(routing, kitchen.stations, request_id)
    changes = [Change("created", told, "diner")]
    meta: dict[str, Any] = {"correlationId": request_id}
    if kitchen.auto_accepts:
        changes.append(Change("accepted", told, "system"))
        meta |= {"acceptedBy": "system", "acceptedAt": iso(now), "autoAccept": True}
    show_by = shown_by(kitchen.screens_seen_at, now) if kitchen.auto_accepts else None
    document = {
        "_id": preview["_id"],
        "orderCode": order_code,
        "paymentId": payment.id if payment else "",
        **{field: preview.get(field) for field in COPIED},
        **{field: preview[field] for field in COPIED_WHERE_THERE if field in preview},
        **({"tipCents": payment.tip_cents, "paidWith": payment.kind} if payment else {}),
        **({"counter": _at_counter(counter, preview, now)} if counter else {}),
        "meta": meta,
        **({} if show_by is None else {"showBy": show_by}),
        "status": "ACCEPTED" if kitchen.auto_accepts else "CREATED",
        "startedAt": now,
        "createdAt": now,
        "updatedAt": now,
        "businessDate": business_date(kitchen.timezone, kitchen.business_day_starts_at, now).isoformat(),
        "version": len(changes),
        "routing": [route.model_dump(by_alias=True) for route in routing.routes],
        "unrouted": list(routing.unrouted),
        **({} if trace is None else {"trace": trace}),
    }
    return PlacedOrder(document, tuple(changes))


def _at_counter(counter: ClaimedAtCounter, preview: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "kind": counter.kind,
        "amountCents": preview.get("totalPriceCents") or 0,
        "history": [{"kind": counter.kind, "at": now, "by": counter.by}],
        "refunds": [],
    }


def _told(routing: Routing, stations: Sequence[StationTags], request_id: str) -> dict[str, Any]:
    tags = {str(station.id): station.tags for station in stations}
    return {
        "correlationId": request_id,
        "stations": [
            {"stationId": route.station_id, "stationTags": list(tags[route.station_id])} for route in routing.routes
        ],
    }
