"""After how many minutes an order on a kitchen screen is late (rules 23)."""

from __future__ import annotations

from shared.documents.places import Ageing, AgeingLimits

DEFAULT = AgeingLimits(warn_minutes=5, late_minutes=8)
"""What a kitchen screen's age means where the location says nothing: quick service."""

AT_A_TABLE = AgeingLimits(warn_minutes=10, late_minutes=15)

LONGEST_MINUTES = 24 * 60


def of_location(ageing: Ageing | None) -> AgeingLimits:
    """The limits of a location, for orders whose origin has none of its own."""
    return DEFAULT if ageing is None else _readable(ageing) or DEFAULT


def of_origin(ageing: Ageing | None, origin_type: str | None) -> AgeingLimits:
    """The limits of an order by its origin's type. A location that says nothing gives those at a table more time."""
    if ageing is None:
        return AT_A_TABLE if origin_type == "table" else DEFAULT
    own = next((one for one in ageing.by_origin if one.type == origin_type), None)
    return (own and _readable(own)) or of_location(ageing)


def _readable(limits: AgeingLimits) -> AgeingLimits | None:
    """The limits; None where what is stored is none."""
    return limits if 0 < limits.warn_minutes < limits.late_minutes <= LONGEST_MINUTES else None
