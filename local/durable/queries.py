"""Lists of instances, a page at a time: by the time of creation, the state, and the beginning of the id."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from local.durable.codec import parse_time
from local.durable.instance import Instance
from local.durable.store import ALIVE, ALIVE_CONDITION, COLUMNS, Store, as_instance

PAGE = 1000
"""The most that one page holds, and what it holds where the caller says nothing."""
_STATES = frozenset(
    {"Pending", "Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Suspended"}
)


class BadQueryError(ValueError):
    """A query that cannot be understood; the message says which part."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. None and empty: anything. Times are inclusive."""

    created_from: int | None = None
    created_to: int | None = None
    states: tuple[str, ...] = ()
    id_prefix: str = ""
    top: int = PAGE
    after: tuple[int, str] | None = None

    @staticmethod
    def parse(parameters: dict[str, str], continuation: str | None) -> Query:
        """Read a URL's query (names in lower case) and the header that continues a list. Raises BadQueryError."""
        try:
            times = [parameters.get(name) or None for name in ("createdtimefrom", "createdtimeto")]
            created_from, created_to = (None if text is None else parse_time(text) for text in times)
            top = int(parameters.get("top") or PAGE)
        except ValueError as error:
            raise BadQueryError(str(error)) from None
        states = tuple(state.strip() for state in parameters.get("runtimestatus", "").split(",") if state.strip())
        for state in states:
            if state not in _STATES:
                raise BadQueryError(f"'{state}' is not a runtime status")
        after = _read_token(continuation) if continuation and continuation != "null" else None
        return Query(
            created_from,
            created_to,
            states,
            parameters.get("instanceidprefix", ""),
            min(max(top, 1), PAGE),
            after,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what was found, oldest first. `continuation` leads to the next page; None at the end."""

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
        conditions.append("(created_at, id) > (?, ?)")
        values.extend(query.after)
    rows = store.reading.execute(
        f"SELECT {COLUMNS} FROM instances WHERE {' AND '.join(conditions)} ORDER BY created_at, id LIMIT ?",  # noqa: S608
        (*values, query.top + 1),
    ).fetchall()
    instances = [as_instance(row) for row in rows[: query.top]]
    last = instances[-1] if len(rows) > query.top else None
    return Page(instances, None if last is None else _token(last))


def _token(last: Instance) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at} {last.id}".encode()).decode()


def _read_token(token: str) -> tuple[int, str]:
    try:
        created_at, _, id_ = base64.urlsafe_b64decode(token).decode().partition(" ")
        return int(created_at), id_
    except (binascii.Error, ValueError):
        raise BadQueryError("the continuation token is not one of ours") from None
