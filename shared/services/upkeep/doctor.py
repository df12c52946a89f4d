"""What keeps orders from being taken: settings, the database, its indexes, locations and menus.

A person asks. It changes nothing, and asks no outside service but the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Literal

from bson import ObjectId
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.menu import Menu
from shared.documents.places import Campaign, Location
from shared.domain.campaigns import GIVES_NOTHING, flat_off, percent_off
from shared.domain.hours_faults import unreadable
from shared.domain.menu_times import faults
from shared.domain.opening_hours import is_open, opens_at
from shared.services.paying import merchants
from shared.settings import Settings
from shared.store.mongo import indexes, topology
from shared.store.support import attention_entries, checkup

Area = Literal["settings", "database", "indexes", "locations", "menus", "campaigns"]
AREAS: tuple[Area, ...] = ("settings", "database", "indexes", "locations", "menus", "campaigns")

MAX_FINDINGS = 1000
"""The most findings of one area: nobody reads more."""

_SENDERS = (
    (("sendgrid_api_key", "from_email"), "no mail is sent"),
    (("firebase_project_id", "firebase_client_email", "firebase_private_key"), "no phone gets pushes"),
    (("vapid_public_key", "vapid_private_key", "vapid_subject"), "no kitchen screen gets pushes"),
)
"""What each sender needs: a part of it alone sends nothing, and says nothing either."""

_OF_TEXTS = ("twilio_account_sid", "twilio_auth_token", "twilio_phone_number")
_OF_PAYMENT = ("emergepay_environment_url", "sealing_keys", "token_hash_key")
_OF_SCREENS = ("web_pubsub_connection_string", "web_pubsub_endpoint")
_Places = dict[tuple[str, ObjectId | str], Location]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: with what, and what it is, in sentences for a person."""

    subject: str
    sentence: str


Findings = dict[Area, list[Finding]]
"""What is wrong, by area. An area that could not be looked at is missing."""


async def examine(app: App) -> Findings:
    """Look at everything, as far as the database lets us.

    A person may have the database's settings only: then nothing is said of the app's other settings, nor of what only
    they could open.
    """
    found: Findings = {"settings": list(_of_settings(app.settings))} if _is_app_s(app.settings) else {}
    try:
        found["database"] = [each async for each in _of_database(app)]
        found["indexes"] = [each async for each in _of_indexes(app)]
        places: _Places = {}
        found["locations"] = await _bounded(_of_locations(app, places))
        found["menus"] = await _bounded(_of_menus(app, places))
        found["campaigns"] = await _bounded(_of_campaigns(app))
    except PyMongoError as error:
        found.setdefault("database", []).append(Finding("MongoDB", f"It cannot be used: {type(error).__name__}."))
    return found


