"""Orchestrators of cases of our own, beside the recorded ones."""

import azure.durable_functions as df
from both import after, child, given


def define(app):
    """Register them."""

    def orchestrates(name):
        def register(function):
            return app.function_name(name)(app.orchestration_trigger(context_name="context")(function))

        return register

    @orchestrates("Retries")
    def retries(context):
        """Several flaky activities at the same time: the input tells how often each fails. Three attempts each."""
        return (
            yield context.task_all(
                [
                    context.call_activity_with_retry(
                        "Flaky",
                        df.RetryOptions(100, 3),
                        {"key": f"{context.instance_id} {number}", "failures": failures},
                    )
                    for number, failures in enumerate(given(context))
                ]
            )
        )

    @orchestrates("RetryThen")
    def retry_then(context):
        """A retried activity, then another activity: the numbers of steps must still be the SDK's."""
        what = {"key": context.instance_id, "failures": given(context)}
        first = yield context.call_activity_with_retry("Flaky", df.RetryOptions(100, 3), what)
        second = yield context.call_activity("Say", "after")
        return [first, second]

    @orchestrates("RetryRace")
    def retry_race(context):
        """A retried activity that never works against an event."""
        what = {"key": context.instance_id, "failures": 1000}
        tries = context.call_activity_with_retry("Flaky", df.RetryOptions(60_000, 3), what)
        event = context.wait_for_external_event("go")
        winner = yield context.task_any([tries, event])
        return "event" if winner is event else "tries"

    @orchestrates("FlakyChild")
    def flaky_child(context):
        what = {"key": context.instance_id, "failures": given(context)}
        return (yield context.call_activity("Flaky", what))

    @orchestrates("RetriedChild")
    def retried_child(context):
        """A child with an id of its own, which fails as often as the input tells. Three attempts."""
        policy = df.RetryOptions(100, 3)
        return (yield context.call_sub_orchestrator_with_retry("FlakyChild", policy, given(context), child(context)))

    @orchestrates("FlakyFan")
    def flaky_fan(context):
        """Counts in one activity, fails once in two others; says how often it counted."""
        keys = [f"{context.instance_id} {number}" for number in range(3)]
        tasks = [context.call_activity("Count", keys[0])]
        tasks += [context.call_activity("Flaky", {"key": key, "failures": 1}) for key in keys[1:]]
        return (yield context.task_all(tasks))

    @orchestrates("FlakyGrandchild")
    def flaky_grandchild(context):
        return (yield context.call_sub_orchestrator("FlakyChild", 1, child(context)))

    @orchestrates("RetriedSlow")
    def retried_slow(context):
        """An activity that fails once its gate is open, and works when it is called again."""
        return (yield context.call_activity_with_retry("FlakySlow", df.RetryOptions(100, 3), context.instance_id))

    @orchestrates("Shut")
    def shut(context):
        """Tries an activity until its gate is open."""
        return (yield context.call_activity_with_retry("Open", df.RetryOptions(3000, 100), context.instance_id))

    @orchestrates("SayThenOpen")
    def say_then_open(context):
        """Fails in its second activity while the gate is shut."""
        said = yield context.call_activity("Say", "a")
        opened = yield context.call_activity("Open", context.instance_id)
        return [said, opened]

    @orchestrates("LeavesAndRaises")
    def leaves_and_raises(context):
        slow, fast = context.call_activity("Sleep", context.instance_id), context.call_activity("Say", "fast")
        yield context.task_any([slow, fast])
        raise ValueError("raised with an activity left")

    @orchestrates("Cancelled")
    def cancelled(context):
        """An event before a timer of an hour, which is cancelled."""
        clock, event = after(context, 3600), context.wait_for_external_event("go")
        yield context.task_any([clock, event])
        clock.cancel()
        return event.result

    @orchestrates("Steps")
    def steps(context):
        """Custom statuses, one after the other; the last one is nothing."""
        for step in (1, 2, None):
            context.set_custom_status(step and {"step": step})
            yield context.wait_for_external_event("go")
        return "done"

    @orchestrates("Program")
    def program(context):
        """Does what its input tells, step by step: see tests/integration/local_durable/programs.py."""

        def task(number, kind, what):
            key = f"{context.instance_id} {number}"
            match kind:
                case "say":
                    return context.call_activity("Say", what)
                case "flaky":
                    flaky = {"key": key, "failures": what}
                    return context.call_activity_with_retry("Unsteady", df.RetryOptions(100, 3), flaky)
                case "timer":
                    return after(context, what / 1000)
                case "event":
                    return context.wait_for_external_event(what)
                case "child":
                    return context.call_sub_orchestrator("Program", what)
                case "flaky child":
                    return context.call_sub_orchestrator_with_retry("Program", df.RetryOptions(100, 2), what)
            raise ValueError(kind)

        results = []
        for number, (kind, what) in enumerate(given(context)):
            if kind == "all":
                tasks = context.task_all([task(f"{number}.{at}", *each) for at, each in enumerate(what)])
            else:
                tasks = task(number, kind, what)
            try:
                result = yield tasks
            except Exception:
                if kind == "child":
                    raise
                result = "caught"
            results.append(result)
        if results and results[-1] == "caught":
            raise ValueError("the last step failed")
        return results
