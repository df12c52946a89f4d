"""The state on disk: who may open it, what happens without it, when it cannot be written, and under repeated kills."""

import asyncio
import random
import resource
import secrets
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType

import aiohttp
import pytest

from local.durable.actions import Kind, Step
from local.durable.codec import now
from local.durable.episode import Orchestrator, run_episode
from local.durable.history import history_events
from local.durable.instance import Episode, Got, Instance, Message
from local.durable.service import DurableService
from local.durable.store import Store, StoreError
from local.host.app import load_app
from tests.integration.local_host.process import HostProcess

from .process import APP, HUB, EngineProcess

TraceFunction = Callable[[FrameType, str, object], object]


def _service(data_dir: Path) -> DurableService:
    return DurableService(data_dir=data_dir, hub=HUB, orchestrators={}, activities={})


async def test_a_directory_can_be_opened_once(tmp_path: Path) -> None:
    first, second = _service(tmp_path), _service(tmp_path)
    await first.start()
    with pytest.raises(StoreError, match="is in use by another durable engine"):
        await second.start()
    await first.stop()
    await second.start()
    assert second.failure is None
    await second.stop()
    assert second.failure is not None


async def test_another_process_cannot_open_it_either(shared_engine: EngineProcess) -> None:
    with pytest.raises(StoreError, match="in use"):
        Store(shared_engine.data_dir, HUB)


async def test_a_file_that_is_no_state_is_named(tmp_path: Path) -> None:
    (tmp_path / f"durable-{HUB}.db").write_text("this is not a database, and long enough to be looked at closely" * 20)
    for _ in range(2):
        with pytest.raises(StoreError, match=rf"durable-{HUB}\.db cannot be opened"):
            Store(tmp_path, HUB)


async def test_deleted_state_starts_clean(own_engine: EngineProcess) -> None:
    id_ = await own_engine.client.start_new("one_event", "kept-nowhere")
    own_engine.kill()
    for file in own_engine.data_dir.iterdir():
        file.unlink()
    own_engine.start()
    assert not await own_engine.client.get_status(id_)
    assert await own_engine.client.start_new("one_event", id_) == id_


async def test_clean_stop_with_an_activity_that_hangs(own_engine: EngineProcess) -> None:
    ids = []
    for activity in ("hold", "hold_thread"):
        order = {"gate": f"never-{activity}", "activity": activity}
        ids.append(await own_engine.client.start_new("one_activity", client_input=order))
        await own_engine.noted(f"begin never-{activity}")
    own_engine.signal(signal.SIGTERM)
    await asyncio.to_thread(own_engine.wait_until_it_takes_nothing_new)
    own_engine.open_gate("never-hold_thread")  # within the grace: its result is kept
    assert await asyncio.to_thread(own_engine.wait) == 0
    await asyncio.to_thread(own_engine.start)
    own_engine.open_gate("never-hold")
    for id_ in ids:
        await own_engine.completed(id_)
    assert own_engine.notes("begin never-hold") == 2
    assert own_engine.notes("begin never-hold_thread") == 1


async def test_a_full_disk_stops_everything_until_the_next_start(own_engine: EngineProcess) -> None:
    # Files that may not grow any more stand for a disk that is full.
    size = sum(file.stat().st_size for file in own_engine.data_dir.iterdir())
    resource.prlimit(own_engine.pid, resource.RLIMIT_FSIZE, (600_000 + size, 600_000 + size))
    accepted = []
    with pytest.raises(Exception, match="state cannot be written"):
        while len(accepted) < 200:
            accepted += [await own_engine.client.start_new("one_event", f"big-{len(accepted)}", "x" * 20_000)]
    with pytest.raises(Exception, match="500"):
        await own_engine.client.raise_event(accepted[0], "go", "lost")
    await own_engine.restart()
    for id_ in accepted:
        await own_engine.client.raise_event(id_, "go", "found")
        assert await own_engine.completed(id_) == "found"
    assert not await own_engine.client.get_status(f"big-{len(accepted)}")


async def test_kills_at_random_moments(own_engine: EngineProcess) -> None:
    """Whatever was accepted ends, and nothing that counts happens twice."""
    chance, prefix = random.Random(20261124), secrets.token_hex(4)
    accepted: set[str] = set()

    async def one(number: int) -> None:
        id_, sent = f"{prefix}-{number}", False
        while not sent:
            try:
                async with asyncio.timeout(2):
                    if not await own_engine.client.get_status(id_):
                        await own_engine.client.start_new("flow", id_)
                    accepted.add(id_)
                    await own_engine.client.raise_event(id_, "wake")
                    sent = True
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(0.02)
            except Exception as error:
                # The event was accepted and the answer lost.
                assert "is gone" in str(error)
                sent = True

    async def many() -> None:
        for start in range(0, 48, 8):
            await asyncio.gather(*(one(start + number) for number in range(8)))

    sending = asyncio.create_task(many())
    for _ in range(3):
        await asyncio.sleep(chance.uniform(0.02, 0.25))
        await own_engine.restart()
    await sending
    assert len(accepted) == 48
    for id_ in accepted:
        assert await own_engine.completed(id_) == id_
        assert own_engine.notes(f"echo {id_}") >= 1
    history = (await own_engine.client.get_status(f"{prefix}-0", show_history=True)).historyEvents
    assert [event["EventType"] for event in history].count("TaskCompleted") == 1


