"""When a screen counts as the kitchen's, and when an order must have been shown by one (rules 22)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.documents.places import Location, Station

SEEN_LATELY = timedelta(hours=24)
"""A screen that was seen since then is one of the location's."""

EXPO_WATCHES_FOR = timedelta(minutes=10)
"""A screen of the whole location that was seen since then is watched: it says when orders are ready."""

NOT_DRAWN = "not_drawn"
"""The kind of the entry in `attention` for an order that no screen has shown."""

SHOWN_WITHIN = timedelta(seconds=30)
"""So long after its acceptance an order must have been shown."""


def is_lately(seen_at: datetime | None, now: datetime) -> bool:
    """Whether a screen that was seen last at `seen_at` is one of the location's."""
    return seen_at is not None and now - seen_at < SEEN_LATELY


def expo_watches(location: Location, now: datetime) -> bool:
    """Whether somebody looks at the orders of the whole location before they are ready (rules 23)."""
    return location.expo_seen_at is not None and now - location.expo_seen_at < EXPO_WATCHES_FOR


def last_seen(location: Location, stations: Sequence[Station]) -> datetime | None:
    """When any screen of the location was seen last, to a minute; None for never."""
    moments = [location.expo_seen_at, *(station.screen_seen_at for station in stations)]
    return max((moment for moment in moments if moment is not None), default=None)


def shown_by(seen_at: datetime | None, now: datetime) -> datetime | None:
    """By when an order that is accepted now must have been shown; None where the location has no screen of ours.

    `seen_at`: when any of its screens was seen last.
    """
    return now + SHOWN_WITHIN if is_lately(seen_at, now) else None
