"""One episode: the SDK runs the orchestrator's code over the instance's history, and its answer is read."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local.durable.actions import (
    Answer,
    NonDeterminismError,
    Step,
    UnsupportedActionError,
    check_replay,
    new_steps,
    read_failure,
    read_state,
    step_after,
)
from local.durable.codec import BadTimeError, plain
from local.durable.instance import FAILURES, Episode, Instance, Message

_log = logging.getLogger("durable")
_SLOW_SECONDS = 0.5
_CUSTOM_STATUS_LIMIT = 16 * 1024
"""The most bytes of a custom status, as UTF-16: the real engine's limit."""
_TOO_LONG = "The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current payload size is {} KB."
Orchestrator = Callable[[str], Any]
"""An orchestrator's user function, as azure-functions-durable makes it: from the context's text to the state's text."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an episode led to. `failure` is the reason in plain text; the other fields do not count then.

    `ended`: the orchestrator returned `output`. `continues`: it begins again with `next_input`.
    `raised`: its own code raised the failure, so what it has begun before goes on to its end.
    """

    episode: Episode
    custom_status: str | None = None
    ended: bool = False
    output: str | None = None
    continues: bool = False
    next_input: str | None = None
    failure: str | None = None
    raised: bool = False


def run_episode(orchestrator: Orchestrator, instance: Instance, received: Sequence[Message], at: int) -> Outcome:
    """Run the orchestrator of `instance` on what it has received."""
    nothing = Episode(at, received, ())
    began = time.perf_counter()
    answer = _ask(orchestrator, instance.hand_over(at, received))
    seconds = time.perf_counter() - began
    if seconds > _SLOW_SECONDS:
        _log.warning("the orchestrator '%s' took %.1f s: everything else had to wait", instance.name, seconds)
    following = _following(instance, received, at)
    try:
        check_replay(instance.name, instance.steps, answer)
        size = _size(answer.custom_status)
        if size > _CUSTOM_STATUS_LIMIT:
            return Outcome(nothing, failure=_TOO_LONG.format(size // 1024))
        if answer.error is not None:
            episode = Episode(at, received, following)
            return Outcome(episode, answer.custom_status, failure=answer.error, raised=True)
        actions = answer.actions or []
        scheduled = new_steps(actions, len(instance.steps), instance.next_number + len(following))
    except (NonDeterminismError, UnsupportedActionError, BadTimeError) as error:
        return Outcome(nothing, answer.custom_status, failure=str(error))
    return Outcome(
        Episode(at, received, [*following, *scheduled], _cancelled(instance, scheduled, actions)),
        answer.custom_status,
        ended=answer.done and not answer.continues,
        output=answer.output,
        continues=answer.continues,
        next_input=answer.next_input,
    )


def _following(instance: Instance, received: Sequence[Message], at: int) -> list[Step]:
    """What the engine schedules by itself, because steps that have retries failed or a timer between them fired."""
    following: list[Step] = []
    for message in received:
        step = None if message.got.is_note else instance.retrying.pop(message.number, None)
        if step is not None:
            number = instance.next_number + len(following)
            after = step_after(step, number, at, failed=message.got in FAILURES)
            following.extend([] if after is None else [after])
    return following


def _size(custom_status: str | None) -> int:
    """The bytes of a custom status as the real engine counts them: UTF-16, and no escapes that are not needed."""
    if custom_status is None or len(custom_status) * 2 <= _CUSTOM_STATUS_LIMIT:
        return 0
    return 2 * len(json.dumps(json.loads(custom_status), separators=(",", ":"), ensure_ascii=False))


def _ask(orchestrator: Orchestrator, context: str) -> Answer:
    try:
        return read_state(orchestrator(context))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also what user code may raise in order to end the process, or a task
        answer = read_failure(error)
        # What the user's code raised; the SDK's wrapping says nothing that a person could use.
        _log.warning("an orchestrator failed: %s", plain(answer.error or ""), exc_info=error.__cause__ or error)
        return answer


def _cancelled(instance: Instance, scheduled: Sequence[Step], actions: Sequence[dict[str, Any]]) -> list[int]:
    fresh = {step.number for step in scheduled}
    return [
        step.number
        for step, action in zip((*instance.steps, *scheduled), actions, strict=True)
        if action.get("isCanceled") and (step.number in instance.open or step.number in fresh)
    ]
