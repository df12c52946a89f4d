"""How the cases are played that list, or purge, whole hubs: one after the other, in a hub of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tests.durable.deeds import (
    all_of,
    ended,
    in_state,
    reached,
    started,
    suspended,
    terminated,
    waiting,
)
from tests.durable.driver import Deed, Plan
from tests.durable.host import FINAL, Host
from tests.durable.plans import first
from tests.durable.recording import Case

GROUPS = ("rpc", "list", "purge")
"""In this order: each group begins with an empty hub, and its cases build on each other."""
LONG_AGO = "2020-01-01T00:00:00Z"
_RPC = all_of(
    ended("Echo", "rp-1", '{"a":1}'),
    ended("Throws", "rp-fai"),
    ended("NoSuch", "rp-no", "1"),
    waiting("rp-run"),
)
_MIXED = all_of(
    *(ended("Echo", f"l-com-{number}", f'{{"n": {number}}}') for number in range(3)),
    ended("Throws", "l-fai-0", '"in"'),
    waiting("l-run-0", body='"in"'),
    waiting("l-ter-0"),
    terminated("l-ter-0", "why"),
    waiting("l-sus-0"),
    suspended("l-sus-0"),
    ended("SubWithId", "l-sub-0", "1"),
    waiting("l-cs-0", "CustomStatus", '{"s":1}'),
)
_TIMES = {
    "list.time-from-past": "createdTimeFrom={past}",
    "list.time-from-mid": "createdTimeFrom={mid}",
    "list.time-from-future": "createdTimeFrom={future}",
    "list.time-from-to": "createdTimeFrom={past}&createdTimeTo={mid}",
    "list.time-inverted": "createdTimeFrom={future}&createdTimeTo={past}",
    "list.time-no-zone": "createdTimeFrom=2020-01-01T00:00:00",
}
_PURGES = {
    "purge.filter-nothing-matched": [
        "createdTimeFrom=2098-01-01T00:00:00Z&createdTimeTo=2099-01-01T00:00:00Z",
        f"createdTimeFrom={LONG_AGO}&createdTimeTo=2020-01-02T00:00:00Z",
        f"createdTimeFrom={LONG_AGO}&runtimeStatus=Canceled",
    ],
    "purge.filter-inverted": [f"createdTimeFrom=2099-01-01T00:00:00Z&createdTimeTo={LONG_AGO}"],
}


async def emptied(host: Host) -> None:
    """Nothing is left in the hub."""
    states = await host.states()
    for id_, state in states.items():
        if state not in FINAL:
            await host.ask("POST", f"/instances/{quote(id_, safe='')}/terminate")
            await host.reaches(id_, FINAL)
    for id_ in await host.states():
        await host.ask("DELETE", f"/instances/{quote(id_, safe='')}")


class Listing:
    """The plans of these cases, in the order in which they must be played."""

    def __init__(self) -> None:
        self._group = ""
        self._mid: str | None = None

    def plan_of(self, case: Case) -> Plan:
        """How this case is played now."""
        before = list(self._begin(case))
        match case.group:
            case "list":
                return first(*before, sent=self._sent(case))
            case "purge" if "purged" in case.facts:
                return self._purge(case, before)
            case "purge":
                return first(*before, *_before_purge(case), sent=self._sent(case), facts=_after(case))
        return first(*before)

    def _begin(self, case: Case) -> Iterator[Deed]:
        if case.group != self._group:
            self._group = case.group
            yield emptied
            yield _RPC if case.group == "rpc" else _MIXED
            if case.group == "rpc":
                yield self._without_id
        if case.name in _TIMES and self._mid is None:
            self._mid = datetime.now(UTC).isoformat().replace("+00:00", "Z")
            yield ended("Echo", "m-late-0", "1")

    async def _without_id(self, host: Host) -> None:
        await host.ask("POST", "/orchestrators/Echo", '"\\"text\\""')

    def _sent(self, case: Case) -> dict[int, dict[str, Any]]:
        if case.name in _TIMES:
            return {0: {"path": f"/instances?{_TIMES[case.name].format(mid=self._mid, **_around())}"}}
        if case.name == "list.bad-token":
            tokens = ("garbage", "Z2FyYmFnZQ==", "")
            return {number: {"headers": {"x-ms-continuation-token": token}} for number, token in enumerate(tokens)}
        filled = {
            number: {"path": request.path.replace("<time>", LONG_AGO)} for number, (request, _) in enumerate(case.steps)
        }
        for number, query in enumerate(_PURGES.get(case.name, ())):
            filled[number] = {"path": f"/instances?{query}"}
        return filled

    def _purge(self, case: Case, before: list[Deed]) -> Plan:
        """One instance of each state; the recording tells their ids."""
        rows = [row.split(" ") for row in (*case.facts["purged"], *case.facts["left"]) if not row.startswith("@")]
        there: dict[str, str] = {}

        async def look(host: Host) -> None:
            there.update(await host.states())

        async def facts(host: Host) -> dict[str, Any]:
            left = await host.states()
            return {
                "purged": [f"{id_} {state}" for id_, state in there.items() if id_ not in left],
                "left": [f"{id_} {state}" for id_, state in left.items()],
            }

        made = [in_state(state.lower(), id_) for id_, state in rows]
        return first(*before, emptied, *made, look, sent=self._sent(case), facts=facts)


def _around() -> dict[str, str]:
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    hour = timedelta(hours=1)
    return {"past": f"{(now - hour).isoformat()}Z", "future": f"{(now + hour).isoformat()}Z"}


def _before_purge(case: Case) -> list[Deed]:
    match case.name:
        case "purge.then-start-again":
            return [ended("Echo", "p-again", "1")]
        case "purge.filter-prefix-ignored":
            return [
                emptied,
                started("Echo", "t-one", "1"),
                started("Echo", "u-two", "1"),
                reached("t-one"),
                reached("u-two"),
            ]
    return []


def _after(case: Case) -> Any:
    async def facts(host: Host) -> dict[str, Any]:
        return {"after": list(await host.states())}

    return facts if "after" in case.facts else None
