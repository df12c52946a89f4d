"""What the SDK's client can ask, and what it is told when it cannot be done."""

import asyncio
import json
import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import azure.durable_functions as df
import pytest
from yarl import URL

from local.durable.api import KEPT_EVENTS
from local.durable.binding import ROOT
from local.durable.requests import BODY_LIMIT
from tests.integration.local_stack.foreign import all_refused_but, statuses
from tests.started import PATIENCE

from .process import EngineProcess, eventually

NOT_CALLED_JSON = {"Message": "Only application/json request content is supported"}
State = df.OrchestrationRuntimeStatus


async def test_start_of_a_running_instance_is_refused(shared_engine: EngineProcess) -> None:
    client = shared_engine.client
    id_ = await client.start_new("one_event", secrets.token_hex(4))
    with pytest.raises(Exception, match="An Orchestration instance with the status Running already exists"):
        await client.start_new("one_event", id_)
    await client.terminate(id_, "done")
    assert await client.start_new("one_event", id_) == id_
    assert await shared_engine.alive(id_)


async def test_ids_are_made_where_none_is_given(shared_engine: EngineProcess) -> None:
    assert await shared_engine.client.start_new("spin", client_input=0) != ""


@pytest.mark.parametrize("id_", ["a b", "ä&=", "@entity@x", "'\";:{}<|%", "x" * 512])
async def test_instance_ids(shared_engine: EngineProcess, id_: str) -> None:
    async with aiohttp.ClientSession() as session:
        url = URL(f"{shared_engine.url}{ROOT}/orchestrators/spin/{quote(id_, safe='')}", encoded=True)
        async with session.post(url, json="0") as answer:
            links = await answer.json()
        assert links["id"] == id_
        status_url = URL(links["statusQueryGetUri"], encoded=True)
        async with asyncio.timeout(PATIENCE):
            while (await session.get(status_url)).status != 200:
                await asyncio.sleep(0.01)
        async with session.get(status_url) as answer:
            assert (await answer.json())["instanceId"] == id_
        async with session.delete(URL(links["purgeHistoryDeleteUri"], encoded=True)) as answer:
            assert (answer.status, await answer.json()) == (200, {"instancesDeleted": 1})


@pytest.mark.parametrize(("id_", "words"), [(" ", "An id of blanks"), ("x" * 513, "512 characters at most")])
async def test_ids_that_harm_the_real_engine_are_refused(shared_engine: EngineProcess, id_: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        await shared_engine.client.start_new("spin", quote(id_), 0)


async def test_undefined_orchestrator(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("nobody")
    reason = await shared_engine.failed(id_)
    assert "The function 'nobody' doesn't exist, is disabled, or is not an orchestrator function." in reason
    assert "functions: 'big_status', 'careful_parent', 'catches'" in reason


async def test_names_of_functions_in_another_letter_case(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("SPIN", client_input=0)
    assert await shared_engine.completed(id_) == "done"
    assert (await shared_engine.status(id_))["name"] == "SPIN"


async def test_undefined_activity(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("undefined")
    assert "does not define an activity 'nobody'; it defines ['echo', 'fail'" in await shared_engine.failed(id_)


async def test_public_names(shared_engine: EngineProcess) -> None:
    order = {"gate": "none", "activity": "public_name"}
    id_ = await shared_engine.client.start_new("one_activity", client_input=order)
    assert (await shared_engine.completed(id_)).startswith("public ")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("call_entity", "does not support entities"),
        ("signal_entity", "does not support entities"),
        ("call_http", "does not support HTTP calls"),
    ],
)
async def test_unsupported_actions_fail_the_instance(shared_engine: EngineProcess, call: str, words: str) -> None:
    id_ = await shared_engine.client.start_new("unsupported", client_input=call)
    reason = await shared_engine.failed(id_)
    assert f"it used {call}(" in reason
    assert words in reason


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("exit", "Activity function 'misbehave' failed: 3"),
        ("cancel", "cancel"),
        ("unserializable", "does not expose a `to_json`"),
        ("exit here", "4"),
        ("object", "not JSON serializable"),
        ("no task", "'int' object has no attribute"),
    ],
)
async def test_misbehaviour_fails_the_instance_only(shared_engine: EngineProcess, how: str, words: str) -> None:
    id_ = await shared_engine.client.start_new("misbehaves", client_input=how)
    assert words in await shared_engine.failed(id_)


