"""A status as clients read it, with the history in the form that Azure's extension gives it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local.durable.actions import Kind, Step
from local.durable.codec import dump, iso, quote
from local.durable.instance import Episode, Got, Instance, Message, Status


def status_text(
    instance: Instance, *, with_input: bool = True, episodes: Iterable[Episode] | None = None, with_output: bool = False
) -> str:
    """The JSON of an instance's status, with its history where `episodes` are given, with results by `with_output`."""
    given = (instance.input or "null") if with_input else "null"
    history = ""
    if episodes is not None:
        history = f',"historyEvents":{dump(_events(instance, episodes, with_input, with_output))}'
    return (
        f'{{"name":{quote(instance.name)},"instanceId":{quote(instance.id)},"runtimeStatus":"{instance.status}",'
        f'"input":{given},"customStatus":{instance.custom_status or "null"},"output":{instance.output or "null"},'
        f'"createdTime":"{iso(instance.created_at)}","lastUpdatedTime":"{iso(instance.updated_at)}"{history}}}'
    )


def _events(
    instance: Instance, episodes: Iterable[Episode], with_input: bool, with_output: bool
) -> list[dict[str, Any]]:
    started = {"EventType": "ExecutionStarted", "Timestamp": iso(instance.created_at), "FunctionName": instance.name}
    events: list[dict[str, Any]] = [started]
    scheduled: dict[int, tuple[Step, int, dict[str, Any]]] = {}
    for episode in episodes:
        for message in episode.received:
            step, since, event = scheduled.pop(message.number, (None, 0, None))
            if event is not None:
                events.remove(event)
            received = _received(message, step, with_input=with_input, with_output=with_output)
            if step is not None:
                received["ScheduledTime"] = iso(since)
            events.append({"Timestamp": iso(episode.at), **received})
        for step in episode.scheduled:
            if step.kind is not Kind.EVENT:
                event = _scheduled(step, episode.at, with_input)
                events.append(event)
                scheduled[step.number] = step, episode.at, event
        for number in episode.cancelled:
            if number in scheduled:
                events.remove(scheduled.pop(number)[2])
    if instance.status.ended:
        events.append(_ended(instance, with_output))
    return events


def _scheduled(step: Step, at: int, with_input: bool) -> dict[str, Any]:
    event: dict[str, Any] = {"Timestamp": iso(at), "EventId": step.number}
    match step.kind:
        case Kind.ACTIVITY:
            event |= {"EventType": "TaskScheduled", "FunctionName": step.name}
        case Kind.SUB_ORCHESTRATION:
            event |= {"EventType": "SubOrchestrationInstanceCreated", "FunctionName": step.name}
        case _:
            return event | {"EventType": "TimerCreated", "FireAt": iso(step.fire_at)}
    return event | {"Input": step.text} if with_input else event


def _received(message: Message, step: Step | None, *, with_input: bool, with_output: bool) -> dict[str, Any]:
    event: dict[str, Any] = {"EventType": _NAMES[message.got]}
    if message.got is Got.EVENT_RAISED:
        return event | {"Name": message.name} | ({"Input": message.text} if with_input else {})
    match message.got:
        case Got.TIMER_FIRED:
            return event | {"FireAt": message.text}
        case Got.TASK_FAILED | Got.SUB_FAILED:
            event |= {"Reason": message.name, "Details": message.text}
        case _ if with_output:
            event["Result"] = message.text
    return event | {"FunctionName": step.name if step else None}


def _ended(instance: Instance, with_output: bool) -> dict[str, Any]:
    name = "ExecutionTerminated" if instance.status is Status.TERMINATED else "ExecutionCompleted"
    event = {"EventType": name, "Timestamp": iso(instance.updated_at), "OrchestrationStatus": instance.status.value}
    return event | {"Result": instance.output} if with_output else event


_NAMES = {
    Got.TASK_COMPLETED: "TaskCompleted",
    Got.TASK_FAILED: "TaskFailed",
    Got.SUB_COMPLETED: "SubOrchestrationInstanceCompleted",
    Got.SUB_FAILED: "SubOrchestrationInstanceFailed",
    Got.TIMER_FIRED: "TimerFired",
    Got.EVENT_RAISED: "EventRaised",
}
