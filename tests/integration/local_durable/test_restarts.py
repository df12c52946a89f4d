"""Everything the engine does, with kill -9 and a restart in the middle of it, through the unmodified SDK.

Each case is a generator: what stands before its `yield` happens before the kill, the rest after the restart. All of
them share one kill, so that the many cases cost two starts of the engine.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest

from local.durable.codec import now
from local.durable.instance import Got, Instance, Message
from local.durable.store import Store

from .process import HUB, EngineProcess

Case = Callable[[EngineProcess], AsyncGenerator[None]]
CASES: dict[str, Case] = {}
EARLY = "before-the-first-run"


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


class Story:
    """All cases, run up to the kill."""

    def __init__(self, engine: EngineProcess) -> None:
        self._halves = {name: function(engine) for name, function in CASES.items()}
        self._before: dict[str, BaseException | None] = {}

    async def first_halves(self) -> None:
        results = await asyncio.gather(*(anext(half) for half in self._halves.values()), return_exceptions=True)
        self._before = dict(zip(self._halves, results, strict=True))

    async def second_half(self, name: str) -> None:
        error = self._before[name]
        if error is not None:
            raise error
        with pytest.raises(StopAsyncIteration):
            await anext(self._halves[name])


@pytest.fixture(scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Story]:
    engine = EngineProcess(tmp_path_factory.mktemp("restarts"))
    _write_unstarted(engine)
    engine.start()
    try:
        story = Story(engine)
        await story.first_halves()
        engine.kill()
        await asyncio.sleep(0.5)  # timers fall due while nobody looks
        engine.start(CHANGED="1")
        yield story
        assert engine.stop() == 0
    finally:
        if engine.process is not None and engine.process.poll() is None:
            engine.kill()


def _write_unstarted(engine: EngineProcess) -> None:
    """What a kill leaves when it comes between an accepted start, an accepted event, and the first episode."""
    store = Store(engine.data_dir, HUB)
    instance = Instance(EARLY, 1, "one_event", None, created_at=now(), updated_at=now())
    instance.inbox.append(Message(Got.EVENT_RAISED, -1, "go", '"kept"'))
    store.write([instance])
    store.commit()
    store.close()


@case
async def event_before_the_first_run(engine: EngineProcess) -> AsyncGenerator[None]:
    assert await engine.completed(EARLY) == "kept"
    yield
    assert await engine.completed(EARLY) == "kept"


@case
async def activity(engine: EngineProcess) -> AsyncGenerator[None]:
    gate = secrets.token_hex(4)
    id_ = await engine.client.start_new("one_activity", client_input={"gate": gate, "value": {"n": 1}})
    await engine.noted(f"begin {gate}")
    yield
    assert await engine.alive(id_)
    engine.open_gate(gate)
    assert await engine.completed(id_) == {"n": 1}
    assert engine.notes(f"begin {gate}") == 2, "its completion was not recorded, so it runs again"
    assert engine.notes(f"end {gate}") == 1


@case
async def activity_in_a_thread(engine: EngineProcess) -> AsyncGenerator[None]:
    gate = secrets.token_hex(4)
    order = {"gate": gate, "value": [1, None, "x"], "activity": "hold_thread"}
    id_ = await engine.client.start_new("one_activity", client_input=order)
    await engine.noted(f"begin {gate}")
    yield
    engine.open_gate(gate)
    assert await engine.completed(id_) == [1, None, "x"]
    assert engine.notes(f"begin {gate}") == 2


@case
async def completed_activities_do_not_run_again(engine: EngineProcess) -> AsyncGenerator[None]:
    gates = [secrets.token_hex(4) for _ in range(5)]
    id_ = await engine.client.start_new("many_activities", client_input=gates)
    for gate in gates:
        await engine.noted(f"begin {gate}")
    for gate in gates[:2]:
        engine.open_gate(gate)
    await _history(engine, id_, "TaskCompleted", 2)
    yield
    for gate in gates:
        engine.open_gate(gate)
    assert await engine.completed(id_) == [0, 1, 2, 3, 4]
    assert [engine.notes(f"begin {gate}") for gate in gates] == [1, 1, 2, 2, 2]


@case
async def nested_tasks(engine: EngineProcess) -> AsyncGenerator[None]:
    gates = [secrets.token_hex(4) for _ in range(2)]
    id_ = await engine.client.start_new("nested", client_input=gates)
    engine.open_gate(gates[1])
    await _history(engine, id_, "TaskCompleted", 1)
    yield
    engine.open_gate(gates[0])
    assert await engine.completed(id_) == [True, gates, "after"]


@case
async def event_and_custom_status(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("one_event")
    assert await _custom_status(engine, id_) == {"waiting": "go"}
    yield
    assert (await engine.status(id_))["customStatus"] == {"waiting": "go"}
    await engine.client.raise_event(id_, "go", {"b": [2]})
    assert await engine.completed(id_) == {"b": [2]}
    assert (await engine.status(id_))["customStatus"] == "gone"


@case
async def events_before_the_wait(engine: EngineProcess) -> AsyncGenerator[None]:
    gate = secrets.token_hex(4)
    id_ = await engine.client.start_new("early_events", client_input=gate)
    for value in (1, 2, 3):
        await engine.client.raise_event(id_, "go", value)
    yield
    await engine.client.raise_event(id_, "other", None)
    engine.open_gate(gate)
    assert await engine.completed(id_) == [1, None, 2], "in order, each once; the third finds no wait"


@case
async def continue_as_new_with_events_in_flight(engine: EngineProcess) -> AsyncGenerator[None]:
    gate = secrets.token_hex(4)
    given = {"left": 4, "total": 0, "gate": gate}
    id_ = await engine.client.start_new("counter", client_input=given)
    for value in (1, 10, 100):
        await engine.client.raise_event(id_, "add", value)
    await engine.noted(f"begin {gate}")
    yield
    engine.open_gate(gate)
    await engine.client.raise_event(id_, "add", 1000)
    assert await engine.completed(id_) == 1111
    history = (await engine.client.get_status(id_, show_history=True)).historyEvents
    assert [event["EventType"] for event in history] == ["ExecutionStarted", "ExecutionCompleted"]


@case
async def continued_many_times(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("spin", client_input=2000)
    yield
    assert await engine.completed(id_) == "done"


@case
async def sub_orchestrations(engine: EngineProcess) -> AsyncGenerator[None]:
    gates = [secrets.token_hex(4) for _ in range(3)]
    id_ = await engine.client.start_new("parent", client_input={"gates": gates})
    engine.open_gate(gates[0])
    await _history(engine, id_, "SubOrchestrationInstanceCompleted", 1)
    yield
    for gate in gates:
        engine.open_gate(gate)
    results = await engine.completed(id_)
    assert [(result["value"], result["parent"]) for result in results] == [("grown", id_)] * 3
    assert len({result["id"] for result in results}) == 3
    assert engine.notes(f"echo {id_} 3") == 1
    history = (await engine.client.get_status(id_, show_history=True)).historyEvents
    assert [event["EventType"] for event in history].count("SubOrchestrationInstanceCompleted") == 3


@case
async def child_that_ends_while_nobody_looks(engine: EngineProcess) -> AsyncGenerator[None]:
    gate, child = secrets.token_hex(4), secrets.token_hex(4)
    id_ = await engine.client.start_new("parent", client_input={"gates": [gate], "id": child})
    await engine.noted(f"begin {gate}")
    engine.open_gate(gate)
    yield
    assert await engine.completed(id_) == [{"value": "grown", "parent": id_, "id": child}]


@case
async def terminated_child(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("careful_parent", client_input="one_event")
    yield
    await engine.client.terminate(f"{id_}-child", "not needed")
    assert "terminated: not needed" in await engine.completed(id_)


@case
async def terminated_parent_leaves_its_child_alone(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("careful_parent", client_input="one_event")
    await engine.client.terminate(id_, "over")
    yield
    await engine.client.raise_event(f"{id_}-child", "go", "fine")
    assert await engine.completed(f"{id_}-child") == "fine"
    assert (await engine.status(id_))["runtimeStatus"] == "Terminated"


@case
async def timer_due_while_down(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("timer", client_input=0.4)
    yield
    assert await engine.completed(id_) >= 0.4


@case
async def timer_due_later(engine: EngineProcess) -> AsyncGenerator[None]:
    began = time.monotonic()
    id_ = await engine.client.start_new("timer", client_input=4)
    yield
    assert 4 <= await engine.completed(id_) < 8
    assert time.monotonic() - began >= 4


@case
async def event_wins_and_the_timer_is_gone(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("race", client_input={"limit": 1})
    await engine.client.raise_event(id_, "go")
    assert await _custom_status(engine, id_) == "event"
    yield
    await asyncio.sleep(1.2)
    await engine.client.raise_event(id_, "end")
    assert await engine.completed(id_) == id_
    history = (await engine.client.get_status(id_, show_history=True)).historyEvents
    kinds = [event["EventType"] for event in history]
    assert kinds == ["ExecutionStarted", "EventRaised", "EventRaised", "ExecutionCompleted"]


@case
async def timer_wins(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("race", client_input={"limit": 0.1})
    assert await _custom_status(engine, id_) == "timer"
    yield
    await engine.client.raise_event(id_, "end")
    assert await engine.completed(id_) == id_


@case
async def terminated_during_an_activity(engine: EngineProcess) -> AsyncGenerator[None]:
    gate, late = secrets.token_hex(4), secrets.token_hex(4)
    first = await engine.client.start_new("one_activity", client_input={"gate": gate})
    second = await engine.client.start_new("one_activity", client_input={"gate": late})
    for name in (gate, late):
        await engine.noted(f"begin {name}")
    for id_ in (first, second):
        await engine.client.terminate(id_, "a reason: 100%")
    engine.open_gate(gate)
    await engine.noted(f"end {gate}")
    yield
    engine.open_gate(late)
    for id_ in (first, second):
        status = await engine.status(id_)
        assert (status["runtimeStatus"], status["output"]) == ("Terminated", "a reason: 100%")
    assert engine.notes(f"begin {late}") == 1, "nobody asks for it any more"


@case
async def started_again_with_an_old_activity_in_flight(engine: EngineProcess) -> AsyncGenerator[None]:
    old, new, id_ = secrets.token_hex(4), secrets.token_hex(4), secrets.token_hex(4)
    await engine.client.start_new("one_activity", id_, {"gate": old, "value": "old"})
    await engine.noted(f"begin {old}")
    await engine.client.terminate(id_, "again")
    await engine.client.start_new("one_activity", id_, {"gate": new, "value": "new"})
    await engine.noted(f"begin {new}")
    engine.open_gate(old)
    await engine.noted(f"end {old}")
    await asyncio.sleep(0.1)
    assert await engine.alive(id_)
    yield
    engine.open_gate(new)
    assert await engine.completed(id_) == "new"
    assert engine.notes(f"begin {old}") == 1


@case
async def started_again_after_its_end(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("one_event", secrets.token_hex(4))
    await engine.client.raise_event(id_, "go", 1)
    assert await engine.completed(id_) == 1
    await engine.client.start_new("one_event", id_)
    yield
    assert await engine.alive(id_)
    await engine.client.raise_event(id_, "go", 2)
    assert await engine.completed(id_) == 2
    history = (await engine.client.get_status(id_, show_history=True)).historyEvents
    assert [event["EventType"] for event in history].count("EventRaised") == 1


@case
async def caught_failure(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("catches")
    output = ["Exception", "Activity function 'fail' failed: no soup today \n ValueError: no soup today"]
    assert await engine.completed(id_) == output
    yield
    assert await engine.completed(id_) == output


@case
async def failure_after_the_restart(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("raises")
    child = await engine.client.start_new("careful_parent", client_input="raises")
    yield
    await engine.client.raise_event(id_, "go")
    await engine.client.raise_event(f"{child}-child", "go")
    message = "Orchestrator function 'raises' failed: kaput\n\n$OutOfProcData$:{not json"
    assert await engine.failed(id_) == message
    assert (await engine.completed(child)).startswith(message)


@case
async def failure_before_the_restart(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("fails")
    await engine.failed(id_)
    yield
    assert "no bread today" in await engine.failed(id_)
    assert (await engine.status(id_))["customStatus"] == "about to fail"


@case
async def changed_code(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("changes")
    await _history(engine, id_, "TaskCompleted", 1)
    yield
    await engine.client.raise_event(id_, "go")
    reason = await engine.failed(id_)
    assert "step 1 was the activity 'echo' when it ran first, and is the activity 'public_name' now" in reason


@case
async def removed_code(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("vanishes")
    yield
    await engine.client.raise_event(id_, "go")
    assert "does not define an orchestrator 'vanishes' any more" in await engine.failed(id_)


@case
async def purged(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("spin", secrets.token_hex(4), 0)
    await engine.completed(id_)
    assert (await engine.client.purge_instance_history(id_)).instances_deleted == 1
    yield
    assert not await engine.client.get_status(id_)
    assert (await engine.client.purge_instance_history(id_)).instances_deleted == 0


@case
async def same_ids_and_times_in_every_replay(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("ids", version="1.2")
    first = await _custom_status(engine, id_)
    yield
    await engine.client.raise_event(id_, "go")
    output = await engine.completed(id_)
    assert output[:3] == first
    assert len(set(output[:4])) == 4
    assert output[4:] == [False, "1.2"]


@case
async def long_history(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("ticks", client_input=250)
    await _ticks(engine, id_, 150)
    yield
    await _ticks(engine, id_, 100)
    assert await engine.completed(id_) == 250
    assert engine.notes(f"echo {id_} 0") == 1


async def _ticks(engine: EngineProcess, id_: str, number: int) -> None:
    await asyncio.gather(*(engine.client.raise_event(id_, "tick", 1) for _ in range(number)))


async def _history(engine: EngineProcess, id_: str, kind: str, number: int) -> None:
    async def reached() -> bool:
        history = (await engine.client.get_status(id_, show_history=True)).historyEvents
        return [event["EventType"] for event in history].count(kind) == number

    await _until(reached)


async def _custom_status(engine: EngineProcess, id_: str) -> object:
    """The custom status, once there is one."""
    found: list[object] = []

    async def reached() -> bool:
        found.append((await engine.status(id_))["customStatus"])
        return found[-1] is not None

    await _until(reached)
    return found[-1]


async def _until(reached: Callable[[], Awaitable[bool]]) -> None:
    until = time.monotonic() + 10
    while not await reached():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", CASES)
async def test_goes_on_after_kill(name: str, story: Story) -> None:
    await story.second_half(name)