async def _bounded(findings: AsyncIterator[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    # To the end also where nobody reads on: the locations are what the menus are held against.
    async for each in findings:
        if len(kept) < MAX_FINDINGS:
            kept.append(each)
    return kept


def _is_app_s(settings: Settings) -> bool:
    """Whether these are an app's settings, and not only what leads to its database."""
    return any(getattr(settings, name) is not None for name in (*_OF_PAYMENT, *_OF_SCREENS))


def _of_settings(settings: Settings) -> Iterator[Finding]:
    """Settings that are set only in part. Where one is wrong, no App can be made at all."""
    absent = [name for name in _OF_PAYMENT if getattr(settings, name) is None]
    if 0 < len(absent) < len(_OF_PAYMENT):
        for name in absent:
            yield Finding(name.upper(), "It is not set, and no payment is taken without it.")
    for names, what in _SENDERS:
        missing = [name for name in names if getattr(settings, name) is None]
        if 0 < len(missing) < len(names):
            yield Finding(missing[0].upper(), f"It is not set, and {what} without it.")
    texts = [name for name in _OF_TEXTS if getattr(settings, name) is None]
    if settings.allow_message and texts:
        yield Finding(texts[0].upper(), "It is not set, and no text is sent without it.")
    if settings.sends_texts and settings.api_endpoint is None:
        yield Finding("API_ENDPOINT", "It is not set, and without it nobody hears of a STOP.")
    if all(getattr(settings, name) is None for name in _OF_SCREENS):
        yield Finding("WEB_PUBSUB_ENDPOINT", "It is not set, and no screen hears of an order before it asks.")


async def _of_database(app: App) -> AsyncIterator[Finding]:
    if not await topology.has_transactions(app.db):
        yield Finding("MongoDB", "It is a standalone server. Orders need a replica set, if only of one node.")


async def _of_indexes(app: App) -> AsyncIterator[Finding]:
    needed = set(await indexes.missing(app.db))
    for title in await indexes.absent(app.db):
        why = "A guarantee rests on it" if title in needed else "Without it a query reads a whole collection"
        yield Finding(title, f"It is missing, or not as it must be. {why}. `orderbuddy db indexes` makes it.")


async def _of_locations(app: App, places: _Places) -> AsyncIterator[Finding]:
    """What is wrong with locations that are switched on; `places` gets all of them."""
    now = app.clock.now()
    async for row in checkup.locations(app.db):
        subject = _subject("location", row)
        try:
            location = Location.model_validate(row)
        except ValidationError:
            yield Finding(subject, "It cannot be read, so nobody can order there.")
            continue
        places[location.restaurant_id, location.id] = location
        if not location.is_active:
            continue
        closed = not is_open(location, now) and opens_at(location, now) is None
        wrong = unreadable(location)
        if closed:
            why = wrong or ["No day has hours in which orders are taken."]
            yield Finding(subject, " ".join(["It never opens.", *why]))
        elif wrong:
            yield Finding(subject, " ".join(["Some of its opening hours cannot be read, and count as closed.", *wrong]))
        async for finding in _of_payment(app, subject, location):
            yield finding
    for entry in await attention_entries.going_on(app.db):
        if entry.kind == "declines":
            lately = f"{entry.count} in ten minutes, lately at {entry.at:%Y-%m-%d %H:%M} UTC."
            yield Finding(f"location {entry.location_id} of {entry.restaurant_id}", f"{entry.reason} {lately}")


async def _of_payment(app: App, subject: str, location: Location) -> AsyncIterator[Finding]:
    if not location.payment.accept_payment or not _is_app_s(app.settings):
        return
    if not app.settings.takes_payment:
        yield Finding(subject, "It takes payment with the order, and this deployment can take none.")
    elif await merchants.of_location(app.db, app.sealer, location.restaurant_id, location.id) is None:
        yield Finding(subject, "It takes payment with the order, and its merchant's credentials cannot be read.")


async def _of_menus(app: App, places: _Places) -> AsyncIterator[Finding]:
    """Menus that nobody can order from, but for those that are switched off, or their location is."""
    async for row in checkup.menus(app.db):
        subject = _subject("menu", row)
        try:
            menu = Menu.model_validate(row)
        except ValidationError:
            yield Finding(subject, "It cannot be read, so nobody can order from it.")
            continue
        location = places.get((menu.restaurant_id, menu.location_id))
        if location is None:
            yield Finding(subject, "Its location is not there.")
        elif location.is_active and not menu.withdrawn:
            if menu.tax is None:
                yield Finding(subject, "It has no tax rate from 0 to 100, so nothing of it has a price.")
            if not any(item.is_available for item in menu.items):
                yield Finding(subject, "None of its dishes is available.")
            if unread := _unread_times(menu):
                yield Finding(subject, f"Its times cannot be read, so it counts as not served: {', '.join(unread)}.")


def _unread_times(menu: Menu) -> list[str]:
    schedules = [("", menu.schedule), *((f"categories.{one.id}.", one.schedule) for one in menu.categories)]
    return [f"{where}schedule.{field}" for where, schedule in schedules if schedule for field, _ in faults(schedule)]


async def _of_campaigns(app: App) -> AsyncIterator[Finding]:
    """Campaigns that are on and give nothing: their diners see a poster, and no discount."""
    async for row in checkup.campaigns(app.db):
        subject = _subject("campaign", row)
        campaign = Campaign.model_validate(row)
        if campaign.type in GIVES_NOTHING:
            yield Finding(subject, f"It is of the kind {campaign.type}, and gives nothing: switch it off.")
        elif not flat_off(campaign) and not percent_off(campaign):
            yield Finding(subject, "Its reward is neither cents nor percent, so it gives nothing.")


def _subject(kind: str, row: dict[str, object]) -> str:
    name = row.get("name")
    if isinstance(name, dict):
        name = name.get("en") or next(iter(name.values()), "")
    named = f' "{name}"' if name else ""
    return f"{kind} {row['_id']}{named} of {row.get('restaurantId') or 'no restaurant'}"
