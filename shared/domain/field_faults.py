"""The answer to a body whose types are right and whose words are not."""

from __future__ import annotations

from shared.errors import INVALID_REQUEST, Problem

REFUSALS = (INVALID_REQUEST,)


def wrong(field: str, message: str) -> Problem:
    """What is wrong with a field, named as clients write it: `workingHours.0.startTime`; "" for the whole body."""
    text = f"{field}: {message}" if field else message
    return Problem(INVALID_REQUEST, text, detail=[{"field": field, "message": message}])