async def test_a_history_of_twice_the_length_takes_twice_the_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GATES", str(tmp_path))
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    ticks = load_app(APP).orchestrators["ticks"]
    short, long = (_lines_of_a_replay(ticks, number) for number in (125, 250))
    assert long < 2.2 * short


def _lines_of_a_replay(ticks: Orchestrator, number: int) -> int:
    """How many lines of Python the last episode of an orchestration of so many events takes."""
    instance = Instance("long", 1, "ticks", f'"{number}"')
    instance.restore(Episode(now(), [], [Step(Kind.EVENT, -1, "tick")]))
    activities = 0
    for tick in range(number - 1):
        steps = [Step(Kind.EVENT, -1, "tick")]
        got = [Message(Got.EVENT_RAISED, -1, "tick", '"1"')]
        if tick % 50 == 0:
            instance.restore(Episode(now(), got, [Step(Kind.ACTIVITY, activities, "echo")]))
            got = [Message(Got.TASK_COMPLETED, activities, text='"x"')]
            activities += 1
        instance.restore(Episode(now(), got, steps))
    instance.inbox.append(Message(Got.EVENT_RAISED, -1, "tick", '"1"'))
    lines = 0

    def count(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        outcome = run_episode(ticks, instance, instance.take(), now())
    finally:
        sys.settrace(before)
    assert (outcome.ended, outcome.output) == (True, str(number))
    return lines


def test_a_file_of_the_engines_first_form_is_taken_over(tmp_path: Path) -> None:
    """A developer's data is not lost by an update: what was alive goes on, and its history is told."""
    path = tmp_path / "durable-hub.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(_FIRST_FORM)
    store = Store(tmp_path, "hub")
    try:
        (instance,) = store.alive()
        assert (instance.id, instance.generation, list(instance.open)) == ("one", None, [0])
        assert [(message.name, message.text) for message in instance.inbox] == [("go", '"kept"')]
        events = history_events(instance, store.episodes(7), instance.inbox, with_output=True)
        kinds = [event["EventType"] for event in events]
        assert sorted(kinds) == ["EventRaised", "ExecutionStarted", "TaskScheduled"]
    finally:
        store.close()
    Store(tmp_path, "hub").close()


_FIRST_FORM = """
CREATE TABLE instances (
    id TEXT PRIMARY KEY, execution INTEGER NOT NULL, name TEXT NOT NULL, version TEXT, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    parent_id TEXT, parent_execution INTEGER, parent_number INTEGER
) WITHOUT ROWID;
CREATE INDEX instances_by_time ON instances (created_at, id);
CREATE INDEX instances_alive ON instances (status) WHERE status IN ('Pending', 'Running');
CREATE TABLE episodes (
    execution INTEGER NOT NULL, position INTEGER NOT NULL, at INTEGER NOT NULL,
    received TEXT NOT NULL, scheduled TEXT NOT NULL, cancelled TEXT NOT NULL, PRIMARY KEY (execution, position)
) WITHOUT ROWID;
CREATE TABLE inbox (
    key INTEGER PRIMARY KEY, execution INTEGER NOT NULL, got INTEGER NOT NULL, number INTEGER NOT NULL,
    name TEXT NOT NULL, text TEXT
);
CREATE INDEX inbox_by_execution ON inbox (execution);
INSERT INTO instances VALUES ('one', 7, 'code', NULL, 'Running', NULL, NULL, NULL, 5, 5, NULL, NULL, NULL);
INSERT INTO episodes VALUES (7, 0, 6, '[]', '[[0, "echo", "1", 0, null, null]]', '[]');
INSERT INTO inbox VALUES (1, 7, 15, -1, 'go', '"kept"');
PRAGMA user_version = 1;
"""


def test_a_fault_that_there_is_none_of_is_named_and_no_data_is_blamed(tmp_path: Path) -> None:
    host = HostProcess(APP, tmp_path, "--role", "durable", env={"GATES": str(tmp_path), "NOTES": str(tmp_path / "n")})
    with pytest.raises(AssertionError) as refused:
        host.start(DURABLE_FAULTS="early_timer")
    said = str(refused.value)
    assert "DURABLE_FAULTS names 'early_timer', but knows early_timers, lost_events" in said
    assert "Delete" not in said
