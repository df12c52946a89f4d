"""How opening hours are written, and what they mean: times, weekdays and time zones as people and programs store them.

The original wants `HH:MM`, English weekdays and exact zone names. What differs from that and is still clear is read.
What is not clear is not guessed: it counts as closed, and `hours_faults` names it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.documents.places import WorkingDay
from shared.domain.wall_clock import MINUTES_OF_DAY

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_WEEKDAY = 3
_TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d)(?:[:.][0-5]\d)?)?(?: ?(?P<half>[ap])\.?m\.?)?\Z")
_NO_ZONE = re.compile(r"(?:localtime|posixrules|factory)\Z|(?:posix|right)/", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name, or None.

    Blanks around the name are left away, blanks inside are underscores, and `america/new_york` is read as well. What
    else lies beside the zones on a machine is none: its own zone, and copies that count leap seconds.
    """
    meant = "_".join(name.split())
    if _NO_ZONE.match(meant):
        return None
    for spelt in (meant, meant.title(), meant.upper()):
        try:
            return ZoneInfo(spelt)
        except (ValueError, OSError, KeyError):
            continue
    return None


def zone_name(name: str) -> str:
    """The zone's own name, for clients that read no other spelling; the text as it is where it names none."""
    found = zone(name)
    return name if found is None else found.key


@lru_cache(maxsize=1024)
def weekday(text: str) -> int | None:
    """The weekday of an English name or of its first three letters or more, 0 for Monday; None where it is none."""
    name = text.strip().rstrip(".").casefold()
    if len(name) < _SHORTEST_WEEKDAY:
        return None
    return next((number for number, full in enumerate(WEEKDAYS) if full.startswith(name)), None)


def start(text: str | None) -> int | None:
    """The minute of the day at which a period begins, or None. `24:00` begins none: it may mean either midnight."""
    minutes = _minutes(text)
    return None if minutes == MINUTES_OF_DAY else minutes


def end(text: str | None) -> int | None:
    """The last minute of a period, counted from the midnight before, or None. `24:00` is the midnight after."""
    return _minutes(text)


@lru_cache(maxsize=1024)
def _minutes(text: str | None) -> int | None:
    """The minute of the day that a text tells: `09:00`, `9:00`, `9.00`, `09:00:00`, `9:00 PM`, `9pm`, `24:00`."""
    told = unicodedata.normalize("NFKC", text or "").strip().casefold()
    match = _TIME.match(told)
    if match is None or (match["minute"] is None and match["half"] is None):
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    minutes = hour * 60 + minute
    return minutes if minutes <= MINUTES_OF_DAY else None


@lru_cache(maxsize=4096)
def day_of(text: str) -> date | None:
    """The date that a text such as `2026-12-25` tells, or None."""
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def periods(day: WorkingDay) -> list[tuple[str | None, str | None]]:
    """The starts and ends of one row: those of its list of periods where it has one, else its own."""
    if day.periods:
        return [(period.start_time, period.end_time) for period in day.periods]
    return [(day.start_time, day.end_time)]
