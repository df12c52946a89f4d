"""Diners, drivers, persons, faults, kills and clock moves in any order: once nothing is left to do, the gateway has
kept what the standing orders cost, to the cent, and no paid order is lost (rules 4, 9 and 10).

There is no model of what each call answers, since a lost answer may go either way: the gateway's ledger is the truth.
`ORDERBUDDY_PAYMENT_RUNS` and `ORDERBUDDY_PAYMENT_STEPS` make the long one as long as one likes.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from shared.app import App
from shared.clock import FixedClock
from shared.documents.payments import Payment
from shared.domain.checkout_states import Step
from shared.domain.payment_states import ATTEMPTS, GIVING_BACK, RUNNING, illegal_moves
from shared.domain.tips import Tip
from shared.errors import Problem
from shared.integrations.emergepay.client import EmergePay
from shared.money import plain
from shared.services.ordering import paid, steps
from shared.services.ordering import unpaid as placement
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import cancelling
from shared.services.paying import tokens
from shared.services.paying.returning import return_money
from shared.services.support import voiding
from shared.services.upkeep import reconciler, sweeper
from shared.settings import Settings
from shared.store.mongo import indexes
from shared.store.mongo.client import connect
from tests.integration import till as cards
from tests.integration.local_saas.clients import StandIn
from tests.integration.till import KilledError, Mortal, Till, with_gateway
from tests.integration.world import World
from tests.patience import wait_until

T = TypeVar("T")
RUNS = int(os.environ.get("ORDERBUDDY_PAYMENT_RUNS", "200"))
STEPS = int(os.environ.get("ORDERBUDDY_PAYMENT_STEPS", "50"))
NOON = datetime(datetime.now(UTC).year + 1, 7, 8, 17, 0, tzinfo=UTC)
HELD_SECONDS = 86_400
"""Longer than all evenings together: a charge that nobody lets go must not be made while a later one is checked."""
TIMEOUT_SECONDS = 0.4

CARDS = (
    cards.APPROVES,
    cards.APPROVES,
    cards.DECLINES,
    cards.ANSWERS_500,
    cards.DROPS_BEFORE,
    cards.DROPS_AFTER,
    cards.DROPS_AFTER,
    cards.CHARGES_LATE,
)
TIPS = (Tip(), Tip(cents=150), Tip(percent=18))
AWAY_MINUTES = st.sampled_from([14, 14, 0])
WHICH = st.integers(0, 11)
STEPS_OF_A_DRIVER: tuple[Step, ...] = ("take_payment", "take_payment", "place_order", "expire")
CALLS = ("charge_card", "look_up", "void", "refund")
DISHES = st.lists(st.sampled_from(["soup", "tea"]), min_size=1, max_size=2)
FAULTS = ("drop_before", "drop_after", "error", "garble")
PLACES = ("/transactions/checkout/", "GET ", "/transactions/void", "/transactions/tokenizedRefund")


class Loop:
    """One event loop, one App and one clock for all runs; each run has a restaurant and a merchant of its own."""

    def __init__(self, given: Settings, gateway: StandIn) -> None:
        self._runner = asyncio.Runner()
        self.gateway = gateway
        self.clock = FixedClock(NOON)
        self.app = self.run(self._open(given))
        self.nowhere = EmergePay(given.model_copy(update={"emergepay_environment_url": "http://gateway.invalid/v1"}))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _open(self, given: Settings) -> App:
        db = connect(given)
        await indexes.ensure(db)
        return App.over(db, self.clock, given)

    def close(self) -> None:
        async def end() -> None:
            await self.nowhere.close()
            await self.app.close()
            await self.app.db.client.close()

        self.run(end())
        self._runner.close()


class Evening(RuleBasedStateMachine):
    """What may happen at a till; `loop` is set on the class."""

    loop: Loop

    def __init__(self) -> None:
        super().__init__()
        self.mortal = Mortal(self.loop.app.pay, self.loop.nowhere)
        self.app = replace(self.loop.app, pay=self.mortal)
        self.till = Till(self.app, World(takes_payment=True, auto_accepts=False), self.loop.gateway)
        self.loop.run(self.till.world.build(self.app))
        self.tokens: dict[ObjectId, list[str]] = {}
        self.told_placed: dict[ObjectId, None] = {}
        self.given_up: set[ObjectId] = set()
        self.cancelled: set[ObjectId] = set()
        self.faults: set[str] = set()

    def do(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do it as a process that may be killed, and whose caller may be refused."""
        try:
            return self.loop.run(work)
        except (KilledError, Problem, voiding.CannotAbandonError):
            return None

    def one_of(self, which: int) -> ObjectId:
        """One of the carts. What is drawn must not hang on how the world answered."""
        keys = list(self.tokens)
        return keys[-1 - which % len(keys)]

    # Diners

    @initialize()
    def sit_down(self) -> None:
        self._preview("soup")

    def _preview(self, *dishes: str) -> ObjectId | None:
        key = self.do(self.till.preview(*dishes))
        if key is not None:
            self.tokens[key] = []
        return key

    @rule(dishes=DISHES, card=st.sampled_from(CARDS), tip=st.sampled_from(TIPS), drivers=st.integers(0, 3))
    def come_and_pay(self, dishes: list[str], card: str, tip: Tip, drivers: int) -> None:
        self._come_and_pay(dishes, card, tip, drivers)

    def _come_and_pay(self, dishes: list[str], card: str, tip: Tip, drivers: int) -> None:
        key = self._preview(*dishes)
        if key is not None:
            self._pay(key, card, tip, drivers)

    @rule(which=WHICH, card=st.sampled_from(CARDS), tip=st.sampled_from(TIPS), drivers=st.integers(0, 3))
    def pay_with_another_card(self, which: int, card: str, tip: Tip, drivers: int) -> None:
        self._pay(self.one_of(which), card, tip, drivers)

    def _pay(self, key: ObjectId, card: str, tip: Tip, drivers: int) -> None:
        """Pay; or claim in a process that is killed before it does more, and let so many drivers find that at once."""
        token = self._token(key, card)
        if drivers == 1:
            self._complete(key, token, tip)
            return
        self.do(claim(self.app, key, Asker("r", paying=tokens.by_card(self.app, token, tip))))
        self._drive(key, ["take_payment"] * drivers)

    def _token(self, key: ObjectId, card: str) -> str:
        token = self.till.token(card, seconds=HELD_SECONDS)
        self.tokens[key].append(token)
        return token

    @rule(which=WHICH, token=WHICH)
    def tap_again(self, which: int, token: int) -> None:
        key = self.one_of(which)
        if tokens := self.tokens[key]:
            self._complete(key, tokens[token % len(tokens)], Tip())

    def _complete(self, key: ObjectId, token: str, tip: Tip) -> None:
        how = tokens.by_card(self.app, token, tip)
        done = self.do(paid.complete(self.app, str(key), how, request_id="r", wait=False))
        if done is not None and done.placed:
            self.told_placed[key] = None

    @rule(which=WHICH, many=st.integers(2, 4))
    def many_at_once(self, which: int, many: int) -> None:
        key = self.one_of(which)
        hows = [tokens.by_card(self.app, self._token(key, cards.APPROVES), Tip()) for _ in range(many)]

        async def all_of_them() -> None:
            asked = (paid.complete(self.app, str(key), how, request_id="r", wait=False) for how in hows)
            unpaid = placement.place_without_payment(self.app, str(key), request_id="r", wait=False)
            await asyncio.gather(*asked, unpaid, steps.take_payment(self.app, key), return_exceptions=True)

        self.do(all_of_them())

    @rule(which=WHICH, settled=st.booleans())
    def cancel(self, which: int, settled: bool) -> None:
        placed = list(self.told_placed or self.tokens)
        key = placed[which % len(placed)]
        if settled:
            self._settle(key)
        done = self.do(cancelling.cancel(self.app, str(key), request_id="r"))
        if done is not None:
            self.cancelled.add(key)

    # Whoever drives, and a person

    @rule(which=WHICH, taken=st.lists(st.sampled_from(STEPS_OF_A_DRIVER), min_size=1, max_size=4))
    def drive(self, which: int, taken: list[Step]) -> None:
        self._drive(self.one_of(which), taken)

    def _drive(self, key: ObjectId, wished: list[Step]) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(steps.run(self.app, step, key) for step in wished), return_exceptions=True)

        self.do(all_of_them())

    @rule(minutes=st.sampled_from([1, 1, 3, 12]))
    def timers_run(self, minutes: int) -> None:
        self.loop.run(self.till.minutes_pass(minutes))

    @rule(many=st.integers(1, 3))
    def reconcilers_run(self, many: int) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(reconciler.reconcile(self.app) for _ in range(many)))

        self.loop.run(all_of_them())

    @rule(which=WHICH, many=st.integers(1, 3))
    def give_back(self, which: int, many: int) -> None:
        for payment in self.loop.run(self.till.attempts(self.one_of(which))):

            async def workers(payment_id: str = payment.id) -> None:
                work = (return_money(self.app, payment_id) for _ in range(many))
                await asyncio.gather(*work, return_exceptions=True)

            self.do(workers())

    @rule(which=WHICH, settled=st.booleans())
    def person_gives_up(self, which: int, settled: bool) -> None:
        key = self.one_of(which)
        if settled:
            self._settle(key)
        if self.do(voiding.abandon(self.app, key, by="ann", reason="r")) is not None:
            self.given_up.add(key)

    # The world around

    @rule(seconds=st.sampled_from([3, 31, 40, 90, 300, 660, 1900]))
    def time_passes(self, seconds: int) -> None:
        self.loop.clock.advance(seconds=seconds)

    @rule(call=st.sampled_from(CALLS), when=st.sampled_from(["before", "after"]))
    def somebody_is_killed_at(self, call: str, when: Any) -> None:
        self.mortal.ends_at(call, when)

    @rule(calls=st.integers(1, 8))
    def nobody_listens(self, calls: int) -> None:
        self.mortal.is_cut_off(calls)

    @rule(calls=st.integers(1, 3), dishes=DISHES, drivers=st.integers(0, 3))
    def come_and_pay_while_nobody_listens(self, calls: int, dishes: list[str], drivers: int) -> None:
        self.mortal.is_cut_off(calls)
        self._come_and_pay(dishes, cards.APPROVES, Tip(), drivers)

    @rule(mode=st.sampled_from(FAULTS), place=st.sampled_from(PLACES), times=st.integers(1, 3))
    def the_line_is_bad(self, mode: str, place: str, times: int) -> None:
        # Of this evening's merchant alone: a fault that is taken away lets go what it fits, also of earlier evenings.
        here = f"/orgs/{self.till.world.oid}"
        match = f"{here}{place}" if place != "GET " else f"GET /emergepay/v1{here}"
        self.loop.gateway.fault(mode=mode, match=match, times=times, status=503)
        self.faults.add(match)

    @rule(card=st.sampled_from([cards.DROPS_AFTER, cards.CHARGES_LATE, cards.DROPS_BEFORE]), minutes=AWAY_MINUTES)
    def the_gateway_knows_nothing_for_a_while(self, card: str, minutes: int) -> None:
        match = f"GET /emergepay/v1/orgs/{self.till.world.oid}"
        self.loop.gateway.fault(mode="hide", match=match)
        self.faults.add(match)
        self._come_and_pay(["tea"], card, Tip(), 1)
        self.loop.run(self.till.minutes_pass(minutes))

    @rule()
    def the_gateway_is_whole_again(self) -> None:
        for match in self.faults:
            self.loop.gateway.fault(mode="ok", match=match)
        self.faults.clear()
        self.mortal.lives()

    @rule()
    def late_charges_arrive(self) -> None:
        """What the gateway holds is charged now, though nobody waits for it any more."""
        before = len(self.till.merchant.rows())
        charges = f"/orgs/{self.till.world.oid}/transactions/checkout/"
        held = self.loop.gateway.fault(mode="ok", match=charges).get("letGo", 0)
        wait_until(lambda: len(self.till.merchant.rows()) == before + held, "what was held is not charged")

    def _settle(self, key: ObjectId) -> None:
        for payment in self.loop.run(self.till.attempts(key)):
            self.loop.gateway.fault(mode="settle", match=payment.id)

    # The end

    def teardown(self) -> None:
        try:
            self.the_gateway_is_whole_again()
            # The clock of the app is about to run through days in a second: what is on its way arrives before. What a
            # caller has hung up on may still lie before the gateway's door when it answers the first time.
            for _ in range(3):
                self.late_charges_arrive()
            self.loop.run(self._drain())
            self.loop.run(self._the_books_balance())
        finally:
            # The next run begins on its own day.
            self.loop.clock.moment = (self.loop.clock.moment + timedelta(days=1)).replace(hour=17, minute=0)

    async def _drain(self) -> None:
        """Let the timers run until nothing is due any more, first by minutes, then by ever longer steps."""
        step = 31.0
        for _ in range(60):
            await self._a_person_sees_to_refunds()
            await sweeper.sweep(self.app)
            await reconciler.reconcile(self.app)
            left = {"nextLookAt": {"$ne": None}}, {"nextWakeAt": {"$ne": None}}
            if not await self._count("payments", left[0]) and not await self._count("checkouts", left[1]):
                return
            self.loop.clock.advance(seconds=step)
            step = min(step * 1.6, 86_400.0)
        raise AssertionError("something is due for ever")

    async def _a_person_sees_to_refunds(self) -> None:
        """Make at the gateway each refund that it does not know of: whoever was to send it was killed, and the app asks
        for no refund twice (rules 4)."""
        flagged = {"locationId": self.till.world.location_id, "needsAttention": {"$ne": None}, "state": "refunding"}
        for raw in await self.app.db.payments.find(flagged).to_list():
            payment = Payment.model_validate(raw)
            for one in payment.refunds:
                key, amount = payment.refund_key(one), plain(one.amount_cents)
                if one.state == "unknown" and self.till.merchant.look_up(key).status_code == 404:
                    assert payment.gateway_id is not None
                    assert self.till.merchant.refund(payment.gateway_id, key, amount).status_code == 200

    async def _count(self, collection: str, query: dict[str, Any]) -> int:
        here = {"locationId": self.till.world.location_id}
        return await self.app.db[collection].count_documents({**here, **query})

    async def _the_books_balance(self) -> None:
        here = {"locationId": self.till.world.location_id}
        orders = await self.app.db.orders.find(here).to_list()
        raw = await self.app.db.payments.find(here).to_list()
        payments = [Payment.model_validate(one) for one in raw]
        standing = [order for order in orders if order["status"] != "CANCELLED"]
        assert self.till.kept_cents() == sum(one["totalPriceCents"] + one.get("tipCents", 0) for one in standing)
        assert {order["_id"] for order in orders} >= set(self.told_placed)
        assert {order["_id"] for order in orders if order["status"] == "CANCELLED"} == self.cancelled
        assert not {order["_id"] for order in orders} & self.given_up
        captured = Counter(
            row["externalTransactionId"] for row in self.till.merchant.rows() if row["kind"] == "capture"
        )
        assert set(captured.values()) <= {1}, "somebody was charged twice for one attempt"
        for payment in payments:
            assert payment.state not in RUNNING | GIVING_BACK, payment
            assert not illegal_moves([step.state for step in payment.history]), payment
            assert payment.sealed_token is None
            assert payment.version == len(payment.history) or payment.refunds, payment
            if _never_left(payment):
                assert payment.id not in captured, "a charge that never left was made"
        attempts = Counter(payment.preview_id for payment in payments if not _never_left(payment))
        assert set(attempts.values()) <= set(range(ATTEMPTS + 1))
        paid = [payment.preview_id for payment in payments if payment.state == "ordered"]
        assert Counter(paid) == Counter(order["_id"] for order in standing)
        assert await self.till.differences() == []


