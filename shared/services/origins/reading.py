"""A location's codes: as a list, as pictures, as a sheet to print, and how often they were scanned (contract 37,
rules 18)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bson import ObjectId

from shared.api import origins as api
from shared.app import App
from shared.documents.origins import OriginScans, StoredOrigin, StyledLocation
from shared.domain import code_sheet, qr_drawing
from shared.domain.code_sheet import MAX_CARDS, Card, Paper
from shared.domain.opening_hours import day_in
from shared.domain.qr_styles import look_of
from shared.errors import INVALID_REQUEST, LOCATION_NOT_FOUND, ORIGIN_NOT_FOUND, TOO_MANY_REQUESTS, Problem
from shared.ids import stored_id
from shared.memory.slots import Slot
from shared.memory.turns import CrowdedError, Turns
from shared.services.origins import codes
from shared.services.origins.making import Here
from shared.services.origins.styling import shown_style
from shared.store import origins, places, scans

REFUSALS = (LOCATION_NOT_FOUND,)
PICTURE_REFUSALS = (LOCATION_NOT_FOUND, ORIGIN_NOT_FOUND, *codes.REFUSALS)
SHEET_REFUSALS = (LOCATION_NOT_FOUND, TOO_MANY_REQUESTS, *codes.REFUSALS)
SCANS_REFUSALS = (LOCATION_NOT_FOUND, INVALID_REQUEST)

MAX_DAYS = 31
MAX_DRAWN = 50
"""How many codes are drawn for a list."""

MOST_SHEETS = 4
LONGEST_WAIT_SECONDS = 30.0
RETRY_AFTER_SECONDS = 10

TURNS: Slot[Turns] = Slot(lambda: Turns(MOST_SHEETS, LONGEST_WAIT_SECONDS))
"""Two hundred codes keep a process busy for seconds: a restaurant's sheets must not do so side by side."""

