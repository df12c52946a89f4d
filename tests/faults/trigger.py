"""Inside a part of the stack: kills exactly at the boundary of the step that an armed file names, once.

The driver tells its listeners of every command before it is sent and after its answer came, and httpx's transport is
wrapped around the calls of the gateway. Whoever is to be killed is killed from in there, so that nothing more happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import signal
import sys
import time
from collections import OrderedDict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pymongo import monitoring

from tests.faults.steps import Seen, is_of_gateway, of_command, of_request

ARMED = "armed.json"
FIRED = "fired.json"
_KEPT = 10_000
_HEARD_WITHIN_SECONDS = 1.5
_GONE_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class Orders:
    """At which boundary of a step of these previews, payments or voids to kill whom.

    `victims` are killed in this order; none: the process that takes the step. `gateway_port` is where the gateway's
    stand-in answers.
    """

    step: str
    moment: str
    ids: list[str]
    victims: list[int]
    gateway_port: int


@dataclass(frozen=True)
class Fired:
    """Which process took the step at whose boundary somebody was killed, and when (seconds since the epoch)."""

    pid: int
    role: str
    at: float


def arm(folder: Path, orders: Orders) -> None:
    """Let the next process that comes to this boundary kill."""
    (folder / FIRED).unlink(missing_ok=True)
    draft = folder / f"{ARMED}.new"
    draft.write_text(json.dumps(asdict(orders)))
    draft.replace(folder / ARMED)


def disarm(folder: Path) -> None:
    """Let nobody kill any more."""
    (folder / ARMED).unlink(missing_ok=True)


def fired(folder: Path) -> Fired | None:
    """What became of the orders: None while nobody was killed."""
    try:
        return Fired(**json.loads((folder / FIRED).read_text()))
    except FileNotFoundError:
        return None


def install(folder: str) -> None:
    """Watch this process, from before its first client is made."""
    trigger = Trigger(Path(folder))
    monitoring.register(_Commands(trigger))


class Trigger:
    """Reads what is armed, and kills."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._role = sys.orig_argv[sys.orig_argv.index("--role") + 1] if "--role" in sys.orig_argv else "all"

    def armed(self, seen: Seen, moment: str) -> Orders | None:
        """The orders, if this is the boundary that they mean."""
        try:
            orders = Orders(**json.loads((self._folder / ARMED).read_text()))
        except FileNotFoundError:
            return None
        meant = orders.step == seen.step and orders.moment == moment and not seen.ids.isdisjoint(orders.ids)
        return orders if meant else None

    def reached(self, seen: Seen, moment: str) -> None:
        """A step is at this moment; does not return where this process is to be killed."""
        orders = self.armed(seen, moment)
        if orders is not None and self._is_first():
            _kill(orders.victims)

    def _is_first(self) -> bool:
        """Whether nobody fired before, in any process."""
        draft = self._folder / f"{FIRED}.{os.getpid()}"
        draft.write_text(json.dumps(asdict(Fired(os.getpid(), self._role, time.time()))))
        try:
            os.link(draft, self._folder / FIRED)
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        disarm(self._folder)
        return True


def _kill(victims: list[int]) -> None:
    me = os.getpid()
    others = [pid for pid in victims if pid != me]
    for pid in others:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not victims or me in victims:
        os.kill(me, signal.SIGKILL)
    # A process that was just killed may run on for a moment on the other core: nothing may reach it any more.
    deadline = time.monotonic() + _GONE_WITHIN_SECONDS
    while any(_runs(pid) for pid in others) and time.monotonic() < deadline:
        time.sleep(0.001)


def _runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


class _Commands(monitoring.CommandListener):
    """Finds the steps among the driver's commands: a lone update is one, a transaction is one when it is committed."""

    def __init__(self, trigger: Trigger) -> None:
        self._trigger = trigger
        self._under_way: OrderedDict[int, Seen] = OrderedDict()
        self._transactions: OrderedDict[tuple[bytes, int], Seen] = OrderedDict()
        self._hooked = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        command = event.command
        if event.command_name == "commitTransaction":
            seen = self._transactions.get(_transaction(command))
        elif event.command_name in ("insert", "update"):
            seen = of_command(command)
            if seen is not None and command.get("autocommit") is False:
                _keep(self._transactions, _transaction(command), seen)
                seen = None
        else:
            if event.command_name == "find" and command["find"] == "payments":
                self._hook()
            return
        if seen is not None:
            self._hook()
            _keep(self._under_way, event.request_id, seen)
            self._trigger.reached(seen, "before")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        seen = self._under_way.pop(event.request_id, None)
        # An update that found nothing to change was somebody else's step.
        if seen is not None and event.reply.get("nModified", 1):
            self._trigger.reached(seen, "after")

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._under_way.pop(event.request_id, None)

    def _hook(self) -> None:
        """The gateway is called only by who has looked at a payment: until then httpx need not be loaded."""
        if not self._hooked:
            self._hooked = True
            _hook_httpx(self._trigger)


def _transaction(command: Any) -> tuple[bytes, int]:
    return bytes(command["lsid"]["id"]), int(command["txnNumber"])


def _keep(kept: OrderedDict[Any, Seen], key: Any, seen: Seen) -> None:
    kept[key] = seen
    if len(kept) > _KEPT:
        kept.popitem(last=False)


def _hook_httpx(trigger: Trigger) -> None:
    import httpx

    send = httpx.AsyncHTTPTransport.handle_async_request

    async def watched(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if not is_of_gateway(request.url.path):
            return await send(self, request)
        seen = of_request(request.method, request.url.path, request.content)
        if seen is None:
            return await send(self, request)

        async def trace(name: str, _: Any) -> None:
            if name == "http11.send_request_body.complete":
                orders = trigger.armed(seen, "heard")
                if orders is not None:
                    await _until_heard(orders, seen)
                    trigger.reached(seen, "heard")

        request.extensions["trace"] = trace
        trigger.reached(seen, "before")
        try:
            return await send(self, request)
        finally:
            trigger.reached(seen, "after")

    httpx.AsyncHTTPTransport.handle_async_request = watched  # type: ignore[method-assign]


async def _until_heard(orders: Orders, seen: Seen) -> None:
    """Wait until the gateway's stand-in has read the request, which is not long; the answer is not read meanwhile."""

    def has_it() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", orders.gateway_port, timeout=_HEARD_WITHIN_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", "/emergepay/_local/received")
            said = connection.getresponse().read().decode()
        return any(external_id in said for external_id in seen.ids)

    deadline = time.monotonic() + _HEARD_WITHIN_SECONDS
    while time.monotonic() < deadline and not await asyncio.to_thread(has_it):
        await asyncio.sleep(0.005)
