"""The App of a process: made at first use, for the running event loop, and kept as long as the process lives."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pydantic import ValidationError
from pymongo.errors import ConfigurationError, InvalidURI

from shared.app import App
from shared.clock import DatabaseClock, MovedClock
from shared.integrations import telemetry
from shared.integrations.durable.client import DurableEngine
from shared.integrations.engine import Engine, NoEngine
from shared.memory.recent import Recent
from shared.memory.slots import Slot
from shared.settings import Settings
from shared.store.mongo.client import connect, refresh_clock, within

log = logging.getLogger("orderbuddy.runtime")

CLOCK_SECONDS = 5.0
"""How long the first request waits for MongoDB (seconds), so that an outage is reported soon."""


class SettingsInvalid(Exception):  # noqa: N818 - a state of the deployment, told to whoever asks
    """The app cannot be made; `fields` names the settings that are missing or wrong, never their values."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__("settings are missing or wrong: " + ", ".join(fields))
        self.fields = fields


class AppSource(Protocol):
    """Where a route gets its App from."""

    def made(self) -> App:
        """The App; makes no call to an outside service. Raises SettingsInvalid."""
        ...

    async def ready(self) -> App:
        """The App with the database's time. Raises SettingsInvalid; at first also pymongo's errors and TimeoutError."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """An App that somebody made: a test, or a command."""

    app: App

    def made(self) -> App:
        return self.app

    async def ready(self) -> App:
        return self.app


class Runtime:
    """Makes the App once per event loop, and keeps its clock on the database's time."""

    def __init__(self) -> None:
        self._app: App | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clock = DatabaseClock()
        self._clock_read = False
        self._reading: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    def made(self) -> App:
        loop = asyncio.get_running_loop()
        if self._app is None or self._loop is not loop:
            self._app, self._clock = _make()
            self._loop, self._clock_read, self._reading, self._following = loop, False, None, None
        return self._app

    async def ready(self) -> App:
        app = self.made()
        if self._clock.stale and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read_clock(app, self._clock))
        if not self._clock_read and self._reading is not None:
            await asyncio.shield(self._reading)
            await self._follow_local(app)
            self._clock_read = True
        return app

    async def _follow_local(self, app: App) -> None:
        """In the local stack, go by its own time from now on, and read it before anything is answered."""
        url = app.settings.clock_url
        if self._following is None and url is not None and isinstance(app.clock, MovedClock):
            from shared.integrations import local_clock

            version = await local_clock.read(url, app.clock)
            if self._following is None:
                # Of no request: the first one's trace would never end.
                follow = local_clock.follow(url, app.clock, version)
                self._following = asyncio.create_task(follow, context=contextvars.Context())

    async def _read_clock(self, app: App, clock: DatabaseClock) -> None:
        try:
            with within(CLOCK_SECONDS):
                await refresh_clock(app.db, clock)
        except Exception as error:
            if not self._clock_read:
                raise
            # The offset read a minute ago serves on; the next request tries again.
            log.warning("the database's time could not be read: %s", type(error).__name__)


def _make() -> tuple[App, DatabaseClock]:
    # A caller may not see which value was wrong, and a log may not see it either.
    try:
        settings = Settings.read()
    except ValidationError as error:
        raise SettingsInvalid(sorted({_name(row["loc"]) for row in error.errors()})) from None
    telemetry.start_soon()
    try:
        db = connect(settings, **_listeners())
    except (InvalidURI, ConfigurationError, ValueError):
        raise SettingsInvalid(["MONGODB_URI"]) from None
    clock = DatabaseClock()
    return App.over(db, clock if settings.clock_url is None else MovedClock(clock), settings, real=clock), clock


def _listeners() -> dict[str, Any]:
    if not telemetry.wanted():
        return {}
    from shared.store.mongo.commands import CommandSpans

    return {"event_listeners": [CommandSpans()]}


def _name(loc: tuple[int | str, ...]) -> str:
    # A rule about several settings has no place of its own; the only one there is concerns this key.
    return str(loc[0]).upper() if loc else "SIGN_IN_SENDER"


RUNTIME = Runtime()


async def get_app() -> App:
    """The process's App, for activities and timers. Raises like AppSource.ready."""
    await telemetry.started()
    return await RUNTIME.ready()


ENGINES: Slot[Recent[str, Engine]] = Slot(lambda: Recent(16))


def with_engine(app: App, binding: str | None) -> App:
    """The App with the engine of a durable client binding, or as it is without one.

    An engine that refuses every call is put in where the binding cannot be read.
    """
    if not binding:
        return app
    try:
        return replace(app, engine=app.memory[ENGINES].made(binding, lambda: DurableEngine(binding)))
    except (ValueError, TypeError, KeyError) as error:
        log.warning("the durable client binding cannot be read: %s", type(error).__name__)
        return replace(app, engine=NoEngine())
