"""The history of an instance in the form that Azure's extension gives it: in the order in which things happened."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from local.durable.actions import Kind, Step
from local.durable.codec import iso, parsed
from local.durable.instance import Episode, Got, Instance, Message

_NAMES = {
    Got.TASK_COMPLETED: "TaskCompleted",
    Got.TASK_FAILED: "TaskFailed",
    Got.SUB_COMPLETED: "SubOrchestrationInstanceCompleted",
    Got.SUB_FAILED: "SubOrchestrationInstanceFailed",
    Got.TIMER_FIRED: "TimerFired",
    Got.EVENT_RAISED: "EventRaised",
    Got.TERMINATED: "ExecutionTerminated",
    Got.GENERIC: "GenericEvent",
    Got.SUSPENDED: "ExecutionSuspended",
    Got.RESUMED: "ExecutionResumed",
}
Event = dict[str, Any]


def child_id(execution: int, number: int) -> str:
    """The id of a child that has none of its own: the parent's run as a GUID, and the number of the step."""
    return f"{uuid.uuid5(uuid.NAMESPACE_OID, str(execution))}:{number}"


def history_events(
    instance: Instance, episodes: Iterable[Episode], inbox: Sequence[Message], *, with_output: bool
) -> list[Event]:
    """The events of `episodes`, and of what has come since. Results are left out without `with_output`."""
    log = _Log(instance, with_output=with_output)
    for happened in _in_order(episodes, inbox):
        if isinstance(happened, Message):
            log.received(happened)
        else:
            log.scheduled(*happened)
    log.begin_again()
    if instance.status.ended:
        log.ended()
    return log.events


def _in_order(episodes: Iterable[Episode], inbox: Sequence[Message]) -> Iterator[Message | tuple[Step, int]]:
    """What came, and what was scheduled at which time: an event stands where it came, not where it was handed over."""
    happened: list[tuple[int, Message | tuple[Step, int]]] = []
    for episode in episodes:
        happened += [(message.stamp, message) for message in episode.received]
        happened += [(episode.stamp, (step, episode.at)) for step in episode.scheduled if step.kind is not Kind.EVENT]
    happened += [(message.stamp, message) for message in inbox]
    happened.sort(key=lambda one: one[0])
    return (one for _, one in happened)


class _Log:
    """Events as they are written, one after the other."""

    def __init__(self, instance: Instance, *, with_output: bool) -> None:
        self._instance = instance
        self._with_output = with_output
        self._open: dict[int, tuple[Step, int, Event]] = {}
        self._undone: list[tuple[Step, int]] = []
        self.events: list[Event] = [
            {
                "EventType": "ExecutionStarted",
                "Input": instance.input,
                "Correlation": None,
                "ParentTraceContext": None,
                "ScheduledStartTime": None,
                "Generation": instance.generation,
                "GenerateNewTrace": False,
                "Timestamp": iso(instance.created_at),
                "FunctionName": instance.name,
            }
        ]

    def scheduled(self, step: Step, at: int) -> None:
        """A step was scheduled. Its event goes when its end comes, but for a timer's."""
        event = _scheduled(self._instance, step, at)
        self.events.append(event)
        self._open[step.number] = step, at, event

    def received(self, message: Message) -> None:
        """Something came."""
        if message.got is Got.GENERIC:
            self._generic(message)
            return
        self.begin_again()
        if message.got is Got.EVENT_RAISED:
            given: Event = {"Name": message.name, "Input": message.text, "ParentTraceContext": None}
            self._add(message, given)
        elif message.got is Got.TERMINATED:
            self._add(message, {"Input": message.text})
        elif message.got.is_note:
            self._add(message, {"Reason": message.text})
        elif message.number in self._open:
            self._end_of_step(message, *self._open.pop(message.number))

    def begin_again(self) -> None:
        """The steps that a rewind undid are scheduled once more."""
        for step, at in self._undone:
            self.scheduled(step, at)
        self._undone = []

    def ended(self) -> None:
        """The instance has ended."""
        instance = self._instance
        event: Event = {"EventType": "ExecutionCompleted", "OrchestrationStatus": instance.status.value}
        if self._with_output:
            event["Result"] = parsed(instance.output)
        self.events.append(event | {"FailureDetails": None, "Timestamp": iso(instance.updated_at)})

    def _add(self, message: Message, given: Event) -> None:
        event = {"EventType": _NAMES[message.got], **given, "Timestamp": iso(message.at)}
        self.events.append(event)

    def _generic(self, message: Message) -> None:
        """What a rewind undid has no content any more; its reason comes last."""
        if message.number in self._open:
            step, _, event = self._open[message.number]
            if step.kind is Kind.ACTIVITY:
                del self._open[message.number]
                _empty(event)
                self._undone.append((step, message.at))
        self.events.append(
            {"Data": message.text if message.number < 0 else None, "EventType": "GenericEvent"}
            | {"Timestamp": iso(message.at)}
        )

    def _end_of_step(self, message: Message, step: Step, since: int, begun: Event) -> None:
        if step.kind is Kind.TIMER:
            # The real engine writes the time at which the timer was created.
            self.events.append({"EventType": "TimerFired", "FireAt": iso(step.fire_at), "Timestamp": iso(since)})
            return
        self.events = [one for one in self.events if one is not begun]
        event: Event = {"EventType": _NAMES[message.got]}
        if message.got in (Got.TASK_FAILED, Got.SUB_FAILED):
            event |= {"Reason": message.name, "Details": message.text, "FailureDetails": None}
        elif self._with_output:
            event["Result"] = parsed(message.text)
        event |= {"Timestamp": iso(message.at), "ScheduledTime": iso(since), "FunctionName": step.name}
        if step.kind is Kind.SUB_ORCHESTRATION:
            event["InstanceId"] = begun["InstanceId"]
        self.events.append(event | {"Input": None})


def _scheduled(instance: Instance, step: Step, at: int) -> Event:
    match step.kind:
        case Kind.ACTIVITY:
            event: Event = {"EventType": "TaskScheduled", "Name": step.name, "Input": None}
            return event | {"ParentTraceContext": None, "Tags": None, "Timestamp": iso(at)}
        case Kind.SUB_ORCHESTRATION:
            id_ = step.instance_id or child_id(instance.execution, step.number)
            event = {"EventType": "SubOrchestrationInstanceCreated", "Name": step.name, "InstanceId": id_}
            input_ = None if step.text == "null" else step.text
            return event | {"Input": input_, "ClientSpanId": None, "Tags": None, "Timestamp": iso(at)}
    return {"EventType": "TimerCreated", "FireAt": iso(step.fire_at), "Timestamp": iso(at)}


def _empty(event: Event) -> None:
    timestamp = event["Timestamp"]
    event.clear()
    event.update({"Data": None, "EventType": "GenericEvent", "Timestamp": timestamp})