async def test_events_that_meet_continue_as_new(shared_engine: EngineProcess) -> None:
    """None is lost between two generations, and none counts twice."""
    client, chance = shared_engine.client, random.Random(8)
    id_ = await client.start_new("collector", client_input={"left": 80, "total": 0})
    for value in range(80):
        await client.raise_event(id_, "add", value)
        await asyncio.sleep(chance.uniform(0, 0.004))
    assert await shared_engine.completed(id_) == sum(range(80))


async def test_entities_are_refused_with_a_sentence(shared_engine: EngineProcess) -> None:
    with pytest.raises(Exception, match="501"):
        await shared_engine.client.read_entity_state(df.EntityId("counter", "a"))


async def test_an_instance_begins_again_as_a_copy_with_its_input_or_another(shared_engine: EngineProcess) -> None:
    client = shared_engine.client
    id_ = await client.start_new("collector", client_input={"left": 1, "total": 40})
    await client.raise_event(id_, "add", 2)
    assert await shared_engine.completed(id_) == 42
    before = {one.instance_id for one in await client.get_status_all()}
    await client.restart(id_)
    (copy,) = {one.instance_id for one in await client.get_status_all()} - before
    await client.raise_event(copy, "add", 3)
    assert await shared_engine.completed(copy) == 43
    async with aiohttp.ClientSession() as session:
        url = f"{shared_engine.url}{ROOT}/instances/{id_}/restart"
        async with session.post(url, json=json.dumps({"left": 1, "total": 1})) as answer:
            edited = (await answer.json())["id"]
    await client.raise_event(edited, "add", 1)
    assert await shared_engine.completed(edited) == 2
    await client.restart(id_, restart_with_new_instance_id=False)
    await client.raise_event(id_, "add", 1)
    assert await shared_engine.completed(id_) == 41
    with pytest.raises(Exception, match="unexpected status code 400"):
        await client.restart("nobody")


async def _restarted(engine: EngineProcess, id_: str, activity: str, *, copy: bool, body: Any = None) -> Any:
    """What the engine answers to whoever wants an instance again from an activity on."""
    url = f"{engine.url}{ROOT}/instances/{id_}/restart"
    query = {"fromActivity": activity, "restartWithNewInstanceId": str(copy).lower()}
    async with aiohttp.ClientSession() as session, session.post(url, params=query, json=body) as answer:
        return await answer.json()


async def _waits(engine: EngineProcess) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{engine.url}/_local/waits") as answer:
        return dict(await answer.json())


async def test_an_instance_begins_again_from_an_activity_in_the_middle(own_engine: EngineProcess) -> None:
    own_engine.open_gate("second 3600")
    id_ = await own_engine.client.start_new("three_steps", client_input=3600)
    await own_engine.client.raise_event(id_, "go", "told")
    whole = ["first 3600", "told", "last 3600"]
    assert await own_engine.completed(id_) == whole
    assert await _waits(own_engine) == {"works": False, "due": None}

    # A copy: what came before stays done, the event with it. A kill in the middle changes nothing.
    own_engine.close_gate("second 3600")
    copy = (await _restarted(own_engine, id_, "hold", copy=True))["id"]
    await eventually(lambda: own_engine.notes("begin second 3600") == 2, "the activity began again")
    there = await _waits(own_engine)
    # The race against the timer begins anew, too: it ends an hour from now, and not from then.
    then = datetime.fromisoformat((await own_engine.status(id_))["lastUpdatedTime"]).astimezone(UTC)
    assert there["works"] and datetime.fromisoformat(there["due"]) >= then + timedelta(hours=1)
    await own_engine.restart()
    own_engine.open_gate("second 3600")
    assert await own_engine.completed(copy) == whole
    assert own_engine.notes("echo first 3600") == 1 and own_engine.notes("echo last 3600") == 2

    # The same id, from the last activity of the name, which gets something else.
    assert (await _restarted(own_engine, id_, "echo", copy=False, body="edited"))["id"] == id_
    assert await own_engine.completed(id_) == [*whole[:2], "edited"]
    assert own_engine.notes("echo first 3600") == 1 and own_engine.notes("echo last 3600") == 2
    assert "never came to an activity 'fail'" in await _restarted(own_engine, id_, "fail", copy=True)


async def test_events_for_nobody(shared_engine: EngineProcess) -> None:
    client = shared_engine.client
    with pytest.raises(Exception, match="No instance with ID nobody found"):
        await client.raise_event("nobody", "go")
    with pytest.raises(Exception, match="No instance with ID 'nobody' found"):
        await client.terminate("nobody", "x")
    assert not await client.get_status("nobody")
    id_ = await client.start_new("one_event")
    await client.raise_event(id_, "go")
    await shared_engine.completed(id_)
    with pytest.raises(Exception, match="is gone"):
        await client.raise_event(id_, "go")
    await client.terminate(id_, "too late")
    assert (await shared_engine.status(id_))["runtimeStatus"] == "Completed"


