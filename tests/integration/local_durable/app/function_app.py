"""Orchestrators for the tests of the durable engine: one for each thing that it must be able to do.

Activities note what they do in the file NOTES, and wait for files in the folder GATES, so that a test decides when.
CHANGED=1 is the app after a careless deployment.
"""

import asyncio
import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df

app = df.DFApp()
GATES = Path(os.environ["GATES"])
NOTES = Path(os.environ["NOTES"])
CHANGED = os.environ.get("CHANGED") == "1"


def _note(text):
    with NOTES.open("a") as file:
        file.write(f"{text}\n")


def _sent(value):
    """What a test gave to the SDK's client: as in Azure, its JSON comes in a JSON string."""
    return json.loads(value)


@app.activity_trigger(input_name="order")
async def hold(order):
    """Wait for the gate, and return the value."""
    _note(f"begin {order['gate']}")
    while not (GATES / order["gate"]).exists():
        await asyncio.sleep(0.005)
    _note(f"end {order['gate']}")
    return order.get("value")


@app.activity_trigger(input_name="order")
def hold_thread(order):
    """The same in a thread."""
    _note(f"begin {order['gate']}")
    while not (GATES / order["gate"]).exists():
        time.sleep(0.005)
    _note(f"end {order['gate']}")
    return order.get("value")


@app.activity_trigger(input_name="text")
def echo(text):
    _note(f"echo {text}")
    return text


@app.activity_trigger(input_name="text", activity="public_name")
def private_name(text):
    return f"public {text}"


@app.activity_trigger(input_name="text")
async def fail(text):
    raise ValueError(f"no {text} today")


@app.orchestration_trigger(context_name="context")
def one_activity(context):
    given = context.get_input()
    return (yield context.call_activity(given.get("activity", "hold"), given))


@app.orchestration_trigger(context_name="context")
def many_activities(context):
    orders = [{"gate": gate, "value": index} for index, gate in enumerate(context.get_input())]
    return (yield context.task_all([context.call_activity("hold", order) for order in orders]))


@app.orchestration_trigger(context_name="context")
def nested(context):
    """task_any of a task_all and a timer: numbers run depth first."""
    gates = context.get_input()
    both = context.task_all([context.call_activity("hold", {"gate": gate, "value": gate}) for gate in gates])
    limit = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    winner = yield context.task_any([both, limit])
    limit.cancel()
    last = yield context.call_activity("echo", "after")
    return [winner == both, both.result, last]


@app.orchestration_trigger(context_name="context")
def one_event(context):
    context.set_custom_status({"waiting": "go"})
    value = yield context.wait_for_external_event("go")
    context.set_custom_status("gone")
    return _sent(value)


@app.orchestration_trigger(context_name="context")
def early_events(context):
    """Works first, waits then: two events of one name, and one of another."""
    yield context.call_activity("hold", {"gate": context.get_input()})
    first = yield context.wait_for_external_event("go")
    other = yield context.wait_for_external_event("other")
    second = yield context.wait_for_external_event("go")
    return [_sent(value) for value in (first, other, second)]


@app.orchestration_trigger(context_name="context")
def counter(context):
    """Adds events up, each in a generation of its own, with an activity in between."""
    state = context.get_input()
    if state["left"] == 0:
        return state["total"]
    value = _sent((yield context.wait_for_external_event("add")))
    yield context.call_activity("hold", {"gate": state["gate"]})
    context.continue_as_new({**state, "left": state["left"] - 1, "total": state["total"] + value})
    return None


@app.orchestration_trigger(context_name="context")
def spin(context):
    """Continues as new at once, a number of times, without ever yielding."""
    left = context.get_input()
    if left:
        context.continue_as_new(left - 1)
        return None
    return "done"


@app.orchestration_trigger(context_name="context")
def parent(context):
    given = context.get_input()
    children = [context.call_sub_orchestrator("child", gate, given.get("id")) for gate in given["gates"]]
    results = yield context.task_all(children)
    yield context.call_activity("echo", f"{context.instance_id} {len(results)}")
    return results


