"""The trail's rows: what they say of a change, and how each is bound to the row before it (rules 15)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.api.base import iso
from shared.documents.trail import TrailEntry, TrailHead

MAX_TEXT = 300
MAX_MEMBERS = 100
MAX_DEPTH = 6

PERSONAL = frozenset({"email", "phone", "phonenumber", "alertnumbers"})
"""Fields, in lower case, whose texts are masked wherever they stand."""

SECRET = frozenset({"auth", "code", "token", "secret", "password", "oid"})
"""Fields, in lower case, of which nothing is kept but whether they hold something."""

_VERSION = 1


def changed(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The fields that differ, as they were and as they are; one that is on one side only stands there only.

    None stays None: what is made has no before, what is deleted no after.
    """
    if before is None or after is None:
        return _shown(before), _shown(after)
    was = {name: _plain(value) for name, value in before.items()}
    now = {name: _plain(value) for name, value in after.items()}
    same = {name for name in was if name in now and was[name] == now[name]}
    return _shown(_without(was, same)), _shown(_without(now, same))


def _without(side: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in side.items() if name not in names}


def _shown(side: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if side is None else {name: _masked(name.lower(), _plain(value), 0) for name, value in side.items()}


def _plain(value: Any) -> Any:
    """A value as JSON has it, so that the row's hash is the same when it is read again."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value)


def _masked(name: str, value: Any, depth: int) -> Any:
    """A plain value without personal data and secrets, and not too long."""
    if name in SECRET and value not in (None, ""):
        return "***"
    if isinstance(value, str):
        return masked(value) if name in PERSONAL else _cut(value)
    if depth == MAX_DEPTH and isinstance(value, dict | list):
        return "..."
    if isinstance(value, dict):
        members = list(value.items())[:MAX_MEMBERS]
        return {key: _masked(key.lower(), one, depth + 1) for key, one in members}
    if isinstance(value, list):
        return [_masked(name, one, depth + 1) for one in value[:MAX_MEMBERS]]
    return value


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}... ({len(text)} characters)"


def masked(text: str) -> str:
    """An e-mail address as `a***@example.com`, a phone number as `***0200`."""
    name, at, domain = text.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"***{text[-4:]}" if len(text) > 6 else "***" * bool(text)


def digest_of(salt: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, reason: str | None) -> str:
    """The digest of a row's values. Without its salt nobody can find out by trying what they were."""
    return _sha256([_VERSION, salt, before, after, reason])


def hash_of(entry: TrailEntry) -> str:
    """The hash of a row. It covers everything but the values themselves, and of those the digest."""
    actor, target = entry.actor, entry.target
    where = "" if entry.location_id is None else str(entry.location_id)
    return _sha256(
        [
            _VERSION,
            [entry.id, iso(entry.at), entry.day, entry.seq],
            [actor.kind, actor.id, actor.role],
            [entry.restaurant_id, where, entry.action, target.kind, target.id],
            [entry.request_id, entry.digest, entry.prev_hash],
        ]
    )


def next_place(head: TrailHead | None, today: str) -> tuple[str, int]:
    """The day and the number of the row after `head`. A clock that goes back makes no row before the last one."""
    if head is None or head.day < today:
        return today, 1
    return head.day, head.seq + 1


class Chain:
    """Checks the rows of one restaurant, given in their order."""

    def __init__(self) -> None:
        self._last: TrailEntry | None = None

    def faults_of(self, entry: TrailEntry) -> Iterator[str]:
        """What is wrong with the next row, in sentences that go on from its id."""
        last = self._last
        if entry.hash != hash_of(entry):
            yield "was changed: its hash is another"
        if entry.erased_at is None and (
            entry.salt is None or entry.digest != digest_of(entry.salt, entry.before, entry.after, entry.reason)
        ):
            yield "was changed: its values are others"
        if entry.prev_hash != (last.hash if last else ""):
            yield f"does not follow {last.id}" if last else "is the first that is there, and was not the first"
        number = last.seq + 1 if last is not None and last.day == entry.day else 1
        if entry.seq != number:
            yield f"has the number {entry.seq} and not {number}"
        self._last = entry

    def faults_at_end(self, head: TrailHead | None) -> Iterator[str]:
        """What is missing after the last row."""
        there = self._last.hash if self._last else ""
        if there != (head.hash if head else ""):
            yield "does not end with the row that was written last"


def faults(entries: Iterable[TrailEntry], head: TrailHead | None) -> list[str]:
    """All that is wrong with the chain of a restaurant."""
    chain = Chain()
    found = [f"{entry.id} {fault}" for entry in entries for fault in chain.faults_of(entry)]
    return [*found, *(f"the trail {fault}" for fault in chain.faults_at_end(head))]


def _sha256(parts: Any) -> str:
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
