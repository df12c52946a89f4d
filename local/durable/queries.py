"""Lists of instances, a page at a time: by the time of creation, the state, and the beginning of the id.

As in the real engine, what cannot be read in a filter is ignored. That can only be a mistake, so a warning is logged.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from local.durable.codec import BadTimeError, parse_time
from local.durable.instance import Instance
from local.durable.requests import Request
from local.durable.store import ALIVE, ALIVE_CONDITION, COLUMNS, Store, as_instance

_log = logging.getLogger("durable")
PAGE = 1000
"""The most that one page holds, and what it holds where the caller says nothing."""
STATES = ("Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Pending", "Suspended")
"""The states as the real engine spells them, in the order of its numbers: a filter may name a state or its number."""


class BadQueryError(ValueError):
    """A query that is refused; the message says which part, `status` with which code."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. None and empty: anything. Times are inclusive."""

    created_from: int | None = None
    created_to: int | None = None
    states: tuple[str, ...] = ()
    id_prefix: str = ""
    top: int = PAGE
    after: str | None = None

    @staticmethod
    def parse(request: Request) -> Query:
        """Read a request's query, and the header that continues a list. Raises BadQueryError."""
        continued = request.headers.get(b"x-ms-continuation-token", b"").decode("latin-1")
        return Query(
            _time(request, "createdtimefrom"),
            _time(request, "createdtimeto"),
            _states(request),
            request.last("instanceidprefix") or "",
            _top(request),
            _read_token(continued) if continued not in ("", "null") else None,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what was found, by id. `continuation` leads to the next page; None at the end."""

    instances: Sequence[Instance]
    continuation: str | None


def find_page(store: Store, query: Query) -> Page:
    """The page of `query`, as it is on disk."""
    conditions = ["1"]
    values: list[int | str] = []
    if query.created_from is not None:
        conditions.append("created_at >= ?")
        values.append(query.created_from)
    if query.created_to is not None:
        conditions.append("created_at <= ?")
        values.append(query.created_to)
    if query.states:
        conditions.append(f"status IN ({','.join('?' * len(query.states))})")
        values.extend(query.states)
        if set(query.states) <= ALIVE:
            # Word for word as the partial index says it, or SQLite would not use it.
            conditions.append(ALIVE_CONDITION)
    if query.id_prefix:
        conditions.append("substr(id, 1, ?) = ?")
        values.extend((len(query.id_prefix), query.id_prefix))
    if query.after is not None:
        conditions.append("id > ?")
        values.append(query.after)
    rows = store.reading.execute(
        f"SELECT {COLUMNS} FROM instances WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ?",  # noqa: S608
        (*values, query.top + 1),
    ).fetchall()
    instances = [as_instance(row) for row in rows[: query.top]]
    more = len(rows) > query.top
    last = instances[-1].id if instances else query.after or ""
    return Page(instances, _token(last) if more else None)


def _time(request: Request, name: str) -> int | None:
    text = request.last(name)
    if not text:
        return None
    try:
        return parse_time(text)
    except BadTimeError:
        _ignored(name, text)
        return None


def _top(request: Request) -> int:
    text = request.last("top")
    if not text:
        return PAGE
    try:
        top = int(text)
    except ValueError:
        _ignored("top", text)
        return PAGE
    if top < 0:
        raise BadQueryError("top must not be less than 0", 500)
    return min(top, PAGE)


def _states(request: Request) -> tuple[str, ...]:
    given = [state.strip() for state in ",".join(request.query.get("runtimestatus", ())).split(",") if state.strip()]
    states = []
    for state in given:
        if state == "Unknown":
            raise BadQueryError("'Unknown' cannot be asked for")
        if state in STATES:
            states.append(state)
        elif state.isdecimal():
            number = int(state)
            states.append(STATES[number] if number < len(STATES) else state)
        else:
            _ignored("runtimeStatus", state)
    return tuple(states)


def _ignored(name: str, value: str) -> None:
    _log.warning("a filter is ignored, as the real engine does: %s=%.100s cannot be read", name, value)


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(f"after {last}".encode("utf-8", "surrogatepass")).decode()


def _read_token(token: str) -> str:
    try:
        word, _, last = base64.urlsafe_b64decode(token).decode("utf-8", "surrogatepass").partition(" ")
    except (binascii.Error, ValueError):
        word = last = ""
    if word != "after":
        raise BadQueryError("the continuation token is not one of ours")
    return last
