"""Every route of staff that changes something leaves what it says: a row in the trail, an order's rows, or nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from local.supervisor.options import PROJECT
from shared.app import App
from shared.services.support.audit.database import audit
from tests.integration.core import Core
from tests.integration.mails.post import with_mail
from tests.integration.staff_calls import CALLS, Stage, routes
from tests.integration.till import Till
from tests.web_calls import content, filled, request


async def left(app: App) -> tuple[Counter[str], int, int]:
    """The rows of each trail; those of all orders, and how many of these staff caused."""
    trail = Counter([row["restaurantId"] async for row in app.db.trail.find({}, {"restaurantId": 1})])
    by_staff = await app.db.order_events.count_documents({"by": {"$regex": "^(user|device):"}})
    return trail, await app.db.order_events.count_documents({}), by_staff


def test_every_route_of_staff_has_a_call_that_works() -> None:
    assert set(CALLS) == {route.name for route in routes()}


def test_what_leaves_nothing_is_listed() -> None:
    rules = (PROJECT / "docs" / "rules.md").read_text()
    silent = [route for route in routes() if route.leaves == "nothing"]
    assert [route.path for route in silent if f"`{route.method} {route.path}`" not in rules] == []
    names = {"devices_roll", "files_begin_upload", "realtime_negotiate", "screens_seen", "users_create_user"} | {
        "pushes_subscribe",
        "pushes_unsubscribe",
        "pushes_subscribe_screen",
        "pushes_unsubscribe_screen",
    }
    assert {route.name for route in silent} == names


async def test_each_change_leaves_one_row_in_each_restaurant_or_its_order_s_rows(till: Till, core: Core) -> None:
    till = replace(till, app=with_mail(till.app, f"http://127.0.0.1:{till.gateway.port}/sendgrid"))
    stage = await Stage.of(till, core)
    wrong: list[Any] = []
    for route in routes():
        sent = await CALLS[route.name](stage)
        trail, rows, by_staff = await left(till.app)
        headers = {**sent.who, "content-type": "application/json", "x-request-id": f"walk-{route.name}"}
        path = {name: value for name, value in sent.path.items() if name in route.parameters}
        body = b"" if sent.body is None else dict(sent.body)
        raw, headers = filled(route, body, headers)
        response = await route.handle(request(route.method, "/x", raw, headers=headers, path=path), app=till.app)
        answer = response.get_body()
        assert response.status_code == route.status, (route.name, answer)
        restaurants = [till.world.restaurant_id] if sent.restaurants is None else sent.restaurants
        if route.name == "people_create_restaurant":
            restaurants = [content(response)["data"]["restaurant"]["_id"]]
        now_trail, now_rows, now_by_staff = await left(till.app)
        more = now_trail - trail
        expected = Counter(restaurants) if route.leaves == "entry" else Counter()
        # A checkout that is advanced becomes an order by itself, with rows of its own.
        has_rows = now_by_staff > by_staff if route.leaves == "entry" else now_rows > rows
        if more != expected or has_rows != (route.leaves == "rows"):
            wrong.append((route.name, route.leaves, dict(more), now_rows - rows))
        of_it = [row async for row in till.app.db.trail.find({"requestId": f"walk-{route.name}"})]
        if len(of_it) != more.total() or any(row["actor"]["kind"] == "system" for row in of_it):
            wrong.append((route.name, "its rows do not name the request, or who acted"))
    assert wrong == []
    report = await audit(till.app.db, till.clock)
    assert [one for one in report.listed if one.invariant == 8] == []
