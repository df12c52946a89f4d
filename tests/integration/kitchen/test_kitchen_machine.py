"""Bumps, recalls, strikes, rushes, clearings and the board's moves in any order, against a model of what should come.

Each step goes to the services over a real mongod. After each run the orders, what the screens show of them, and the
audit must agree with the model.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from shared.api.kitchen import Bump, Clear
from shared.domain.roles import Device, Membership, Person
from shared.errors import Problem
from shared.services.kitchen import bumping, clearing, marking, screens
from shared.services.kitchen.acting import Act
from shared.services.ordering import previewing, unpaid
from shared.services.orders import items, moving
from shared.services.orders.items import Progress
from shared.services.orders.moving import Wish
from shared.services.support.audit import database
from shared.settings import Settings
from tests.integration.kitchen.model import Item, Moved, Ticket
from tests.integration.ordering.test_state_machine import NOON, Loop
from tests.integration.world import World

MAKERS = {"soup": "kitchen", "tea": "bar", "bread": ""}
SCREENS = ("kitchen", "bar", "expo")


class Evening(RuleBasedStateMachine):
    """One evening in a kitchen with two stations, a pass and a board."""

    loop: Loop

    def __init__(self) -> None:
        super().__init__()
        self.loop.clock.moment = NOON
        self.app = self.loop.app
        self.world = World()
        self.loop.run(self.world.build(self.app))
        self.tickets: dict[str, Ticket] = {}
        self.all_done_is_ready = False
        self.expo_waits = False
        here = {self.world.restaurant_id: Membership("owner", None)}
        self.owner = Person("olga", memberships=here)
        self.device = Device("pass", self.world.restaurant_id, str(self.world.location_id), "expo")

    @property
    def now(self) -> datetime:
        return self.loop.clock.now()

    @property
    def place(self) -> tuple[str, str]:
        return self.world.restaurant_id, str(self.world.location_id)

    def act(self, screen: str) -> Act:
        key = {"kitchen": str(self.world.kitchen_id), "bar": str(self.world.bar_id)}.get(screen, screen)
        return self.loop.run(Act.at(self.app, self.device, self.place, key, "r"))

    @initialize(all_done=st.booleans(), expo=st.booleans())
    def open_the_kitchen(self, all_done: bool, expo: bool) -> None:
        self.all_done_is_ready, self.expo_waits = all_done, expo
        seen = {"expoSeenAt": NOON + timedelta(days=30)} if expo else {}
        change = {"$set": {"readyWhenAllDone": all_done, **seen}}
        self.loop.run(self.app.db.locations.update_one({"_id": self.world.location_id}, change))

    @rule(dishes=st.lists(st.sampled_from(sorted(MAKERS)), min_size=1, max_size=4))
    def order(self, dishes: list[str]) -> None:
        asked = self.world.request(*dishes)
        made = self.loop.run(previewing.preview(self.app, asked, request_id="r"))
        key = made.preview_order_id
        assert self.loop.run(unpaid.place_without_payment(self.app, key, request_id="r")).placed
        self.tickets[key] = Ticket([Item(MAKERS[dish]) for dish in dishes])

    def some(self, data: st.DataObject) -> tuple[str, Ticket]:
        key = data.draw(st.sampled_from(list(self.tickets)))
        return key, self.tickets[key]

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), screen=st.sampled_from(SCREENS), force=st.booleans())
    def bump(self, data: st.DataObject, screen: str, force: bool) -> None:
        key, ticket = self.some(data)
        said = self.said(bumping.bump(self.act(screen), Bump(order_id=key, force=force)))
        waits = self.expo_waits and not self.all_done_is_ready
        assert said == ticket.bump(screen, force=force, waits=waits, now=self.now)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), screen=st.sampled_from(SCREENS))
    def recall(self, data: st.DataObject, screen: str) -> None:
        key, ticket = self.some(data)
        assert self.said(bumping.recall(self.act(screen), key)) == ticket.recall(screen, self.now)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), to=st.sampled_from(["STARTED", "COMPLETED", "REOPENED"]))
    def strike(self, data: st.DataObject, to: Progress) -> None:
        key, ticket = self.some(data)
        index = data.draw(st.integers(0, len(ticket.items) - 1))
        item_id = self.stored(key)["items"][index]["id"]
        said = self.said(items.progress(self.app, key, item_id, to, self.device, request_id="r"))
        if ticket.status not in ("ACCEPTED", "READY_FOR_PICKUP"):
            assert said == "ORDER_MOVED"
            return
        assert said == ""
        one = ticket.items[index]
        struck = to == "COMPLETED" and one.done is None
        one.done = (one.done or self.now) if to == "COMPLETED" else None
        if (
            struck
            and self.all_done_is_ready
            and ticket.status == "ACCEPTED"
            and all(each.done for each in ticket.items)
        ):
            ticket.ready(self.now)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), to=st.sampled_from(["READY_FOR_PICKUP", "PICKED_UP", "CANCELLED"]))
    def move_on_the_board(self, data: st.DataObject, to: str) -> None:
        key, ticket = self.some(data)
        said = self.said(moving.move(self.app, key, Wish(to, reason="why"), self.owner, request_id="r"))
        legal = {
            "READY_FOR_PICKUP": ("ACCEPTED",),
            "PICKED_UP": ("READY_FOR_PICKUP",),
            "CANCELLED": ("ACCEPTED", "READY_FOR_PICKUP"),
        }[to]
        assert said == ("" if ticket.status in (to, *legal) else "ORDER_MOVED")
        if ticket.status in legal:
            if to == "READY_FOR_PICKUP":
                ticket.ready(self.now)
            ticket.status = to

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), screen=st.sampled_from(SCREENS), wanted=st.booleans())
    def rush(self, data: st.DataObject, screen: str, wanted: bool) -> None:
        key, ticket = self.some(data)
        said = self.said(marking.rush(self.act(screen), key, wanted=wanted))
        if not ticket.own(screen):
            assert said == "ORDER_NOT_FOUND"
            return
        assert said == ("" if ticket.status == "ACCEPTED" else "ORDER_MOVED")
        if ticket.status == "ACCEPTED":
            ticket.rushed = wanted

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), screen=st.sampled_from(SCREENS))
    def dismiss(self, data: st.DataObject, screen: str) -> None:
        key, ticket = self.some(data)
        said = self.said(marking.dismiss(self.act(screen), key))
        if not ticket.own(screen):
            assert said == "ORDER_NOT_FOUND"
            return
        assert said == ("" if ticket.status == "CANCELLED" else "ORDER_MOVED")
        if ticket.status == "CANCELLED":
            ticket.dismissed.add(screen)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def clear(self, data: st.DataObject) -> None:
        keys = data.draw(st.lists(st.sampled_from(list(self.tickets)), min_size=1, max_size=4, unique=True))
        found = self.loop.run(clearing.clear(self.act("expo"), Clear(order_ids=keys)))
        for key, one in zip(keys, found, strict=True):
            ticket = self.tickets[key]
            if ticket.status == "ACCEPTED":
                ticket.ready(self.now)
                ticket.cleared = True
            is_open = ticket.status == "READY_FOR_PICKUP"
            assert (one.order_id, one.result) == (key, "cleared" if is_open or ticket.cleared else "gone")
            ticket.status = "PICKED_UP" if is_open else ticket.status

    @rule(minutes=st.sampled_from([1, 30, 61]))
    def let_time_pass(self, minutes: int) -> None:
        self.loop.clock.advance(minutes=minutes)

    def said(self, asked: Coroutine[Any, Any, Any]) -> Moved:
        try:
            self.loop.run(asked)
        except Problem as problem:
            return problem.code.code
        return ""

    def stored(self, key: str) -> dict[str, Any]:
        order = self.loop.run(moving.orders.get(self.app.db, moving.object_id(key)))
        assert order is not None
        return dict(order.model_dump(by_alias=True))

    def teardown(self) -> None:
        for key, ticket in self.tickets.items():
            order = self.stored(key)
            assert (order["status"], [one["completedAt"] for one in order["items"]]) == (
                ticket.status,
                [one.done for one in ticket.items],
            )
            assert (order["rushedAt"] is not None, order["clearedAt"] is not None) == (ticket.rushed, ticket.cleared)
        for screen in SCREENS:
            self.shows(screen)
        report = self.loop.run(database.audit(self.app.db, self.loop.clock))
        assert report.differences == 0, report

    def shows(self, screen: str) -> None:
        key = self.act(screen).screen.id
        shown = self.loop.run(screens.open_orders(self.app, self.device, self.place, key))
        mine = {key: one for key, one in self.tickets.items() if one.own(screen)}
        assert {one.id: one.bumped_at is not None for one in shown.matched_orders} == {
            key: one.is_bumped(screen) for key, one in mine.items() if one.status == "ACCEPTED"
        }
        cancelled = {one.id for one in shown.cancelled_orders}
        assert cancelled <= {
            key for key, one in mine.items() if one.status == "CANCELLED" and screen not in one.dismissed
        }


@pytest.fixture
def loop(mongo_uri: str, db_name: str, web_pubsub: str) -> Iterator[Loop]:
    given = {"mongodb_uri": mongo_uri, "db_name": db_name, "web_pubsub_connection_string": web_pubsub}
    loop = Loop(Settings.model_validate({"app_env": "local", **given}))
    yield loop
    loop.close()


def spend(loop: Loop, evenings: int, *, derandomize: bool) -> None:
    machine = type("OneEvening", (Evening,), {"loop": loop})
    given = settings(
        max_examples=evenings,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=derandomize,
    )
    run_state_machine_as_test(machine, settings=given)


def test_whatever_a_kitchen_does_in_an_evening_is_what_the_model_says(loop: Loop) -> None:
    spend(loop, 5, derandomize=True)


@pytest.mark.long
def test_whatever_a_kitchen_does_in_many_evenings_is_what_the_model_says(loop: Loop) -> None:
    spend(loop, 400, derandomize=False)
