"""Mails to a restaurant's people: codes to sign in with, invitations, codes to hang up, and the day (rules 24.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.documents.languages import Language
from shared.domain.letters import formats
from shared.domain.letters.rendering import Written, write
from shared.domain.letters.words import CODE, INVITATION, QR, SUMMARY

PICTURE = "qr"
"""Where the HTML shows the picture of a code (`cid:qr`)."""


def sign_in_code(code: str) -> Written:
    """A code to sign in with, in all three languages: nobody knows yet who reads it. The subject does not tell it."""
    return write("code", "en", "OrderBuddy: sign in / iniciar sesión / entrar", {"code": code, "words": CODE})


@dataclass(frozen=True, slots=True)
class Invited:
    """What somebody is invited to. `until`: the moment until which it holds, told in `timezone`."""

    restaurant: str
    role: str
    link: str
    until: datetime
    timezone: str


def invitation(told: Invited, language: Language) -> Written:
    """An invitation to a restaurant's people."""
    words, name = INVITATION[language], formats.short(told.restaurant)
    title = words.title.format(name)
    values = {
        "words": words,
        "title": title,
        "text": words.text.format(name),
        "role": words.roles.get(told.role, told.role),
        "until": words.holds.format(formats.moment(told.until, told.timezone, language)),
        "link": told.link,
    }
    return write("invitation", language, title, values)


def qr_code(label: str, restaurant: str, location: str, url: str, language: Language) -> Written:
    """A code to hang up; its picture comes attached, as `cid:qr`."""
    words, what = QR[language], formats.short(label)
    place = " - ".join(part for part in (formats.short(restaurant), formats.short(location)) if part)
    title = words.title.format(what, place)
    values = {"words": words, "title": title, "text": words.text.format(what, place), "url": url, "picture": PICTURE}
    return write("qr", language, title, values)


@dataclass(frozen=True, slots=True)
class Sold:
    """How often a dish was sold."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Day:
    """What a location's business day came to, in cents."""

    orders: int
    gross: int
    discount: int
    net: int
    tax: int
    total: int
    tips: int
    refunds: int
    dishes: Sequence[Sold]


def summary(restaurant: str, location: str, day: date, told: Day, language: Language) -> Written:
    """A location's business day for its owners."""
    words = SUMMARY[language]
    title = words.title.format(formats.short(location) or formats.short(restaurant))
    rows = [
        (words.gross, told.gross),
        *([(words.discount, -told.discount)] if told.discount else []),
        (words.net, told.net),
        (words.tax, told.tax),
        (words.total, told.total),
        (words.tips, told.tips),
        (words.refunds, -told.refunds),
    ]
    values = {
        "words": words,
        "title": title,
        "restaurant": formats.short(restaurant),
        "day": formats.day(day, language),
        "orders": told.orders,
        "rows": [(word, formats.money(cents)) for word, cents in rows],
        "dishes": [(formats.short(dish.name), dish.count) for dish in told.dishes],
    }
    return write("summary", language, f"{title}, {formats.day(day, language)}", values)
