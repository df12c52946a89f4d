"""A restaurant's trail as its owner reads it, the newest row first (rules 15)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from shared.api import trail as api
from shared.app import App
from shared.documents.trail import TrailEntry
from shared.domain import csv_lines
from shared.domain.hours_texts import zone
from shared.store import locations, trail
from shared.store.trail import Position

MAX_LOOKED_AT = 2000
"""The most rows that one page looks at. A filter that few rows pass gives short pages, never slow ones."""

MAX_LOOKED_AT_IN_TABLE = 50_000
"""The same for one table: a year of a busy restaurant."""

BATCH = 500
_FIRST_DAY, _LAST_DAY = "0000-00-00", "9999-99-99"
CURSOR = r"^[0-9]{9,20}$"
"""What a cursor looks like."""

_COLUMNS = (
    "at",
    "actorKind",
    "actorId",
    "actorRole",
    "locationId",
    "action",
    "targetKind",
    "targetId",
    "before",
    "after",
    "reason",
    "requestId",
    "day",
    "seq",
    "hash",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of an action (`station.created`, or all of `station`), of an actor's id, from a moment until before
    another one. None and "" stand for all."""

    action: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, entry: TrailEntry) -> bool:
        """Whether the row is one of them."""
        return (
            (not self.action or entry.action == self.action or entry.action.startswith(f"{self.action}."))
            and (not self.actor or entry.actor.id == self.actor)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


async def page(app: App, restaurant_id: str, wanted: Wanted, *, limit: int, after: str | None = None) -> api.TrailPage:
    """At most `limit` rows. `after`: the `next` of the page before."""
    rows: list[TrailEntry] = []
    looked_at, last, more = 0, _position(after), False
    async for entry in _older(app, restaurant_id, wanted, last, batch=min(limit + 1, BATCH)):
        if len(rows) == limit or looked_at == MAX_LOOKED_AT:
            more = True
            break
        looked_at += 1
        last = Position(entry.day, entry.seq)
        if wanted.takes(entry):
            rows.append(entry)
    return api.TrailPage(data=[_row(entry) for entry in rows], next=_cursor(last) if more and last else None)


@dataclass(frozen=True, slots=True)
class Table:
    """A trail as CSV in UTF-8. `next`: where the rows go on that were too many for one answer, else None."""

    body: bytes
    next: str | None


async def table(
    app: App, restaurant_id: str, wanted: Wanted, *, after: str | None = None, most: int = csv_lines.BYTES
) -> Table:
    """The rows as CSV, at most `most` bytes, and of at most 50,000 rows that are looked at.

    Times are in the zone of the restaurant's first location. A cell that a spreadsheet would take for a formula is
    written as text.
    """
    at = await _zone(app, restaurant_id)
    last, size, lines = _position(after), 0, [csv_lines.line(_COLUMNS)]
    looked_at = 0
    async for entry in _older(app, restaurant_id, wanted, last, batch=BATCH):
        line = csv_lines.line(_cells(entry, at)) if wanted.takes(entry) else b""
        size += len(line)
        if size + len(lines[0]) > most or looked_at == MAX_LOOKED_AT_IN_TABLE:
            return Table(b"".join(lines), _cursor(last) if last else None)
        lines.append(line)
        looked_at += 1
        last = Position(entry.day, entry.seq)
    return Table(b"".join(lines), None)


async def _older(
    app: App, restaurant_id: str, wanted: Wanted, below: Position | None, *, batch: int
) -> AsyncIterator[TrailEntry]:
    """The rows of these days below a position, the newest first."""
    first = _FIRST_DAY if wanted.since is None else f"{wanted.since.astimezone(UTC):%Y-%m-%d}"
    while True:
        found = await trail.newest(app.db, restaurant_id, batch, below=below, days=(first, _LAST_DAY))
        for entry in found:
            yield entry
        if len(found) < batch:
            return
        below, batch = Position(found[-1].day, found[-1].seq), BATCH


async def _zone(app: App, restaurant_id: str) -> tzinfo:
    first = await locations.of_restaurant(app.db, restaurant_id)
    return (zone(first[0].timezone) if first else None) or UTC


def _position(cursor: str | None) -> Position | None:
    """The row that a cursor names: the digits of its day, then its number. Clients send it back as it came."""
    if not cursor:
        return None
    return Position(f"{cursor[:4]}-{cursor[4:6]}-{cursor[6:8]}", int(cursor[8:]))


def _cursor(position: Position) -> str:
    return f"{position.day.replace('-', '')}{position.seq}"


def _row(entry: TrailEntry) -> api.TrailRow:
    return api.TrailRow(
        id=entry.id,
        at=entry.at,
        actor=api.TrailBy(**entry.actor.model_dump()),
        location_id=_location(entry) or None,
        action=entry.action,
        target=api.TrailOf(**entry.target.model_dump()),
        before=entry.before,
        after=entry.after,
        reason=entry.reason,
        request_id=entry.request_id,
        erased=entry.erased_at is not None,
        seq=entry.seq,
        prev_hash=entry.prev_hash,
        hash=entry.hash,
    )


def _location(entry: TrailEntry) -> str:
    return "" if entry.location_id is None else str(entry.location_id)


def _cells(entry: TrailEntry, at: tzinfo) -> tuple[str, ...]:
    return (
        entry.at.astimezone(at).isoformat(timespec="milliseconds"),
        entry.actor.kind,
        entry.actor.id,
        entry.actor.role,
        _location(entry),
        entry.action,
        entry.target.kind,
        entry.target.id,
        *("" if side is None else json.dumps(side, ensure_ascii=False) for side in (entry.before, entry.after)),
        entry.reason or "",
        entry.request_id,
        entry.day,
        str(entry.seq),
        entry.hash,
    )
