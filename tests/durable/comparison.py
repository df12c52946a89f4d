"""The whole comparison: all cases are played against hosts, and what differs is found."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.durable.compare import differences
from tests.durable.driver import Plan, play
from tests.durable.host import DEADLINE_SECONDS, Host, serving
from tests.durable.listed import Row
from tests.durable.listing import GROUPS, Listing
from tests.durable.plans import plan_of
from tests.durable.recording import Case, recorded

AT_ONCE = 32
"""So many cases are played at the same time."""
SETTING = "DURABLE_FAULTS"
BRIEF_SECONDS = 2.0
"""So long a recorded state is waited for where it is known that it does not come."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out.

    `found`: for each case that is compared, the words for what differs. `with_faults`: the same for those that a fault
    of the engine's makes like the real one. `beyond`: what the other cases are about.
    """

    found: Mapping[str, list[str]]
    with_faults: Mapping[str, list[str]]
    beyond: Mapping[str, str]

    @property
    def different(self) -> dict[str, list[str]]:
        """The cases that differ."""
        return {name: words for name, words in self.found.items() if words}

    def summary(self) -> str:
        """The counts in one line."""
        beyond = ", ".join(f"{number} about {why}" for why, number in sorted(Counter(self.beyond.values()).items()))
        compared, different = len(self.found), len(self.different)
        counts = f"{compared} recorded cases compared: {compared - different} same, {different} differ"
        return f"{counts}; not counted: {beyond}"


async def compare(folder: Path, rows: Mapping[str, Row]) -> Comparison:
    """Play every case that the local engine can have. `rows`: those of which it is known that they differ."""
    cases = recorded()
    beyond = {case.name: case.beyond for case in cases.values() if case.beyond}
    counted = [case for case in cases.values() if not case.beyond]
    alone = sorted((case for case in counted if case.group in GROUPS), key=lambda case: GROUPS.index(case.group))
    faulty = [cases[name] for name, row in rows.items() if row.fault]
    room = asyncio.Semaphore(AT_ONCE)
    async with serving(folder / "shared") as shared, serving(folder / "lists") as lists:
        players = [_in_room(room, shared, case, rows) for case in counted if case.group not in GROUPS]
        results = await asyncio.gather(_one_by_one(lists, alone, rows), *players)
    async with serving(folder / "faulty", **{SETTING: "all"}) as host:
        with_faults = await asyncio.gather(*(_in_room(room, host, case, rows) for case in faulty))
    found = _merged(results)
    return Comparison({case.name: found[case.name] for case in counted}, _merged(with_faults), beyond)


def _merged(results: Iterable[Mapping[str, list[str]]]) -> dict[str, list[str]]:
    return {name: words for result in results for name, words in result.items()}


async def _in_room(room: asyncio.Semaphore, host: Host, case: Case, rows: Mapping[str, Row]) -> dict[str, list[str]]:
    async with room:
        return {case.name: await _played(host, case, plan_of, rows)}


async def _one_by_one(host: Host, cases: list[Case], rows: Mapping[str, Row]) -> dict[str, list[str]]:
    listing = Listing()
    return {case.name: await _played(host, case, listing.plan_of, rows) for case in cases}


async def _played(host: Host, case: Case, plan: Callable[[Case], Plan], rows: Mapping[str, Row]) -> list[str]:
    patience = BRIEF_SECONDS if case.name in rows else DEADLINE_SECONDS
    try:
        return differences(case, await play(host, case, plan(case), patience))
    except AssertionError as error:
        return [f"cannot be played: {str(error)[:200]}"]
