"""The checkout's orchestration and its activities (rules 1 and 8).

It holds nothing that MongoDB lacks, and no rule: each step is a service that says what comes next. Any change of the
steps gets a new function name, and the old one stays for a release.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import azure.durable_functions as df
from bson import ObjectId

from shared.domain.checkout_states import Next, Step
from shared.integrations.engine import WAKE_EVENT
from shared.services.ordering import steps
from shared.store.mongo.client import allow_long_work
from shared.telemetry import traces
from shared.web.runtime import get_app

bp = df.Blueprint()

WAKES_PER_GENERATION = 20
LOOK_AGAIN_AFTER = timedelta(seconds=10)

LEAST_WAIT = timedelta(seconds=2)
"""The real engine's timers fire up to a second early, and one of a second or less fires at once."""


@bp.orchestration_trigger(context_name="context")
def checkout_v4(context: df.DurableOrchestrationContext) -> Generator[Any, Any, None]:
    """Drive one checkout: wait for the claim or the expiry, then do step after step until it is at rest.

    Where nobody accepts its order in time, its people are told. The input is null (look at once), or {"at", "step"}:
    wait until then for a wake, then do the step ("expire"); `at` null: do the step at once. `trace`: the one that it
    was begun in; `began`: when, of a later generation.
    """
    yield from _drive(context, LEAST_WAIT, sees_answered=True, begins_anew=True)


@bp.orchestration_trigger(context_name="context")
def checkout_v3(context: df.DurableOrchestrationContext) -> Generator[Any, Any, None]:
    """As checkout_v4, and a wake that comes during a step ends each later wait: for the instances that the release
    before this one has started."""
    yield from _drive(context, LEAST_WAIT, sees_answered=True)


@bp.orchestration_trigger(context_name="context")
def checkout_v2(context: df.DurableOrchestrationContext) -> Generator[Any, Any, None]:
    """As checkout_v3, and over once the order is placed: for instances of older releases. The sweeper sees whether
    their orders are answered."""
    yield from _drive(context, LEAST_WAIT, sees_answered=False)


@bp.orchestration_trigger(context_name="context")
def checkout_v1(context: df.DurableOrchestrationContext) -> Generator[Any, Any, None]:
    """As checkout_v2, without its least wait: for instances of older releases."""
    yield from _drive(context, timedelta(), sees_answered=False)


def _drive(
    context: df.DurableOrchestrationContext,
    least_wait: timedelta,
    *,
    sees_answered: bool,
    begins_anew: bool = False,
) -> Generator[Any, Any, None]:
    """`begins_anew`: a wake that came before its wait ends that wait only, and a generation begins with a step.

    The SDK gives an event for which nothing waited to each later wait of its name, so none of them would wait: after
    one look a new generation begins, which has not heard of it. Continue-as-new loses the events that come meanwhile:
    so the new generation looks at the database first.
    """
    given = context.get_input() or {}
    trace = given.get("trace")
    told = {"trace": trace, "began": given.get("began") or context.current_utc_datetime.isoformat()} if trace else {}
    at = given.get("at")
    step = given.get("step") or ("place_order" if at is None else "expire")
    for _ in range(WAKES_PER_GENERATION):
        is_stale = False
        if at is not None:
            context.set_custom_status(f"waiting to {step}")
            began = context.current_utc_datetime
            woken = yield from _woken_before(context, _not_before(context, at, least_wait))
            is_stale = begins_anew and woken and context.current_utc_datetime == began
            step = "place_order" if woken and step == "expire" else step
        context.set_custom_status(step)
        try:
            following = yield context.call_activity(step, context.instance_id)
        except Exception:
            # A step decides by its answer; an exception only means that the database was out of reach.
            at = (context.current_utc_datetime + LOOK_AGAIN_AFTER).isoformat()
        else:
            step, at = following["step"], following["at"]
            if step is None or (step == "see_answered" and not sees_answered):
                _tell(context, told)
                return
        if is_stale:
            break
    context.continue_as_new({"step": step, "at": None if begins_anew else at, **told})


def _tell(context: df.DurableOrchestrationContext, told: dict[str, Any]) -> None:
    """The workflow is over: one span of all of it, made now and at no replay."""
    if not told or context.is_replaying:
        return
    # A person may have begun it, with whatever stands there.
    with suppress(ValueError, TypeError):
        seconds = (context.current_utc_datetime - datetime.fromisoformat(told["began"])).total_seconds()
        traces.whole(str(told["trace"]), "workflow checkout", {"orderId": context.instance_id}, seconds)


def _not_before(context: df.DurableOrchestrationContext, at: str, least_wait: timedelta) -> str:
    return max(datetime.fromisoformat(at), context.current_utc_datetime + least_wait).isoformat()


def _woken_before(context: df.DurableOrchestrationContext, at: str) -> Generator[Any, Any, bool]:
    """Wait for a wake, but only until `at`."""
    wake = context.wait_for_external_event(WAKE_EVENT)
    timer: Any = context.create_timer(datetime.fromisoformat(at))
    winner = yield context.task_any([wake, timer])
    if winner == timer:
        return False
    timer.cancel()
    return True


async def _run(step: Step, preview: str) -> dict[str, str | None]:
    allow_long_work()
    following: Next = await steps.run(await get_app(), step, ObjectId(preview))
    return {"step": following.step, "at": following.at.isoformat() if following.at else None}


@bp.activity_trigger(input_name="preview")
async def take_payment(preview: str) -> dict[str, str | None]:
    """Take what the claim promises to pay."""
    return await _run("take_payment", preview)


@bp.activity_trigger(input_name="preview")
async def place_order(preview: str) -> dict[str, str | None]:
    """Turn the claimed checkout into an order."""
    return await _run("place_order", preview)


@bp.activity_trigger(input_name="preview")
async def do_duties(preview: str) -> dict[str, str | None]:
    """Do what is due after the order was placed."""
    return await _run("do_duties", preview)


@bp.activity_trigger(input_name="preview")
async def see_answered(preview: str) -> dict[str, str | None]:
    """Tell a location's people of an order that nobody has accepted in time."""
    return await _run("see_answered", preview)


@bp.activity_trigger(input_name="preview")
async def expire(preview: str) -> dict[str, str | None]:
    """Close an open checkout whose time is over."""
    return await _run("expire", preview)
