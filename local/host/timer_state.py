"""What timers remember across restarts, so that a run that was missed is made up for."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

_log = logging.getLogger("host")


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """What is known of one timer. Times are UTC.

    `last`: its last run, None before the first. `next`: the next run. `updated`: when this was written.
    `schedule`: the schedule that it goes by.
    """

    schedule: str
    last: datetime | None
    next: datetime
    updated: datetime


class TimerState:
    """The statuses of all timers, in one JSON file."""

    def __init__(self, path: Path) -> None:
        """Read `path`; what cannot be read is begun anew, with a warning."""
        self._path = path
        self._statuses: dict[str, TimerStatus] = {}
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            self._statuses = {name: _from_json(fields) for name, fields in raw.items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("timers begin anew: %s cannot be read: %s", path, error)

    def get(self, name: str, schedule: str) -> TimerStatus | None:
        """The status of a timer; None when it is new, or had another schedule."""
        status = self._statuses.get(name)
        return status if status is not None and status.schedule == schedule else None

    def put(self, statuses: dict[str, TimerStatus]) -> None:
        """Keep these statuses on disk, by name; where that fails, timers run on all the same, with a warning."""
        if not statuses:
            return
        self._statuses |= statuses
        beside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps({n: asdict(s) for n, s in self._statuses.items()}, default=datetime.isoformat))
            beside.replace(self._path)
        except OSError as error:
            _log.warning("a missed run of a timer may go unnoticed: %s cannot be written: %s", self._path, error)


def _from_json(fields: dict[str, Any]) -> TimerStatus:
    return TimerStatus(
        schedule=fields["schedule"],
        last=None if fields["last"] is None else datetime.fromisoformat(fields["last"]),
        next=datetime.fromisoformat(fields["next"]),
        updated=datetime.fromisoformat(fields["updated"]),
    )
