"""Suspend, resume, rewind, retries, and what an orchestrator leaves behind: with the histories of the real engine."""

import asyncio
import secrets
from typing import Any

import aiohttp
import pytest

from local.durable.binding import ROOT

from .process import EngineProcess
from .story import history_shows


async def _asked(engine: EngineProcess, id_: str, act: str) -> tuple[int, Any]:
    url = f"{engine.url}{ROOT}/instances/{id_}/{act}"
    async with aiohttp.ClientSession() as session, session.post(url) as answer:
        return answer.status, await answer.json(content_type=None)


async def _history(engine: EngineProcess, id_: str) -> list[dict[str, Any]]:
    return list((await engine.client.get_status(id_, show_history=True, show_history_output=True)).historyEvents)


async def _kinds(engine: EngineProcess, id_: str) -> list[str]:
    return [event["EventType"] for event in await _history(engine, id_)]


async def test_a_suspended_instance_keeps_what_comes_and_goes_on_after_a_kill(own_engine: EngineProcess) -> None:
    gate = secrets.token_hex(4)
    id_ = await own_engine.client.start_new("early_events", client_input=gate)
    await own_engine.noted(f"begin {gate}")
    assert await _asked(own_engine, id_, "suspend?reason=look") == (202, None)
    own_engine.open_gate(gate)
    for name, value in (("go", 1), ("other", None), ("go", 2)):
        await own_engine.client.raise_event(id_, name, value)
    await history_shows(own_engine, id_, "TaskCompleted", 1)
    status = await own_engine.status(id_)
    assert (status["runtimeStatus"], status["output"]) == ("Suspended", "look")
    await own_engine.restart()
    assert (await own_engine.status(id_))["runtimeStatus"] == "Suspended"
    again, why = await _asked(own_engine, id_, "suspend")
    assert (again, why["ExceptionMessage"]) == (
        500,
        f"Cannot suspend the orchestration instance {id_} because instance is in the Suspended state.",
    )
    assert await _asked(own_engine, id_, "resume?reason=fine") == (202, None)
    ended = await own_engine.ended(id_)
    assert ended["output"] == [1, None, 2]
    kinds = await _kinds(own_engine, id_)
    assert kinds[:2] == ["ExecutionStarted", "ExecutionSuspended"]
    assert sorted(kinds[2:6]) == ["EventRaised", "EventRaised", "EventRaised", "TaskCompleted"]
    assert kinds[6:] == ["ExecutionResumed", "ExecutionCompleted"]