@app.orchestration_trigger(context_name="context")
def child(context):
    value = yield context.call_activity("hold", {"gate": context.get_input(), "value": "grown"})
    return {"value": value, "parent": context.parent_instance_id, "id": context.instance_id}


@app.orchestration_trigger(context_name="context")
def careful_parent(context):
    """Tells what it sees when its child fails."""
    try:
        yield context.call_sub_orchestrator(context.get_input(), None, f"{context.instance_id}-child")
    except Exception as error:
        return str(error)
    return "no failure"


@app.orchestration_trigger(context_name="context")
def timer(context):
    began = context.current_utc_datetime
    yield context.create_timer(began + timedelta(seconds=context.get_input()))
    return (context.current_utc_datetime - began).total_seconds()


@app.orchestration_trigger(context_name="context")
def race(context):
    """An event against a timer, then a rest, so that the loser has time to show up."""
    given = context.get_input()
    event = context.wait_for_external_event("go")
    limit = context.create_timer(context.current_utc_datetime + timedelta(seconds=given["limit"]))
    winner = yield context.task_any([event, limit])
    if winner == event:
        limit.cancel()
    context.set_custom_status("event" if winner == event else "timer")
    yield context.wait_for_external_event("end")
    return context.instance_id


@app.orchestration_trigger(context_name="context")
def catches(context):
    try:
        yield context.call_activity("fail", "soup")
    except Exception as error:
        return [type(error).__name__, str(error)]
    return "no failure"


@app.orchestration_trigger(context_name="context")
def fails(context):
    context.set_custom_status("about to fail")
    yield context.call_activity("fail", "bread")


@app.orchestration_trigger(context_name="context")
def raises(context):
    """Waits, then raises; its message looks like the SDK's own wrapping."""
    yield context.wait_for_external_event("go")
    raise RuntimeError("kaput\n\n$OutOfProcData$:{not json")


@app.orchestration_trigger(context_name="context")
def collector(context):
    """Adds events up; a short timer makes it begin again and again, so that events come at every moment of that."""
    state = context.get_input()
    while state["left"]:
        event = context.wait_for_external_event("add")
        limit = context.create_timer(context.current_utc_datetime + timedelta(milliseconds=2))
        winner = yield context.task_any([event, limit])
        if winner == limit:
            context.continue_as_new(state)
            return None
        limit.cancel()
        state = {"left": state["left"] - 1, "total": state["total"] + _sent(event.result)}
    return state["total"]


@app.activity_trigger(input_name="how")
async def misbehave(how):
    if how == "exit":
        sys.exit(3)
    if how == "cancel":
        raise asyncio.CancelledError
    return object()


@app.orchestration_trigger(context_name="context")
def misbehaves(context):
    how = context.get_input()
    if how == "exit here":
        sys.exit(4)
    if how == "object":
        return object()
    if how == "no task":
        yield 5
    yield context.call_activity("misbehave", how)


@app.orchestration_trigger(context_name="context")
def undefined(context):
    yield context.call_activity("nobody", None)


@app.orchestration_trigger(context_name="context")
def changes(context):
    """Deployed anew while it waits: the first step has another name then."""
    yield context.call_activity("public_name" if CHANGED else "echo", "x")
    yield context.wait_for_external_event("go")
    return "unharmed"


if not CHANGED:

    @app.orchestration_trigger(context_name="context")
    def vanishes(context):
        yield context.wait_for_external_event("go")


@app.orchestration_trigger(context_name="context")
def unsupported(context):
    what = context.get_input()
    if what == "signal_entity":
        context.signal_entity(df.EntityId("counter", "a"), "add", 1)
        return "went on"
    if what == "call_entity":
        yield context.call_entity(df.EntityId("counter", "a"), "add", 1)
    elif what == "call_http":
        yield context.call_http("GET", "http://127.0.0.1/")
    return "went on"


@app.orchestration_trigger(context_name="context")
def ticks(context):
    """Waits for many events, one after the other; calls an activity now and then."""
    total = 0
    for number in range(context.get_input()):
        total += _sent((yield context.wait_for_external_event("tick")))
        if number % 50 == 0:
            yield context.call_activity("echo", f"{context.instance_id} {number}")
    return total