Format = Literal["png", "svg"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A location's codes; `truncated`: there are more."""

    origins: api.Origins
    truncated: bool


async def listed(app: App, restaurant_id: str, location_id: str) -> Listed:
    """A location's codes by label, and how they look; [] where there is none (contract V8).

    Raises Problem (REFUSALS).
    """
    here = (restaurant_id, stored_id(location_id))
    place, found = await asyncio.gather(_styled(app, here), origins.of_location(app.db, *here))
    shown = [codes.shown(one) for one in await _drawn(app, found[: origins.MAX_OF_LOCATION])]
    shown.sort(key=lambda one: _natural(one.label))
    answer = api.Origins(
        qr_code_style=shown_style(place.qr_code_style), qr_code_image=place.qr_code_image, origin_data=shown
    )
    return Listed(answer, len(found) > len(shown))


async def picture(app: App, restaurant_id: str, location_id: str, origin_id: str, *, kind: Format, size: int) -> bytes:
    """An origin's code in the location's style. Raises Problem (PICTURE_REFUSALS)."""
    here = (restaurant_id, stored_id(location_id))
    base = codes.base(app)
    place, found = await asyncio.gather(_styled(app, here), origins.one(app.db, *here, stored_id(origin_id)))
    if found is None or not found.qr_code_id:
        raise Problem(ORIGIN_NOT_FOUND)
    draw = qr_drawing.png if kind == "png" else qr_drawing.svg
    return await asyncio.to_thread(draw, base + found.qr_code_id, look_of(place.qr_code_style), size)


async def _drawn(app: App, found: list[StoredOrigin]) -> list[StoredOrigin]:
    """The origins, each code of ours with its picture: a seed stores none, as it does not know where codes lead."""
    bare = [one for one in found if one.own_code and one.qr_code_id and not one.qr_code][:MAX_DRAWN]
    if not bare or app.settings.link_base is None:
        return found
    base = codes.base(app)
    drawn = await asyncio.to_thread(lambda: {one.id: qr_drawing.data_url(base + one.qr_code_id) for one in bare})
    return [one.model_copy(update={"qr_code": drawn[one.id]}) if one.id in drawn else one for one in found]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of codes; `goes_on`: there is another one after it."""

    pdf: bytes
    goes_on: bool


async def sheet(app: App, restaurant_id: str, location_id: str, *, paper: Paper, page: int) -> Sheet:
    """A printable sheet of the location's codes, 200 a file; `page`: which file, from 1. A restaurant's sheets take
    turns in a process.

    Raises Problem (SHEET_REFUSALS): TOO_MANY_REQUESTS where many wait for theirs.
    """
    here = (restaurant_id, stored_id(location_id))
    base = codes.base(app)
    place, restaurant, found = await asyncio.gather(
        _styled(app, here),
        places.restaurant(app.db, restaurant_id),
        origins.of_location(app.db, *here, pictures=False),
    )
    cards = [Card(one.label, one.qr_code_id, base + one.qr_code_id) for one in found if one.qr_code_id]
    cards.sort(key=lambda card: _natural(card.label))
    title = " - ".join(part for part in (restaurant.name if restaurant else "", place.name) if part)
    begin = (page - 1) * MAX_CARDS
    look = look_of(place.qr_code_style)
    try:
        async with app.memory[TURNS].turn(restaurant_id):
            pdf = await asyncio.to_thread(code_sheet.sheet, cards[begin : begin + MAX_CARDS], title, look, paper)
    except CrowdedError:
        raise Problem(TOO_MANY_REQUESTS, retry_after=RETRY_AFTER_SECONDS) from None
    return Sheet(pdf, len(cards) > begin + MAX_CARDS)


async def scanned(app: App, restaurant_id: str, location_id: str, first: date | None, last: date | None) -> api.Scans:
    """How often the codes were scanned from one day of the location to another: the last seven unless said.

    Raises Problem (SCANS_REFUSALS).
    """
    here = (restaurant_id, stored_id(location_id))
    place = await _styled(app, here)
    last = last or day_in(place.timezone, app.clock.now())
    first = first or last - timedelta(days=6)
    if not timedelta() <= last - first < timedelta(days=MAX_DAYS):
        message = f"From and to are at most {MAX_DAYS} days, the earlier one first."
        raise Problem(INVALID_REQUEST, f"from: {message}", detail=[{"field": "from", "message": message}])
    rows, found = await asyncio.gather(
        scans.of_location(app.db, *here, first.isoformat(), last.isoformat()),
        origins.of_location(app.db, *here, pictures=False),
    )
    labels = {one.id: one.label for one in found}
    by_origin: defaultdict[ObjectId | str, list[OriginScans]] = defaultdict(list)
    for row in rows:
        by_origin[row.origin_id].append(row)
    told = [_scans_of(origin_id, of_it, labels) for origin_id, of_it in by_origin.items()]
    told.sort(key=lambda one: (-one.scans, one.label, one.origin_id))
    return api.Scans(from_=first, to=last, scans=sum(one.scans for one in told), origins=told)


def _scans_of(
    origin_id: ObjectId | str, rows: list[OriginScans], labels: Mapping[ObjectId | str, str]
) -> api.ScansOfOrigin:
    days = [api.DayOfScans(day=date.fromisoformat(row.day), scans=row.n) for row in rows]
    return api.ScansOfOrigin(
        origin_id=str(origin_id),
        label=labels.get(origin_id, ""),
        scans=sum(row.n for row in rows),
        days=sorted(days, key=lambda one: one.day),
    )


async def _styled(app: App, here: Here) -> StyledLocation:
    found = await origins.styled(app.db, *here)
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    return found


def _natural(label: str) -> list[tuple[int, int, str]]:
    """What labels are sorted by: Table 2 comes before Table 10."""
    parts: list[tuple[int, int, str]] = []
    word = number = ""
    for letter in [*label.casefold(), ""]:
        if letter.isascii() and letter.isdigit():
            if word:
                parts.append((1, 0, word))
                word = ""
            number += letter
        else:
            if number:
                parts.append((0, int(number[:18]), ""))
                number = ""
            word += letter
    return [*parts, (1, 0, word)] if word else parts
