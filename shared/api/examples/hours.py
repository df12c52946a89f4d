"""Examples of opening hours, special days and the schedule for the pace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import hours

_LUNCH = {"startTime": "11:00", "endTime": "14:00"}
_DINNER = {"startTime": "17:00", "endTime": "21:00"}

MONDAY = {"day": "monday", "isOpen": True, **_LUNCH, "periods": [_LUNCH, _DINNER]}

_CHRISTMAS = {"closed": True, "periods": [], "name": "Christmas"}
_CHRISTMAS_EVE = {"closed": False, "periods": [{"startTime": "10:00", "endTime": "14:00"}], "name": "Christmas Eve"}
_RUSH = {"days": ["friday"], "from": "18:00", "to": "20:00", "pause": False, "waitMinutes": 20}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    hours.Hours: {
        "open": {
            "timezone": "America/Chicago",
            "workingHours": [MONDAY],
            "specialDays": [{"date": "2026-12-25", **_CHRISTMAS}],
            "isOpen": False,
            "opensAt": "2026-05-11T16:00:00.000Z",
        },
    },
    hours.HoursChange: {"lunch and dinner": {"workingHours": [MONDAY]}},
    hours.SpecialHours: {"closed": {"closed": True, "name": "Christmas"}, "short": _CHRISTMAS_EVE},
    hours.SpecialDaysChange: {
        "christmas": {"specialDays": [{"date": "2026-12-24", **_CHRISTMAS_EVE}, {"date": "2026-12-25", **_CHRISTMAS}]},
    },
    hours.PaceScheduleChange: {"friday": {"paceSchedule": [_RUSH]}},
    hours.PaceNow: {
        "friday": {
            "pausedUntil": None,
            "waitMinutes": 0,
            "paceSchedule": [_RUSH],
            "paused": False,
            "takesOrders": True,
            "takesOrdersAt": None,
            "waitMinutesNow": 20,
        },
    },
}
