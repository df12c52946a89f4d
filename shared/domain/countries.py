"""The country of a place, by its time zone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

_OLD_AREAS = {"US": "US", "Canada": "CA", "Brazil": "BR", "Mexico": "MX", "Chile": "CL"}
"""Zones of older names, such as `US/Central`, which the table does not have."""


def country_of(zone: str) -> str | None:
    """The country of an IANA time zone, such as `US` of `America/Chicago`; None where nobody can tell."""
    return _countries().get(zone) or _OLD_AREAS.get(zone.partition("/")[0])


@cache
def _countries() -> Mapping[str, str]:
    # The zones' own table, read once where somebody asks: a country, coordinates, the zone.
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}
