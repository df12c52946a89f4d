"""Whatever is lost on the way, whoever dies: of each ticket one paper at most does not say COPY, and none is lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from shared.app import App
from shared.clock import FixedClock
from tests.integration.crew import Crew
from tests.integration.printing.printers import Made, StarDevice, jobs, make
from tests.integration.printing.test_epson import job_of
from tests.integration.world import World
from tests.seeds import told_seed

STEPS = 40
LOSSES = ("nothing", "the offer", "the ticket", "the word", "the printer", "the answer to the word")


@pytest.fixture(scope="module")
def seed() -> int:
    return told_seed()


@dataclass
class Papers:
    """What came out of a printer that may die at any time. `plain`, `copies`: papers by the order's code."""

    device: StarDevice
    codes: set[bytes]
    plain: Counter[bytes] = field(default_factory=Counter)
    copies: Counter[bytes] = field(default_factory=Counter)

    async def round(self, lost: str) -> bool:
        """One round with the app; whether there was a ticket."""
        _, said = await self.device.poll()
        if not said["jobReady"] or lost == "the offer":
            return bool(said["jobReady"])
        token = said["jobToken"]
        _, paper = await self.device.fetch(token)
        if lost == "the ticket":
            return True
        self.comes_out(paper)
        if lost not in ("the word", "the printer"):
            await self.device.confirm(token)
        if lost == "the answer to the word":
            await self.device.confirm(token)
        return True

    def comes_out(self, paper: bytes) -> None:
        [code] = [code for code in self.codes if b"E" + code + b"\n" in paper]
        (self.copies if b"COPY" in paper else self.plain)[code] += 1


@pytest.mark.parametrize("turn", range(4))
async def test_no_ticket_is_lost_and_none_comes_twice_in_silence(app: App, seed: int, turn: int) -> None:
    dice = random.Random(f"{seed}:{turn}")
    crew = await Crew.of(app, await World().build(app))
    made = await make(crew)
    codes: dict[str, bytes] = {}
    papers = Papers(made.star(app), set())
    for _ in range(STEPS):
        if dice.random() < 0.2:
            order_id = await crew.order("soup")
            codes[order_id] = (await crew.stored(order_id))["orderCode"].encode()
            papers.codes.add(codes[order_id])
        await papers.round(dice.choice(LOSSES))
        assert isinstance(app.clock, FixedClock)
        app.clock.advance(seconds=timedelta(seconds=1).total_seconds())
    while await papers.round("nothing"):
        pass
    assert all(many == 1 for many in papers.plain.values()), papers
    states = {job["orderId"]: job["state"] for job in await jobs(crew, made)}
    assert states.keys() == codes.keys()
    for order_id, code in codes.items():
        came_out = papers.plain[code] + papers.copies[code] > 0
        # Of what was given up, the location's people are told.
        assert (states[order_id] == "printed" and came_out) or states[order_id] == "doubtful", (order_id, states)


async def test_of_two_fetches_at_once_one_says_copy(app: App) -> None:
    crew = await Crew.of(app, await World().build(app))
    device = (await make(crew)).star(app)
    for _ in range(5):
        await crew.order("soup")
        token = await device.offered()
        found = await asyncio.gather(*(device.fetch(token) for _ in range(3)))
        assert sorted(b"COPY" in paper for _, paper in found if paper) == [False, True, True][: len(found)]
        await device.confirm(token)


async def test_of_two_requests_of_an_epson_at_once_one_says_copy(app: App) -> None:
    crew = await Crew.of(app, await World().build(app))
    made: Made = await make(crew, "epson")
    device = made.epson(app)
    await device.ask()
    await crew.order("soup")
    answers = [answer for answer in await asyncio.gather(*(device.ask() for _ in range(3))) if answer]
    assert sum(b"COPY" not in job_of(answer)[1] for answer in answers) <= 1