async def test_kept_events_are_bounded(shared_engine: EngineProcess) -> None:
    client = shared_engine.client
    id_ = await client.start_new("one_event")
    await asyncio.gather(*(client.raise_event(id_, "other", n) for n in range(KEPT_EVENTS)))
    with pytest.raises(Exception, match="429"):
        await client.raise_event(id_, "other")
    await client.terminate(id_, "enough")


@pytest.mark.parametrize(
    "value", [None, True, 0, 10**30, 1.5, "text", '"quoted"', "{", "ünï 🍣 \ud800", [], [[1, None]], {"a": {"b": "c"}}]
)
async def test_values_travel_unharmed(shared_engine: EngineProcess, value: object) -> None:
    client = shared_engine.client
    id_ = await client.start_new("one_event", client_input=value)
    await client.raise_event(id_, "go", value)
    assert await shared_engine.completed(id_) == value
    given = (await shared_engine.status(id_))["input"]
    assert (None if given is None else json.loads(given)) == value


async def test_plain_json_bodies_are_taken_too(shared_engine: EngineProcess) -> None:
    root = f"{shared_engine.url}{ROOT}"
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{root}/orchestrators/one_event/", json={"plain": 1}) as answer:
            started = await answer.json()
            assert answer.status == 202
        send = started["sendEventPostUri"].replace("{eventName}", "go")
        async with session.post(send, data="not json") as answer:
            assert (answer.status, await answer.json()) == (400, NOT_CALLED_JSON)
        too_long = b'"' + b"x" * BODY_LIMIT + b'"'
        async with session.post(send, data=too_long) as answer:
            assert answer.status == 413
        async with session.post(send, data="[1", headers={"content-type": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["Message"]) == (400, "Invalid JSON content")
        async with session.post(send, json=json.dumps("go on")) as answer:
            assert answer.status == 202
        async with session.get(started["statusQueryGetUri"]) as answer:
            assert (await answer.json())["output"] == "go on"
        async with session.get(f"{root}/instances/{started['id']}?taskHub=another") as answer:
            assert (answer.status, "another" in await answer.json()) == (400, True)


async def test_history(shared_engine: EngineProcess) -> None:
    client, gate = shared_engine.client, secrets.token_hex(4)
    id_ = await client.start_new("nested", client_input=[gate])
    await shared_engine.noted(f"begin {gate}")
    kinds = [event["EventType"] for event in (await client.get_status(id_, show_history=True)).historyEvents]
    assert kinds == ["ExecutionStarted", "TaskScheduled", "TimerCreated"]
    shared_engine.open_gate(gate)
    await shared_engine.completed(id_)
    brief = (await client.get_status(id_, show_history=True)).historyEvents
    assert [event["EventType"] for event in brief] == [
        "ExecutionStarted",
        "TimerCreated",
        "TaskCompleted",
        "TaskCompleted",
        "ExecutionCompleted",
    ]
    assert not any("Result" in event for event in brief)
    full = (await client.get_status(id_, show_history=True, show_history_output=True)).historyEvents
    assert [event.get("FunctionName") for event in full] == ["nested", None, "hold", "echo", None]
    assert full[-1]["Result"][2] == "after"
    assert full[2]["ScheduledTime"] < full[2]["Timestamp"]


async def test_lists(shared_engine: EngineProcess) -> None:
    client, prefix = shared_engine.client, secrets.token_hex(4)
    began = datetime.now(UTC) - timedelta(milliseconds=1)
    for number in range(5):
        await client.start_new("one_event" if number % 2 else "spin", f"{prefix}-{number}", 0)
    for number in (0, 2, 4):
        await shared_engine.completed(f"{prefix}-{number}")
    history = (await client.get_status(f"{prefix}-2", show_history=True)).historyEvents
    # A status is cut to the second, an event is not.
    middle = datetime.fromisoformat(history[0]["Timestamp"])

    async def found(**what: object) -> str:
        statuses = await client.get_status_by(instance_id_prefix=prefix, **what)
        return "".join(status.instance_id[-1] for status in statuses)

    assert await found() == "01234"
    assert await found(runtime_status=[State.Running, State.Pending]) == "13"
    assert await found(runtime_status=[State.Completed, State.Failed]) == "024"
    assert await found(created_time_from=began) == "01234"
    assert await found(created_time_to=began) == ""
    assert await found(created_time_from=middle) == "234"
    assert await found(created_time_to=middle) == "012"
    everything = {status.instance_id: status for status in await client.get_status_all()}
    assert everything[f"{prefix}-1"].name == "one_event"
    assert everything[f"{prefix}-0"].output == "done"


async def test_pages(shared_engine: EngineProcess) -> None:
    prefix = secrets.token_hex(4)
    for number in range(5):
        await shared_engine.client.start_new("spin", f"{prefix}-{number}", 0)
    url = f"{shared_engine.url}{ROOT}/instances?instanceIdPrefix={prefix}&top=2"
    pages, token = [], ""
    async with aiohttp.ClientSession() as session:
        while token is not None:
            async with session.get(url, headers={"x-ms-continuation-token": token}) as answer:
                pages.append([status["instanceId"][-1] for status in await answer.json()])
                token = answer.headers.get("x-ms-continuation-token")
        for unreadable in ("top=x", "createdTimeFrom=yesterday", "runtimeStatus=Sleeping"):
            async with session.get(f"{shared_engine.url}{ROOT}/instances?{unreadable}") as answer:
                assert answer.status == 200
                assert len(await answer.json()) >= 5, "as in Azure, what cannot be read is no filter"
        async with session.get(url, headers={"x-ms-continuation-token": "???"}) as answer:
            assert answer.status == 400
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


async def test_purge(shared_engine: EngineProcess) -> None:
    client, prefix = shared_engine.client, secrets.token_hex(4)
    running = await client.start_new("one_event", f"{prefix}-running")
    with pytest.raises(Exception, match="412"):
        await client.purge_instance_history(running)
    assert await shared_engine.alive(running)
    ended = await client.start_new("spin", f"{prefix}-ended", 0)
    await shared_engine.completed(ended)
    await client.terminate(await client.start_new("one_event", f"{prefix}-terminated"), "x")
    history = (await client.get_status(running, show_history=True)).historyEvents
    since = datetime.fromisoformat(history[0]["Timestamp"])
    until = datetime.now(UTC) + timedelta(seconds=1)
    assert (await client.purge_instance_history_by(since, until, [State.Failed])).instances_deleted == 0
    assert (await client.purge_instance_history_by(since, until, [State.Terminated])).instances_deleted == 1
    assert (await client.get_status(ended)).runtime_status is State.Completed
    for unsafe in (None, [State.Running]):
        with pytest.raises(Exception, match="400"):
            await client.purge_instance_history_by(since, until, unsafe)
    assert await shared_engine.alive(running)
    assert (await client.purge_instance_history_by(since, until, [State.Completed])).instances_deleted == 1
    left = await client.get_status_by(instance_id_prefix=prefix)
    assert [status.instance_id for status in left] == [running]
    assert await client.start_new("one_event", ended) == ended


async def test_many_at_once(shared_engine: EngineProcess) -> None:
    client, prefix = shared_engine.client, secrets.token_hex(4)

    async def one(number: int) -> object:
        id_ = await client.start_new("flow", f"{prefix}-{number}")
        await client.raise_event(id_, "wake")
        return await shared_engine.completed(id_)

    results = await asyncio.gather(*(one(number) for number in range(100)))
    assert results == [f"{prefix}-{number}" for number in range(100)]
    assert all(shared_engine.notes(f"echo {result}") == 1 for result in results)


async def test_a_page_elsewhere_cannot_drive_the_engine(shared_engine: EngineProcess) -> None:
    id_ = await shared_engine.client.start_new("one_event")
    instances = f"{shared_engine.url}{ROOT}/instances"
    assert statuses("POST", f"{instances}/{id_}/raiseEvent/other", json=1) == all_refused_but(202)
    assert statuses("DELETE", f"{instances}/nobody") == all_refused_but(404)
    assert await shared_engine.alive(id_)


async def test_a_header_and_the_switch_break_the_engines_api(shared_engine: EngineProcess) -> None:
    async with aiohttp.ClientSession(shared_engine.url) as session:
        async with session.get(
            f"{ROOT}/instances/", headers={"x-orderbuddy-fault": "throttle; retryAfter=3"}
        ) as answer:
            assert (answer.status, answer.headers["retry-after"]) == (429, "3")
        fault = {"mode": "error", "status": 503, "times": 1, "match": "one_event/of-faults"}
        async with session.post("/_local/fault", json=fault) as answer:
            assert answer.status == 200
        for status in (503, 202):
            async with session.post(f"{ROOT}/orchestrators/one_event/of-faults") as answer:
                assert answer.status == status
        async with session.get("/_local/received") as answer:
            seen = [call["answered"] for call in await answer.json() if call["path"].endswith("/of-faults")]
    assert seen == [503, 202]
