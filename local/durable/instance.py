"""One orchestration instance in memory: what it has scheduled, what it waits for, and what has come for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from local.durable.actions import Kind, Step
from local.durable.codec import basic, basic_second, quote


class Status(StrEnum):
    """An instance's state, as clients read it."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to such an instance any more."""
        return self not in {Status.PENDING, Status.RUNNING}


class Got(IntEnum):
    """What can come for an instance, by the numbers of the history's event types."""

    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_COMPLETED = 8
    SUB_FAILED = 9
    TIMER_FIRED = 11
    EVENT_RAISED = 15


@dataclass(slots=True)
class Message:
    """Something that came for an instance.

    `number`: the step that it ends; -1 for an event.
    `name`: the event's name, or the reason of a failure in plain text.
    `text`: the result or the event's value as JSON text; for a timer, when it was due; for a failure, its details in
    plain text.
    `key`: its row on disk, while it waits there.
    """

    got: Got
    number: int
    name: str = ""
    text: str | None = None
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """The step of another instance that a sub-orchestration reports its end to."""

    id: str
    execution: int
    number: int


@dataclass(frozen=True, slots=True)
class Episode:
    """One run of the orchestrator's code: when, what it was given, what it scheduled, and which timers it cancelled."""

    at: int
    received: Sequence[Message]
    scheduled: Sequence[Step]
    cancelled: Sequence[int] = ()


@dataclass(slots=True, eq=False)
class Instance:
    """An instance that is alive, or ended so recently that its end is not on disk yet.

    `execution` is a new number for each run of one id, and for each generation of continue-as-new. So what an earlier
    run has started cannot be taken for this one's.
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

    steps: list[Step] = field(default_factory=list)
    open: dict[int, Step] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)
    inbox: list[Message] = field(default_factory=list)
    next_number: int = 0
    episodes: int = 0
    queued: bool = False

    # What is not on disk yet.
    fresh: bool = True
    unsaved: list[Episode] = field(default_factory=list)
    consumed: list[int] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)

    _pieces: list[str] = field(default_factory=list)

    def take(self) -> list[Message]:
        """Remove and return what may be handed to the orchestrator now, oldest first.

        An event is handed over only when a wait for its name is open, because the SDK would keep only one of several.
        It is handed over only as the first message of an episode: behind another message it would be lost where that
        message makes the orchestrator continue as new. A message for a step that is not open any more is dropped.
        """
        taken: list[Message] = []
        kept: list[Message] = []
        for position, message in enumerate(self.inbox):
            if message.got is Got.EVENT_RAISED:
                waiting = self.waits.get(message.name, 0)
                if not waiting:
                    kept.append(message)
                    continue
                if taken:
                    kept += self.inbox[position:]
                    break
                self.waits[message.name] = waiting - 1
                taken.append(message)
            elif self.open.pop(message.number, None) is not None:
                taken.append(message)
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
            f'"parentInstanceId":{quote(parent)},"input":{quote(self.input)},"upperSchemaVersion":2}}'
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
            else:
                self.open.pop(message.number, None)
        self._schedule(episode)

    def begin_again(self, execution: int, input_: str | None, at: int) -> None:
        """Become the next generation (continue-as-new). Events that were not handed over stay; all else begins anew."""
        self.replaced.append(self.execution)
        self.unsaved.clear()
        self.consumed.clear()
        self.execution = execution
        self.input = input_
        self.updated_at = at
        self.inbox = [message for message in self.inbox if message.got is Got.EVENT_RAISED]
        for message in self.inbox:
            message.key = None
        self.steps, self.open, self.waits, self._pieces = [], {}, {}, []
        self.next_number = self.episodes = 0

    def end(self, status: Status, output: str | None, at: int) -> None:
        """Finish. Messages that were not handed over are dropped."""
        self.status, self.output, self.updated_at = status, output, at
        self.consumed.extend(message.key for message in self.inbox if message.key is not None)
        self.inbox, self._pieces, self.steps = [], [], []
        self.open, self.waits = {}, {}

    def _schedule(self, episode: Episode) -> None:
        self.episodes += 1
        for step in episode.scheduled:
            self.steps.append(step)
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
        self._pieces.extend(self._piece(message, rest) for message in received)

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
