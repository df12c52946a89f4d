"""What an instance can wait for, with kill -9 and a restart while it waits: cases of test_restart."""

import json
import secrets
from collections.abc import AsyncGenerator
from datetime import datetime

from local.durable.codec import now
from local.durable.instance import Got, Instance, Message
from local.durable.store import Store

from .process import HUB, EngineProcess
from .story import Cases, custom_status, history_shows

CASES = Cases()
EARLY = "before-the-first-run"


def write_unstarted(engine: EngineProcess) -> None:
    """What a kill leaves when it comes between an accepted start, an accepted event, and the first episode."""
    store = Store(engine.data_dir, HUB)
    instance = Instance(EARLY, 1, "one_event", None, created_at=now(), updated_at=now())
    instance.inbox.append(Message(Got.EVENT_RAISED, -1, "go", json.dumps('"kept"')))
    store.write([instance])
    store.commit()
    store.close()


@CASES.add
async def event_before_the_first_run(engine: EngineProcess) -> AsyncGenerator[None]:
    assert await engine.completed(EARLY) == "kept"
    yield
    assert await engine.completed(EARLY) == "kept"


@CASES.add
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


@CASES.add
async def activity_in_a_thread(engine: EngineProcess) -> AsyncGenerator[None]:
    gate = secrets.token_hex(4)
    order = {"gate": gate, "value": [1, None, "x"], "activity": "hold_thread"}
    id_ = await engine.client.start_new("one_activity", client_input=order)
    await engine.noted(f"begin {gate}")
    yield
    engine.open_gate(gate)
    assert await engine.completed(id_) == [1, None, "x"]
    assert engine.notes(f"begin {gate}") == 2


@CASES.add
async def completed_activities_do_not_run_again(engine: EngineProcess) -> AsyncGenerator[None]:
    gates = [secrets.token_hex(4) for _ in range(5)]
    id_ = await engine.client.start_new("many_activities", client_input=gates)
    for gate in gates:
        await engine.noted(f"begin {gate}")
    for gate in gates[:2]:
        engine.open_gate(gate)
    await history_shows(engine, id_, "TaskCompleted", 2)
    yield
    for gate in gates:
        engine.open_gate(gate)
    assert await engine.completed(id_) == [0, 1, 2, 3, 4]
    assert [engine.notes(f"begin {gate}") for gate in gates] == [1, 1, 2, 2, 2]


@CASES.add
async def nested_tasks(engine: EngineProcess) -> AsyncGenerator[None]:
    gates = [secrets.token_hex(4) for _ in range(2)]
    id_ = await engine.client.start_new("nested", client_input=gates)
    engine.open_gate(gates[1])
    await history_shows(engine, id_, "TaskCompleted", 1)
    yield
    engine.open_gate(gates[0])
    assert await engine.completed(id_) == [True, gates, "after"]


