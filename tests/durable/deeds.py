"""Deeds: what is done to a host before, or between, the requests of a case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from tests.durable.driver import Deed
from tests.durable.host import FINAL, Host

RUNNING, SUSPENDED = "Running", "Suspended"


def _id(id_: str) -> str:
    return quote(id_, safe="")


def started(name: str, id_: str, body: str | None = None) -> Deed:
    """An instance is started; it need not have begun."""

    async def deed(host: Host) -> None:
        await host.ask("POST", f"/orchestrators/{name}/{_id(id_)}", body)

    return deed


def reached(id_: str, *states: str) -> Deed:
    """An instance is in one of the states; without any, it has ended."""

    async def deed(host: Host) -> None:
        await host.reaches(id_, states or FINAL)

    return deed


def shown(id_: str, event: str, number: int = 1) -> Deed:
    """An instance's history has so many events of a kind."""

    async def deed(host: Host) -> None:
        await host.shows(id_, event, number)

    return deed


def raised(id_: str, *bodies: str, name: str = "go") -> Deed:
    """Events of one name were raised, one after the other."""

    async def deed(host: Host) -> None:
        for body in bodies:
            await host.ask("POST", f"/instances/{_id(id_)}/raiseEvent/{name}", body)

    return deed


def opened(*gates: str) -> Deed:
    """The activities that wait for these gates may end."""

    async def deed(host: Host) -> None:
        for gate in gates:
            host.open_gate(gate)

    return deed


def _ordered(act: str, id_: str, reason: str | None, state: str) -> Deed:
    async def deed(host: Host) -> None:
        query = "" if reason is None else f"?reason={reason}"
        await host.ask("POST", f"/instances/{_id(id_)}/{act}{query}")
        await host.reaches(id_, [state])

    return deed


def terminated(id_: str, reason: str | None = None) -> Deed:
    """A running instance was terminated."""
    return _ordered("terminate", id_, reason, "Terminated")


def suspended(id_: str, reason: str | None = None) -> Deed:
    """A running instance was suspended."""
    return _ordered("suspend", id_, reason, SUSPENDED)


def all_of(*deeds: Deed) -> Deed:
    """One after the other."""

    async def deed(host: Host) -> None:
        for each in deeds:
            await each(host)

    return deed


def waiting(id_: str, name: str = "WaitEvent", body: str | None = None) -> Deed:
    """An instance was started, and waits for something."""
    return all_of(started(name, id_, body), reached(id_, RUNNING))


def ended(name: str, id_: str, body: str | None = None) -> Deed:
    """An instance was started, and has ended."""
    return all_of(started(name, id_, body), reached(id_))


def in_state(state: str, id_: str) -> Deed:
    """There is an instance in this state; for `unknown` there is none."""
    ways: dict[str, Callable[[], Deed]] = {
        "running": lambda: waiting(id_),
        "pending": lambda: started("SlowStart", id_, "2500"),
        "suspended": lambda: all_of(waiting(id_), suspended(id_, "before")),
        "completed": lambda: ended("Echo", id_, "1"),
        "failed": lambda: ended("Throws", id_, "1"),
        "terminated": lambda: all_of(waiting(id_), terminated(id_, "before")),
        "unknown": all_of,
    }
    return ways[state]()


def once(*deeds: Deed) -> Deed:
    """What several cases need: it is done once for each host, and whoever comes meanwhile waits for it."""

    async def deed(host: Host) -> None:
        if deed not in host.done:
            host.done[deed] = asyncio.ensure_future(all_of(*deeds)(host))
        await asyncio.shield(host.done[deed])

    return deed
