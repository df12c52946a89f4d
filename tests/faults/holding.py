"""What the gateway holds back or hides for a cell: until an attempt is as far as the cell wants, not for a time."""

from __future__ import annotations

import asyncio
import contextlib

import httpx
from pymongo.errors import PyMongoError

from tests.faults.books import Found, Ledger, Row
from tests.faults.matrix import GATEWAYS, Cell
from tests.faults.stage import Stage

_LOOK_EVERY_SECONDS = 0.2


class Holding:
    """The charges of one cell that are held or hidden, and attempts that nobody will ever find, which get old fast."""

    def __init__(self, stage: Stage, cell: Cell, attempts: list[str]) -> None:
        self._stage = stage
        self._gateway = GATEWAYS[cell.gateway]
        self._attempts = attempts
        self._let_go: set[str] = set()
        self._coming: set[str] = set()
        self._pid: int | None = None

    def coming(self, found: Found, ledger: Ledger) -> list[str]:
        """The attempts whose charge is to be let go, or was let go and is not in the books yet."""
        held = [one["_id"] for one in found.payments if self._is_due(one)]
        return [*held, *(one for one in self._coming if not ledger.captures(one))]

    async def go_on(self, over: asyncio.Event) -> None:
        """Hold and hide, let go, and make old, again and again until it is over; then nothing is held any more."""
        while not over.is_set():
            with contextlib.suppress(httpx.HTTPError, PyMongoError):
                await self._hide()
                for attempt in await self._stage.attempts(self._attempts):
                    if self._is_due(attempt):
                        await self._let_it_go(attempt["_id"])
                    if attempt["state"] == "unknown" and not self._may_be_found(attempt["_id"]):
                        await self._stage.make_old(attempt["_id"])
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        with contextlib.suppress(httpx.HTTPError):
            await self._stage.fault(mode="ok")

    async def _hide(self) -> None:
        """Hide what is to be hidden, again where the stand-in was killed: it has forgotten all then."""
        pid = self._stage.stack.pid("saas")
        if pid == self._pid:
            return
        if self._gateway.hides:
            for one in self._attempts:
                if one not in self._let_go:
                    await self._stage.fault(mode="hide", match=one)
        self._pid = pid
        # What it held will never be charged.
        self._coming.clear()

    async def _let_it_go(self, attempt: str) -> None:
        held = (await self._stage.fault(mode="ok", match=attempt)).get("letGo", 0)
        self._let_go.add(attempt)
        if held:
            self._coming.add(attempt)

    def _is_due(self, attempt: Row) -> bool:
        """Whether the attempt is as far as the cell wants, and its charge was not let go yet."""
        states = {step["state"] for step in attempt["history"]}
        return self._gateway.until in states and attempt["_id"] not in self._let_go

    def _may_be_found(self, attempt: str) -> bool:
        """Whether the gateway will be asked about the attempt again because its charge is still to be found."""
        return self._gateway.until == "unknown" and attempt not in self._let_go
