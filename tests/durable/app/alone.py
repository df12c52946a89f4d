"""Orchestrators that were recorded in one family only."""

import time
from itertools import pairwise

from both import after, child, given

_HELD_SECONDS = 0.05


def define(app):
    """Register them."""

    def orchestrates(name):
        def register(function):
            return app.function_name(name)(app.orchestration_trigger(context_name="context")(function))

        return register

    # ---- C#

    @orchestrates("Void")
    def void(context):
        return None

    @orchestrates("EventTimeout")
    def event_timeout(context):
        clock, event = after(context, 1), context.wait_for_external_event("go")
        if (yield context.task_any([clock, event])) is clock:
            raise TimeoutError("Event go not received in 1 second")
        clock.cancel()
        return event.result

    @orchestrates("TimerLeft")
    def timer_left(context):
        """Waits three times as long as it is told: a busy machine must have time to raise the event."""
        clock, event = after(context, 3 * given(context)), context.wait_for_external_event("go")
        winner = yield context.task_any([clock, event])
        return "event" if winner is event else "timer"

    @orchestrates("LateWaitN")
    def late_wait(context):
        """Begins to wait when its gate is opened: what was raised before that came too early."""
        yield context.call_activity("Sleep", context.instance_id)
        got = []
        for _ in range(given(context)):
            event = yield context.wait_for_external_event("go")
            got.append(event)
        return got

    @orchestrates("LeavesActivity")
    def leaves_activity(context):
        slow, fast = context.call_activity("Sleep", context.instance_id), context.call_activity("Say", "fast")
        winner = yield context.task_any([slow, fast])
        return winner.result

    @orchestrates("SlowActivity")
    def slow_activity(context):
        slept = yield context.call_activity("Sleep", context.instance_id)
        yield context.call_activity("Note", f"{context.instance_id} after")
        return slept

    @orchestrates("SlowStart")
    def slow_start(context):
        """Holds its first run, so that the instance stays Pending meanwhile."""
        if not context.is_replaying:
            time.sleep(_HELD_SECONDS)
        return (yield context.wait_for_external_event("go"))

    @orchestrates("ThrowsLater")
    def throws_later(context):
        yield context.call_activity("Say", "a")
        raise ValueError("orchestrator boom later")

    @orchestrates("ActivityCaught")
    def activity_caught(context):
        try:
            return (yield context.call_activity("Boom", "x"))
        except Exception as error:
            return f"{type(error).__name__}|{error}"

    @orchestrates("ActivityUnknown")
    def activity_unknown(context):
        return (yield context.call_activity("NoSuchActivity", "x"))

    @orchestrates("NullActivity")
    def null_activity(context):
        yield context.call_activity("Nothing", None)
        return "ok"

    @orchestrates("LongOutput")
    def long_output(context):
        return (yield context.call_activity("Long", given(context)))

    @orchestrates("CountUp")
    def count_up(context):
        state = given(context)
        number = state.get("i", 0)
        yield context.call_activity("Say", str(number))
        if number == state["n"]:
            return state
        context.continue_as_new({"i": number + 1, "n": state["n"]})
        return None

    @orchestrates("SubWithId")
    def sub_with_id(context):
        return (yield context.call_sub_orchestrator("Echo", given(context), child(context)))

    @orchestrates("SubWait")
    def sub_wait(context):
        return (yield context.call_sub_orchestrator("WaitEvent", None, child(context)))

    # ---- Python

    @orchestrates("py_throws_plain")
    def throws_plain(context):
        raise ValueError("orchestrator boom")

    @orchestrates("py_bad_activity_output")
    def bad_activity_output(context):
        return (yield context.call_activity("py_bad", 1))

    @orchestrates("py_yield_number")
    def yield_number(context):
        return (yield 5)

    @orchestrates("py_all_empty")
    def all_empty(context):
        return (yield context.task_all([]))

    @orchestrates("py_props")
    def props(context):
        first = [context.instance_id, context.parent_instance_id, context.is_replaying]
        yield context.call_activity("py_say", "a")
        return [*first, context.is_replaying]

    @orchestrates("py_utc")
    def utc(context):
        """Whether its clock moves on with each activity of a second: 1.0 for at least that."""
        times = [context.current_utc_datetime]
        for _ in range(2):
            yield context.call_activity("py_sleep", 1000)
            times.append(context.current_utc_datetime)
        return [min(round((late - early).total_seconds(), 1), 1.0) for early, late in pairwise(times)]

    @orchestrates("py_uuid")
    def uuid(context):
        return [str(context.new_uuid()), str(context.new_uuid()), context.new_guid().hex]
