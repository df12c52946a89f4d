"""Money, days and times as people of three languages write them, and texts that fit a subject."""

from __future__ import annotations

from datetime import UTC, date, datetime

from shared.documents.languages import Language
from shared.domain.hours_texts import zone
from shared.money import dollars
from shared.text import clean, without_links

MAX_SUBJECT = 150
MAX_NAME = 120
"""How much of a name stands in a mail: a longer one hides what the mail says."""

_MONTHS: dict[Language, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "pt": ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"),
}


def money(cents: int) -> str:
    """An amount in US dollars, as `dollars` writes it, with a minus after which no line breaks."""
    return dollars(cents).replace("-", "−")


def day(when: date, language: Language) -> str:
    """A day, such as "Nov 30, 2026", "30 nov 2026", "30 de nov. de 2026"."""
    month = _MONTHS[language][when.month - 1]
    if language == "en":
        return f"{month} {when.day}, {when.year}"
    if language == "es":
        return f"{when.day} {month} {when.year}"
    return f"{when.day} de {month}. de {when.year}"


def moment(when: datetime, timezone: str, language: Language) -> str:
    """A day and a time on the wall of a time zone (an IANA name), with the zone's short name."""
    local = when.astimezone(zone(timezone) or UTC)
    clock = f"{local:%I:%M %p}".lstrip("0") if language == "en" else f"{local:%H:%M}"
    return f"{day(local.date(), language)}, {clock} {local:%Z}".rstrip()


def short(text: str, most: int = MAX_NAME) -> str:
    """A text that somebody wrote as it stands in a mail: on one line, not endless, and nothing in it a link."""
    flat = " ".join(without_links(clean(text)).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def in_subject(text: str) -> str:
    """A subject: one line, whatever stands in it."""
    return short(text, MAX_SUBJECT)
