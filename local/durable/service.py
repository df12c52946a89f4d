"""The durable engine as a part of a process: started and stopped with it, and mounted into its HTTP server."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local.durable import codec
from local.durable.activity import Activities, Activity, Invoke
from local.durable.api import Api, serve
from local.durable.binding import ROOT
from local.durable.engine import Engine
from local.durable.faults import Faults
from local.durable.requests import Receive, Scope, Send
from local.durable.store import Store, StoreError

STOP_SECONDS = 2.0
"""How long running activities may go on when the engine stops."""


class DurableService:
    """Runs the orchestrations of one app, with their state below one directory."""

    root = ROOT
    """The path below which `asgi` serves."""

    def __init__(
        self,
        *,
        data_dir: Path,
        hub: str,
        orchestrators: Mapping[str, Callable[..., Any]],
        activities: Mapping[str, Activity],
        invoke: Invoke | None = None,
    ) -> None:
        """`orchestrators` and `activities` stand under their public names.

        `invoke` calls an activity's function with its input. Without `invoke`, the function gets the input and nothing
        else.
        """
        self._data_dir = data_dir
        self._hub = hub
        self._orchestrators = orchestrators
        self._activities = activities
        self._invoke = invoke
        self._engine: Engine | None = None
        self._api: Api | None = None

    @property
    def failure(self) -> str | None:
        """Why the engine does not work: it is not started, or cannot write its state. None while all is well."""
        return "the durable engine is not running" if self._engine is None else self._engine.failure

    async def waits(self) -> dict[str, Any]:
        """`works`: whether something is done for any instance now; `due`: when the next one that waits goes on."""
        works, due = (False, None) if self._engine is None else self._engine.waits()
        return {"works": works, "due": None if due is None else codec.iso(due)}

    async def start(self) -> None:
        """Open the state and go on with every instance that is alive. Raises StoreError and UnknownFaultError."""
        faults = Faults.read()
        store = Store(self._data_dir, self._hub)
        try:
            engine = Engine(store, self._orchestrators, Activities(self._activities, self._invoke), faults)
            engine.start()
        except (sqlite3.DatabaseError, ValueError) as error:
            store.close()
            raise StoreError(f"{store.path} cannot be read: {error}. Delete it to start clean.") from error
        self._engine = engine
        self._api = Api(engine, self._hub)

    async def stop(self) -> None:
        """Take no more requests, write what is unsaved, and close. Takes STOP_SECONDS at most."""
        engine, self._engine, self._api = self._engine, None, None
        if engine is not None:
            await engine.stop(STOP_SECONDS)
            engine.store.close()

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request below `root`."""
        if self._api is None:
            body = b'"the durable engine is not running"'
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await serve(self._api, scope, receive, send)
