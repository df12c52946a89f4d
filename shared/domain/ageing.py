"""After how many minutes an order on a kitchen screen is late (rules 23)."""

from __future__ import annotations

from shared.documents.places import Ageing, AgeingLimits, AgeingOfOrigin

DEFAULT = Ageing.model_validate(
    {"warnMinutes": 5, "lateMinutes": 8, "byOrigin": [{"type": "table", "warnMinutes": 10, "lateMinutes": 15}]}
)
"""What holds where the location says nothing: quick service, and more time at a table."""

LONGEST_MINUTES = 24 * 60


def of_location(ageing: Ageing | None) -> AgeingLimits:
    """The limits of a location, for orders whose origin has none of its own."""
    return ageing if ageing is not None and _can_be(ageing) else DEFAULT


def by_origin(ageing: Ageing | None) -> list[AgeingOfOrigin]:
    """The limits of orders from origins of some types."""
    return [one for one in (DEFAULT if ageing is None else ageing).by_origin if _can_be(one)]


def of_origin(ageing: Ageing | None, origin_type: str) -> AgeingLimits:
    """The limits of an order by its origin's type; "" for one without an origin."""
    own = next((one for one in by_origin(ageing) if one.type == origin_type), None)
    return own or of_location(ageing)


def _can_be(limits: AgeingLimits) -> bool:
    """Whether what is stored can be meant."""
    return 0 < limits.warn_minutes < limits.late_minutes <= LONGEST_MINUTES
