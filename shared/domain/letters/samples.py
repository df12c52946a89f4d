"""A mail of each template in each language, with made-up people: to look at (rules 24.2).

One receipt's names are those of somebody who means harm.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from bson import ObjectId

from shared.documents.languages import Language
from shared.documents.orders import Order
from shared.documents.places import Restaurant, StoredLocation
from shared.domain import qr_drawing
from shared.domain.letters import to_staff
from shared.domain.letters.receipt import receipt
from shared.domain.letters.rendering import Written
from shared.domain.qr_styles import PLAIN

LANGUAGES: tuple[Language, ...] = ("en", "es", "pt")
_PLACED = datetime(2026, 3, 8, 1, 12, tzinfo=UTC)
_LINK = "https://menu.example.com/status/nonna/9f2c4b7d1e8a3f6059d2c7b1"


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail to look at, and the template that it is made of."""

    template: str
    language: Language
    written: Written


def samples() -> Iterator[Sample]:
    """All of them."""
    for language in LANGUAGES:
        for name, order in _orders(language).items():
            yield Sample(name, language, receipt(order, _EVIL if name == _HOSTILE else _NONNA, _PLACE, _LINK))
        yield Sample("invitation", language, to_staff.invitation(_INVITED, language))
        yield Sample("qr", language, _qr_code(language))
        yield Sample("summary", language, to_staff.summary("Nonna", "Old Town", date(2026, 3, 7), _DAY, language))
    yield Sample("code", "en", to_staff.sign_in_code("482913"))


def _qr_code(language: Language) -> Written:
    """A code's mail with the picture in its HTML: nothing is attached to what nobody gets."""
    made = to_staff.qr_code("Table 4", "Nonna", "Old Town", _CODE, language)
    picture = base64.b64encode(qr_drawing.png(_CODE, PLAIN)).decode()
    return replace(made, html=made.html.replace(f"cid:{to_staff.PICTURE}", f"data:image/png;base64,{picture}"))


_HOSTILE = "receipt, hostile names"
_BAD_NAME = '<script>alert("1")</script>\r\nBcc: all@example.com \u202egnp.exe مطعم ' + "x" * 200
_CODE = "https://codes.example.com/q/h7k2m9p4qr"
_NONNA = Restaurant.model_validate({"_id": "nonna", "name": "Nonna"})
_EVIL = Restaurant.model_validate({"_id": "nonna", "name": _BAD_NAME})
_PLACE = StoredLocation.model_validate(
    {"_id": ObjectId(), "name": "Old Town", "address": "12 Main St, Austin, TX 78701", "timezone": "America/Chicago"}
)
_INVITED = to_staff.Invited(
    "Nonna", "manager", "https://staff.example.com/#invitation=Zk3v", datetime(2026, 3, 9, 1, 12, tzinfo=UTC), ""
)
_DAY = to_staff.Day(
    orders=84,
    gross=214_350,
    discount=4_200,
    net=210_150,
    tax=21_972,
    total=232_122,
    tips=31_480,
    refunds=2_860,
    dishes=[to_staff.Sold("Margherita", 31), to_staff.Sold("Flat white", 27), to_staff.Sold("Tiramisù", 12)],
)


def _orders(language: Language) -> dict[str, Order]:
    pizza = {
        "menuItemId": "m",
        "name": "Margherita",
        "priceCents": 1450,
        "variants": [{"id": "l", "name": "Large", "priceCents": 300}],
        "modifiers": [{"id": "t", "name": "Extras", "options": [{"id": "b", "name": "Basil"}]}],
        "notes": "Well done, please",
    }
    made: dict[str, Any] = {
        "_id": ObjectId("9f2c4b7d1e8a3f6059d2c7b1"),
        "orderCode": "K7M",
        "restaurantId": "nonna",
        "locationId": _PLACE.id,
        "status": "ACCEPTED",
        "paymentId": "p",
        "paidWith": "card",
        "language": language,
        "customer": {"name": "Ann"},
        "origin": {"name": "Table 4"},
        "items": [
            {"id": "1", **pizza},
            {"id": "2", **pizza},
            {"id": "3", "menuItemId": "w", "name": "Flat white", "priceCents": 480},
        ],
        "subtotalCents": 3380,
        "discountCents": 338,
        "discounts": [{"campaignId": "c", "name": "Lunch", "type": "percent", "amountCents": 338}],
        "taxCents": 279,
        "taxPercent": "8.25",
        "totalPriceCents": 3321,
        "tipCents": 600,
        "startedAt": _PLACED,
    }
    returned = {"_id": "r", "amountCents": 1425, "units": ["2"], "at": _PLACED}
    return {
        "receipt": Order.model_validate(made),
        "receipt, refunded": Order.model_validate({**made, "refunds": [returned], "refundedCents": 1425}),
        "receipt, cancelled": Order.model_validate({**made, "status": "CANCELLED", "refundedCents": 3921}),
        _HOSTILE: Order.model_validate(
            {
                **made,
                "customer": {"name": _BAD_NAME},
                "origin": {"name": _BAD_NAME},
                "items": [{**unit, "name": _BAD_NAME, "notes": _BAD_NAME} for unit in made["items"]],
            }
        ),
    }
