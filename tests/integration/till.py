"""A restaurant that takes payment, and the gateway's own books beside it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.documents.payments import Payment
from shared.domain.tips import NO_TIP, Tip
from shared.integrations.pay import Pay
from shared.services.ordering import paid, previewing
from shared.services.ordering.claiming import Asker, Claimed, claim
from shared.services.ordering.paid import Completion
from shared.services.paying import tokens
from shared.services.support.audit.database import audit
from shared.services.support.gateway_books import Ledger, LedgerRow
from shared.services.upkeep import reconciler, sweeper
from shared.settings import Settings
from shared.store import payments
from shared.store.mongo.client import connect
from tests.integration.databases import ensure_indexes
from tests.integration.local_saas.clients import Merchant, StandIn
from tests.integration.shelf import Shelf
from tests.integration.world import World

APPROVES = "4111111111111111"
DECLINES = "4000000000000002"
DOES_NOT_HONOR = "4000000000000010"
HAS_NOT_ENOUGH = "4000000000009995"
EXPIRED = "4000000000000069"
ANSWERS_500 = "4000000000000500"
STALLS = "4000000000000044"
DROPS_BEFORE = "4000000000000051"
DROPS_AFTER = "4000000000000077"
HIDES = "4000000000000093"
CHARGES_LATE = "4000000000000101"

When = Literal["before", "after"]


class KilledError(Exception):
    """The process is gone in the middle of what it did: for everybody else, that is."""


class Mortal:
    """The real gateway, called by a process that is killed at one of its calls, before it or after it unheard.

    `nowhere`: a gateway that nobody listens at, for calls that do not reach the real one.
    """

    def __init__(self, pay: Pay, nowhere: Pay | None = None) -> None:
        self._pay = pay
        self._nowhere = nowhere
        self._cut_off = 0
        self._ends: dict[str, When] = {}

    def is_cut_off(self, calls: int) -> None:
        """Let so many calls find that nobody listens."""
        self._cut_off = calls

    def ends_at(self, call: str, when: When) -> None:
        """Be killed at the next `call`, such as charge_card."""
        self._ends[call] = when

    def lives(self) -> None:
        """Be killed at no call, and reach the gateway with each."""
        self._ends.clear()
        self._cut_off = 0

    def _reached(self) -> Pay:
        if self._cut_off == 0 or self._nowhere is None:
            return self._pay
        self._cut_off -= 1
        return self._nowhere

    def __getattr__(self, name: str) -> Any:
        async def until_killed(*given: Any, **named: Any) -> Any:
            when = self._ends.pop(name, None)
            if when == "before":
                raise KilledError
            said = await getattr(self._reached(), name)(*given, **named)
            if when == "after":
                raise KilledError
            return said

        return until_killed


@dataclass(frozen=True)
class Till:
    """One location's till: its app without an engine, its merchant at the gateway, and a clock that the test moves."""

    app: App
    world: World
    gateway: StandIn

    @property
    def clock(self) -> FixedClock:
        """The clock of the app."""
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    @property
    def merchant(self) -> Merchant:
        """The location's merchant, as the gateway knows it."""
        return Merchant(self.gateway, oid=self.world.oid)

    async def preview(self, *dishes: str, **more: Any) -> ObjectId:
        """Price a cart (soup costs 1100 with tax, tea 550)."""
        made = await previewing.preview(self.app, self.world.request(*(dishes or ("soup",)), **more), request_id="r")
        return ObjectId(made.preview_order_id)

    def token(self, card: str = APPROVES, **more: Any) -> str:
        """A token with a card typed in, as the gateway's fields in the browser give it."""
        return self.merchant.start(card, **more)

    async def pay(self, preview_id: ObjectId, token: str, *, tip: Tip = NO_TIP, wait: bool = True) -> Completion:
        """Complete a card payment, as the route does."""
        how = tokens.by_card(self.app, token, tip)
        return await paid.complete(self.app, str(preview_id), how, request_id="r", wait=wait)

    async def claim(self, preview_id: ObjectId, token: str) -> Claimed:
        """Only claim, so that the test drives the steps."""
        return await claim(self.app, preview_id, Asker("r", paying=tokens.by_card(self.app, token, NO_TIP)))

    def mortal(self, call: str, when: When) -> Till:
        """The same till in a process that is killed at its next `call` of the gateway."""
        pay = Mortal(self.app.pay)
        pay.ends_at(call, when)
        return replace(self, app=replace(self.app, pay=pay))

    async def time_passes(self, **by: float) -> None:
        """Move the clock, and let the timers run: the sweeper and the reconciler."""
        self.clock.advance(**by)
        await sweeper.sweep(self.app)
        await reconciler.reconcile(self.app)

    async def minutes_pass(self, minutes: int) -> None:
        """Minute after minute, with the timers running."""
        for _ in range(minutes):
            await self.time_passes(minutes=1)

    async def attempts(self, preview_id: ObjectId) -> list[Payment]:
        """The attempts to pay, the first first."""
        return await payments.of_preview(self.app.db, preview_id)

    async def states(self, preview_id: ObjectId) -> list[str]:
        """The states of the attempts, the first first."""
        return [payment.state for payment in await self.attempts(preview_id)]

    async def checkout(self, preview_id: ObjectId) -> dict[str, Any]:
        """The checkout as it is stored."""
        found = await self.app.db.checkouts.find_one({"_id": preview_id})
        assert found is not None
        return dict(found)

    async def order(self, preview_id: ObjectId) -> dict[str, Any] | None:
        """The order as it is stored."""
        return await self.app.db.orders.find_one({"_id": preview_id})

    async def differences(self) -> list[str]:
        """What `orderbuddy audit` finds wrong, held against the gateway's ledger."""

        async def load() -> list[LedgerRow]:
            return [LedgerRow.model_validate(row) for row in self.gateway.ledger()]

        report = await audit(self.app.db, self.clock, books=Ledger(load, {self.world.oid}))
        return [f"{one.what}: {one.sentence}" for one in report.listed] + report.unanswered

    def charges(self) -> int:
        """How often the gateway was asked to charge for this merchant, whatever came of it."""
        asked = ("/transactions/checkout/", "/transactions/wallets")
        return sum(any(part in call["path"] for part in asked) for call in self.merchant.calls())

    def kept_cents(self) -> int:
        """What the gateway has taken for this merchant and not given back."""
        return sum(row["amountCents"] * (1 if row["kind"] == "capture" else -1) for row in self.merchant.rows())

    def moves(self) -> list[str]:
        """What really happened at the gateway for this merchant: captures, voids, refunds, in order."""
        return [row["kind"] for row in self.merchant.rows()]


def with_gateway(settings: Settings, gateway: StandIn, **more: Any) -> Settings:
    """The settings of a deployment that takes payment, and is patient: a busy machine is slow."""
    given = {
        "emergepay_environment_url": gateway.gateway_url,
        "sealing_keys": base64.b64encode(secrets.token_bytes(32)).decode(),
        "token_hash_key": secrets.token_hex(32),
        # Half a minute together, and tests let minutes pass.
        "gateway_timeout_seconds": 25,
        "payment_grace_seconds": 5,
        "paid_wait_seconds": 60,
        **more,
    }
    return Settings.model_validate({**settings.model_dump(), **given})


@asynccontextmanager
async def opened(settings: Settings, gateway: StandIn, **more: Any) -> AsyncIterator[Till]:
    """A till of a test's own; `more` are further settings."""
    given = with_gateway(settings, gateway, **more)
    db = connect(given)
    await ensure_indexes(db)
    app = replace(App.over(db, FixedClock(datetime.now(UTC)), given), files=Shelf())
    world = await World(takes_payment=True).build(app)
    yield Till(app, world, gateway)
    await app.close()
    await db.client.close()
