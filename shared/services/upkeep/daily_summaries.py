"""The day of a location by mail to its owners, where its settings want that (rules 24.2).

An hour after a business day has ended, each owner gets it once: a duty whose id names the location, the day and the
person.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

from shared.app import App
from shared.documents.duties import Duty
from shared.documents.places import StoredLocation
from shared.domain.business_days import business_date, day_bounds
from shared.domain.contact_texts import is_email
from shared.domain.letters import to_staff
from shared.domain.letters.rendering import Written
from shared.services.duties.seeing import Kinds
from shared.services.messages import mailing
from shared.services.messages.mailing import SUPPRESSED, Besides
from shared.services.messages.sending import deliver
from shared.services.reports import sales
from shared.services.reports.scope import Asked
from shared.services.staff import people
from shared.store import duties, locations, places, users
from shared.store.duties import Ended

SUMMARY = "summary"
AFTER = timedelta(hours=1)
"""So long after the day's end even late orders have mostly been closed."""

WORTH_FOR = timedelta(hours=12)
"""A day that could not be told for so long is left to the reports."""

MOST_DISHES = 5


async def begin(app: App) -> int:
    """Write down which days are to be told to whom; returns how many mails that are. It runs every hour."""
    if not app.mail.is_set_up:
        return 0
    now, made = app.clock.now(), 0
    for location in await locations.with_daily_summary(app.db):
        day = ended_day(location, now)
        if day is None:
            continue
        told = [_duty(location, day, owner, now) for owner in await _owners(app, location.restaurant_id)]
        if told:
            await duties.insert_missing(app.db, told)
            made += len(told)
    return made


def ended_day(location: StoredLocation, now: datetime) -> date | None:
    """The business day that is to be told now; None where its end is too near or too far."""
    timezone, starts_at = location.timezone, location.business_day_starts_at
    day = business_date(timezone, starts_at, now) - timedelta(days=1)
    _, ended = day_bounds(timezone, starts_at, day)
    return day if AFTER <= now - ended < WORTH_FOR else None


async def _owners(app: App, restaurant_id: str) -> dict[str, str]:
    """The addresses of a restaurant's owners, by their ids."""
    there = await users.of_restaurant(app.db, restaurant_id)
    owners = people.owners(there, restaurant_id)
    return {one.user_id: one.email for one in there if one.user_id in owners and one.email and is_email(one.email)}


def _duty(location: StoredLocation, day: date, owner: str, now: datetime) -> dict[str, Any]:
    return {
        "_id": duties.key(SUMMARY, f"{location.id}:{day}:{owner}"),
        "restaurantId": location.restaurant_id,
        "locationId": location.id,
        "kind": SUMMARY,
        "about": day.isoformat(),
        "to": owner,
        "since": now,
        "state": "due",
        "tries": 0,
        "nextAt": now,
    }


async def send(app: App, duty: Duty) -> Ended | datetime | None:
    """Mail a day to one owner, if it is still wanted and the person still is one."""
    location = await locations.one(app.db, duty.restaurant_id, duty.location_id or "")
    to = (await _owners(app, duty.restaurant_id)).get(duty.to)
    if location is None or not location.daily_summary or to is None:
        return Ended("dropped", "it is not wanted any more")
    if await mailing.is_blocked(app, to):
        return Ended("given_up", SUPPRESSED)

    async def mail() -> str:
        besides = Besides(tags={"duty": duty.id})
        return await mailing.send(app, to, await _written(app, location, date.fromisoformat(duty.about)), besides)

    return await deliver(app, duty, "mails", mail, once=False)


async def _written(app: App, location: StoredLocation, day: date) -> Written:
    asked = Asked(location.restaurant_id, str(location.id), day.isoformat(), day.isoformat())
    report, restaurant = await asyncio.gather(
        sales.report(app, asked, for_owner=False), places.restaurant(app.db, location.restaurant_id)
    )
    totals = report.totals
    best = sorted(report.items, key=lambda dish: (-dish.sold_count, dish.name))[:MOST_DISHES]
    told = to_staff.Day(
        orders=totals.orders,
        gross=totals.gross_cents,
        discount=totals.discount_cents,
        net=totals.net_cents,
        tax=totals.tax_cents,
        total=totals.total_cents,
        tips=totals.tip_cents,
        refunds=totals.refunded_cents,
        dishes=[to_staff.Sold(dish.name, dish.sold_count) for dish in best if dish.sold_count],
    )
    name = restaurant.name if restaurant else ""
    return await asyncio.to_thread(to_staff.summary, name, location.name, day, told, location.staff_language)


KINDS: Kinds = {SUMMARY: send}
"""The duty of a day's mail."""
