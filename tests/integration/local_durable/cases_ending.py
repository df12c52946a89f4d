"""How instances end, fail and begin again, with kill -9 and a restart in between: cases of test_restart."""

import asyncio
import secrets
from collections.abc import AsyncGenerator

from .process import EngineProcess
from .story import Cases, custom_status, history_shows

CASES = Cases()


@CASES.add
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


@CASES.add
async def started_again_with_an_old_activity_in_flight(engine: EngineProcess) -> AsyncGenerator[None]:
    old, new, id_ = secrets.token_hex(4), secrets.token_hex(4), secrets.token_hex(4)
    await engine.client.start_new("one_activity", id_, {"gate": old, "value": "old"})
    await engine.noted(f"begin {old}")
    await engine.client.terminate(id_, "again")
    await engine.client.start_new("one_activity", id_, {"gate": new, "value": "new"})
    await engine.noted(f"begin {new}")
    engine.open_gate(old)
    await engine.noted(f"end {old}")
    # Its end has reached the engine once another activity has come and gone.
    await engine.completed(await engine.client.start_new("flow_now"))
    assert await engine.alive(id_)
    yield
    engine.open_gate(new)
    assert await engine.completed(id_) == "new"
    assert engine.notes(f"begin {old}") == 1


@CASES.add
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


@CASES.add
async def caught_failure(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("catches")
    output = ["Exception", "Activity function 'fail' failed: no soup today \n ValueError: no soup today"]
    assert await engine.completed(id_) == output
    yield
    assert await engine.completed(id_) == output


@CASES.add
async def failure_after_the_restart(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("raises")
    child = await engine.client.start_new("careful_parent", client_input="raises")
    yield
    await engine.client.raise_event(id_, "go")
    await engine.client.raise_event(f"{child}-child", "go")
    message = "Orchestrator function 'raises' failed: kaput\n\n$OutOfProcData$:{not json"
    assert await engine.failed(id_) == message
    assert (await engine.completed(child)).startswith(message)


@CASES.add
async def failure_before_the_restart(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("fails")
    await engine.failed(id_)
    yield
    assert "no bread today" in await engine.failed(id_)
    assert (await engine.status(id_))["customStatus"] == "about to fail"


@CASES.add
async def changed_code(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("changes")
    await history_shows(engine, id_, "TaskCompleted", 1)
    yield
    await engine.client.raise_event(id_, "go")
    reason = await engine.failed(id_)
    assert "step 1 was the activity 'echo' when it ran first, and is the activity 'public_name' now" in reason


@CASES.add
async def removed_code(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("vanishes")
    yield
    await engine.client.raise_event(id_, "go")
    assert "The function 'vanishes' doesn't exist" in await engine.failed(id_)


@CASES.add
async def purged(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("spin", secrets.token_hex(4), 0)
    await engine.completed(id_)
    assert (await engine.client.purge_instance_history(id_)).instances_deleted == 1
    yield
    assert not await engine.client.get_status(id_)
    assert (await engine.client.purge_instance_history(id_)).instances_deleted == 0


@CASES.add
async def same_ids_and_times_in_every_replay(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("ids", version="1.2")
    first = await custom_status(engine, id_)
    yield
    await engine.client.raise_event(id_, "go")
    output = await engine.completed(id_)
    assert output[:3] == first
    assert len(set(output[:4])) == 4
    assert output[4:] == [False, "1.2"]


@CASES.add
async def long_history(engine: EngineProcess) -> AsyncGenerator[None]:
    id_ = await engine.client.start_new("ticks", client_input=100)
    await _ticks(engine, id_, 60)
    yield
    await _ticks(engine, id_, 40)
    assert await engine.completed(id_) == 100
    assert engine.notes(f"echo {id_} 0") == 1


async def _ticks(engine: EngineProcess, id_: str, number: int) -> None:
    await asyncio.gather(*(engine.client.raise_event(id_, "tick", 1) for _ in range(number)))