@app.orchestration_trigger(context_name="context")
def ids(context):
    """What must not change in a replay: ids and times."""
    first = [context.new_uuid(), str(context.new_guid()), context.current_utc_datetime.isoformat()]
    context.set_custom_status(first)
    yield context.wait_for_external_event("go")
    return [*first, context.new_uuid(), context.is_replaying, context.version]


@app.orchestration_trigger(context_name="context")
def flow_now(context):
    """An activity, and nothing to wait for."""
    return (yield context.call_activity("echo", context.instance_id))


@app.orchestration_trigger(context_name="context")
def flow(context):
    """A checkout in small."""
    wake = context.wait_for_external_event("wake")
    expiry = context.create_timer(context.current_utc_datetime + timedelta(minutes=30))
    yield context.task_any([wake, expiry])
    expiry.cancel()
    return (yield context.call_activity("echo", context.instance_id))


@app.orchestration_trigger(context_name="context")
def three_steps(context):
    """Two activities with an event and a race against a timer in between; what the first returned is kept."""
    first = yield context.call_activity("echo", f"first {context.get_input()}")
    told = _sent((yield context.wait_for_external_event("go")))
    second = context.call_activity("hold", {"gate": f"second {context.get_input()}", "value": told})
    limit = context.create_timer(context.current_utc_datetime + timedelta(seconds=context.get_input()))
    winner = yield context.task_any([second, limit])
    if winner == second:
        limit.cancel()
    last = yield context.call_activity("echo", f"last {context.get_input()}")
    return [first, second.result if winner == second else "too late", last]


RETRIES = df.RetryOptions(20, 3)
tries = {}


@app.activity_trigger(input_name="order")
async def flaky(order):
    """Fails so many times for one key."""
    count = tries[order["key"]] = tries.get(order["key"], 0) + 1
    if count <= order["failures"]:
        raise ValueError(f"attempt {count}")
    return count


@app.orchestration_trigger(context_name="context")
def retries(context):
    """Two calls with retries at once, and an activity as soon as the first of them is over."""
    orders = [{"key": f"{context.instance_id} {n}", "failures": n} for n in context.get_input()]
    calls = [context.call_activity_with_retry("flaky", RETRIES, order) for order in orders]
    yield context.task_any(calls)
    said = yield context.call_activity("echo", "in between")
    got = yield context.task_all(calls)
    return [*got, said]


@app.orchestration_trigger(context_name="context")
def retries_a_child(context):
    try:
        yield context.call_sub_orchestrator_with_retry("catches_not", RETRIES, None, f"{context.instance_id}-child")
    except Exception as error:
        return str(error)
    return "no failure"


@app.orchestration_trigger(context_name="context")
def catches_not(context):
    yield context.call_activity("fail", "rice")


@app.orchestration_trigger(context_name="context")
def leaves_a_timer(context):
    """An event wins against a timer that nobody cancels."""
    limit = context.create_timer(context.current_utc_datetime + timedelta(seconds=context.get_input()))
    yield context.task_any([limit, context.wait_for_external_event("go")])
    return "done"


@app.orchestration_trigger(context_name="context")
def fails_once(context):
    """One of three activities fails the first time."""
    orders = [{"key": f"{context.instance_id} {n}", "failures": int(n == 1)} for n in range(3)]
    got = yield context.task_all([context.call_activity("flaky", order) for order in orders])
    return got


@app.orchestration_trigger(context_name="context")
def parent_of_one_that_fails_once(context):
    return (yield context.call_sub_orchestrator("fails_once", None, f"{context.instance_id}-child"))


@app.orchestration_trigger(context_name="context")
def big_status(context):
    context.set_custom_status("x" * context.get_input())
    return "fits"
    yield


@app.orchestration_trigger(context_name="context")
def twice_the_same(context):
    """Works first; two events of one name come meanwhile."""
    yield context.call_activity("hold", {"gate": context.get_input()})
    first = yield context.wait_for_external_event("go")
    limit = context.create_timer(context.current_utc_datetime + timedelta(seconds=1))
    second = context.wait_for_external_event("go")
    winner = yield context.task_any([second, limit])
    limit.cancel()
    return [_sent(first), _sent(second.result) if winner == second else None]
