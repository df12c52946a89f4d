"""Running timer functions when they are due, one run of each at a time."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Iterable
from datetime import tzinfo
from pathlib import Path
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum
from azure.functions.timer import TimerRequestConverter

from local import clock
from local.host.app import TimerFunction
from local.host.invocation import Invoker
from local.host.schedule import Schedule, ScheduleError, parse_schedule
from local.host.timer_state import TimerState, TimerStatus

_log = logging.getLogger("host")
_NEVER = "0001-01-01T00:00:00+00:00"
# Sleeping in short stretches: a laptop that slept, or a clock that was set, is noticed.
_LONGEST_SLEEP_SECONDS = 30.0


class Timers:
    """All timer functions of an app."""

    def __init__(self, functions: Iterable[TimerFunction], *, invoker: Invoker, zone: tzinfo, state_file: Path) -> None:
        """Raises ScheduleError for a schedule that cannot be used."""
        self._timers = {function.name: (function, _schedule(function, zone)) for function in functions}
        self._invoker = invoker
        self._state = TimerState(state_file)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._moved = asyncio.Event()

    def start(self) -> None:
        """Begin. A timer that missed runs while the host was down runs once, at once.

        Each new timer is noted before the first one runs: a host that is killed early forgets none of them.
        """
        clock.CLOCK.changed.append(self._moved.set)
        statuses = {name: self._status(function, schedule) for name, (function, schedule) in self._timers.items()}
        self._state.put({name: status for name, status in statuses.items() if self._timers[name][0].use_monitor})
        now = clock.now()
        for name, (function, schedule) in self._timers.items():
            self._spawn(self._keep_time(function, schedule, statuses[name], missed=statuses[name].next < now))

    def stop(self) -> None:
        """Begin no more runs."""
        self._stopping.set()

    async def ended(self, deadline: float) -> None:
        """Wait until no run goes on, at most until `deadline` (in the loop's time)."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=max(0.0, deadline - asyncio.get_running_loop().time()))

    def run_now(self, name: str) -> bool:
        """Start a run by hand, beside the schedule. False when there is no such timer."""
        found = self._timers.get(name)
        if found is None:
            return False
        function, schedule = found
        self._spawn(self._invoke(function, _request(self._status(function, schedule), past_due=False)))
        return True

    def _status(self, function: TimerFunction, schedule: Schedule) -> TimerStatus:
        """What is known of a timer, or a new one's beginning."""
        known = self._state.get(function.name, function.schedule) if function.use_monitor else None
        now = clock.now()
        return known or TimerStatus(function.schedule, None, schedule.next(now), now)

    async def _keep_time(
        self, function: TimerFunction, schedule: Schedule, status: TimerStatus, *, missed: bool
    ) -> None:
        if missed or function.run_on_startup:
            status = await self._run(function, schedule, status, past_due=missed)
        while await self._wait_for(schedule, status):
            status = await self._run(function, schedule, status, past_due=False)

    async def _run(
        self, function: TimerFunction, schedule: Schedule, status: TimerStatus, *, past_due: bool
    ) -> TimerStatus:
        """Run once, and keep the new status. Moments that passed during the run are skipped."""
        began = clock.now()
        await self._invoke(function, _request(status, past_due=past_due))
        ended = clock.now()
        renewed = TimerStatus(function.schedule, began, schedule.next(ended), ended)
        if function.use_monitor:
            self._state.put({function.name: renewed})
        return renewed

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait_for(self, schedule: Schedule, status: TimerStatus) -> bool:
        """Sleep until the next run; False when the host stops before."""
        moment = status.next
        # Where the clock was set back, the run that was next lies far ahead.
        while (moment := min(moment, schedule.next(clock.now()))) > clock.now():
            self._moved.clear()
            waits = [asyncio.create_task(event.wait()) for event in (self._stopping, self._moved)]
            seconds = min((moment - clock.now()).total_seconds(), _LONGEST_SLEEP_SECONDS)
            await asyncio.wait(waits, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            if self._stopping.is_set():
                return False
        return True

    async def _invoke(self, function: TimerFunction, request: func.TimerRequest) -> None:
        try:
            result = await self._invoker.run(function, request, self._invoker.invocation(function))
            if result is not None:
                raise TypeError(f"'{function.name}' has no $return binding, but returned a value")
        except Exception:
            _log.exception("function '%s' failed", function.name)


def _schedule(function: TimerFunction, zone: tzinfo) -> Schedule:
    try:
        return parse_schedule(function.schedule, zone)
    except ScheduleError as error:
        raise ScheduleError(f"timer '{function.name}': {error}") from None


def _request(status: TimerStatus, *, past_due: bool) -> func.TimerRequest:
    """The trigger's value, made by the package from the text that the host would send."""
    text = json.dumps(
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": _NEVER if status.last is None else status.last.isoformat(),
                "Next": status.next.isoformat(),
                "LastUpdated": status.updated.isoformat(),
            },
            "IsPastDue": past_due,
        }
    )
    request: func.TimerRequest = TimerRequestConverter.decode(Datum(text, "json"), trigger_metadata=None)
    return request
