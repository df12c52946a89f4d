"""Retries, timers and custom statuses as the real engine does them, beside the recorded cases."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.durable.host import Host

from .real import HISTORY, completed, ended, names, new_id, post, start


async def test_retries_beside_each_other(real_host: Host) -> None:
    id_ = new_id("beside")
    await start(real_host, "Retries", id_, "[1,2,0]")
    status = await ended(real_host, id_)
    assert status["output"] == ["attempt 2 ok", "attempt 3 ok", "attempt 1 ok"]
    counts = Counter(names(status))
    assert (counts["TaskFailed"], counts["TimerCreated"], counts["TimerFired"], counts["TaskCompleted"]) == (3, 3, 3, 3)


@pytest.mark.parametrize("failures", [0, 1, 2])
async def test_what_follows_retries_finds_its_own_result(real_host: Host, failures: int) -> None:
    id_ = new_id("then")
    await start(real_host, "RetryThen", id_, str(failures))
    assert await completed(real_host, id_) == [f"attempt {failures + 1} ok", "said after"]


async def test_one_that_fails_too_often_fails_them_all(real_host: Host) -> None:
    id_ = new_id("worst")
    await start(real_host, "Retries", id_, "[9,0]")
    status = await ended(real_host, id_)
    assert status["runtimeStatus"] == "Failed"
    assert "attempt 3 failed" in status["output"]
    # One more timer follows the last failure.
    assert Counter(names(status))["TimerFired"] == 3


async def test_an_event_wins_against_retries(real_host: Host) -> None:
    id_ = new_id("race")
    await start(real_host, "RetryRace", id_)
    await real_host.shows(id_, "TimerCreated", 1)
    await post(real_host, f"/instances/{id_}/raiseEvent/go", "1")
    await real_host.shows(id_, "EventRaised", 1)
    assert (await real_host.status(id_))["runtimeStatus"] == "Running", "its timer goes on"
    await post(real_host, f"/instances/{id_}/terminate")


@pytest.mark.parametrize("failures", [0, 1, 2, 3])
async def test_a_child_with_an_id_is_tried_again_under_it(real_host: Host, failures: int) -> None:
    id_ = new_id("child")
    await start(real_host, "RetriedChild", id_, str(failures))
    status = await ended(real_host, id_)
    children = [event["InstanceId"] for event in status["historyEvents"] if "InstanceId" in event]
    assert set(children) == {f"{id_}-child"}
    assert len(children) == min(failures + 1, 3)
    assert status["runtimeStatus"] == ("Failed" if failures == 3 else "Completed")
    assert (await real_host.status(f"{id_}-child"))["parentInstanceId"] == id_


async def test_a_cancelled_timer_leaves_its_beginning(real_host: Host) -> None:
    id_ = new_id("cancelled")
    await start(real_host, "Cancelled", id_)
    await real_host.shows(id_, "TimerCreated", 1)
    await post(real_host, f"/instances/{id_}/raiseEvent/go", '"now"')
    assert await completed(real_host, id_) == "now"
    events = ["ExecutionStarted", "TimerCreated", "EventRaised", "ExecutionCompleted"]
    assert names(await real_host.status(id_, HISTORY)) == events


async def test_each_custom_status_in_its_time(real_host: Host) -> None:
    id_ = new_id("steps")
    await start(real_host, "Steps", id_)
    for shown in ({"step": 1}, {"step": 2}):
        await real_host.reaches(id_, ["Running"])
        assert (await real_host.status(id_))["customStatus"] == shown
        await post(real_host, f"/instances/{id_}/raiseEvent/go", "1")
    await post(real_host, f"/instances/{id_}/raiseEvent/go", "1")
    await completed(real_host, id_)


async def test_a_custom_status_that_is_too_long_fails(real_host: Host) -> None:
    id_ = new_id("long")
    await start(real_host, "CustomStatus", id_, f'"{"z" * 20_000}"')
    status = await ended(real_host, id_)
    assert status["runtimeStatus"] == "Failed"
    assert "must not exceed 16 KB. The current payload size is 39 KB." in status["output"]


async def test_a_created_time_moves_with_continue_as_new(real_host: Host) -> None:
    id_ = new_id("moves")
    await start(real_host, "ContinueWithEvent", id_, '{"round":0}')
    await real_host.shows(id_, "TaskScheduled", 1)
    before = (await real_host.status(id_, HISTORY))["historyEvents"][0]
    real_host.open_gate(id_)
    status = await ended(real_host, id_)
    after = status["historyEvents"][0]
    assert before["Timestamp"] < after["Timestamp"]
    assert (before["Generation"], after["Generation"]) == (0, None)
    assert status["createdTime"] == f"{after['Timestamp'][:19]}Z"


async def test_results_are_shown_where_they_are_asked_for(real_host: Host) -> None:
    id_ = new_id("results")
    await start(real_host, "Chain", id_)
    await ended(real_host, id_)
    without = (await real_host.status(id_, "?showHistory=true"))["historyEvents"]
    assert not any("Result" in event for event in without)
    assert "historyEvents" not in await real_host.status(id_, "?showHistoryOutput=true")
