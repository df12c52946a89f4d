"""What staff are refused is kept beside the trail, without what they sent (rules 15)."""

from __future__ import annotations

from typing import Any

from shared.app import App
from shared.store.mongo.client import unawaited
from shared.web.routes import ROUTES
from tests.integration.core import Core
from tests.integration.staff_calls import Sent, Stage
from tests.integration.till import Till
from tests.integration.world import World
from tests.web_calls import request


async def refused(app: App) -> list[tuple[str, str, str, str]]:
    found = await unawaited(app.db).trail_refusals.find().sort("at", 1).to_list()
    return [
        (row["actor"]["id"], one["route"], one["code"], one["restaurantId"]) for row in found for one in row["refused"]
    ]


async def call(app: App, name: str, sent: Sent) -> int:
    route = ROUTES.named(name)
    body: Any = b"" if sent.body is None else sent.body
    asked = request(route.method, "/x", body, headers=sent.who, path=sent.path)
    return (await route.handle(asked, app=app)).status_code


async def test_a_refusal_of_staff_is_kept_and_one_of_nobody_is_not(till: Till, core: Core) -> None:
    stage = await Stage.of(till, core)
    other = await World().build(till.app)
    theirs = {"restaurantId": other.restaurant_id, "locationId": str(other.location_id)}
    station = {**theirs, "name": "my secret words", "tags": []}
    assert await call(till.app, "stations_create", Sent(stage.owner, station)) == 403
    assert await call(till.app, "printers_listed", Sent(stage.owner, path=theirs)) == 403
    assert await call(till.app, "stations_create", Sent({}, station)) == 401
    assert await call(till.app, "stations_create", Sent(stage.owner, {**station, "tags": 3})) == 400
    entry = await stage.hours()
    assert await call(till.app, "attention_retry", stage.sent(entryId=entry)) == 409
    assert await refused(till.app) == [
        ("olga", "stations_create", "FORBIDDEN", other.restaurant_id),
        ("olga", "printers_listed", "FORBIDDEN", other.restaurant_id),
        ("olga", "attention_retry", "ATTENTION_ACT_REFUSED", stage.restaurant_id),
    ]
    assert "secret words" not in str(await unawaited(till.app.db).trail_refusals.find().to_list())
    assert await till.app.db.trail.count_documents({}) == 0
