"""One orchestration instance in memory: what it has scheduled, what it waits for, and what has come for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from local.durable.actions import Kind, Step
from local.durable.codec import basic, basic_second, now, quote, stamp


class Status(StrEnum):
    """An instance's state, as clients read it."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"
    SUSPENDED = "Suspended"

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to such an instance any more."""
        return self in _FINAL


_FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.TERMINATED})


class Got(IntEnum):
    """What can come for an instance, by the numbers of the history's event types."""

    TERMINATED = 3
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_COMPLETED = 8
    SUB_FAILED = 9
    TIMER_FIRED = 11
    EVENT_RAISED = 15
    GENERIC = 17
    SUSPENDED = 19
    RESUMED = 20

    @property
    def is_note(self) -> bool:
        """Whether it stands in the history only: the orchestrator is not handed it."""
        return self in _NOTES


_TIMERS = '"maximumShortTimerDuration":"6.00:00:00","longRunningTimerIntervalDuration":"3.00:00:00"'
"""The real engine's storage keeps no timer longer than six days: the SDK makes a longer one of several."""
_NOTES = frozenset({Got.TERMINATED, Got.GENERIC, Got.SUSPENDED, Got.RESUMED})
FAILURES = frozenset({Got.TASK_FAILED, Got.SUB_FAILED})


@dataclass(slots=True)
class Message:
    """Something that came for an instance.

    `number`: the step that it ends; -1 for an event or a note. A rewind turns a failure into a note (GENERIC) that
    keeps its number.
    `name`: the event's name, or the reason of a failure in plain text.
    `text`: the result or the event's value as JSON text; for a timer, when it was due; for a failure, its details in
    plain text; for a note, the reason that somebody gave, in plain text.
    `at`: when it came. `stamp`: its place among all that happened.
    `key`: its row on disk, while it waits there.
    """

    got: Got
    number: int
    name: str = ""
    text: str | None = None
    at: int = field(default_factory=now)
    stamp: int = field(default_factory=stamp)
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """The step of another instance that a sub-orchestration reports its end to."""

    id: str
    execution: int
    number: int


@dataclass(frozen=True, slots=True)
class Episode:
    """One run of the orchestrator's code: when, what it was given, what it scheduled, and which timers it cancelled.

    `stamp`: the place of what it scheduled among all that happened.
    """

    at: int
    received: Sequence[Message]
    scheduled: Sequence[Step]
    cancelled: Sequence[int] = ()
    stamp: int = field(default_factory=stamp)


