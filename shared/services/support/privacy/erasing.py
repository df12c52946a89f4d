"""A person is taken out of everything that names them. What was sold, paid and given back stays (rules 24.6).

An order comes last, after all that is found by it: whoever is killed in the middle finds it again, and finishes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.domain.persons import Person, order_without, surely_of, without, words_of
from shared.domain.roles import SYSTEM
from shared.services.menu import phone_limits
from shared.services.support.privacy import recording
from shared.services.support.privacy.finding import Named, Progress, documents_of
from shared.services.trail import writing as trail
from shared.services.trail.erasing import erase_values
from shared.store import campaign_uses, webhooks
from shared.store.mongo.client import Session
from shared.store.support import privacy

AT_ONCE = 500
"""After so many orders of one restaurant what lies around them is erased, and then they are."""


@dataclass(slots=True)
class Erased:
    """What was erased, or would be: orders, previews, rows of trails, and how often the number had a campaign.
    `restaurants`: where."""

    orders: int = 0
    previews: int = 0
    trail_rows: int = 0
    uses: int = 0
    restaurants: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Gathered:
    """Documents of one restaurant that name the person, the words to be taken out of texts about each, those that tell
    of the person wherever they stand, and the numbers as they were typed."""

    named: list[Named] = field(default_factory=list)
    words: dict[ObjectId, frozenset[str]] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)


async def erase(
    app: App, person: Person, progress: Progress, *, restaurant_id: str | None = None, dry_run: bool = False
) -> Erased:
    """Erase the person, in one restaurant or in all. Twice is harmless; a run that was killed is run again, and until
    then the list of erasures says that it is not finished."""
    erased = Erased()
    run = None if dry_run else await recording.begin(app, person, restaurant_id or "")
    gathered: defaultdict[str, _Gathered] = defaultdict(_Gathered)
    async for named in documents_of(app.db, person, progress, restaurant_id=restaurant_id):
        erased.restaurants.add(named.restaurant_id)
        here = gathered[named.restaurant_id]
        here.named.append(named)
        if dry_run:
            _count(erased, named)
        elif len(here.named) >= AT_ONCE:
            await _erase(app, named.restaurant_id, gathered.pop(named.restaurant_id), erased)
    if not dry_run:
        for each, of_it in gathered.items():
            await _erase(app, each, of_it, erased)
    if run is not None:
        await recording.end(app, run, erased.orders, erased.previews, len(erased.restaurants))
    return erased


async def forget(app: App, named: list[Named]) -> int:
    """Take out whoever these documents name, each its own person: their time is over. Returns how many.

    What webhooks were told is gone by then, and the trail says nothing of diners but what staff wrote by hand.
    """
    here = _Gathered(named)
    fields = await _read(app, here)
    for one in named:
        if one.id in fields:
            await privacy.erase(app.db, one.where, one.id, fields[one.id], app.clock.now())
    return len(fields)


def _count(erased: Erased, named: Named) -> None:
    if named.where == "orders":
        erased.orders += 1
    else:
        erased.previews += 1


async def _read(app: App, here: _Gathered) -> dict[ObjectId, dict[str, Any]]:
    """What these documents hold instead, once their rows say nothing of the person any more."""
    fields: dict[ObjectId, dict[str, Any]] = {}
    for named in here.named:
        document = await privacy.whole(app.db, named.where, named.id)
        if document is None:
            continue
        customer = document.get("customer")
        who = customer if isinstance(customer, dict) else {}
        here.words[named.id] = words_of(who)
        here.sure |= surely_of(who)
        here.phones |= {who["phone"]} if isinstance(who.get("phone"), str) else set()
        fields[named.id] = order_without(document)
        if named.where == "orders":
            await _rows(app, named.id, here.words[named.id])
    return fields


async def _erase(app: App, restaurant_id: str, here: _Gathered, erased: Erased) -> None:
    fields = await _read(app, here)
    await _hooks(app, restaurant_id, here)
    rows = await _trail(app, restaurant_id, here)
    erased.uses += await _uses(app, restaurant_id, here)
    now = app.clock.now()
    for named in here.named:
        if named.id in fields:
            await privacy.erase(app.db, named.where, named.id, fields[named.id], now)
            _count(erased, named)
    erased.trail_rows += rows
    await _leave(app, restaurant_id, len(fields), rows, now)


async def _rows(app: App, order_id: ObjectId, words: frozenset[str]) -> None:
    for row in await privacy.rows(app.db, order_id):
        payload = row.get("payload")
        cleaned = without(payload, words)
        if cleaned != payload:
            await privacy.rewrite_row(app.db, row["_id"], cleaned)


async def _hooks(app: App, restaurant_id: str, here: _Gathered) -> None:
    hooks = [one.id for one in await webhooks.of_restaurant(app.db, restaurant_id)]
    after = 0
    while found := await privacy.hook_events(app.db, restaurant_id, after):
        for event in found:
            order_id = event.get("orderId")
            words = here.words.get(order_id) if isinstance(order_id, ObjectId) else None
            if words is not None:
                await privacy.rewrite_hook_event(app.db, event["_id"], without(event.get("told") or {}, words), hooks)
        after = found[-1]["seq"]


async def _trail(app: App, restaurant_id: str, here: _Gathered) -> int:
    """Erase the values of the trail's rows about these orders, and of those that name the person; the chain holds."""
    ids = {str(order_id) for order_id in here.words}
    concerned: list[str] = []
    after = ("", 0)
    while found := await privacy.trail_rows(app.db, restaurant_id, after):
        for row in found:
            values = [row.get("before"), row.get("after"), row.get("reason")]
            about = str((row.get("target") or {}).get("id", "")) in ids
            if about or without(values, here.sure) != values:
                concerned.append(row["_id"])
        after = (found[-1]["day"], found[-1]["seq"])
    return await erase_values(app, concerned) if concerned else 0


async def _uses(app: App, restaurant_id: str, here: _Gathered) -> int:
    """Forget how often the number had a campaign; a number counts as its digits stand in an order."""
    digests = sorted({phone_limits.digest(app, typed) for typed in here.phones})
    campaigns = await privacy.campaigns_with_limits(app.db, restaurant_id) if digests else []
    keys = [campaign_uses.count_id(one, digest) for one in campaigns for digest in digests]
    return await privacy.forget_uses(app.db, keys) if keys else 0


async def _leave(app: App, restaurant_id: str, documents: int, rows: int, at: datetime) -> None:
    """The trail says that somebody was erased, and not who."""
    if not documents:
        return

    async def body(session: Session) -> None:
        await trail.leave(
            app,
            session,
            SYSTEM,
            restaurant_id=restaurant_id,
            action="privacy.erased",
            target=("restaurant", restaurant_id),
            before={},
            after={"documents": documents, "trailRows": rows},
            request_id=f"privacy-{at:%Y%m%dT%H%M%S}",
        )

    await trail.changing(app, restaurant_id, body)
