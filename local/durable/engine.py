"""The engine: it runs the episodes that are due, and writes what they changed. Once that is on disk, it starts what
they asked for.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from local.durable import codec
from local.durable.actions import Kind, Step
from local.durable.activity import Activities
from local.durable.defined import Defined
from local.durable.episode import Orchestrator, Outcome, run_episode
from local.durable.faults import Faults
from local.durable.history import child_id
from local.durable.instance import Got, Instance, Message, Parent, Status
from local.durable.rewinding import rewound
from local.durable.store import Store
from local.durable.story import moved, story_until
from local.durable.timers import Alarm, Timers
from local.durable.writer import Writer

_log = logging.getLogger("durable")
_TURN_SECONDS = 0.004
"""How long episodes may keep the loop in one turn. Requests and activities have their turn in between."""


class Engine:
    """All instances of one task hub that are alive. Every method belongs on the loop it was made on."""

    def __init__(
        self,
        store: Store,
        orchestrators: Mapping[str, Orchestrator],
        activities: Activities,
        faults: Faults | None = None,
    ) -> None:
        """An engine on `store`. It does nothing before `start`."""
        self.store = store
        self.orchestrators = orchestrators
        self._defined = Defined(orchestrators, activities.names)
        self._faults = faults or Faults()
        self.alive: dict[str, Instance] = {}
        self._activities = activities
        self._writer = Writer(store, self._schedule_turn, self._forget_ended)
        self._timers = Timers(self._ring, self._is_wanted)
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._last_execution = store.last_execution
        self._ready: deque[Instance] = deque()
        self._turn_scheduled = False
        self._stopping = self._closing = False

    @property
    def failure(self) -> str | None:
        """Why nothing is accepted any more; None while all is well."""
        return None if self._writer.failure is None else str(self._writer.failure)

    def start(self) -> None:
        """Load every instance that is alive, and go on with it."""
        for instance in self.store.alive():
            self.alive[instance.id] = instance
        for instance in list(self.alive.values()):
            self._begin_open_steps(instance)
            if instance.episodes == 0 or instance.inbox:
                self._queue(instance)
        if self.alive:
            _log.info("%d instances go on", len(self.alive))

    def _begin_open_steps(self, instance: Instance) -> None:
        for step in list(instance.open.values()):
            # A sub-orchestration was begun in the transaction that scheduled it.
            if step.kind is not Kind.SUB_ORCHESTRATION:
                self._begin_step(instance, step)

    async def stop(self, grace_seconds: float) -> None:
        """End in good order. What has come is on disk then; running activities begin again after the next start."""
        self._stopping = True
        await self._activities.stop(grace_seconds)
        self._timers.stop()
        self._closing = True
        while not self._writer.idle:
            await self._writer.saved()
        self._writer.close()

    async def saved(self) -> None:
        """Return when all that was done so far is on disk. Raises EngineFailedError."""
        await self._writer.saved()

    def find(self, id_: str) -> Instance | None:
        """An instance as it is now, without its history when it has ended."""
        if self._writer.is_purged(id_):
            return None
        return self.alive.get(id_) or self.store.find(id_)

    def waits(self) -> tuple[bool, int | None]:
        """Whether something is done for any instance now, and when the next timer of one that waits is due."""
        works = bool(self._ready) or not self._writer.idle
        works = works or any(
            step.kind is Kind.ACTIVITY for instance in self.alive.values() for step in instance.open.values()
        )
        return works, self._timers.next_due()

    def begin(
        self, id_: str, name: str, input_: str | None, version: str | None = None, parent: Parent | None = None
    ) -> Instance:
        """Start an instance. One with this id may have ended, but must not be alive. Durable once `saved` returns."""
        at = codec.now()
        instance = Instance(id_, self._next_execution(), name, input_, version, parent, created_at=at, updated_at=at)
        before = self.alive.get(id_) or self.store.find(id_)
        if before is not None:
            instance.replaced.append(before.execution)
        if parent is not None:
            instance.generation = None
        elif before is not None and not self._writer.is_purged(id_):
            instance.generation = (before.generation or 0) + 1
        self._writer.keep(id_)
        self.alive[id_] = instance
        self._writer.touch(instance)
        self._queue(instance)
        return instance

    def begin_from(self, id_: str, source: Instance, activity: str, text: str | None) -> Instance | None:
        """Start an instance where `source` came to the last activity of this name: that and what follows is done again.

        `text`: the activity's input as JSON text; None leaves it as it was. What `source` had got before stays got. Its
        times are moved to now, so that no timer is late because all that is long ago. None where `source` never came
        to such an activity. Durable once `saved` returns.
        """
        story = story_until(activity, list(self.store.episodes(source.execution)), text)
        if not story:
            return None
        instance = self.begin(id_, source.name, source.input, source.version)
        instance.status = Status.RUNNING
        later = codec.now() - story[-1].at
        for episode in story:
            instance.restore(moved(episode, later))
            instance.unsaved.append(moved(episode, later))
        for step in list(instance.open.values()):
            self._begin_step(instance, step)
        return instance

    def deliver(self, instance: Instance, message: Message) -> None:
        """Keep a message for an instance until its orchestrator waits for it. Durable once `saved` returns."""
        instance.inbox.append(message)
        self._writer.touch(instance)
        self._queue(instance)

    def suspend(self, instance: Instance, reason: str | None) -> None:
        """Hand nothing to the orchestrator any more; what comes is kept. Durable once `saved` returns."""
        self._steer(instance, Status.SUSPENDED, Got.SUSPENDED, reason)

    def resume(self, instance: Instance, reason: str | None) -> None:
        """Go on after `suspend`. Durable once `saved` returns."""
        self._steer(instance, Status.RUNNING, Got.RESUMED, reason)
        self._queue(instance)

    def terminate(self, instance: Instance, reason: str | None) -> None:
        """End an instance. Its children go on. Durable once `saved` returns."""
        instance.inbox.append(Message(Got.TERMINATED, -1, text=reason))
        self.finish(instance, Status.TERMINATED, _text(reason), reason or "")

    def rewind(self, instance: Instance, reason: str | None) -> None:
        """Undo what failed, in the children as well, and go on. Raises CannotRewindError."""
        for revived in rewound(instance, reason, self.find, self.store.episodes):
            self.alive[revived.id] = revived
            self._writer.touch(revived)
            self._begin_open_steps(revived)
            self._queue(revived)

    def _steer(self, instance: Instance, status: Status, got: Got, reason: str | None) -> None:
        instance.status, instance.output = status, _text(reason)
        instance.updated_at = codec.now()
        instance.inbox.append(Message(got, -1, text=reason))
        self._writer.touch(instance)

    def finish(self, instance: Instance, status: Status, output: str | None, reason: str = "") -> None:
        """End an instance, and tell its parent. `output` is JSON text, `reason` plain text."""
        instance.end(status, output, codec.now())
        self._writer.touch(instance)
        parent = self.alive.get(instance.parent.id) if instance.parent else None
        if instance.parent is None or parent is None or parent.execution != instance.parent.execution:
            return
        if parent.status.ended:
            return
        number = instance.parent.number
        if status is Status.COMPLETED:
            self.deliver(parent, Message(Got.SUB_COMPLETED, number, text=output))
        else:
            details = f"the sub-orchestration '{instance.id}' is {status}" if status is Status.FAILED else None
            self.deliver(parent, Message(Got.SUB_FAILED, number, reason, details))

    async def purge(self, ids: Iterable[str]) -> int:
        """Forget those of the instances that have ended. Returns how many they were."""
        await self._writer.saved()
        purged = 0
        for id_ in ids:
            instance = self.find(id_)
            if instance is not None and instance.status.ended:
                self._writer.purge(id_)
                purged += 1
        if purged:
            await self._writer.saved()
        return purged

    def _next_execution(self) -> int:
        # By the machine's clock, so that no number comes back after a restart, whatever was purged in between.
        self._last_execution = max(self._last_execution + 1, time.time_ns() // 1000)
        return self._last_execution

    def _forget_ended(self, saved: list[Instance]) -> None:
        for instance in saved:
            mine = self.alive.get(instance.id) is instance
            if mine and instance.status.ended and not self._writer.is_touched(instance):
                del self.alive[instance.id]

    def _queue(self, instance: Instance) -> None:
        if not instance.queued:
            instance.queued = True
            self._ready.append(instance)
            self._schedule_turn()

    def _schedule_turn(self) -> None:
        if not self._turn_scheduled and self._writer.failure is None:
            self._turn_scheduled = True
            # With a context of its own: its work belongs to no invocation.
            self._loop.call_soon(self._turn, context=self._context)

    def _turn(self) -> None:
        self._turn_scheduled = False
        until = time.perf_counter() + _TURN_SECONDS
        while self._ready and not self._closing and time.perf_counter() < until:
            instance = self._ready.popleft()
            instance.queued = False
            if not instance.status.ended and instance.status is not Status.SUSPENDED:
                self._run_or_fail(instance)
        self._writer.write()
        if self._ready and not self._closing:
            self._schedule_turn()

    def _run_or_fail(self, instance: Instance) -> None:
        try:
            self._run(instance)
        except Exception as error:
            # A mistake of the engine's own must cost this instance only.
            _log.exception("an episode of '%s' could not be run", instance.id)
            reason = codec.plain(f"the durable engine could not run '{instance.name}': {error!r}")
            self.finish(instance, Status.FAILED, codec.quote(reason), reason)

    def _run(self, instance: Instance) -> None:
        first = instance.episodes == 0
        received = instance.take(early_events=self._faults.overwritten_events)
        if not received and not first:
            return
        outcome = run_episode(self._defined.orchestrator(instance.name), instance, received, codec.now())
        self._writer.touch(instance)
        instance.custom_status = outcome.custom_status
        instance.status = Status.RUNNING
        if outcome.continues:
            keeps = not self._faults.lost_events
            execution = self._next_execution()
            instance.begin_again(execution, outcome.next_input, outcome.episode.at, keeps_events=keeps)
            self._queue(instance)
            return
        undefined = None if self._faults.stuck_calls else self._defined.lacks(outcome.episode.scheduled)
        instance.record(replace(outcome.episode, scheduled=()) if undefined else outcome.episode)
        failure = outcome.failure if outcome.failure is not None else undefined
        # As in the real engine: what the orchestrator has begun and left goes on to its end first.
        if instance.open and (outcome.ended or outcome.raised):
            self._go_on(instance, outcome)
        elif failure is not None:
            reason = codec.plain(f"Orchestrator function '{instance.name}' failed: {failure}")
            self.finish(instance, Status.FAILED, codec.quote(reason), reason)
        elif outcome.ended:
            self.finish(instance, Status.COMPLETED, outcome.output)
        else:
            self._go_on(instance, outcome)

    def _go_on(self, instance: Instance, outcome: Outcome) -> None:
        for step in outcome.episode.scheduled:
            if step.number in instance.open:
                self._begin_step(instance, step)
        if instance.inbox:
            self._queue(instance)

    def _begin_step(self, instance: Instance, step: Step) -> None:
        match step.kind:
            case Kind.ACTIVITY if step.name not in self._activities and self._faults.stuck_calls:
                _log.warning("'%s' calls '%s', which is not defined: it stays Running", instance.name, step.name)
            case Kind.ACTIVITY:
                # Only what is on disk may have an effect.
                execution = instance.execution
                self._writer.then(lambda: self._start_activity(instance, execution, step))
            case Kind.TIMER:
                self._timers.add(Alarm(self._due(step), instance.execution, step.number, instance.id))
            case Kind.SUB_ORCHESTRATION:
                self._begin_child(instance, step)

    def _due(self, step: Step) -> int:
        """When a timer fires. The real engine cuts the time that is left to whole seconds."""
        if not self._faults.early_timers:
            return step.fire_at
        now = codec.now()
        return now + max(step.fire_at - now, 0) // 1_000_000 * 1_000_000

    def _begin_child(self, instance: Instance, step: Step) -> None:
        if not self._defined.has_orchestrator(step.name):
            _log.warning("'%s' calls '%s', which is not defined: it stays Running", instance.name, step.name)
            return
        id_ = step.instance_id or child_id(instance.execution, step.number)
        there = self.alive.get(id_)
        if there is None or there.status.ended:
            parent = Parent(instance.id, instance.execution, step.number)
            # The real engine puts the SDK's text into a JSON string.
            input_ = None if step.text in (None, "null") else codec.quote(step.text)
            self.begin(id_, step.name, input_, step.version, parent)
        else:
            reason = f"an instance with the id '{id_}' is {there.status} already"
            self.deliver(instance, Message(Got.SUB_FAILED, step.number, reason, f"sub-orchestration '{step.name}'"))

    def _start_activity(self, instance: Instance, execution: int, step: Step) -> None:
        if not self._stopping and instance.waits_for(execution, step.number):
            self._activities.start(step, lambda message: self._activity_ended(instance, execution, message))

    def _activity_ended(self, instance: Instance, execution: int, message: Message) -> None:
        # The instance that asked for it may have ended, or may be another generation by now.
        if instance.waits_for(execution, message.number):
            self.deliver(instance, message)

    def _ring(self, alarm: Alarm) -> None:
        self.deliver(self.alive[alarm.instance_id], Message(Got.TIMER_FIRED, alarm.number, text=codec.iso(alarm.due)))

    def _is_wanted(self, alarm: Alarm) -> bool:
        instance = self.alive.get(alarm.instance_id)
        return instance is not None and instance.waits_for(alarm.execution, alarm.number)


def _text(reason: str | None) -> str | None:
    return None if reason is None else codec.quote(reason)
