"""Timer functions: when they are due, and that they run."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local.host.config import ConfigError
from local.host.schedule import ScheduleError, parse_schedule, time_zone
from tests.integration.local_host.process import HostProcess, write_app
from tests.integration.local_stack.foreign import all_refused_but, statuses

APP = """
import sys, time
import azure.functions as func
app = func.FunctionApp()

def say(*words: object) -> None:
    # In one piece: a thread and the loop speak at once, and print() writes the end of a line by itself.
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()

@app.timer_trigger(arg_name="timer", schedule="* * * * * *")
async def every_second(timer: func.TimerRequest, context: func.Context) -> None:
    known = sorted(timer.schedule_status)
    say("second", timer.past_due, known, context.function_name, len(context.invocation_id))

@app.timer_trigger(arg_name="timer", schedule="* * * * * *")
def slow(timer: func.TimerRequest) -> None:
    say("slow begins")
    time.sleep(1.2)
    say("slow ends")

@app.timer_trigger(arg_name="timer", schedule="%NIGHTLY%", run_on_startup=True)
async def at_start(timer: func.TimerRequest) -> None:
    say("at start", timer.past_due)

@app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *")
async def yearly(timer: func.TimerRequest) -> None:
    say("yearly", timer.past_due, timer.schedule_status["Last"])

@app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *")
async def by_hand(timer: func.TimerRequest) -> None:
    say("by hand", timer.past_due)

@app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *", use_monitor=False)
async def unwatched(timer: func.TimerRequest) -> None:
    say("unwatched")

@app.timer_trigger(arg_name="timer", schedule="* * * * * *")
async def failing(timer: func.TimerRequest) -> None:
    raise RuntimeError("again")

@app.timer_trigger(arg_name="timer", schedule="00:00:01")
async def interval(timer: func.TimerRequest) -> None:
    say("interval")
"""
NIGHTLY = {"Values": {"NIGHTLY": "0 0 3 1 1 *"}}


def _next(text: str, after: str, zone: str = "UTC") -> str:
    schedule = parse_schedule(text, ZoneInfo(zone))
    return schedule.next(datetime.fromisoformat(after)).isoformat().removesuffix("+00:00")


@pytest.mark.parametrize(
    ("text", "after", "due"),
    [
        ("*/30 * * * * *", "2026-11-24T10:00:01Z", "2026-11-24T10:00:30"),
        ("0 */5 * * * *", "2026-11-24T10:00:00Z", "2026-11-24T10:05:00"),
        ("*/5 * * * *", "2026-11-24T10:00:00Z", "2026-11-24T10:05:00"),
        ("0 0 3 * * *", "2026-11-24T10:00:00Z", "2026-11-25T03:00:00"),
        ("0 30 9 * * Mon-Fri", "2026-11-27T10:00:00Z", "2026-11-30T09:30:00"),
        ("0 0 0 1 JAN,jul *", "2026-02-01T00:00:00Z", "2026-07-01T00:00:00"),
        ("0 0 0 * * 0", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00"),
        ("0 0 9 13 * 5", "2026-11-01T00:00:00Z", "2026-11-13T09:00:00"),
        ("0 0 9 13 * 5", "2026-11-14T00:00:00Z", "2027-08-13T09:00:00"),
        ("10-20/5,50 * * * * *", "2026-11-24T10:00:20Z", "2026-11-24T10:00:50"),
        ("00:10:00", "2026-11-24T10:00:20Z", "2026-11-24T10:10:20"),
    ],
)
def test_a_schedule_is_due(text: str, after: str, due: str) -> None:
    assert _next(text, after) == due


def test_a_schedule_follows_the_clocks_of_its_zone() -> None:
    assert _next("0 0 3 * * *", "2026-03-07T12:00:00Z", "America/New_York") == "2026-03-08T07:00:00"
    assert _next("0 0 3 * * *", "2026-03-06T12:00:00Z", "America/New_York") == "2026-03-07T08:00:00"
    assert time_zone({}) is UTC
    assert str(time_zone({"WEBSITE_TIME_ZONE": "America/New_York"})) == "America/New_York"
    with pytest.raises(ConfigError, match="WEBSITE_TIME_ZONE"):
        time_zone({"WEBSITE_TIME_ZONE": "Eastern Standard Time"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "* * * *",
        "* * * * * * *",
        "60 * * * * *",
        "* * * L * *",
        "* * * * * 7",
        "0 0 0 30 2 *",
        "? * * * * *",
        "00:00:00",
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule(text, UTC)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder = tmp_path_factory.mktemp("timers")
    with HostProcess(write_app(folder / "app", APP, settings=NIGHTLY), folder / "data") as host:
        yield host
        assert host.stop() == 0


def test_timers_run_when_due_one_run_at_a_time(host: HostProcess) -> None:
    host.wait_for_output("slow ends", times=2)
    host.wait_for_output("interval", times=2)
    host.wait_for_output("function 'failing' failed", times=2)
    lines = host.output.splitlines()
    assert "second False ['Last', 'LastUpdated', 'Next'] every_second 36" in lines
    turns = [line for line in lines if line.startswith("slow")]
    assert turns[:4] == ["slow begins", "slow ends"] * 2
    assert lines.count("at start False") == 1
    assert not any(line.startswith(("yearly", "unwatched")) for line in lines)


def test_a_timer_can_be_run_by_hand_but_not_by_a_page_elsewhere(host: HostProcess) -> None:
    url = f"{host.url}/admin/functions/By_Hand"
    assert statuses("POST", url, json={"input": ""}) == all_refused_but(202)
    host.wait_for_output("by hand False")
    assert host.output.count("by hand") == 1


def test_a_run_that_was_missed_is_made_up_for_and_a_file_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP, settings=NIGHTLY)
    state_file = tmp_path / "data" / "timers.json"
    state_file.parent.mkdir()
    state_file.write_text("[")
    with HostProcess(app, tmp_path / "data") as host:
        host.wait_for_output("second False")
        assert "timers begin anew" in host.output
        host.kill()
        state = json.loads(state_file.read_text())
        assert "unwatched" not in state
        state["yearly"] |= {"last": "2025-01-01T03:00:00+00:00", "next": "2026-01-01T03:00:00+00:00"}
        state["every_second"]["next"] = "2026-01-01T03:00:00+00:00"
        # Another schedule than before: nothing was missed of the new one.
        state["at_start"] |= {"schedule": "0 0 0 * * *", "next": "2026-01-01T03:00:00+00:00"}
        state_file.write_text(json.dumps(state))
        host.start()
        host.wait_for_output("yearly True 2025-01-01T03:00:00+00:00")
        host.wait_for_output("second True")
        host.wait_for_output("at start False", times=2)
        # The next of each second comes after whatever else was missed.
        host.wait_for_output("second False", times=host.output.count("second False") + 1)
        assert host.output.count("yearly") == 1
        assert json.loads(state_file.read_text())["yearly"]["next"].startswith(f"{datetime.now(UTC).year + 1}-01-01T03")


def test_a_host_that_is_killed_in_its_first_run_has_noted_every_timer(tmp_path: Path) -> None:
    code = """
    import os, signal
    import azure.functions as func
    app = func.FunctionApp()

    @app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *", run_on_startup=True)
    async def deadly(timer: func.TimerRequest) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *")
    async def yearly(timer: func.TimerRequest) -> None:
        pass
    """
    host = HostProcess(write_app(tmp_path / "app", code), tmp_path / "data")
    host.spawn()
    assert host.wait() == -signal.SIGKILL
    assert set(json.loads((tmp_path / "data" / "timers.json").read_text())) == {"deadly", "yearly"}
