"""Menu edits, previews, placements, cancels, expiry and the clock in any order, against a model of what should come.

Each step goes to the services over a real mongod; the model says what must be answered, and after each run the books
must balance: orders, stock, invariants.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from shared.app import App
from shared.clock import FixedClock
from shared.errors import Problem
from shared.integrations.web_pubsub import WebPubSub
from shared.services.menu import catalog
from shared.services.ordering import previewing, unpaid
from shared.services.orders import cancelling
from shared.services.support.audit import database
from shared.services.upkeep import sweeper
from shared.settings import Settings
from shared.store.mongo import indexes
from shared.store.mongo.client import connect
from tests.integration.world import World, line_id

T = TypeVar("T")
NOON = datetime(datetime.now(UTC).year + 1, 7, 8, 17, 0, tzinfo=UTC)
"""A summer's noon at the world's location, ahead of now, so that nothing is purged meanwhile. No run gets to its
midnight, where the portions of a day begin anew."""

DISHES = ("soup", "tea", "bread")
ORDERED = st.lists(st.tuples(st.sampled_from(DISHES), st.integers(1, 3)), min_size=1, max_size=3)
LIFETIME = timedelta(minutes=30)
HELD = timedelta(minutes=30)
GRACE = timedelta(seconds=30)


class Loop:
    """One event loop and one App on it, for all runs."""

    def __init__(self, settings: Settings) -> None:
        self._runner = asyncio.Runner()
        self.clock = FixedClock(NOON)
        self.app = self.run(self._open(settings))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _open(self, settings: Settings) -> App:
        db = connect(settings)
        await indexes.ensure(db)
        return App.over(db, self.clock, settings)

    def close(self) -> None:
        async def end() -> None:
            assert isinstance(self.app.live, WebPubSub)
            await self.app.live.close()
            await self.app.db.client.close()

        self.run(end())
        self._runner.close()


@dataclass
class Cart:
    """Lines in a diner's browser: id, dish and quantity."""

    lines: list[tuple[str, str, int]]

    def portions(self) -> Counter[str]:
        wanted: Counter[str] = Counter()
        for _, dish, quantity in self.lines:
            wanted[dish] += quantity
        return wanted


@dataclass
class Quote:
    """A preview as the model knows it."""

    cart: Cart
    total: int
    expires_at: datetime
    state: str = "open"
    placed_at: datetime | None = None


@dataclass
class Model:
    """What should be true."""

    prices: dict[str, int] = field(default_factory=lambda: {"soup": 1000, "tea": 500, "bread": 300})
    available: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(DISHES, True))
    stock: int | None = None
    quotes: dict[str, Quote] = field(default_factory=dict)

    def refusal(self, cart: Cart) -> str | None:
        """The code with which a preview of this cart is refused now."""
        wanted = cart.portions()
        short = self.stock is not None and wanted["soup"] > self.stock - self.sold()
        return "ITEM_SOLD_OUT" if short or any(not self.available[dish] for dish in wanted) else None

    def total(self, cart: Cart) -> int:
        subtotal = sum(self.prices[dish] * quantity for _, dish, quantity in cart.lines)
        return (subtotal * 11 + 5) // 10

    def sold(self) -> int:
        """Portions of soup that went while there was a limit: the limit is set once, before the first order."""
        return sum(one.cart.portions()["soup"] for one in self.quotes.values() if one.state == "placed")

    def of_cart(self, cart: Cart, now: datetime) -> tuple[str, Quote] | None:
        """The quote that the cart's key leads to."""
        for key, quote in self.quotes.items():
            if quote.cart is not cart or quote.state in ("expired", "cancelled"):
                continue
            if quote.state == "open" or (quote.placed_at and now < quote.placed_at + HELD):
                return key, quote
        return None


