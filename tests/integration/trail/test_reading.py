"""An owner reads who did what, and the audit names a broken chain (rules 15)."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.clock import FixedClock
from shared.domain.roles import Actor, Role
from shared.services.support.audit.database import audit
from shared.services.trail import erasing, reading, writing
from shared.services.trail.reading import Wanted
from shared.store.mongo.client import Session, transaction
from shared.web.routes import ROUTES
from tests.integration.staff import signed_in_as
from tests.integration.world import World
from tests.web_calls import content, request

ANN, BOB = Actor("user", "ann", "owner"), Actor("device", "bob", "kitchen")


async def leave(app: App, world: World, actor: Actor, action: str, reason: str | None = None, rows: int = 1) -> None:
    async def body(session: Session) -> None:
        for number in range(rows):
            await writing.leave(
                app,
                session,
                actor,
                restaurant_id=world.restaurant_id,
                location_id=world.location_id,
                action=action,
                target=("station", str(number)),
                after={"name": "Bar"},
                reason=reason,
                request_id="r",
            )

    await transaction(app.db, body)


@pytest.fixture
async def left(app: App, clock: FixedClock, world: World) -> list[str]:
    """Rows of three days, as `<day>:<seq>`, the newest first."""
    load_app(PROJECT, {})
    days = []
    for number in range(3):
        await leave(app, world, ANN, "station.created", rows=3)
        await leave(app, world, BOB, "menu_item.availability", "=1+1")
        days.append(f"{clock.now():%Y-%m-%d}")
        if number < 2:
            clock.advance(days=1)
    return [f"{day}:{seq}" for day in reversed(days) for seq in (4, 3, 2, 1)]


async def get(app: App, world: World, role: Role, name: str = "trail_page", **query: Any) -> tuple[int, Any]:
    headers = await signed_in_as(app, world.restaurant_id, role)
    sent = request("GET", f"/x?{urlencode(query)}", headers=headers, path={"restaurantId": world.restaurant_id})
    response = await ROUTES.named(name).handle(sent, app=app)
    return response.status_code, response.get_body() if name == "trail_table" else content(response)


def places(page: Any) -> list[str]:
    return [row["id"].partition(":")[2] for row in page["data"]]


async def test_pages_go_on_where_the_last_one_ended(app: App, world: World, left: list[str]) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 5}
    while True:
        status, page = await get(app, world, "owner", **query)
        assert status == 200
        seen += places(page)
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == left
    for role in ("manager", "kitchen"):
        assert (await get(app, world, role))[0] == 403
    beyond = {"from": "9999-12-31T23:59:59-14:00"}
    for wrong in ({"after": "nonsense"}, {"limit": 201}, {"from": "2026-11-24"}, {"to": "0.5"}, beyond):
        status, answer = await get(app, world, "owner", **wrong)
        assert (status, answer["detail"][0]["field"]) == (400, next(iter(wrong)))


async def test_rows_are_found_by_what_was_done_by_whom_and_when(
    app: App, clock: FixedClock, world: World, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_bob = [one for one in left if one.endswith(":4")]
    assert places((await get(app, world, "owner", actor="bob"))[1]) == by_bob
    assert places((await get(app, world, "owner", action="menu_item"))[1]) == by_bob
    assert places((await get(app, world, "owner", action="station.created", limit=2))[1]) == left[1:3]
    now = clock.now().isoformat()
    assert places((await get(app, world, "owner", **{"from": now}))[1]) == left[:4]
    assert places((await get(app, world, "owner", to=now))[1]) == left[4:]
    # A filter that few rows pass: a page looks at so many only, and says where to go on.
    monkeypatch.setattr(reading, "MAX_LOOKED_AT", 3)
    short = await reading.page(app, world.restaurant_id, Wanted(actor="bob"), limit=50)
    assert (len(short.data), short.next is not None) == (1, True)


async def test_the_table_is_text_for_a_spreadsheet(app: App, world: World, left: list[str]) -> None:
    status, text = await get(app, world, "owner", "trail_table")
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    assert (status, [f"{row['day']}:{row['seq']}" for row in rows]) == (200, left)
    assert {row["reason"] for row in rows} == {"", "'=1+1"}
    assert rows[0]["at"][-6:] in ("-06:00", "-05:00")
    parts: list[bytes] = []
    after: str | None = ""
    while after is not None:
        part = await reading.table(app, world.restaurant_id, Wanted(), after=after, most=1200)
        assert len(part.body) <= 1200
        parts += part.body.splitlines()[1:]
        after = part.next
    assert len(parts) == len(left)


async def test_a_table_that_is_cut_says_where_the_same_rows_go_on_and_pages_may_read_it(
    app: App, world: World, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_LOOKED_AT_IN_TABLE", 3)
    headers = await signed_in_as(app, world.restaurant_id, "owner")
    asked = {"actor": "bob", "from": "2026-01-01T00:00:00+01:00"}
    found: list[str] = []
    params: dict[str, str] | None = dict(asked)
    while params is not None:
        path = {"restaurantId": world.restaurant_id}
        sent = request("GET", f"/x?{urlencode(params)}", headers=headers, path=path)
        answer = await ROUTES.named("trail_table").handle(sent, app=app)
        assert "link" in answer.headers["access-control-expose-headers"].split(", ")
        rows = csv.DictReader(io.StringIO(answer.get_body().decode()))
        found += [f"{row['day']}:{row['seq']}" for row in rows]
        link = answer.headers.get("link")
        params = None if link is None else dict(parse_qsl(link.partition("?")[2].partition(">")[0]))
        assert params is None or params["actor"] == "bob"
        assert params is None or datetime.fromisoformat(params["from"]) == datetime.fromisoformat(asked["from"])
    assert found == [one for one in left if one.endswith(":4")]


async def test_the_audit_names_the_row_that_was_changed(
    app: App, clock: FixedClock, world: World, left: list[str]
) -> None:
    key = f"{world.restaurant_id}:{left[5]}"
    assert await erasing.erase_values(app, [key]) == 1
    assert await erasing.erase_values(app, [key]) == 0
    erased = next(row for row in (await get(app, world, "owner"))[1]["data"] if row["id"] == key)
    assert (erased["after"], erased["erased"]) == (None, True)
    report = await audit(app.db, clock)
    assert (report.differences, report.compared["trails"]) == (0, 1)
    await app.db.trail.update_one({"_id": f"{world.restaurant_id}:{left[3]}"}, {"$set": {"actor.id": "eve"}})
    await app.db.trail.delete_one({"_id": f"{world.restaurant_id}:{left[0]}"})
    report = await audit(app.db, clock)
    assert [(one.invariant, one.what.rpartition(":")[2], one.sentence) for one in report.listed] == [
        (8, "1", "was changed: its hash is another"),
        (8, f"the trail of {world.restaurant_id}", "does not end with the row that was written last"),
    ]
