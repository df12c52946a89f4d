"""The engine: one turn of it runs the episodes that are due, writes what they changed, and starts what they asked for
once that is on disk."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from local.durable import codec
from local.durable.actions import Kind, Step
from local.durable.activity import Activities
from local.durable.episode import Orchestrator, run_episode
from local.durable.instance import Got, Instance, Message, Parent, Status
from local.durable.store import Store
from local.durable.timers import Alarm, Timers

_log = logging.getLogger("durable")
_TURN_SECONDS = 0.004
"""How long episodes may keep the loop in one turn: requests and activities get their share in between."""


class EngineFailedError(Exception):
    """The state could not be written, so nothing counts any more until the engine is started again."""


class Engine:
    """All instances of one task hub that are alive. Every method belongs on the loop it was started on."""

    def __init__(self, store: Store, orchestrators: Mapping[str, Orchestrator], activities: Activities) -> None:
        """Take up where `store` ended, with `start`."""
        self.store = store
        self.orchestrators = orchestrators
        self.alive: dict[str, Instance] = {}
        self._activities = activities
        self._timers = Timers(self._ring, self._is_wanted)
        self._last_execution = store.last_execution
        self._ready: deque[Instance] = deque()
        self._dirty: dict[Instance, None] = {}
        self._purged: dict[str, None] = {}
        self._effects: list[Callable[[], None]] = []
        self._saved: asyncio.Future[None] | None = None
        self._turn_scheduled = False
        self._committing = False
        self._failure: Exception | None = None
        self._stopping = self._closing = False
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")

    @property
    def failure(self) -> str | None:
        """Why nothing is accepted any more; None while all is well."""
        return None if self._failure is None else str(self._failure)

    # --- life

    def start(self) -> None:
        """Load every instance that is alive, and go on with it."""
        self._loop = asyncio.get_running_loop()
        for instance in self.store.alive():
            self.alive[instance.id] = instance
        for instance in list(self.alive.values()):
            for step in instance.open.values():
                # A sub-orchestration was begun in the transaction that scheduled it.
                if step.kind is not Kind.SUB_ORCHESTRATION:
                    self._begin(instance, step)
            if instance.episodes == 0 or instance.inbox:
                self._queue(instance)
        if self.alive:
            _log.info("%d instances go on", len(self.alive))

    async def stop(self, grace_seconds: float) -> None:
        """End in good order: what has come so far is on disk, what still runs will run again after the next start."""
        self._stopping = True
        await self._activities.stop(grace_seconds)
        self._timers.stop()
        self._closing = True
        while self._failure is None and (self._dirty or self._committing):
            await self.saved()
        self._committer.shutdown()

    # --- what clients do

    def next_execution(self) -> int:
        """A number that no execution had before, also not before a restart."""
        self._last_execution = max(self._last_execution + 1, codec.now())
        return self._last_execution

    def begin(
        self, id_: str, name: str, input_: str | None, version: str | None = None, parent: Parent | None = None
    ) -> Instance:
        """Start an instance, in the place of an ended one of that id; none may be alive. Durable once `saved`."""
        instance = Instance(id_, self.next_execution(), name, input_, version, parent)
        instance.created_at = instance.updated_at = codec.now()
        before = self.alive.get(id_) or self.store.find(id_)
        if before is not None:
            instance.replaced.append(before.execution)
        self._purged.pop(id_, None)
        self.alive[id_] = instance
        self._touch(instance)
        self._queue(instance)
        return instance

    def deliver(self, instance: Instance, message: Message) -> None:
        """Hand something to an instance: it is kept until the orchestrator waits for it. Durable once `saved`."""
        instance.inbox.append(message)
        self._touch(instance)
        self._queue(instance)

    def finish(self, instance: Instance, status: Status, output: str | None, reason: str = "") -> None:
        """End an instance, and tell the one that waits for it. `output` is JSON text, `reason` plain text."""
        instance.end(status, output, codec.now())
        self._touch(instance)
        if instance.parent is None:
            return
        parent = self.alive.get(instance.parent.id)
        if parent is None or parent.execution != instance.parent.execution or parent.status.ended:
            return
        number = instance.parent.number
        if status is Status.COMPLETED:
            self.deliver(parent, Message(Got.SUB_COMPLETED, number, text=output))
        else:
            details = f"the sub-orchestration '{instance.id}' is {status}"
            self.deliver(parent, Message(Got.SUB_FAILED, number, reason, details))

    async def purge(self, ids: Iterable[str]) -> int:
        """Forget those of these instances that have ended; how many they were."""
        await self.saved()
        purged = 0
        for id_ in ids:
            instance = self.find(id_)
            if instance is not None and instance.status.ended:
                self._purged[id_] = None
                purged += 1
        if purged:
            await self.saved()
        return purged

    def find(self, id_: str) -> Instance | None:
        """An instance as it is now, without its history when it has ended."""
        if id_ in self._purged:
            return None
        return self.alive.get(id_) or self.store.find(id_)

    async def saved(self) -> None:
        """Return when all that was done so far is on disk. Raises EngineFailedError."""
        if self._failure is not None:
            raise EngineFailedError(str(self._failure))
        if self._saved is None:
            self._saved = self._loop.create_future()
        self._schedule_turn()
        await asyncio.shield(self._saved)

    # --- turns

    def _touch(self, instance: Instance) -> None:
        self._dirty[instance] = None
        self._schedule_turn()

    def _queue(self, instance: Instance) -> None:
        if not instance.queued:
            instance.queued = True
            self._ready.append(instance)
            self._schedule_turn()

    def _schedule_turn(self) -> None:
        if not self._turn_scheduled and self._failure is None:
            self._turn_scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_scheduled = False
        until = time.perf_counter() + _TURN_SECONDS
        while self._ready and time.perf_counter() < until:
            instance = self._ready.popleft()
            instance.queued = False
            if not instance.status.ended and not self._closing:
                self._run(instance)
        if not self._committing and (self._dirty or self._purged or self._effects or self._saved is not None):
            self._write()
        if self._ready:
            self._schedule_turn()

    def _run(self, instance: Instance) -> None:
        first = instance.episodes == 0
        received = instance.take()
        if not received and not first:
            return
        at = codec.now()
        outcome = run_episode(self.orchestrators.get(instance.name), instance, received, at)
        self._touch(instance)
        instance.custom_status = outcome.custom_status
        instance.status = Status.RUNNING
        if outcome.continues:
            instance.begin_again(self.next_execution(), outcome.next_input, at)
            self._queue(instance)
            return
        instance.record(outcome.episode)
        failure = outcome.failure or self._undefined(outcome.episode.scheduled)
        if failure is not None:
            reason = codec.plain(f"Orchestrator function '{instance.name}' failed: {failure}")
            self.finish(instance, Status.FAILED, codec.quote(reason), reason)
        elif outcome.ended:
            self.finish(instance, Status.COMPLETED, outcome.output)
        else:
            for step in outcome.episode.scheduled:
                if step.number in instance.open:
                    self._begin(instance, step)
            if instance.inbox:
                self._queue(instance)

    def _undefined(self, steps: Iterable[Step]) -> str | None:
        for step in steps:
            if step.kind is Kind.ACTIVITY and step.name not in self._activities:
                return f"the app does not define an activity '{step.name}'; it defines {self._activities.names}"
            if step.kind is Kind.SUB_ORCHESTRATION and step.name not in self.orchestrators:
                return f"the app does not define an orchestrator '{step.name}'; it defines {sorted(self.orchestrators)}"
        return None

    def _begin(self, instance: Instance, step: Step) -> None:
        match step.kind:
            case Kind.ACTIVITY:
                # Only what is on disk may have an effect.
                execution = instance.execution
                self._effects.append(lambda: self._start_activity(instance, execution, step))
                self._schedule_turn()
            case Kind.TIMER:
                self._timers.add(Alarm(step.fire_at, instance.execution, step.number, instance.id))
            case Kind.SUB_ORCHESTRATION:
                self._begin_child(instance, step)

    def _begin_child(self, instance: Instance, step: Step) -> None:
        id_ = step.instance_id or f"{instance.execution:x}:{step.number:04x}"
        there = self.alive.get(id_)
        if there is None or there.status.ended:
            parent = Parent(instance.id, instance.execution, step.number)
            self.begin(id_, step.name, step.text, step.version, parent)
        else:
            reason = f"an instance with the id '{id_}' is {there.status} already"
            self.deliver(instance, Message(Got.SUB_FAILED, step.number, reason, f"sub-orchestration '{step.name}'"))

    def _start_activity(self, instance: Instance, execution: int, step: Step) -> None:
        if not self._stopping and self._waits_for(instance, execution, step.number):
            self._activities.start(step, lambda message: self._activity_ended(instance, execution, message))

    def _activity_ended(self, instance: Instance, execution: int, message: Message) -> None:
        # Whoever asked for it may be gone, or may be another run of the same id by now.
        if self._waits_for(instance, execution, message.number):
            self.deliver(instance, message)

    def _ring(self, alarm: Alarm) -> None:
        instance = self.alive.get(alarm.instance_id)
        if instance is not None and self._waits_for(instance, alarm.execution, alarm.number):
            self.deliver(instance, Message(Got.TIMER_FIRED, alarm.number, text=codec.iso(alarm.due)))

    def _is_wanted(self, alarm: Alarm) -> bool:
        instance = self.alive.get(alarm.instance_id)
        return instance is not None and self._waits_for(instance, alarm.execution, alarm.number)

    def _waits_for(self, instance: Instance, execution: int, number: int) -> bool:
        return instance.execution == execution and number in instance.open

    # --- writing

    def _write(self) -> None:
        batch, self._dirty = list(self._dirty), {}
        purged, self._purged = list(self._purged), {}
        effects, self._effects = self._effects, []
        saved, self._saved = self._saved, None
        self._committing = True

        def committed(done: Future[None]) -> None:
            self._loop.call_soon_threadsafe(self._committed, done.exception(), batch, effects, saved)

        try:
            self.store.write(batch, purged)
        except Exception as error:
            self._committed(error, batch, effects, saved)
            return
        self._committer.submit(self.store.commit).add_done_callback(committed)

    def _committed(
        self,
        error: BaseException | None,
        batch: list[Instance],
        effects: list[Callable[[], None]],
        saved: asyncio.Future[None] | None,
    ) -> None:
        self._committing = False
        if error is not None:
            self._fail(error, saved)
            return
        for instance in batch:
            if instance.status.ended and self.alive.get(instance.id) is instance and instance not in self._dirty:
                del self.alive[instance.id]
        if saved is not None and not saved.done():
            saved.set_result(None)
        for effect in effects:
            effect()
        if self._dirty or self._purged or self._effects or self._saved is not None:
            self._schedule_turn()

    def _fail(self, error: BaseException, saved: asyncio.Future[None] | None) -> None:
        _log.critical("the durable engine stops: its state cannot be written: %s", error, exc_info=error)
        self._failure = EngineFailedError(f"the durable engine's state cannot be written: {error}")
        self._timers.stop()
        for waiting in (saved, self._saved):
            if waiting is not None and not waiting.done():
                waiting.set_exception(self._failure)