@dataclass(slots=True, eq=False)
class Instance:
    """An instance that is alive, or ended so recently that its end is not on disk yet.

    `execution` is a new number for each run of one id, and for each generation of continue-as-new. So what an earlier
    run has started cannot be taken for this one's.
    `generation` counts the runs that one id had before; None for a child, and after continue-as-new.
    """

    id: str
    execution: int
    name: str
    input: str | None
    version: str | None = None
    parent: Parent | None = None
    created_at: int = 0
    updated_at: int = 0
    status: Status = Status.PENDING
    output: str | None = None
    custom_status: str | None = None
    generation: int | None = 0

    steps: list[Step] = field(default_factory=list)
    open: dict[int, Step] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)
    inbox: list[Message] = field(default_factory=list)
    next_number: int = 0
    episodes: int = 0
    queued: bool = False
    retrying: dict[int, Step] = field(default_factory=dict)

    # What is not on disk yet.
    fresh: bool = True
    unsaved: list[Episode] = field(default_factory=list)
    consumed: list[int] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)

    _pieces: list[str] = field(default_factory=list)

    def take(self, *, early_events: bool = False) -> list[Message]:
        """Remove and return what may be handed to the orchestrator now, oldest first.

        An event is handed over only when a wait for its name is open, because the SDK would keep only one of several.
        It is handed over only as the first message of an episode: behind another message it would be lost where that
        message makes the orchestrator continue as new. With `early_events` it is handed over at once, as the real
        engine does. A message for a step that is not open any more is dropped. While steps are tried again, messages
        go one by one: the SDK numbers what follows a failure before what its own code schedules next.
        """
        taken: list[Message] = []
        kept: list[Message] = []
        seen = False
        for position, message in enumerate(self.inbox):
            if message.got is Got.EVENT_RAISED and not early_events:
                waiting = self.waits.get(message.name, 0)
                if not waiting:
                    kept.append(message)
                    continue
                if seen:
                    kept += self.inbox[position:]
                    break
                self.waits[message.name] = waiting - 1
                taken.append(message)
                seen = True
            elif message.got is Got.EVENT_RAISED:
                self.waits[message.name] = self.waits.get(message.name, 0) - 1
                taken.append(message)
            elif message.got.is_note:
                taken.append(message)
            elif self.retrying and seen:
                kept += self.inbox[position:]
                break
            elif self.open.pop(message.number, None) is not None:
                taken.append(message)
                seen = True
            if message.key is not None:
                self.consumed.append(message.key)
        self.inbox = kept
        return taken

    def waits_for(self, execution: int, number: int) -> bool:
        """Whether a step of that number, of that execution, is still to be ended."""
        return self.execution == execution and number in self.open

    def hand_over(self, at: int, received: Iterable[Message]) -> str:
        """The context text for an episode that begins at `at`. `received` becomes a part of the history."""
        self._append(at, received)
        parent = self.parent.id if self.parent else None
        return (
            f'{{"history":[{",".join(self._pieces)}],"instanceId":{quote(self.id)},"isReplaying":false,'
            f'"parentInstanceId":{quote(parent)},"input":{self.input or "null"},"upperSchemaVersion":2,{_TIMERS}}}'
        )

    def record(self, episode: Episode) -> None:
        """Remember what an episode scheduled. Its received messages are in the history already."""
        self._schedule(episode)
        self.unsaved.append(episode)
        self.updated_at = episode.at

    def restore(self, episode: Episode) -> None:
        """Remember an episode that was read from the disk."""
        self._append(episode.at, episode.received)
        for message in episode.received:
            if message.got is Got.EVENT_RAISED:
                self.waits[message.name] = self.waits.get(message.name, 0) - 1
            elif not message.got.is_note:
                self.open.pop(message.number, None)
                self.retrying.pop(message.number, None)
        self._schedule(episode)

    def begin_again(self, execution: int, input_: str | None, at: int, *, keeps_events: bool = True) -> None:
        """Become the next run (continue-as-new). Events that were not handed over stay if `keeps_events`."""
        self.replaced.append(self.execution)
        self.unsaved.clear()
        self.consumed.clear()
        self.execution = execution
        # The real engine puts the SDK's text into a JSON string.
        self.input = None if input_ is None else quote(input_)
        self.generation = None
        self.created_at = self.updated_at = at
        self.inbox = [message for message in self.inbox if keeps_events and message.got is Got.EVENT_RAISED]
        for message in self.inbox:
            message.key = None
        self.steps, self.open, self.waits, self._pieces, self.retrying = [], {}, {}, [], {}
        self.next_number = self.episodes = 0

    def end(self, status: Status, output: str | None, at: int) -> None:
        """Finish. Messages that were not handed over stay in the history, and lead to nothing."""
        self.status, self.output, self.updated_at = status, output, at
        left = [message for message in self.inbox if message.number < 0 or message.number in self.open]
        if left:
            self.unsaved.append(Episode(at, left, ()))
            self.episodes += 1
        self.consumed.extend(message.key for message in self.inbox if message.key is not None)
        self.inbox, self._pieces, self.steps = [], [], []
        self.open, self.waits, self.retrying = {}, {}, {}

    def _schedule(self, episode: Episode) -> None:
        self.episodes += 1
        for step in episode.scheduled:
            if not step.follows:
                self.steps.append(step)
            if step.retry is not None:
                self.retrying[step.number] = step
            if step.kind is Kind.EVENT:
                self.waits[step.name] = self.waits.get(step.name, 0) + 1
            else:
                self.open[step.number] = step
                self.next_number = step.number + 1
        for number in episode.cancelled:
            self.open.pop(number, None)

    def _append(self, at: int, received: Iterable[Message]) -> None:
        self._pieces.append(f'{{"EventType":12,"EventId":-1,"IsPlayed":false,"Timestamp":"{basic(at)}"}}')
        rest = f'"EventId":-1,"IsPlayed":false,"Timestamp":"{basic_second(at)}"'
        if len(self._pieces) == 1:
            self._pieces.append(f'{{"EventType":0,{rest},"Name":{quote(self.name)},"Version":{quote(self.version)}}}')
        self._pieces.extend(self._piece(message, rest) for message in received if not message.got.is_note)

    def _piece(self, message: Message, rest: str) -> str:
        head = f'{{"EventType":{message.got:d},{rest}'
        match message.got:
            case Got.EVENT_RAISED:
                return f'{head},"Name":{quote(message.name)},"Input":{quote(message.text)}}}'
            case Got.TIMER_FIRED:
                return f'{head},"TimerId":{message.number},"FireAt":{quote(message.text)}}}'
            case Got.TASK_COMPLETED | Got.SUB_COMPLETED:
                return f'{head},"TaskScheduledId":{message.number},"Result":{quote(message.text)}}}'
        reason, details = quote(message.name), quote(message.text)
        return f'{head},"TaskScheduledId":{message.number},"Reason":{reason},"Details":{details}}}'
