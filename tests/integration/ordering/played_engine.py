"""The engine, played on a test's own clock: the SDK runs our orchestrator, and timers fire early, as the real ones do.

An outage of minutes takes no time like this, and what was asked of the gateway meanwhile can be counted. As in the real
engine, a wake stands in the history as soon as it has come, and continue-as-new loses those that nobody has heard.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.durable_functions as df
from bson import ObjectId

from functions.system import checkout
from local.durable.actions import Kind, Step
from local.durable.codec import iso, parse_time
from local.durable.episode import run_episode
from local.durable.instance import Got, Instance, Message
from shared.app import App
from shared.clock import FixedClock
from shared.integrations.engine import WAKE_EVENT
from shared.services.ordering.steps import run

EARLY = timedelta(seconds=0.9)
"""The real engine cuts a timer's delay to whole seconds."""

ROUND_TRIP = timedelta(milliseconds=40)
"""What one activity takes there, at best."""


def orchestrators() -> dict[str, Any]:
    """The app's orchestrators and activities, as the SDK makes them, by name."""
    app = df.DFApp()
    app.register_functions(checkout.bp)
    return {one.get_function_name(): one.get_user_function() for one in app.get_functions()}


@dataclass
class PlayedEngine:
    """Drives one checkout. `asked` are the steps that were called, each with its time.

    `wakes`: during so many of the first steps a wake comes. `between`: done while it continues as new.
    `generations`: how often it began, continue-as-new included.
    """

    app: App
    wakes: int = 0
    between: Callable[[], Awaitable[None]] | None = None
    asked: list[tuple[datetime, str]] = field(default_factory=list)
    generations: int = 1

    @property
    def _clock(self) -> FixedClock:
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    async def drive(self, name: str, preview_id: ObjectId, *, until: datetime, first: Any = None) -> None:
        """Run the orchestrator `name` with the input `first` until it ends, or until this time."""
        orchestrator = orchestrators()[name]
        instance = Instance(str(preview_id), 1, name, json.dumps(first))
        received: list[Message] = []
        while self._clock.now() < until:
            outcome = run_episode(orchestrator, instance, received, parse_time(self._clock.now().isoformat()))
            assert outcome.failure is None, outcome.failure
            instance.record(outcome.episode)
            if outcome.ended:
                return
            if outcome.continues:
                self.generations += 1
                if self.between is not None:
                    await self.between()
                instance.begin_again(instance.execution + 1, outcome.next_input, 0)
                received = []
                continue
            received = await self._next(instance)

    async def _next(self, instance: Instance) -> list[Message]:
        """What comes next: its activity's result, behind a wake where one comes; else its first timer."""
        step = min(instance.open.values(), key=lambda one: (one.kind is Kind.TIMER, one.fire_at))
        del instance.open[step.number]
        if step.kind is Kind.ACTIVITY:
            wakes = [Message(Got.EVENT_RAISED, -1, WAKE_EVENT, "null")] if len(self.asked) < self.wakes else []
            return [*wakes, Message(Got.TASK_COMPLETED, step.number, text=await self._activity(instance, step))]
        due = datetime.fromtimestamp(step.fire_at / 1_000_000, UTC)
        self._clock.moment = max(self._clock.now(), due - EARLY)
        return [Message(Got.TIMER_FIRED, step.number, text=iso(step.fire_at))]

    async def _activity(self, instance: Instance, step: Step) -> str:
        self.asked.append((self._clock.now(), step.name))
        following = await run(self.app, step.name, ObjectId(instance.id))
        self._clock.moment += ROUND_TRIP
        return json.dumps({"step": following.step, "at": following.at.isoformat() if following.at else None})
