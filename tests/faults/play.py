"""Playing one cell: callers pay, somebody is killed at the boundary, everything comes to rest, and is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from pymongo.errors import PyMongoError

from shared.domain.payment_states import MOST_ATTEMPTS
from shared.ids import attempt_id, external_id, object_id
from tests.faults import books, trigger
from tests.faults.callers import Caller, Party, invite, wants_other_cards
from tests.faults.holding import Holding
from tests.faults.matrix import GATEWAYS, Cell
from tests.faults.refunding import Refunding, ids_of
from tests.faults.stage import Stage
from tests.faults.trigger import Fired, Orders
from tests.patience import PATIENCE_SECONDS

Outcome = Literal["passed", "failed", "not reached"]

_LOOK_EVERY_SECONDS = 0.2


@dataclass
class Played:
    """What became of a cell. `told` is everything that was not as it must be; the rest is for who looks into it."""

    name: str
    seed: int
    outcome: Outcome = "failed"
    told: list[str] = field(default_factory=list)
    killed: dict[str, Any] | None = None
    seconds: float = 0.0
    answers: list[list[str]] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)
    ledger: list[dict[str, Any]] = field(default_factory=list)


async def play(stage: Stage, cell: Cell, seed: int) -> Played:
    """Play a cell on a stage whose parts are all up, and leave it like that. What goes wrong is told, not raised."""
    played = Played(cell.name, seed)
    began = time.monotonic()
    try:
        await _Play(stage, cell, cell.dice(seed), played).all()
    except Exception as error:
        played.told.append(f"the harness failed: {type(error).__name__}: {error}")
    trigger.disarm(stage.faults)
    played.seconds = round(time.monotonic() - began, 2)
    if played.told:
        played.outcome = "failed"
    else:
        played.outcome = "passed" if played.killed else "not reached"
    return played


class _Play:
    def __init__(self, stage: Stage, cell: Cell, dice: random.Random, played: Played) -> None:
        self._stage = stage
        self._cell = cell
        self._dice = dice
        self._played = played
        self._fired: Fired | None = None

    async def all(self) -> None:
        await self._stage.all_up()
        party = await invite(self._cell, self._dice, self._stage.place, self._stage.http)
        if self._cell.victim == "lone-process":
            await self._stage.kill("durable")
        if GATEWAYS[self._cell.gateway].away:
            await self._stage.kill("saas")
        key = object_id(party.preview_id)
        assert key is not None
        self._attempts = [attempt_id(key, number) for number in range(1, MOST_ATTEMPTS + 1)]
        self._holding = Holding(self._stage, self._cell, self._attempts)
        self._refunding: Refunding | None = None
        if GATEWAYS[self._cell.gateway].refunds is not None:
            await self._refund(party)
            return
        self._arm(party.preview_id)
        api_url = self._stage.stack.api_url
        async with (
            _until_over(self._holding.go_on),
            _beside(*(caller.complete(api_url) for caller in party.callers)) as paying,
            _until_over(lambda over: self._stage.hurry(party.preview_id, over)),
            _until_over(lambda over: self._other_cards(party, over)),
        ):
            await self._kill(party, paying)
            if self._stage.stack.pid("saas") is None:
                await self._stage.start("saas")
            await asyncio.wait(paying)
            await self._rest(party)
        await self._look(party)

    async def _refund(self, party: Party) -> None:
        """The first caller pays; then all of them give a dish back, and somebody is killed meanwhile."""
        await party.callers[0].complete(self._stage.stack.api_url)
        for caller in party.callers[1:]:
            caller.said = caller.said or await caller.answer(self._stage.stack.api_url)
        refunding = self._refunding = Refunding(self._stage, self._cell, party.preview_id)
        await refunding.begin()
        self._arm(party.preview_id)
        async with (
            _beside(*refunding.callers()) as calling,
            _until_over(lambda over: self._stage.hurry(party.preview_id, over)),
            _until_over(refunding.go_on),
        ):
            await self._kill(party, calling)
            await asyncio.wait(calling)
            await self._rest(party)
        await self._stage.fault(mode="ok")
        await self._look(party)
        found = await self._stage.found(party.preview_id, party.line_ids)
        self._played.told += refunding.differences(found, await self._stage.ledger())

    def _arm(self, preview_id: str) -> None:
        voids = [external_id(f"{one}:void") for one in self._attempts]
        ids = {"void": voids, "refund": ids_of(self._attempts)}.get(self._cell.step, [preview_id, *self._attempts])
        orders = Orders(
            self._cell.step, self._cell.moment, ids, self._stage.victims(self._cell), self._stage.gateway_port
        )
        trigger.arm(self._stage.faults, orders)

    async def _other_cards(self, party: Party, over: asyncio.Event) -> None:
        """Once the gateway has heard of the first card, the others' cards are good ones."""
        while wants_other_cards(self._cell) and not over.is_set():
            with contextlib.suppress(httpx.HTTPError):
                if await self._stage.was_called(party.preview_id):
                    await party.take_other_cards(self._stage.http)
                    return
            await asyncio.sleep(0.03)

    async def _kill(self, party: Party, paying: list[asyncio.Task[None]]) -> None:
        """Wait until somebody is killed, and bring him back; or until nothing more will happen by itself."""
        until = time.monotonic() + PATIENCE_SECONDS
        looked_at = 0.0
        while time.monotonic() < until:
            self._fired = trigger.fired(self._stage.faults)
            if self._fired is not None:
                self._played.killed = {
                    "role": self._fired.role,
                    "at": datetime.fromtimestamp(self._fired.at, UTC).isoformat(),
                }
                await self._stage.bring_back(self._cell, self._fired, self._dice)
                return
            if all(task.done() for task in paying) and time.monotonic() - looked_at > _LOOK_EVERY_SECONDS:
                if await self._will_not_be_reached(party):
                    return
                looked_at = time.monotonic()
            await asyncio.sleep(0.01)

    async def _will_not_be_reached(self, party: Party) -> bool:
        """Whether all is at rest, and the step was never taken: who takes it kills, be it a moment later."""
        if await self._left(party):
            return False
        try:
            found = await self._stage.found(party.preview_id, party.line_ids)
            return not books.was_taken(self._cell.step, found, self._attempts, await self._stage.heard())
        except (PyMongoError, httpx.HTTPError):
            # Whoever is killed takes the database or the gateway along.
            return False

    async def _rest(self, party: Party) -> None:
        """Wait until nothing is under way, also where the engine has just come back."""
        left = await self._until(lambda: self._left(party))
        if self._cell.victim == "lone-process":
            await self._stage.start("durable")
        left += await self._until(lambda: self._not_resting_instance(party))
        self._played.told += [f"not at rest: {one}" for one in left]

    async def _until(self, look: Callable[[], Coroutine[Any, Any, list[str]]]) -> list[str]:
        """What is left when nothing is left any more, or when patience is at its end."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (left := await look()) and time.monotonic() < until:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return left

    async def _not_resting_instance(self, party: Party) -> list[str]:
        try:
            said = await self._stage.instance(party.preview_id)
        except httpx.HTTPError:
            return ["the engine does not answer"]
        if said is None or said["runtimeStatus"] == "Completed":
            return []
        if said["runtimeStatus"] == "Running" and str(said["customStatus"]).startswith("waiting to expire"):
            return []
        return [f"its instance: {said}"]

    async def _left(self, party: Party) -> list[str]:
        """What is still under way."""
        try:
            # The ledger first: a lost attempt whose money is gone by then cannot be on its way any more.
            ledger = await self._stage.ledger()
            found = await self._stage.found(party.preview_id, party.line_ids)
        except (PyMongoError, httpx.HTTPError, AssertionError) as error:
            return [f"cannot be read: {type(error).__name__}"]
        return [
            *books.not_at_rest(found),
            *(self._refunding.left(found) if self._refunding is not None else ()),
            *(f"{payment_id} is lost, and its money is kept" for payment_id in books.owed(found, ledger)),
            *(f"{payment_id} is about to be charged" for payment_id in self._holding.coming(found, ledger)),
        ]

    async def _look(self, party: Party) -> None:
        found = await self._stage.found(party.preview_id, party.line_ids)
        ledger = await self._stage.ledger()
        self._played.told += books.differences(party, found, ledger)
        self._played.told += await self._asked_again(party, found, ledger)
        self._played.told += await self._stage.audit()
        self._played.answers = [caller.answers for caller in party.callers]
        self._played.attempts = [
            f"{_steps(one)}; charged {ledger.captures(one['_id'])} times, {ledger.kept(one['_id'])} cents kept"
            for one in found.payments
        ]
        if self._played.told or not self._played.killed:
            payments = {one["_id"] for one in found.payments}
            self._played.ledger = [
                dict(row)
                for row in ledger.rows
                if {row["externalTransactionId"], row["ofExternalTransactionId"]} & payments
            ]
            self._played.found = {
                "checkout": found.checkout,
                "payments": found.payments,
                "orders": found.orders,
                "rows": found.rows,
            }

    async def _asked_again(self, party: Party, found: books.Found, ledger: books.Ledger) -> list[str]:
        """Each token hears again what it heard, or of the order that another token has paid for meanwhile."""

        async def again(caller: Caller) -> list[str]:
            if caller.said is None:
                return []
            first = caller.said
            said = await caller.answer(self._stage.stack.api_url)
            caller.said = said or first
            if said == first or (found.order is not None and not books.differences(party, found, ledger)):
                return []
            return [f"was told {first}, and asked again {said}"]

        told = await asyncio.gather(*(again(caller) for caller in party.by_token.values()))
        return [one for some in told for one in some]


def _steps(payment: books.Row) -> str:
    return ", ".join(f"{step['state']} {step['at']:%H:%M:%S.%f}" for step in payment["history"])


@asynccontextmanager
async def _beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Let work go on beside the block, and end it with the block; what it raised is raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


@asynccontextmanager
async def _until_over(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Let work go on beside the block, and tell it when the block is over: what is in the database is not cancelled."""
    over = asyncio.Event()
    task = asyncio.create_task(work(over))
    try:
        yield
    finally:
        over.set()
        await task
