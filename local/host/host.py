"""Serving one function app: the parts of each role, how they start, and how they stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from local.clock import SETTING, following
from local.durable.binding import ROOT, client_binding
from local.host.admin import Admin
from local.host.app import ActivityFunction, FunctionAppTree
from local.host.config import LocalSettings, body_limit
from local.host.cors import Cors
from local.host.front import AsgiApp, Front, Receive, Scope, Send, send_reply
from local.host.invocation import Invoker
from local.host.messages import Reply
from local.host.options import Options
from local.host.own import OwnAddresses
from local.host.schedule import time_zone
from local.host.server import GRACE_SECONDS, serving
from local.host.throttle import Throttle
from local.host.timers import Timers
from local.standin import part
from local.standin.guard import guarded
from local.standin.switches import PREFIX

if TYPE_CHECKING:
    from local.durable.service import DurableService

_log = logging.getLogger("host")
_SWITCH_SECONDS = 0.0005


class EngineError(Exception):
    """The durable engine cannot use its state."""


class Host:
    """Everything that serves one app: HTTP functions and timers, the durable engine, or both."""

    def __init__(
        self, options: Options, settings: LocalSettings, tree: FunctionAppTree, listener: socket.socket
    ) -> None:
        """`listener` is bound and not yet listening. Raises ConfigError, TemplateError, or ScheduleError."""
        self._options = options
        self._tree = tree
        self._listener = listener
        self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        durable_url = options.durable_url or self._url
        clients = {b: client_binding(durable_url, b.hub or tree.hub) for b in tree.client_bindings}
        self._invoker = Invoker(tree.directory, clients, tree.host.timeout_seconds)
        self._timers = Timers(
            tree.timers if options.serves_http else (),
            invoker=self._invoker,
            zone=time_zone(os.environ),
            state_file=options.data_dir / "timers.json",
        )
        self._durable = self._make_durable() if options.serves_durable else None
        self._stopping = asyncio.Event()
        self._own = OwnAddresses(self._health, waits=self._durable.waits if self._durable else None)
        front = Front(
            tree.http if options.serves_http else (),
            prefix=tree.host.route_prefix,
            invoker=self._invoker,
            cors=Cors(
                frozenset((*settings.cors_origins, *options.cors)),
                settings.cors_credentials or options.cors_credentials,
            ),
            throttle=Throttle(tree.host.max_concurrent_requests, tree.host.max_outstanding_requests),
            mounts=self._mounts(),
            body_limit=body_limit(os.environ),
        )
        self._front = self._own.recording(front) if options.serves_http else front

    async def run(self) -> None:
        """Serve until a signal comes, then let what runs come to its end. Raises EngineError."""
        self._say_what_is_left_out()
        # What is loaded by now stays loaded: the garbage collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.enable()
        # Requests leave few cycles behind, and by default the collector would look for them 1,000 times a second.
        gc.set_threshold(50_000, 20, 50)
        async with following(os.environ.get(SETTING), f"{self._options.role}-{os.getpid()}"), self._engine():
            async with serving(self._front, self._listener) as stop:
                self._timers.start()
                part.say_ready(self._listener)
                await stop.wait()
                self._stopping.set()
                self._timers.stop()
                deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
            await self._timers.ended(deadline)
        self._invoker.close()

    @contextlib.asynccontextmanager
    async def _engine(self) -> AsyncIterator[None]:
        if self._durable is None:
            yield
            return
        from local.durable.faults import UnknownFaultError
        from local.durable.store import StoreError

        # Each commit's thread waits twice for the interpreter, by default 5 ms each time while the loop is busy.
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            await self._durable.start()
        except (StoreError, UnknownFaultError) as error:
            raise EngineError(f"the durable engine cannot start: {error}") from error
        try:
            yield
        finally:
            await self._durable.stop()

    def _make_durable(self) -> DurableService:
        from local.durable.service import DurableService

        async def invoke(activity: ActivityFunction, value: object) -> object:
            return await self._invoker.run(activity, value, self._invoker.invocation(activity))

        return DurableService(
            data_dir=self._options.data_dir,
            hub=self._tree.hub,
            orchestrators=self._tree.orchestrators,
            activities=self._tree.activities,
            invoke=invoke,
        )

    def _mounts(self) -> dict[bytes, AsgiApp]:
        admin = Admin(
            self._tree, url=self._url, served_http=self._options.serves_http, run_timer=self._timers.run_now
        ).asgi
        mounts: dict[bytes, AsgiApp] = {b"/admin/host": admin, b"/admin/functions": admin}
        if self._durable is not None:
            mounts[ROOT.encode()] = self._own.way(self._durable.asgi, self._stopping)
        elif self._options.durable_url:
            mounts[ROOT.encode()] = _elsewhere(self._options.durable_url.rstrip("/"))
        mounts[PREFIX.encode()] = self._own.asgi
        # The app's own routes have their own rules; these here would let any page drive a developer's machine.
        return {prefix: guarded(app) for prefix, app in mounts.items()}

    def _health(self) -> str | None:
        """Why this process does not work; None while all is well."""
        return self._durable.failure if self._durable is not None else None

    def _say_what_is_left_out(self) -> None:
        for other in self._tree.others:
            _log.warning("function '%s' is not served here: %s", other.name, other.reason)


def _elsewhere(base_url: str) -> AsgiApp:
    """Send callers on to the process that runs the engine. The addresses that they got name this host."""

    async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        address = base_url + scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        await send_reply(send, Reply(307, {"location": address}, b""))

    return redirect