async def test_a_suspended_instance_can_be_terminated(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("one_event")
    await _asked(shared_engine, id_, "suspend?reason=a")
    assert await _asked(shared_engine, id_, "terminate?reason=b") == (202, None)
    assert [await _asked(shared_engine, id_, act) for act in ("suspend", "resume", "terminate")] == [(410, None)] * 3
    ended = ["ExecutionStarted", "ExecutionSuspended", "ExecutionTerminated", "ExecutionCompleted"]
    assert await _kinds(shared_engine, id_) == ended


async def test_calls_with_retries_are_tried_again_while_others_go_on(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("retries", client_input=[2, 1, 0])
    assert await shared_engine.completed(id_) == [3, 2, 1, "in between"]
    kinds = await _kinds(shared_engine, id_)
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {
        "ExecutionStarted": 1,
        "TaskFailed": 3,
        "TimerCreated": 3,
        "TimerFired": 3,
        "TaskCompleted": 4,
        "ExecutionCompleted": 1,
    }


async def test_retries_end_and_one_more_timer_follows_the_last_failure(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("retries", client_input=[9])
    assert "attempt 3" in await shared_engine.failed(id_)
    again = ["TaskFailed", "TimerCreated", "TimerFired"]
    assert await _kinds(shared_engine, id_) == ["ExecutionStarted", *again * 3, "TaskCompleted", "ExecutionCompleted"]


async def test_retries_survive_a_kill(own_engine: EngineProcess) -> None:
    """The attempts before the kill count: the app's own memory does not outlive it, the engine's history does."""
    id_ = await own_engine.client.start_new("retries_a_child")
    await history_shows(own_engine, id_, "SubOrchestrationInstanceFailed", 1)
    await own_engine.restart()
    assert "no rice today" in await own_engine.completed(id_)
    assert (await _kinds(own_engine, id_)).count("SubOrchestrationInstanceFailed") == 3


async def test_an_instance_ends_only_when_the_timer_that_it_left_has_fired(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("leaves_a_timer", client_input=1.5)
    await shared_engine.client.raise_event(id_, "go")
    await history_shows(shared_engine, id_, "EventRaised", 1)
    assert await shared_engine.completed(id_) == "done"
    kinds = ["ExecutionStarted", "TimerCreated", "EventRaised", "TimerFired", "ExecutionCompleted"]
    assert await _kinds(shared_engine, id_) == kinds


async def test_rewind_does_again_what_failed_and_nothing_else(own_engine: EngineProcess) -> None:
    id_ = await own_engine.client.start_new("parent_of_one_that_fails_once")
    assert "attempt 1" in await own_engine.failed(id_)
    await own_engine.client.rewind(id_, "again")
    assert await own_engine.completed(id_) == [1, 2, 1], "the two that were good were not called again"
    parent = ["ExecutionStarted", "GenericEvent", "GenericEvent", "SubOrchestrationInstanceCompleted"]
    assert await _kinds(own_engine, id_) == [*parent, "ExecutionCompleted"]
    child = await _history(own_engine, f"{id_}-child")
    kinds = [event["EventType"] for event in child]
    assert kinds[0] == "ExecutionStarted" and kinds[-2:] == ["TaskCompleted", "ExecutionCompleted"]
    assert (kinds.count("GenericEvent"), kinds.count("TaskCompleted")) == (4, 3)
    assert [event["Data"] for event in child if event["EventType"] == "GenericEvent"] == [None, None, None, "again"]


async def test_only_what_failed_can_be_rewound(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("one_event")
    why = 'This orchestration has status {}, but only orchestrations in the "Failed" state can be rewound.'
    assert await _asked(shared_engine, id_, "rewind") == (412, why.format("Running"))
    assert await _asked(shared_engine, "nobody", "rewind") == (
        404,
        'No orchestration with instance ID "$nobody" found.',
    )
    tried = await shared_engine.client.start_new("retries", client_input=[9])
    await shared_engine.failed(tried)
    status, sentence = await _asked(shared_engine, tried, "rewind")
    assert (status, "was tried again" in sentence) == (501, True)


@pytest.mark.parametrize(("characters", "status"), [(8190, "Completed"), (8191, "Failed")])
async def test_a_custom_status_has_16_kb(shared_engine: EngineProcess, characters: int, status: str) -> None:
    id_ = await shared_engine.client.start_new("big_status", client_input=characters)
    ended = await shared_engine.ended(id_)
    assert ended["runtimeStatus"] == status
    assert status == "Completed" or "must not exceed 16 KB" in ended["output"]


@pytest.mark.parametrize("faults", ["", "overwritten_events"])
async def test_events_that_came_before_the_wait(own_engine: EngineProcess, faults: str) -> None:
    """Here both are kept; behind the real engine the SDK gives the last one to each later wait for that name."""
    await own_engine.restart(DURABLE_FAULTS=faults)
    gate = secrets.token_hex(4)
    id_ = await own_engine.client.start_new("twice_the_same", client_input=gate)
    await own_engine.noted(f"begin {gate}")
    for value in (1, 2):
        await own_engine.client.raise_event(id_, "go", value)
    own_engine.open_gate(gate)
    assert await own_engine.completed(id_) == ([2, 2] if faults else [1, 2])


@pytest.mark.parametrize("faults", ["", "lost_events"])
async def test_events_at_continue_as_new(own_engine: EngineProcess, faults: str) -> None:
    await own_engine.restart(DURABLE_FAULTS=faults)
    gate = secrets.token_hex(4)
    given = {"left": 2, "total": 0, "gate": gate}
    id_ = await own_engine.client.start_new("counter", client_input=given)
    for value in (1, 10):
        await own_engine.client.raise_event(id_, "add", value)
    own_engine.open_gate(gate)
    if not faults:
        assert await own_engine.completed(id_) == 11
        return
    # The second one came before the first run was over, and is gone with it.
    await _input_is(own_engine, id_, '"left": 1')
    assert await own_engine.alive(id_)
    await own_engine.client.raise_event(id_, "add", 100)
    assert await own_engine.completed(id_) == 101


async def test_a_call_of_nobody_leaves_an_instance_running(own_engine: EngineProcess) -> None:
    await own_engine.restart(DURABLE_FAULTS="stuck_calls")
    id_ = await own_engine.client.start_new("undefined")
    await history_shows(own_engine, id_, "TaskScheduled", 1)
    await own_engine.restart(DURABLE_FAULTS="stuck_calls")
    assert (await own_engine.status(id_))["runtimeStatus"] == "Running"
    await own_engine.client.terminate(id_, "it hangs")
    assert (await own_engine.ended(id_))["runtimeStatus"] == "Terminated"


async def test_an_early_timer_fires_before_its_time(own_engine: EngineProcess) -> None:
    await own_engine.restart(DURABLE_FAULTS="early_timers")
    id_ = await own_engine.client.start_new("timer", client_input=0.9)
    assert await own_engine.completed(id_) < 0.9


async def _input_is(engine: EngineProcess, id_: str, words: str) -> None:
    while words not in str((await engine.status(id_))["input"]):
        await asyncio.sleep(0.01)
