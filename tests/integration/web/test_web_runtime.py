"""The App of a process: made once, on the database's time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import azure.durable_functions as df
import pytest

from shared.clock import DatabaseClock
from shared.integrations.durable.client import DurableEngine
from shared.integrations.engine import NoEngine
from shared.web.access import anyone
from shared.web.endpoint import Call, endpoint
from shared.web.routes import RouteTable
from shared.web.runtime import Runtime, with_engine
from tests.web_calls import NOWHERE, content, request

bp, table = df.Blueprint(), RouteTable()


@endpoint(bp, "GET", "anything", allow=anyone, table=table)
async def anything(call: Call[None]) -> str:
    return type(call.app.engine).__name__


ROUTE = table.named("test_web_runtime_anything")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch, mongo_uri: str, db_name: str) -> Runtime:
    """A process's runtime, with settings as a deployment gives them."""
    monkeypatch.setenv("MONGODB_URI", mongo_uri)
    monkeypatch.setenv("DB_NAME", db_name)
    monkeypatch.setenv("APP_ENV", "local")
    return Runtime()


async def test_the_app_is_made_once_and_has_the_database_s_time(runtime: Runtime) -> None:
    apps = await asyncio.gather(*(runtime.ready() for _ in range(20)))
    assert all(app is apps[0] for app in apps)
    clock = apps[0].clock
    assert isinstance(clock, DatabaseClock)
    assert not clock.stale
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    await apps[0].db.client.close()


async def test_an_old_offset_is_read_again_behind_the_scenes(runtime: Runtime) -> None:
    app = await runtime.ready()
    clock = app.clock
    assert isinstance(clock, DatabaseClock)
    long_ago = time.monotonic() - 120
    clock.set(app.clock.now() - timedelta(seconds=123), asked_at=long_ago, answered_at=long_ago)
    assert clock.stale
    behind = datetime.now(UTC) - clock.now()
    assert behind > timedelta(seconds=2)
    assert (await runtime.ready()) is app
    async with asyncio.timeout(60):
        while clock.stale:
            await asyncio.sleep(0.01)
    assert datetime.now(UTC) - clock.now() < timedelta(seconds=1)
    await app.db.client.close()


async def test_while_mongodb_is_away_every_request_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGODB_URI", NOWHERE)
    away = Runtime()
    responses = await asyncio.gather(*(ROUTE.answer(request(), away) for _ in range(5)))
    for response in responses:
        assert (response.status_code, content(response)["code"]) == (503, "UNAVAILABLE")
        assert response.headers["retry-after"] == "2"
    await away.made().db.client.close()


async def test_another_event_loop_gets_an_app_of_its_own(runtime: Runtime) -> None:
    here = await runtime.ready()

    async def elsewhere() -> bool:
        there = await runtime.ready()
        await there.db.client.close()
        return there is not here

    assert await asyncio.to_thread(asyncio.run, elsewhere())
    await here.db.client.close()


async def test_the_engine_is_the_binding_s_and_without_one_every_call_is_refused(runtime: Runtime) -> None:
    binding = (
        '{"taskHubName":"hub","creationUrls":{},"managementUrls":{},"baseUrl":"http://127.0.0.1:1/x",'
        '"requiredQueryStringParameters":"","rpcBaseUrl":"http://127.0.0.1:1/x"}'
    )
    app = runtime.made()
    assert isinstance(with_engine(app, binding).engine, DurableEngine)
    assert with_engine(app, binding).engine is with_engine(app, binding).engine
    for nothing in ("", None, "{", "[]", "{}"):
        assert isinstance(with_engine(app, nothing).engine, NoEngine)
    response = await ROUTE.answer(request(), runtime, binding=binding)
    assert content(response) == "DurableEngine"
    await runtime.made().db.client.close()
