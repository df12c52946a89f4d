"""A person is taken out of everything that names them. What was sold, paid and given back stays (rules 24.6).

An order comes last, after all that is found by it: whoever is killed in the middle finds it again, and finishes. A
preview that is being placed meanwhile is looked for once more, as the order that it has become.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.domain.persons import (
    Person,
    full_name_of,
    mention_without,
    order_without,
    said_without,
    surely_of,
    without,
    words_of,
)
from shared.domain.roles import SYSTEM
from shared.services.menu import phone_limits
from shared.services.support.privacy import accounts, recording
from shared.services.support.privacy.finding import Named, Progress, documents_of
from shared.services.trail import writing as trail
from shared.services.trail.erasing import erase_values
from shared.store import campaign_uses, checkouts, webhooks
from shared.store.mongo.client import Session
from shared.store.support import audit_trail, privacy

TRIES = 20
AT_ONCE = 500
"""After so many orders of one restaurant what lies around them is erased, and then they are."""


class StillMovingError(Exception):
    """An order changes all the time: erase the person once more."""

    def __init__(self) -> None:
        super().__init__("An order of this person changes all the time. Run it again.")


@dataclass(slots=True)
class Erased:
    """What was erased, or would be: orders, previews, what was said of the person in those of others (`mentions`), rows
    of trails, and how often the number had a campaign. `restaurants`: where. `has_account`: the person signs in here,
    and that stays."""

    orders: int = 0
    previews: int = 0
    mentions: int = 0
    trail_rows: int = 0
    uses: int = 0
    restaurants: set[str] = field(default_factory=set)
    has_account: bool = False


@dataclass(slots=True)
class _Gathered:
    """Documents of one restaurant that name the person, the words to be taken out of texts about each, those that tell
    of the person wherever they stand, full names, and the numbers as they were typed. `asked`: the number and the
    address that the person gave."""

    named: list[Named] = field(default_factory=list)
    asked: frozenset[str] = frozenset()
    words: dict[ObjectId, frozenset[str]] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    full_names: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)


async def erase(
    app: App, person: Person, progress: Progress, *, restaurant_id: str | None = None, dry_run: bool = False
) -> Erased:
    """Erase the person, in one restaurant or in all. Twice is harmless; a run that was killed is run again, and until
    then the list of erasures says that it is not finished."""
    erased = Erased(has_account=bool(await accounts.of_person(app, person)))
    run = None if dry_run else await recording.begin(app, person, restaurant_id or "")
    act = _look if dry_run else _erase
    gathered: defaultdict[str, _Gathered] = defaultdict(lambda: _Gathered(asked=person.words))
    previews: dict[ObjectId, Named] = {}
    async for named in documents_of(app.db, person, progress, restaurant_id=restaurant_id):
        erased.restaurants.add(named.restaurant_id)
        if named.where == "orders_preview":
            previews[named.id] = named
        else:
            previews.pop(named.id, None)
        here = gathered[named.restaurant_id]
        here.named.append(named)
        if len(here.named) >= AT_ONCE:
            await act(app, named.restaurant_id, gathered.pop(named.restaurant_id), erased)
    for each, of_it in gathered.items():
        await act(app, each, of_it, erased)
    # What staff wrote of somebody outlives their orders, and stands where there are none.
    trails = await audit_trail.restaurants(app.db) if restaurant_id is None else [restaurant_id]
    for each in sorted(set(trails) - erased.restaurants):
        await act(app, each, _Gathered(asked=person.words), erased)
    if run is not None:
        for late in await _placed_meanwhile(app, previews):
            await act(app, late.restaurant_id, _Gathered([late], person.words), erased)
        await recording.end(app, run, erased.orders, erased.previews, len(erased.restaurants))
    return erased


async def _placed_meanwhile(app: App, previews: Mapping[ObjectId, Named]) -> list[Named]:
    """What has become of previews after the orders were looked through, and before they lost their diner. Afterwards
    nobody places one as it was: its checkout has another version."""
    found: list[Named] = []
    ids = list(previews)
    for begin in range(0, len(ids), AT_ONCE):
        rows = await privacy.not_erased(app.db, ids[begin : begin + AT_ONCE])
        found += [replace(previews[row["_id"]], where="orders") for row in rows]
    return found


async def _look(app: App, restaurant_id: str, here: _Gathered, erased: Erased) -> None:
    """Count what would be erased. A row of the trail about orders of two batches counts twice."""
    await _read(app, here)
    erased.trail_rows += len(await _concerned(app, restaurant_id, here))
    for named in here.named:
        _count(erased, named)


async def forget(app: App, named: list[Named]) -> int:
    """Take out whoever these documents name, each its own person: their time is over. Returns how many.

    What webhooks were told is gone by then, and the trail says nothing of diners but what staff wrote by hand.
    """
    here = _Gathered(named)
    await _read(app, here)
    for one in here.words:
        await _rows(app, one, here.words[one])
    return await _empty(app, here)


def _count(erased: Erased, named: Named) -> None:
    if named.mentioned:
        erased.mentions += 1
    elif named.where == "orders":
        erased.orders += 1
    else:
        erased.previews += 1


async def _read(app: App, here: _Gathered) -> None:
    """What these documents say of whom they name."""
    here.sure |= here.asked
    for named in here.named:
        # A preview and its order have one id.
        words = here.words.get(named.id, frozenset()) | here.asked
        if named.mentioned:
            here.words[named.id] = words
            continue
        document = await privacy.whole(app.db, named.where, named.id)
        customer = None if document is None else document.get("customer")
        who = customer if isinstance(customer, dict) else {}
        here.words[named.id] = words | words_of(who)
        here.sure |= surely_of(who)
        here.full_names |= full_name_of(who)
        here.phones |= {who["phone"]} if isinstance(who.get("phone"), str) else set()


async def _empty(app: App, here: _Gathered) -> int:
    """Take the person out of the documents themselves; returns of how many. Raises StillMovingError."""
    emptied = 0
    for named in here.named:
        for _ in range(TRIES):
            document = await privacy.whole(app.db, named.where, named.id)
            if document is None:
                break
            # Refunds, moves and what the kitchen does may come between: what was read is written only over itself.
            if await _is_emptied(app, named, document, here.asked):
                emptied += 1
                break
        else:
            raise StillMovingError
        if named.where == "orders_preview":
            await privacy.outdate_checkout(app.db, named.id, app.clock.now() - checkouts.HELD_FOR)
    return emptied


async def _is_emptied(app: App, named: Named, document: Mapping[str, Any], asked: frozenset[str]) -> bool:
    if named.mentioned:
        return await privacy.erase(app.db, named.where, document, mention_without(document, asked), None)
    return await privacy.erase(app.db, named.where, document, order_without(document, asked), app.clock.now())


async def _erase(app: App, restaurant_id: str, here: _Gathered, erased: Erased) -> None:
    await _read(app, here)
    for named in here.named:
        if named.where == "orders":
            await _rows(app, named.id, here.words[named.id])
    await _hooks(app, restaurant_id, here)
    concerned = await _concerned(app, restaurant_id, here)
    rows = await erase_values(app, concerned) if concerned else 0
    erased.uses += await _uses(app, restaurant_id, here)
    emptied = await _empty(app, here)
    for named in here.named:
        _count(erased, named)
    erased.trail_rows += rows
    await _leave(app, restaurant_id, emptied, rows, app.clock.now())


async def _rows(app: App, order_id: ObjectId, words: frozenset[str]) -> None:
    for row in await privacy.rows(app.db, order_id):
        payload = row.get("payload")
        cleaned = said_without(payload, words)
        if cleaned != payload:
            await privacy.rewrite_row(app.db, row["_id"], cleaned)


async def _hooks(app: App, restaurant_id: str, here: _Gathered) -> None:
    if not here.words:
        return
    hooks = [one.id for one in await webhooks.of_restaurant(app.db, restaurant_id)]
    after = 0
    while found := await privacy.hook_events(app.db, restaurant_id, after):
        for event in found:
            order_id = event.get("orderId")
            words = here.words.get(order_id) if isinstance(order_id, ObjectId) else None
            if words is not None:
                told = said_without(event.get("told") or {}, words)
                await privacy.rewrite_hook_event(app.db, event["_id"], told, hooks)
        after = found[-1]["seq"]


async def _concerned(app: App, restaurant_id: str, here: _Gathered) -> list[str]:
    """The rows of the trail about the person's orders, and those that name the person. The chain holds without their
    values."""
    ids = {str(named.id) for named in here.named if not named.mentioned}
    concerned: list[str] = []
    after = ("", 0)
    while found := await privacy.trail_rows(app.db, restaurant_id, after):
        for row in found:
            values = [row.get("before"), row.get("after"), row.get("reason")]
            about = str((row.get("target") or {}).get("id", "")) in ids
            named = without(row.get("reason"), here.full_names) != row.get("reason")
            if about or named or without(values, here.sure) != values:
                concerned.append(row["_id"])
        after = (found[-1]["day"], found[-1]["seq"])
    return concerned


async def _uses(app: App, restaurant_id: str, here: _Gathered) -> int:
    """Forget how often the number had a campaign; a number counts as its digits stand in an order."""
    digests = sorted({phone_limits.digest(app, typed) for typed in here.phones})
    campaigns = await privacy.campaigns_with_limits(app.db, restaurant_id) if digests else []
    keys = [campaign_uses.count_id(one, digest) for one in campaigns for digest in digests]
    return await privacy.forget_uses(app.db, keys) if keys else 0


async def _leave(app: App, restaurant_id: str, documents: int, rows: int, at: datetime) -> None:
    """The trail says that somebody was erased, and not who."""
    if not documents and not rows:
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
