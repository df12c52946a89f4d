"""No one sees or changes what is not theirs: every door for staff, tried by everybody who must not pass it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.api.printing import StarPoll
from shared.app import App
from shared.web.access import SignedIn, StaffOf, StaffThrough, ThisDevice, ThisPrinter, anyone
from shared.web.routes import ROUTES
from tests.integration.web.isolation import (
    Case,
    cases_of,
    is_for_staff,
    kinds_of,
    one_of_each_group,
    with_allow,
    without_location,
)
from tests.integration.web.isolation_bodies import body_of
from tests.integration.web.isolation_document import PATH, written
from tests.integration.web.isolation_stage import Stage

load_app(PROJECT, {})
FOR_STAFF = [route for route in ROUTES if is_for_staff(route)]


@pytest.fixture
async def stage(app: App) -> Stage:
    return await Stage.build(app)


async def answer(stage: Stage, case: Case, whose: str | None = None) -> tuple[int, Any]:
    """What comes of a case; with `whose`, of the same with that id in the place of each that is not one's own."""
    ids = {(part, name): stage.whose(whose or own, name) for part, name, own in case.ids}
    allow = case.route.allow
    if whose is not None and not ids and isinstance(allow, StaffThrough):
        ids = {(allow.document.part, allow.document.name): stage.whose(whose, allow.document.name)}
    path = {name: ids.get(("path", name), stage.here.get(name, "")) for name in case.route.parameters}
    body = body_of(stage, case.route, case.kind)
    if isinstance(body, dict):
        for (part, name), value in ids.items():
            if part == "body":
                body = {**body, name: [value] if isinstance(body.get(name), list) else value}
    return await stage.call(case.route, stage.actors[case.actor], path, body)


def said(found: Any) -> Any:
    """An answer without what is another each time."""
    return {key: value for key, value in found.items() if key != "requestId"} if isinstance(found, dict) else found


async def broken(stage: Stage, cases: Sequence[Case]) -> list[str]:
    """The cases that were not refused as they must be."""
    wrong = []
    for case in cases:
        status, found = await answer(stage, case)
        code = found.get("code") if isinstance(found, dict) else None
        expected = (case.status,) if case.status else (400, 403, 404)
        if status not in expected or (case.code is not None and code != case.code):
            wrong.append(f"{case.title}: {status} {code}, not {case.status} {case.code}")
        elif case.like is not None and said(found) != said((await answer(stage, case, case.like))[1]):
            wrong.append(f"{case.title}: another answer than to an id of nothing")
    return wrong


def everybody(cases: Sequence[Case], _number: int) -> Sequence[Case]:
    return cases


@pytest.mark.parametrize("some", [one_of_each_group, pytest.param(everybody, marks=pytest.mark.long)])
async def test_every_door_for_staff_refuses_everybody_else(
    stage: Stage, some: Callable[[Sequence[Case], int], Sequence[Case]]
) -> None:
    cases = [case for number, route in enumerate(FOR_STAFF) for case in some(list(cases_of(route)), number)]
    assert len(cases) == len({case.title for case in cases})
    assert await broken(stage, cases) == []
    print(f"isolation: {len(cases)} cases at {len(FOR_STAFF)} routes")


def test_the_page_about_it_is_what_the_walk_tries() -> None:
    page = written(FOR_STAFF, [case for route in FOR_STAFF for case in cases_of(route)])
    if os.environ.get("ISOLATION") == "write":
        PATH.write_text(page)
    assert PATH.read_text() == page


@pytest.mark.parametrize("name", ["orders_today", "stations_order_item", "orders_recall"])
async def test_a_door_that_is_left_open_is_found(stage: Stage, name: str, caplog: pytest.LogCaptureFixture) -> None:
    route = ROUTES.named(name)
    cases = list(cases_of(route))
    opened = [replace(case, route=with_allow(route, anyone)) for case in cases]
    assert len(await broken(stage, opened)) > 0
    if isinstance(route.allow, StaffOf):
        unlocated = [replace(case, route=without_location(route)) for case in cases]
        assert any("locationId" in one for one in await broken(stage, unlocated))
    # These doors answer what they do not declare.
    caplog.clear()


async def test_every_door_lets_the_owner_in(stage: Stage) -> None:
    shut = []
    for route in FOR_STAFF:
        for kind, _ in kinds_of(route.body) or [("", None)]:
            # Here somebody removes the printer before it asks.
            ids = stage.other if isinstance(route.allow, ThisPrinter) else stage.here
            path = {name: ids[name] for name in route.parameters}
            if isinstance(route.allow, SignedIn):
                path |= {"userId": "walk-owner"} if "userId" in path else {}
            actor = "expo device here" if isinstance(route.allow, ThisDevice) else "owner"
            status, found = await stage.call(route, stage.actors[actor], path, body_of(stage, route, kind))
            if status in (401, 403) or (status == 404 and route.body is StarPoll):
                shut.append((route.name, kind, found))
    assert shut == []
