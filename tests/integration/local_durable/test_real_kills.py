"""kill -9 in the middle of what is more than running on: what was suspended, tried again, left or rewound.

Each case stops at its `yield` for the kill; all cases share one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from functools import partial
from typing import TypeAlias

import pytest

from tests.durable.host import Host, serving

from .real import HISTORY, completed, ended, names, new_id, post, start

Case: TypeAlias = Callable[[Host], AsyncGenerator[None]]


async def what_was_suspended_stays_so(host: Host) -> AsyncGenerator[None]:
    id_, busy = new_id("suspended"), new_id("busy")
    await start(host, "WaitTwo", id_)
    await start(host, "SlowActivity", busy, "1")
    await host.shows(busy, "TaskScheduled", 1)
    for each in (id_, busy):
        await post(host, f"/instances/{each}/suspend?reason=wait")
    await post(host, f"/instances/{id_}/raiseEvent/go", "1")
    yield
    await post(host, f"/instances/{id_}/raiseEvent/go", "2")
    host.open_gate(busy)
    await host.shows(busy, "TaskCompleted", 1)
    for each in (id_, busy):
        status = await host.status(each)
        assert (status["runtimeStatus"], status["output"]) == ("Suspended", "wait")
        assert (await post(host, f"/instances/{each}/resume?reason=on")).status == 202
    assert await completed(host, id_) == [1, 2]
    assert await completed(host, busy) == "slept"
    middle = ["ExecutionSuspended", "EventRaised", "EventRaised", "ExecutionResumed"]
    assert names(await host.status(id_, HISTORY)) == ["ExecutionStarted", *middle, "ExecutionCompleted"]


async def what_was_tried_is_tried_on(host: Host) -> AsyncGenerator[None]:
    id_ = new_id("shut")
    await start(host, "Shut", id_)
    await host.shows(id_, "TaskFailed", 1)
    yield
    await host.shows(id_, "TaskFailed", 2)
    host.open_gate(id_)
    assert await completed(host, id_) == "open"
    counts = Counter(names(await host.status(id_, HISTORY)))
    assert counts["TaskFailed"] == counts["TimerCreated"] == counts["TimerFired"]


async def a_left_timer_ends_an_instance_that_has_returned(host: Host) -> AsyncGenerator[None]:
    id_ = new_id("left")
    await start(host, "TimerLeft", id_, "3")
    await host.shows(id_, "TimerCreated", 1)
    await post(host, f"/instances/{id_}/raiseEvent/go", "1")
    await host.shows(id_, "EventRaised", 1)
    yield
    assert await completed(host, id_) == "event"
    events = ["ExecutionStarted", "TimerCreated", "EventRaised", "TimerFired", "ExecutionCompleted"]
    assert names(await host.status(id_, HISTORY)) == events


async def a_left_activity_ends_an_instance_that_has_raised(host: Host) -> AsyncGenerator[None]:
    id_ = new_id("raised")
    await start(host, "LeavesAndRaises", id_)
    await host.shows(id_, "TaskCompleted", 1)
    assert (await host.status(id_))["runtimeStatus"] == "Running"
    yield
    host.open_gate(id_)
    status = await ended(host, id_)
    assert status["runtimeStatus"] == "Failed"
    assert "raised with an activity left" in status["output"]
    assert names(status) == ["ExecutionStarted", "TaskCompleted", "TaskCompleted", "ExecutionCompleted"]


async def what_was_rewound_goes_on(host: Host) -> AsyncGenerator[None]:
    id_ = new_id("rewound")
    await start(host, "SayThenOpen", id_)
    for reason in ("again-1", "again-2"):
        assert (await ended(host, id_))["runtimeStatus"] == "Failed"
        assert (await post(host, f"/instances/{id_}/rewind?reason={reason}")).status == 202
    yield
    assert (await ended(host, id_))["runtimeStatus"] == "Failed"
    host.open_gate(id_)
    await post(host, f"/instances/{id_}/rewind?reason=at-last")
    await host.reaches(id_, ["Completed"])
    status = await host.status(id_, HISTORY)
    assert status["output"] == ["said a", "open"]
    data = [event["Data"] for event in status["historyEvents"] if event["EventType"] == "GenericEvent"]
    assert [reason for reason in data if reason] == ["again-1", "again-2", "at-last"]


async def one_that_has_returned_and_left_something_can_be_steered(host: Host, act: str) -> AsyncGenerator[None]:
    id_ = new_id("steered")
    await start(host, "LeavesActivity", id_)
    await host.shows(id_, "TaskCompleted", 1)
    assert (await post(host, f"/instances/{id_}/{act}?reason=x")).status == 202
    assert (await post(host, f"/instances/{id_}/raiseEvent/late", "1")).status == (410 if act == "terminate" else 202)
    yield
    host.open_gate(id_)
    if act == "suspend":
        await host.shows(id_, "TaskCompleted", 2)
        assert (await host.status(id_))["runtimeStatus"] == "Suspended"
        await post(host, f"/instances/{id_}/resume")
    status = await ended(host, id_)
    expected = ("Terminated", "x") if act == "terminate" else ("Completed", "said fast")
    assert (status["runtimeStatus"], status["output"]) == expected


CASES: dict[str, Case] = {
    **{
        case.__name__: case
        for case in (
            what_was_suspended_stays_so,
            what_was_tried_is_tried_on,
            a_left_timer_ends_an_instance_that_has_returned,
            a_left_activity_ends_an_instance_that_has_raised,
            what_was_rewound_goes_on,
        )
    },
    **{
        f"{act} one that has returned": partial(one_that_has_returned_and_left_something_can_be_steered, act=act)
        for act in ("terminate", "suspend")
    },
}


@pytest.fixture(scope="module")
async def halves(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, AsyncGenerator[None]]]:
    """The cases after the kill."""
    async with serving(tmp_path_factory.mktemp("killed")) as host:
        halves = {name: case(host) for name, case in CASES.items()}
        await asyncio.gather(*(anext(half) for half in halves.values()))
        await host.restart()
        yield halves


@pytest.mark.parametrize("name", CASES)
async def test_goes_on_after_kill(name: str, halves: dict[str, AsyncGenerator[None]]) -> None:
    with pytest.raises(StopAsyncIteration):
        await anext(halves[name])
