"""The trail over a real database: rows in order whoever writes at once, and refusals beside it (rules 15)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from shared.app import App
from shared.clock import FixedClock
from shared.documents.trail import TrailEntry, TrailHead
from shared.domain import trail as rules
from shared.domain.roles import Actor, Person
from shared.errors import CANNOT_CANCEL, FORBIDDEN
from shared.memory.slots import Memory
from shared.services.trail import refusals, writing
from shared.store import trail
from shared.store.mongo.client import MovedError, Session, moves, transaction, unawaited

OWNER = Actor("user", "u-1", "owner")


async def leave(app: App, restaurant_id: str, number: int, *, in_turn: bool = False) -> None:
    async def body(session: Session) -> None:
        await app.db.stations.insert_one({"restaurantId": restaurant_id, "name": str(number)}, session=session)
        await writing.leave(
            app,
            session,
            OWNER,
            restaurant_id=restaurant_id,
            action="station.created",
            target=("station", str(number)),
            after={"name": "Bar", "email": "ann@example.com"},
            reason="why",
            request_id="r",
        )

    await (writing.changing(app, restaurant_id, body) if in_turn else transaction(app.db, body))


async def chain(app: App, restaurant_id: str) -> tuple[list[TrailEntry], TrailHead]:
    stored = await app.db.trail.find({"restaurantId": restaurant_id}).sort([("day", 1), ("seq", 1)]).to_list()
    head = await app.db.trail_heads.find_one({"_id": restaurant_id})
    return [TrailEntry.model_validate(row) for row in stored], TrailHead.model_validate(head)


async def test_changes_at_once_make_one_chain_without_gaps(app: App, clock: FixedClock) -> None:
    await asyncio.gather(*(leave(app, "r", n) for n in range(20)), *(leave(app, "other", n) for n in range(5)))
    clock.advance(days=1)
    await leave(app, "r", 20)
    rows, head = await chain(app, "r")
    assert [row.seq for row in rows] == [*range(1, 21), 1]
    assert {int(row.target.id) for row in rows} == set(range(21))
    assert rules.faults(rows, head) == []
    assert rows[0].actor.id == "u-1"
    assert rows[0].after == {"name": "Bar", "email": "a***@example.com"}
    await trail.erase_values(app.db, [rows[3].id], clock.now())
    rows, head = await chain(app, "r")
    assert (rows[3].after, rows[3].reason) == (None, None)
    assert rules.faults(rows, head) == []


async def test_a_hundred_changes_of_one_restaurant_take_turns(app: App) -> None:
    other = replace(app, memory=Memory())
    await asyncio.gather(
        *(leave(app, "r", n, in_turn=True) for n in range(100)), *(leave(other, "r", n) for n in range(100, 103))
    )
    rows, head = await chain(app, "r")
    assert {int(row.target.id) for row in rows} == set(range(103))
    assert rules.faults(rows, head) == []


async def test_a_change_that_is_undone_leaves_no_row(app: App) -> None:
    async def body(session: Session) -> None:
        await writing.leave(app, session, OWNER, restaurant_id="r", action="a.b", target=("x", "y"), request_id="r")
        raise MovedError

    assert not await moves(app.db, body)
    assert await app.db.trail.count_documents({}) == await app.db.trail_heads.count_documents({}) == 0


async def test_refusals_are_bounded_by_actor_and_minute(app: App, clock: FixedClock) -> None:
    person = Person("u-2")
    for process in (app, replace(app, memory=Memory())):
        for number in range(30):
            await refusals.keep(
                process,
                person,
                FORBIDDEN if number % 2 else CANNOT_CANCEL,
                route="stations_create",
                restaurant_id="r" * 1000,
                location_id="",
                request_id="q",
            )
    clock.advance(minutes=1)
    await refusals.keep(app, person, FORBIDDEN, route="x", restaurant_id="r", location_id="", request_id="q")
    first, second = await unawaited(app.db).trail_refusals.find().sort("at", 1).to_list()
    assert (len(first["refused"]), first["n"]) == (20, 40)
    assert {one["code"] for one in first["refused"]} == {"FORBIDDEN", "CANNOT_CANCEL"}
    assert len(first["refused"][0]["restaurantId"]) == 128
    assert len(second["refused"]) == 1
