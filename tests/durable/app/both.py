"""Orchestrators that were recorded in both families, C# and Python."""

import re
from datetime import timedelta

import azure.durable_functions as df

_SPECIAL = {
    "FanOut": "py_fanout",
    "FanOutFail": "py_fanout_fail",
    "FanOutCaught": "py_fanout_caught",
    "EchoActivity": "py_echo_gen",
    "ContinueWithEvent": "py_can_event",
    "CustomStatus": "py_status",
    "TimerOrEvent": "py_race",
    "WaitEvent": "py_wait",
    "SubUnknown": "py_unknown_sub",
}


def given(context):
    """The input as C# reads it: plain JSON. The Python SDK's own client puts JSON into a JSON string."""
    raw = context._input
    if isinstance(raw, str) and raw.startswith('"'):
        return raw
    try:
        return context.get_input()
    except (TypeError, ValueError):
        return raw


def after(context, seconds):
    return context.create_timer(context.current_utc_datetime + timedelta(seconds=float(seconds)))


def child(context):
    return f"{context.instance_id}-child"


def _snake(name):
    return _SPECIAL.get(name) or "py_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _caught(error):
    return [type(error).__name__, str(error)]


def define(app, *, python):
    """Register the family. `python`: with the names and the results that the Python functions had."""
    called = _snake if python else str
    read = df.DurableOrchestrationContext.get_input if python else given

    def orchestrates(function):
        name = called("".join(part.capitalize() for part in function.__name__.split("_")))
        return app.function_name(name)(app.orchestration_trigger(context_name="context")(function))

    def activities(context):
        calls = (("Say", "a"), ("Boom", "b"), ("Boom", "c"))
        return context.task_all([context.call_activity(called(name), what) for name, what in calls])

    def race(context, seconds):
        clock, event = after(context, seconds), context.wait_for_external_event("go")
        winner = yield context.task_any([clock, event])
        if winner is clock:
            return ["timer"] if python else "timer"
        clock.cancel()
        return ["event", event.result] if python else f"event {event.result}"

    @orchestrates
    def echo(context):
        return read(context)

    @orchestrates
    def echo_activity(context):
        return (yield context.call_activity(called("Any"), read(context)))

    @orchestrates
    def chain(context):
        said = []
        for what in "abc":
            answer = yield context.call_activity(called("Say"), what)
            said.append(answer)
        return said

    @orchestrates
    def fan_out(context):
        slots = [{"number": number, "gate": f"{context.instance_id}-{number}"} for number in range(read(context))]
        if not slots and not python:
            # For the SDK all of nothing is null, for C# an empty list.
            return []
        return (yield context.task_all([context.call_activity("Slot", slot) for slot in slots]))

    @orchestrates
    def fan_out_fail(context):
        return (yield activities(context))

    @orchestrates
    def fan_out_caught(context):
        try:
            return (yield activities(context))
        except Exception as error:
            return _caught(error)

    @orchestrates
    def timer(context):
        yield after(context, read(context))
        return "timer done"

    @orchestrates
    def timer_or_event(context):
        return (yield from race(context, read(context)))

    @orchestrates
    def wait_event(context):
        got = yield context.wait_for_external_event("go")
        return [type(got).__name__, got] if python else got

    @orchestrates
    def wait_two(context):
        first = yield context.wait_for_external_event("go")
        second = yield context.wait_for_external_event("go")
        return [first, second]

    @orchestrates
    def retry(context):
        what = {"key": context.instance_id, "failures": read(context)}
        return (yield context.call_activity_with_retry(called("Flaky"), df.RetryOptions(100, 3), what))

    @orchestrates
    def retry_caught(context):
        what = {"key": context.instance_id, "failures": 9}
        try:
            return (yield context.call_activity_with_retry(called("Flaky"), df.RetryOptions(100, 2), what))
        except Exception as error:
            return _caught(error)

    @orchestrates
    def throws(context):
        raise ValueError("orchestrator boom")
        yield

    @orchestrates
    def activity_throws(context):
        return (yield context.call_activity(called("Boom"), "x"))

    @orchestrates
    def sub_unknown(context):
        return (yield context.call_sub_orchestrator("NoSuchOrchestrator", "x"))

    @orchestrates
    def sub(context):
        return (yield context.call_sub_orchestrator(called("Echo"), read(context)))

    @orchestrates
    def sub_throws(context):
        return (yield context.call_sub_orchestrator(called("Throws"), None, child(context)))

    @orchestrates
    def sub_activity_throws(context):
        return (yield context.call_sub_orchestrator(called("ActivityThrows"), None, child(context)))

    @orchestrates
    def sub_caught(context):
        try:
            return (yield context.call_sub_orchestrator(called("Throws"), None, child(context)))
        except Exception as error:
            return _caught(error)

    @orchestrates
    def sub_retry(context):
        policy = df.RetryOptions(100, 2)
        return (yield context.call_sub_orchestrator_with_retry(called("Throws"), policy, None))

    @orchestrates
    def continue_with_event(context):
        """Round 0 ends when its gate is opened; round 1 waits a second for `go`."""
        if read(context)["round"] == 0:
            yield context.call_activity(called("Sleep"), context.instance_id)
            context.continue_as_new({"round": 1})
            return None
        return (yield from race(context, 1))

    @orchestrates
    def custom_status(context):
        context.set_custom_status(read(context))
        yield context.wait_for_external_event("go")
        return "done"
