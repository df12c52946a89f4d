"""What an orchestrator answers: the actions it has scheduled since it began, and how it ended if it did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from local.durable.codec import dump, parse_time

FAILURE_MARK = "\n\n$OutOfProcData$:"
_CONTINUE_AS_NEW = 4
_COMPOUNDS = frozenset({11, 12})
_UNSUPPORTED = {
    7: ("call_entity", "entities", "keep the state in a database"),
    8: ("call_http", "HTTP calls by orchestrators", "make the call in an activity"),
    9: ("signal_entity", "entities", "keep the state in a database"),
}


class Kind(IntEnum):
    """The kinds of steps that the engine does, by the SDK's numbers."""

    ACTIVITY = 0
    SUB_ORCHESTRATION = 2
    TIMER = 5
    EVENT = 6


_RETRIED = {1: Kind.ACTIVITY, 3: Kind.SUB_ORCHESTRATION}
"""The SDK's numbers of calls with retries."""


class UnsupportedActionError(Exception):
    """The orchestrator asks for something that the engine does not do; the message says what, for the developer."""


class NonDeterminismError(Exception):
    """A replay did not repeat what was scheduled before; the message names the first step that differs."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How a step is tried again.

    `kind`: what is tried, an activity or a sub-orchestration; the step itself may be a timer in between.
    `attempts`: how often it is tried at most. `interval`: the milliseconds between two of them.
    `attempt`: which attempt the step belongs to, from 1.
    `follows`: the engine scheduled this step by itself, so the orchestrator's actions do not have it.
    """

    kind: Kind
    attempts: int
    interval: int
    attempt: int = 1
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Something an orchestrator has scheduled.

    `number`: the completion carries the same number. A wait for an event has none (-1).
    `text`: the input, as JSON text.
    `fire_at`: when a timer is due.
    `instance_id`: the id of a sub-orchestration, once it is chosen.
    """

    kind: Kind
    number: int
    name: str = ""
    text: str | None = None
    fire_at: int = 0
    instance_id: str | None = None
    version: str | None = None
    retry: Retry | None = None

    @property
    def follows(self) -> bool:
        """Whether the engine scheduled it by itself, because an attempt failed."""
        return self.retry is not None and self.retry.follows

    def describe(self) -> str:
        """The step in words."""
        match self.kind:
            case Kind.ACTIVITY:
                return f"the activity '{self.name}'"
            case Kind.SUB_ORCHESTRATION:
                return f"the sub-orchestration '{self.name}'"
            case Kind.TIMER:
                return "a timer"
            case Kind.EVENT:
                return f"a wait for the event '{self.name}'"


@dataclass(frozen=True, slots=True)
class Answer:
    """An orchestrator's answer.

    `actions`: everything it scheduled, one after the other, without continue-as-new. None where the orchestrator raised
    an error that does not carry the SDK's report: then nobody knows what it had scheduled.
    `output`, `custom_status` and `next_input` are JSON texts; `error` is plain text.
    """

    actions: list[dict[str, Any]] | None
    done: bool = False
    output: str | None = None
    error: str | None = None
    custom_status: str | None = None
    continues: bool = False
    next_input: str | None = None


def read_state(text: str) -> Answer:
    """The answer of an orchestrator that returned `text`."""
    return _answer(json.loads(text), None)


def read_failure(error: BaseException) -> Answer:
    """The answer of an orchestrator that raised `error`: the SDK puts its state into the text."""
    message, mark, state = str(error).rpartition(FAILURE_MARK)
    if not mark:
        return Answer(None, error=state or type(error).__name__)
    answer = json.loads(state)
    return _answer(answer, message or str(answer.get("error")))


def _answer(state: dict[str, Any], error: str | None) -> Answer:
    actions = list(_flat(state["actions"][0])) if state["actions"] else []
    continues, next_input = False, None
    if state["isDone"] and actions and actions[-1]["actionType"] == _CONTINUE_AS_NEW:
        continues, next_input = True, actions.pop().get("input")
    return Answer(
        actions=actions,
        done=bool(state["isDone"]),
        output=_text(state.get("output")),
        error=error,
        custom_status=_text(state.get("customStatus")),
        continues=continues,
        next_input=next_input,
    )


def _text(value: Any) -> str | None:
    return None if value is None else dump(value)


def _flat(actions: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for action in actions:
        if action["actionType"] in _COMPOUNDS:
            yield from _flat(action["compoundActions"])
        else:
            yield action


def new_steps(actions: Sequence[dict[str, Any]], known: int, next_number: int) -> list[Step]:
    """The steps of `actions` after the first `known` ones, numbered from `next_number` as the SDK numbers them.

    Raises UnsupportedActionError.
    """
    steps = []
    for action in actions[known:]:
        step = _step(action, next_number)
        if step.number >= 0:
            next_number += 1
        steps.append(step)
    return steps


def _step(action: dict[str, Any], number: int) -> Step:
    kind = action["actionType"]
    match _RETRIED.get(kind, kind):
        case Kind.ACTIVITY:
            return Step(Kind.ACTIVITY, number, action["functionName"], action.get("input"), retry=_retry(action))
        case Kind.SUB_ORCHESTRATION:
            return Step(
                Kind.SUB_ORCHESTRATION,
                number,
                action["functionName"],
                action.get("input"),
                instance_id=action.get("instanceId"),
                version=action.get("version"),
                retry=_retry(action),
            )
        case Kind.TIMER:
            return Step(Kind.TIMER, number, fire_at=parse_time(action["fireAt"]))
        case Kind.EVENT:
            return Step(Kind.EVENT, -1, action["externalEventName"])
    raise UnsupportedActionError(_refusal(action))


def _retry(action: dict[str, Any]) -> Retry | None:
    options = action.get("retryOptions")
    if options is None:
        return None
    kind = _RETRIED[action["actionType"]]
    return Retry(kind, options["maxNumberOfAttempts"], options["firstRetryIntervalInMilliseconds"])


def step_after(step: Step, number: int, at: int, *, failed: bool) -> Step | None:
    """What follows a step that has retries: a timer when it failed, the next attempt once that timer fired.

    As in the real engine, one more timer follows the last failure; it is due at once. `number` is the new step's, `at`
    the time now. None where nothing follows.
    """
    retry = step.retry
    if retry is None:
        return None
    more = retry.attempt < retry.attempts
    if failed:
        due = at + retry.interval * 1000 if more else at
        return replace(step, kind=Kind.TIMER, number=number, fire_at=due, retry=replace(retry, follows=True))
    if step.kind is Kind.TIMER and more:
        again = replace(retry, attempt=retry.attempt + 1, follows=True)
        return replace(step, kind=retry.kind, number=number, fire_at=0, retry=again)
    return None


def _refusal(action: dict[str, Any]) -> str:
    kind = action["actionType"]
    call, what, instead = _UNSUPPORTED.get(kind, (f"an action of type {kind}", "such actions", "do without it"))
    on = action.get("functionName") or action.get("instanceId") or (action.get("httpRequest") or {}).get("uri")
    target = f"({on!r})" if on else ""
    return f"it used {call}{target}, but the local durable engine does not support {what}: {instead}"


def check_replay(name: str, before: Sequence[Step], answer: Answer) -> None:
    """Compare a replay of the orchestrator `name` with what it scheduled before. Raises NonDeterminismError."""
    actions = answer.actions
    if actions is None:
        return
    for index, step in enumerate(before):
        if index < len(actions) and _same(step, actions[index]):
            continue
        now = "is not there any more" if index >= len(actions) else f"is {_described(actions[index])} now"
        raised = f" It raised: {answer.error}" if answer.error else ""
        raise NonDeterminismError(
            f"the orchestrator '{name}' is not deterministic: step {index + 1} was {step.describe()} when it ran first,"
            f" and {now}. Was its code changed while this instance was running?{raised}"
        )


def _same(step: Step, action: dict[str, Any]) -> bool:
    kind = action["actionType"]
    if _RETRIED.get(kind, kind) != step.kind:
        return False
    return step.kind is Kind.TIMER or step.name == action.get("functionName", action.get("externalEventName"))


def _described(action: dict[str, Any]) -> str:
    try:
        return _step(action, 0).describe()
    except UnsupportedActionError:
        return f"'{_UNSUPPORTED.get(action['actionType'], ('an unknown action',))[0]}'"
