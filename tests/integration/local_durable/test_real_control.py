"""Events, terminate, suspend, resume, restart and rewind as the real engine does them, beside the recorded cases."""

from __future__ import annotations

import pytest

from tests.durable.host import Host

from .real import HISTORY, completed, ended, get, names, new_id, post, start


async def running(host: Host, name: str = "WaitEvent", body: str | None = None) -> str:
    """The id of an instance that waits."""
    id_ = new_id("running")
    await start(host, name, id_, body)
    await host.reaches(id_, ["Running"])
    return id_


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json "])
async def test_the_types_that_an_event_may_have(real_host: Host, kind: str) -> None:
    id_ = await running(real_host)
    assert (await post(real_host, f"/instances/{id_}/raiseEvent/go", "1", {"Content-Type": kind.strip()})).status == 202
    assert await completed(real_host, id_) == 1


async def test_an_event_without_a_type_is_refused(real_host: Host) -> None:
    id_ = await running(real_host)
    answer = await post(real_host, f"/instances/{id_}/raiseEvent/go", "1", {"Content-Type": ""})
    assert (answer.status, answer.body) == (400, {"Message": "Only application/json request content is supported"})


async def test_an_event_that_nobody_waits_for_stays_in_the_history(real_host: Host) -> None:
    id_ = await running(real_host)
    for name in ("other", "go"):
        await post(real_host, f"/instances/{id_}/raiseEvent/{name}", '{"a": 1.50}')
    status = await ended(real_host, id_)
    assert names(status) == ["ExecutionStarted", "EventRaised", "EventRaised", "ExecutionCompleted"]
    assert [event.get("Input") for event in status["historyEvents"][1:3]] == ['{"a":1.5}'] * 2


async def test_no_reason_is_no_output(real_host: Host) -> None:
    id_ = await running(real_host)
    assert (await post(real_host, f"/instances/{id_}/terminate", '{"reason":"of the body"}')).status == 202
    status = await ended(real_host, id_)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", None)


async def test_a_terminated_instances_activity_leaves_no_trace(real_host: Host) -> None:
    id_ = new_id("cut")
    await start(real_host, "SlowActivity", id_, "1")
    await real_host.shows(id_, "TaskScheduled", 1)
    await post(real_host, f"/instances/{id_}/terminate?reason=x")
    before = await ended(real_host, id_)
    real_host.open_gate(id_)
    # Another activity that comes and goes: the first one's end has reached the engine by then.
    other = new_id("later")
    await start(real_host, "Chain", other)
    await completed(real_host, other)
    assert names(before) == ["ExecutionStarted", "TaskScheduled", "ExecutionTerminated", "ExecutionCompleted"]
    assert await real_host.status(id_, HISTORY) == before


async def test_suspend_and_resume_say_where_they_come_too_late(real_host: Host) -> None:
    id_ = await running(real_host)
    answer = await post(real_host, f"/instances/{id_}/resume")
    why = f"Cannot resume the orchestration instance {id_} because instance is in the Running state."
    assert (answer.status, answer.body["ExceptionMessage"]) == (500, why)
    await post(real_host, f"/instances/{id_}/suspend?reason=first")
    answer = await post(real_host, f"/instances/{id_}/suspend?reason=second")
    why = f"Cannot suspend the orchestration instance {id_} because instance is in the Suspended state."
    assert (answer.status, answer.body["ExceptionMessage"]) == (500, why)
    assert (await get(real_host, f"/instances/{id_}")).body["output"] == "first"
    await post(real_host, f"/instances/{id_}/resume?reason=on")
    status = (await get(real_host, f"/instances/{id_}")).body
    assert (status["runtimeStatus"], status["output"]) == ("Running", "on")


async def test_suspended_twice_and_told_in_between(real_host: Host) -> None:
    id_ = await running(real_host, "WaitTwo")
    for number in (1, 2):
        await post(real_host, f"/instances/{id_}/suspend")
        await post(real_host, f"/instances/{id_}/raiseEvent/go", str(number))
        assert (await get(real_host, f"/instances/{id_}")).body["runtimeStatus"] == "Suspended"
        await post(real_host, f"/instances/{id_}/resume")
    assert await completed(real_host, id_) == [1, 2]
    once = ["ExecutionSuspended", "EventRaised", "ExecutionResumed"]
    assert names(await ended(real_host, id_)) == ["ExecutionStarted", *once, *once, "ExecutionCompleted"]


async def test_terminated_while_it_is_suspended_and_has_an_event(real_host: Host) -> None:
    id_ = await running(real_host)
    await post(real_host, f"/instances/{id_}/suspend?reason=wait")
    await post(real_host, f"/instances/{id_}/raiseEvent/go", "1")
    await post(real_host, f"/instances/{id_}/terminate?reason=enough")
    status = await ended(real_host, id_)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "enough")
    middle = ["ExecutionSuspended", "EventRaised", "ExecutionTerminated"]
    assert names(status) == ["ExecutionStarted", *middle, "ExecutionCompleted"]