def _never_left(payment: Payment) -> bool:
    return [step.state for step in payment.history[-2:]] == ["sent", "cancelled"]


@pytest.fixture
def loop(settings: Settings, gateway: StandIn) -> Iterator[Loop]:
    impatient = with_gateway(settings, gateway, gateway_timeout_seconds=TIMEOUT_SECONDS, paid_wait_seconds=0.1)
    made = Loop(impatient, gateway)
    yield made
    gateway.fault(mode="ok")
    made.close()


def spend(loop: Loop, runs: int, steps: int, *, derandomize: bool) -> None:
    machine = type("OneEvening", (Evening,), {"loop": loop})
    given = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=derandomize,
        database=None,
    )
    run_state_machine_as_test(machine, settings=given)


def test_whatever_happens_the_gateway_keeps_what_the_orders_cost(loop: Loop) -> None:
    spend(loop, 4, 30, derandomize=True)


def test_an_evening_whose_refund_was_never_sent_ends_when_a_person_has_seen_to_it(loop: Loop) -> None:
    evening = type("OneEvening", (Evening,), {"loop": loop})()
    evening.sit_down()
    evening.come_and_pay(dishes=["soup"], card=cards.APPROVES, tip=Tip(), drivers=1)
    evening.somebody_is_killed_at(call="refund", when="before")
    evening.cancel(which=1, settled=True)
    evening.timers_run(minutes=1)
    [payment] = loop.run(evening.till.attempts(evening.one_of(0)))
    assert (payment.state, [one.state for one in payment.refunds]) == ("refunding", ["sent"])
    evening.teardown()
    assert evening.till.moves() == ["capture", "refund"]


@pytest.mark.long
def test_whatever_happens_on_many_long_evenings(loop: Loop) -> None:
    spend(loop, RUNS, STEPS, derandomize=False)