@CASES.add
async def event_and_custom_status(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("one_event")
    assert await custom_status(engine, id_) == {"waiting": "go"}
    yield
    assert (await engine.status(id_))["customStatus"] == {"waiting": "go"}
    await engine.client.raise_event(id_, "go", {"b": [2]})
    assert await engine.completed(id_) == {"b": [2]}
    assert (await engine.status(id_))["customStatus"] == "gone"


@CASES.add
async def events_before_the_wait(engine: EngineProcess) -> AsyncGenerator[None]:
    gate = secrets.token_hex(4)
    id_ = await engine.client.start_new("early_events", client_input=gate)
    for value in (1, 2, 3):
        await engine.client.raise_event(id_, "go", value)
    yield
    await engine.client.raise_event(id_, "other", None)
    engine.open_gate(gate)
    assert await engine.completed(id_) == [1, None, 2], "in order, each once; the third finds no wait"


@CASES.add
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
    kinds = [event["EventType"] for event in history if event["EventType"] != "EventRaised"]
    assert kinds == ["ExecutionStarted", "ExecutionCompleted"]


@CASES.add
async def continued_many_times(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("spin", client_input=300)
    yield
    assert await engine.completed(id_) == "done"


@CASES.add
async def sub_orchestrations(engine: EngineProcess) -> AsyncGenerator[None]:
    gates = [secrets.token_hex(4) for _ in range(3)]
    id_ = await engine.client.start_new("parent", client_input={"gates": gates})
    engine.open_gate(gates[0])
    await history_shows(engine, id_, "SubOrchestrationInstanceCompleted", 1)
    yield
    for gate in gates:
        engine.open_gate(gate)
    results = await engine.completed(id_)
    assert [(result["value"], result["parent"]) for result in results] == [("grown", id_)] * 3
    assert len({result["id"] for result in results}) == 3
    assert engine.notes(f"echo {id_} 3") == 1
    history = (await engine.client.get_status(id_, show_history=True)).historyEvents
    assert [event["EventType"] for event in history].count("SubOrchestrationInstanceCompleted") == 3


@CASES.add
async def child_that_ends_while_nobody_looks(engine: EngineProcess) -> AsyncGenerator[None]:
    gate, child = secrets.token_hex(4), secrets.token_hex(4)
    id_ = await engine.client.start_new("parent", client_input={"gates": [gate], "id": child})
    await engine.noted(f"begin {gate}")
    engine.open_gate(gate)
    yield
    assert await engine.completed(id_) == [{"value": "grown", "parent": id_, "id": child}]


@CASES.add
async def terminated_child(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("careful_parent", client_input="one_event")
    yield
    await engine.client.terminate(f"{id_}-child", "not needed")
    assert (await engine.completed(id_)).startswith("not needed")


@CASES.add
async def terminated_parent_leaves_its_child_alone(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("careful_parent", client_input="one_event")
    await history_shows(engine, id_, "SubOrchestrationInstanceCreated", 1)
    await engine.client.terminate(id_, "over")
    yield
    await engine.client.raise_event(f"{id_}-child", "go", "fine")
    assert await engine.completed(f"{id_}-child") == "fine"
    assert (await engine.status(id_))["runtimeStatus"] == "Terminated"


@CASES.add
async def timer_due_while_down(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("timer", client_input=0.4)
    yield
    assert await engine.completed(id_) >= 0.4


@CASES.add
async def timer_due_later(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("timer", client_input=4)
    await history_shows(engine, id_, "TimerCreated", 1)
    before = await _due(engine, id_)
    yield
    assert await _due(engine, id_) == before, "the restart does not begin it anew"
    assert await engine.completed(id_) >= 4


async def _due(engine: EngineProcess, id_: str) -> datetime:
    """When the only timer of an instance is due, or was."""
    history = (await engine.client.get_status(id_, show_history=True)).historyEvents
    (timer,) = [event for event in history if event["EventType"] == "TimerCreated"]
    return datetime.fromisoformat(timer["FireAt"])


@CASES.add
async def event_wins_and_the_timer_is_gone(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("race", client_input={"limit": 1})
    await engine.client.raise_event(id_, "go")
    assert await custom_status(engine, id_) == "event"
    yield
    # A timer that is due later has fired by then, and so would the other one have.
    later = await engine.client.start_new("timer", client_input=1.2)
    await engine.completed(later)
    await engine.client.raise_event(id_, "end")
    assert await engine.completed(id_) == id_
    history = (await engine.client.get_status(id_, show_history=True)).historyEvents
    kinds = [event["EventType"] for event in history]
    assert sorted(kinds) == ["EventRaised", "EventRaised", "ExecutionCompleted", "ExecutionStarted", "TimerCreated"]


@CASES.add
async def timer_wins(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("race", client_input={"limit": 0.1})
    assert await custom_status(engine, id_) == "timer"
    yield
    await engine.client.raise_event(id_, "end")
    assert await engine.completed(id_) == id_
