"""One episode: the SDK runs the orchestrator's code over the instance's history, and its answer is read."""

from __future__ import annotations

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
)
from local.durable.codec import BadTimeError, plain
from local.durable.instance import Episode, Instance, Message

_log = logging.getLogger("durable")
_SLOW_SECONDS = 0.5
Orchestrator = Callable[[str], Any]
"""An orchestrator's user function, as azure-functions-durable makes it: from the context's text to the state's text."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an episode led to. `failure` is the reason in plain text; the other fields do not count then.

    `ended`: the orchestrator returned `output`. `continues`: it begins again with `next_input`.
    """

    episode: Episode
    custom_status: str | None = None
    ended: bool = False
    output: str | None = None
    continues: bool = False
    next_input: str | None = None
    failure: str | None = None


def run_episode(orchestrator: Orchestrator | None, instance: Instance, received: Sequence[Message], at: int) -> Outcome:
    """Run the orchestrator of `instance` on what it has received. `orchestrator` None: the app does not define it."""
    nothing = Episode(at, received, ())
    if orchestrator is None:
        return Outcome(nothing, failure=f"the app does not define an orchestrator '{instance.name}' any more")
    began = time.perf_counter()
    answer = _ask(orchestrator, instance.hand_over(at, received))
    seconds = time.perf_counter() - began
    if seconds > _SLOW_SECONDS:
        _log.warning("the orchestrator '%s' took %.1f s: everything else had to wait", instance.name, seconds)
    try:
        check_replay(instance.name, instance.steps, answer)
        if answer.error is not None:
            return Outcome(nothing, answer.custom_status, failure=answer.error)
        actions = answer.actions or []
        scheduled = new_steps(actions, len(instance.steps), instance.next_number)
    except (NonDeterminismError, UnsupportedActionError, BadTimeError) as error:
        return Outcome(nothing, answer.custom_status, failure=str(error))
    return Outcome(
        Episode(at, received, scheduled, _cancelled(instance, scheduled, actions)),
        answer.custom_status,
        ended=answer.done and not answer.continues,
        output=answer.output,
        continues=answer.continues,
        next_input=answer.next_input,
    )


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