class Day(RuleBasedStateMachine):
    """One restaurant's day."""

    loop: Loop

    def __init__(self) -> None:
        super().__init__()
        self.world = World(auto_accepts=False)
        self.model = Model()
        self.carts: list[Cart] = []
        self.loop.clock.moment = NOON
        self.app = self.loop.app
        self.loop.run(self.world.build(self.app))

    @property
    def now(self) -> datetime:
        return self.loop.clock.now()

    @initialize(stock=st.sampled_from([None, 1, 2, 3, 4, 6]))
    def open_the_kitchen(self, stock: int | None) -> None:
        self.model.stock = stock
        self._edit("soup", {"items.$.dailyStock": stock})

    @rule(dish=st.sampled_from(DISHES), cents=st.integers(0, 2000))
    def edit_a_price(self, dish: str, cents: int) -> None:
        self.model.prices[dish] = cents
        self._edit(dish, {"items.$.priceCents": cents})

    @rule(dish=st.sampled_from(DISHES))
    def sell_out_or_cook_again(self, dish: str) -> None:
        self.model.available[dish] = not self.model.available[dish]
        self._edit(dish, {"items.$.isAvailable": self.model.available[dish]})

    def _edit(self, dish: str, change: dict[str, Any]) -> None:
        query = {"_id": self.world.menu_id, "items.id": dish}
        self.loop.run(self.app.db.menus.update_one(query, {"$set": change}))
        catalog.forget(self.app, self.world.restaurant_id, self.world.location_id)

    @rule(dishes=ORDERED)
    def fill_a_cart(self, dishes: list[tuple[str, int]]) -> None:
        self.carts.append(Cart([(line_id(), dish, quantity) for dish, quantity in dishes]))

    @rule(dishes=ORDERED)
    def come_and_order(self, dishes: list[tuple[str, int]]) -> None:
        self.fill_a_cart(dishes)
        cart = self.carts[-1]
        self._preview(cart)
        for key in [key for key, quote in self.model.quotes.items() if quote.cart is cart]:
            self._place(key)

    @precondition(lambda self: self.carts)
    @rule(data=st.data())
    def preview(self, data: st.DataObject) -> None:
        self._preview(data.draw(st.sampled_from(self.carts)))

    def _preview(self, cart: Cart) -> None:
        refusal = self.model.refusal(cart)
        held = self.model.of_cart(cart, self.now)
        body = self.world.cart(*(dish for _, dish, _ in cart.lines), lines=[key for key, _, _ in cart.lines])
        for item, (_, _, quantity) in zip(body["items"], cart.lines, strict=True):
            item["quantity"] = quantity
        asked = previewing.preview(self.app, self.world.request(**body), request_id="r")
        if refusal:
            assert self._refused(asked) == refusal
            return
        made = self.loop.run(asked)
        key, total = (
            made.preview_order_id,
            self.model.total(cart),
        )
        if held is not None and (held[1].state != "open" or held[1].total == total):
            assert key == held[0]
            if held[1].state == "open":
                held[1].expires_at = max(held[1].expires_at, made.expires_at)
            return
        assert key not in self.model.quotes
        assert made.total_price_cents == total
        if held is not None:
            held[1].state = "expired"
        self.model.quotes[key] = Quote(cart, total, self.now + LIFETIME)

    def _quotes(self) -> st.SearchStrategy[str]:
        return st.sampled_from(list(self.model.quotes))

    @precondition(lambda self: self.model.quotes)
    @rule(data=st.data())
    def place(self, data: st.DataObject) -> None:
        self._place(data.draw(self._quotes()))

    def _place(self, key: str) -> None:
        quote = self.model.quotes[key]
        asked = unpaid.place_without_payment(self.app, key, request_id="r")
        if quote.state in ("placed", "cancelled"):
            assert self.loop.run(asked).order_id == ObjectId(key)
            return
        if quote.state == "expired":
            assert self._refused(asked) == "PREVIEW_EXPIRED"
            return
        if refusal := self.model.refusal(quote.cart):
            assert self._refused(asked) == refusal
            return
        if quote.total != self.model.total(quote.cart):
            self._stale(asked, quote)
            return
        placed = self.loop.run(asked)
        assert (placed.order_id, placed.placed) == (ObjectId(key), True)
        quote.state, quote.placed_at = "placed", self.now
        # What went is read again within a second.
        catalog.forget(self.app, self.world.restaurant_id, self.world.location_id)

    def _stale(self, asked: Coroutine[Any, Any, Any], quote: Quote) -> None:
        with pytest.raises(Problem) as raised:
            self.loop.run(asked)
        assert raised.value.code.code == "PREVIEW_STALE"
        fresh = raised.value.extra["preview"]
        assert fresh["totalPriceCents"] == self.model.total(quote.cart)
        quote.state = "expired"
        self.model.quotes[fresh["previewOrderId"]] = Quote(quote.cart, fresh["totalPriceCents"], self.now + LIFETIME)

    @precondition(lambda self: self.model.quotes)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        key = data.draw(self._quotes())
        quote = self.model.quotes[key]
        asked = cancelling.cancel(self.app, key, request_id="r")
        if quote.state in ("open", "expired"):
            assert self._refused(asked) == "CANNOT_CANCEL"
            return
        assert self.loop.run(asked).status == "CANCELLED"
        quote.state = "cancelled"
        catalog.forget(self.app, self.world.restaurant_id, self.world.location_id)

    @rule(minutes=st.sampled_from([1, 10, 31]))
    def let_time_pass(self, minutes: int) -> None:
        if self.now + timedelta(minutes=minutes) < NOON + timedelta(hours=8):
            self.loop.clock.advance(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        self.loop.run(sweeper.sweep(self.app))
        for quote in self.model.quotes.values():
            if quote.state == "open" and self.now >= quote.expires_at + 2 * GRACE:
                quote.state = "expired"

    def _refused(self, asked: Coroutine[Any, Any, Any]) -> str:
        with pytest.raises(Problem) as raised:
            self.loop.run(asked)
        return raised.value.code.code

    def teardown(self) -> None:
        self.loop.run(self._the_books_balance())

    async def _the_books_balance(self) -> None:
        db = self.app.db
        found = await db.orders.find({"locationId": self.world.location_id}).to_list()
        expected = {
            key: ("CREATED" if quote.state == "placed" else "CANCELLED", quote.total)
            for key, quote in self.model.quotes.items()
            if quote.state in ("placed", "cancelled")
        }
        assert {str(one["_id"]): (one["status"], one["totalPriceCents"]) for one in found} == expected
        states = await db.checkouts.find({"locationId": self.world.location_id}, {"state": 1}).to_list()
        told = {key: "placed" if one.state == "cancelled" else one.state for key, one in self.model.quotes.items()}
        assert {str(one["_id"]): one["state"] for one in states} == told
        if self.model.stock is not None:
            count = await db.stock.find_one({"_id": {"$regex": f"^{self.world.location_id}"}})
            assert (count["n"] if count else 0) == self.model.sold() <= self.model.stock
        report = await database.audit(db, self.loop.clock)
        assert report.differences == 0, report


@pytest.fixture
def loop(mongo_uri: str, db_name: str, web_pubsub: str) -> Iterator[Loop]:
    loop = Loop(
        Settings.model_validate(
            {
                "app_env": "local",
                "mongodb_uri": mongo_uri,
                "db_name": db_name,
                "web_pubsub_connection_string": web_pubsub,
            }
        )
    )
    yield loop
    loop.close()


def spend(loop: Loop, days: int, *, derandomize: bool) -> None:
    machine = type("OneDay", (Day,), {"loop": loop})
    given = settings(
        max_examples=days,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=derandomize,
    )
    run_state_machine_as_test(machine, settings=given)


def test_whatever_happens_on_a_day_is_what_the_model_says(loop: Loop) -> None:
    spend(loop, 15, derandomize=True)


@pytest.mark.long
def test_whatever_happens_on_many_days_is_what_the_model_says(loop: Loop) -> None:
    spend(loop, 500, derandomize=False)