async def test_a_timer_and_a_child_end_while_the_parent_is_suspended(real_host: Host) -> None:
    timer, parent = await running(real_host, "Timer", "6"), await running(real_host, "SubWait")
    await real_host.reaches(f"{parent}-child", ["Running"])
    for id_ in (timer, parent):
        await post(real_host, f"/instances/{id_}/suspend")
    await post(real_host, f"/instances/{parent}-child/raiseEvent/go", '"grown"')
    await real_host.shows(timer, "TimerFired", 1)
    await real_host.shows(parent, "SubOrchestrationInstanceCompleted", 1)
    for id_, output in ((timer, "timer done"), (parent, "grown")):
        assert (await get(real_host, f"/instances/{id_}")).body["runtimeStatus"] == "Suspended"
        await post(real_host, f"/instances/{id_}/resume")
        assert await completed(real_host, id_) == output


async def test_nothing_is_tried_again_while_it_is_suspended(real_host: Host) -> None:
    id_ = new_id("held")
    await start(real_host, "RetriedSlow", id_)
    await real_host.shows(id_, "TaskScheduled", 1)
    await post(real_host, f"/instances/{id_}/suspend")
    real_host.open_gate(id_)
    await real_host.shows(id_, "TaskFailed", 1)
    assert names(await real_host.status(id_, HISTORY)) == ["ExecutionStarted", "ExecutionSuspended", "TaskFailed"]
    await post(real_host, f"/instances/{id_}/resume")
    assert await completed(real_host, id_) == "attempt 2 ok"


@pytest.mark.parametrize("act", ["terminate", "suspend", "resume", "raiseEvent/go"])
async def test_who_has_ended_is_gone_for_all_acts(real_host: Host, act: str) -> None:
    id_ = new_id("over")
    await start(real_host, "Throws", id_)
    await ended(real_host, id_)
    answer = await post(real_host, f"/instances/{id_}/{act}", "1")
    assert (answer.status, answer.body) == (410, "")


async def test_nobody_can_be_rewound_or_restarted(real_host: Host) -> None:
    id_ = new_id("nobody")
    answer = await post(real_host, f"/instances/{id_}/rewind?reason=x")
    assert (answer.status, answer.body) == (404, f'No orchestration with instance ID "${id_}" found.')
    answer = await post(real_host, f"/instances/{id_}/restart")
    assert answer.status == 400
    assert answer.body["Message"] == "InstanceId does not match a valid orchestration instance."


async def test_a_fan_out_goes_on_after_a_rewind_where_it_failed(real_host: Host) -> None:
    id_ = new_id("fan")
    await start(real_host, "FlakyFan", id_)
    assert (await ended(real_host, id_))["runtimeStatus"] == "Failed"
    assert (await post(real_host, f"/instances/{id_}/rewind?reason=again")).status == 202
    await real_host.reaches(id_, ["Completed"])
    status = await real_host.status(id_, HISTORY)
    # The first activity had ended well: it is not called again.
    assert status["output"] == [1, "attempt 2 ok", "attempt 2 ok"]
    assert names(status).count("TaskFailed") == 0
    assert names(status).count("TaskCompleted") == 3
    reasons = [event["Data"] for event in status["historyEvents"] if event["EventType"] == "GenericEvent"]
    assert [reason for reason in reasons if reason is not None] == ["again"]


async def test_a_rewind_reaches_the_child_that_failed(real_host: Host) -> None:
    id_ = new_id("deep")
    await start(real_host, "FlakyGrandchild", id_)
    assert (await ended(real_host, id_))["runtimeStatus"] == "Failed"
    assert (await post(real_host, f"/instances/{id_}/rewind?reason=again")).status == 202
    for each in (id_, f"{id_}-child"):
        await real_host.reaches(each, ["Completed"])
        assert await completed(real_host, each) == "attempt 2 ok"


@pytest.mark.parametrize("state", ["Failed", "Terminated"])
async def test_who_has_ended_is_restarted_with_its_input(real_host: Host, state: str) -> None:
    id_ = new_id("restarted")
    await start(real_host, "Throws" if state == "Failed" else "WaitEvent", id_, '{"a": 1.50}')
    if state == "Terminated":
        await post(real_host, f"/instances/{id_}/terminate")
    await ended(real_host, id_)
    answer = await post(real_host, f"/instances/{id_}/restart")
    assert answer.status == 202
    assert answer.body["id"] != id_
    assert (await get(real_host, f"/instances/{answer.body['id']}")).body["input"] == {"a": 1.5}
