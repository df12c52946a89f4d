"""health/ready names what is missing; what orders go on without only degrades it."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bson import ObjectId

from functions.system import health
from local.mongod import find_mongod, free_port
from shared.app import App
from shared.clock import FixedClock
from shared.integrations.web_pubsub import WebPubSub
from shared.services.ordering import previewing
from shared.settings import Settings
from shared.store import checkouts, payments
from shared.store.mongo import indexes
from shared.store.mongo.client import connect
from shared.web.routes import ROUTES
from shared.web.runtime import Runtime
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS
from tests.web_calls import content, offline_app, request

assert health.bp
READY, LIVE = ROUTES.named("health_ready"), ROUTES.named("health_live")


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A mongod that is no replica set."""
    folder, port = tmp_path_factory.mktemp("standalone"), free_port()
    command: list[str | Path] = [find_mongod(), "--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", folder]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield f"mongodb://127.0.0.1:{port}/"
        process.kill()


@pytest.fixture
async def alone(standalone: str) -> AsyncIterator[App]:
    """An App on the standalone."""
    app = offline_app(mongodb_uri=standalone)
    while True:
        try:
            await app.db.client.admin.command("ping")
            break
        except Exception:
            await asyncio.sleep(0.1)
    yield app
    await app.db.client.close()


async def test_live_asks_for_nothing() -> None:
    response = await LIVE.handle(request(), app=offline_app())
    assert response.status_code == 200
    said = content(response)
    assert said == {"status": "ok", "build": said["build"]} and re.fullmatch(r"[0-9a-f]{16}", said["build"])


async def test_orders_go_on_without_the_engine(app: App) -> None:
    response = await READY.handle(request(), app=app)
    answer = content(response)
    assert (response.status_code, answer["status"], answer["degraded"]) == (200, "degraded", ["engine"])
    assert answer["checks"] == {
        "settings": "ok",
        "mongodb": "ok",
        "replicaSet": "ok",
        "indexes": "ok",
        "engine": "down",
        "live": "ok",
    }


async def test_orders_go_on_without_web_pubsub(app: App) -> None:
    away = f"Endpoint=http://127.0.0.1:{free_port()};AccessKey={'k' * 32};Version=1.0;"
    settings = Settings.model_validate({"mongodb_uri": "mongodb://nowhere", "web_pubsub_connection_string": away})
    for unreachable in (WebPubSub(settings, app.clock), WebPubSub(offline_app().settings, app.clock)):
        response = await READY.handle(request(), app=replace(app, live=unreachable))
        assert (response.status_code, content(response)["degraded"]) == (200, ["engine", "live"])
        await unreachable.close()


async def test_what_needs_a_person_is_counted_and_degrades_nothing(app: App, clock: FixedClock, world: World) -> None:
    async def told() -> tuple[int, str, int]:
        response = await READY.handle(request(), app=app)
        return response.status_code, content(response)["status"], content(response)["attention"]

    assert await told() == (200, "degraded", 0)
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    await checkouts.flag(app.db, ObjectId(made.preview_order_id), "for a test")
    for number, state in enumerate(("unknown", "voiding", "refunding", "ordered", "lost")):
        step = {"state": state, "at": clock.now(), "by": "x"}
        payment = {"_id": state, "previewId": ObjectId(), "attempt": 1, "tokenHash": state, "state": state}
        await app.db.payments.insert_one({**payment, "history": [step]})
        assert (await told())[2] == 1, number
    clock.advance(minutes=31)
    assert (await told())[2] == 2
    clock.advance(minutes=31)
    assert await told() == (200, "degraded", 4)
    await payments.flag(app.db, "unknown", "counted once")
    await payments.flag(app.db, "lost", "and this one, too")
    assert (await told())[2] == 5


async def test_a_needed_index_that_is_missing_is_named(app: App) -> None:
    needed = next(index for index in indexes.INDEXES if index.needed)
    await app.db[needed.collection].drop_index(needed.title)
    response = await READY.handle(request(), app=app)
    answer = content(response)
    assert (response.status_code, answer["status"]) == (503, "unavailable")
    assert answer["missing"] == [f"index {needed.collection}.{needed.title}"]


async def test_an_empty_database_is_not_ready(settings: Settings) -> None:
    db = connect(settings)
    response = await READY.handle(request(), app=replace(offline_app(), db=db))
    assert response.status_code == 503
    assert len(content(response)["missing"]) == sum(index.needed for index in indexes.INDEXES)
    await db.client.close()


async def test_a_standalone_is_refused(alone: App) -> None:
    response = await READY.handle(request(), app=alone)
    answer = content(response)
    assert (response.status_code, answer["missing"]) == (503, ["MongoDB as a replica set"])
    assert answer["checks"]["replicaSet"] == "missing"


async def test_mongodb_out_of_reach_is_told_long_before_the_driver_gives_up() -> None:
    patient = offline_app(mongodb_uri="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=3600000")
    async with asyncio.timeout(PATIENCE_SECONDS):
        response = await READY.handle(request(), app=patient)
    assert (response.status_code, content(response)["missing"]) == (503, ["MongoDB"])


@pytest.mark.parametrize(
    ("name", "value", "setting"),
    [
        ("MONGODB_URI", None, "MONGODB_URI"),
        ("MONGODB_URI", "not-mongodb://user:hunter2@host", "MONGODB_URI"),
        ("MONGODB_URI", "mongodb://user:hunter2@host:port", "MONGODB_URI"),
        ("WEB_PUBSUB_HUB", "hunter2 is no hub", "WEB_PUBSUB_HUB"),
        ("PREVIEW_LIFETIME_MINUTES", "hunter2", "PREVIEW_LIFETIME_MINUTES"),
        ("SIGN_IN_SENDER", "console", "SIGN_IN_SENDER"),
    ],
)
async def test_wrong_settings_are_named_and_their_values_are_not(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    mongo_uri: str,
    name: str,
    value: str | None,
    setting: str,
) -> None:
    monkeypatch.setenv("APP_ENV", "prod")
    monkeypatch.setenv("MONGODB_URI", mongo_uri)
    monkeypatch.delenv("MONGODB_URI") if value is None else monkeypatch.setenv(name, value)
    response = await READY.answer(request(), Runtime())
    answer = content(response)
    assert (response.status_code, answer["missing"]) == (503, [f"setting {setting}"])
    assert (await LIVE.answer(request(), Runtime())).status_code == 200
    assert b"hunter2" not in response.get_body()
    assert "hunter2" not in caplog.text
