"""Examples of how a location handles orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import pace

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    pace.PaceChange: {
        "pause": {"pausedUntil": "2026-05-04T19:00:00Z"},
        "slower": {"waitMinutes": 15},
    },
    pace.Pace: {"paused": {"pausedUntil": "2026-05-04T19:00:00.000Z", "waitMinutes": 15}},
    pace.AcceptanceChange: {"patient": {"acceptWithinMinutes": 10, "readyWhenAllDone": True}},
    pace.Acceptance: {"patient": {"acceptWithinMinutes": 10, "readyWhenAllDone": True}},
}
