"""The trail as an owner reads it (rules 15)."""

from __future__ import annotations

from typing import Any

from shared.api.base import Instant, Reply


class TrailBy(Reply):
    """Who acted: a `user`, a `device`, the `system` or the `diner`; `role` is what they were then."""

    kind: str
    id: str
    role: str


class TrailOf(Reply):
    """What was changed."""

    kind: str
    id: str


class TrailRow(Reply):
    """One change. `before` and `after` hold the changed fields, with personal data masked; null for what was made or
    deleted, and where `erased` says so. `locationId` is null for a change of the restaurant itself."""

    id: str
    at: Instant
    actor: TrailBy
    location_id: str | None
    action: str
    target: TrailOf
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: str
    erased: bool
    seq: int
    prev_hash: str
    hash: str


class TrailPage(Reply):
    """Some rows, the newest first. `next`: send it as `after` for older ones; null where there are none."""

    data: list[TrailRow]
    next: str | None
