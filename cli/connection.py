"""A command's way to the database, and its way out when something is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from cli.output import say
from shared.settings import Settings
from shared.store.mongo.client import Database, allow_long_work, connect, refresh_clock

if TYPE_CHECKING:
    from shared.app import App
    from shared.clock import Clock

T = TypeVar("T")

_NOT_SET = "It is not set"


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End the command with a sentence for people."""
    say(sentence, err=True)
    raise typer.Exit(code)


def settings() -> Settings:
    """The settings of the environment; where one is missing or wrong, the command ends and names it."""
    try:
        return Settings.read()
    except ValidationError as error:
        wrong = wrong_settings(error)
        missing = [name for name, sentence in wrong.items() if sentence == _NOT_SET]
        if missing:
            fail(
                f"{', '.join(missing)} is not set. A running local stack's connection string is in stack.json "
                "(`python -m local status`)."
            )
        fail("; ".join(f"{name}: {sentence}" for name, sentence in wrong.items()))


def wrong_settings(error: ValidationError) -> dict[str, str]:
    """What is wrong with which setting; never its value."""
    wrong = {}
    for part in error.errors(include_input=False):
        name = str(part["loc"][0]).upper() if part["loc"] else "Settings"
        wrong[name] = _NOT_SET if part["type"] == "missing" else part["msg"]
    return wrong


def with_database(work: Callable[[Database, Settings], Awaitable[T]]) -> T:
    """Run `work` with the database of the environment; an unreachable one ends the command with a sentence."""
    given = settings()

    async def run() -> T:
        allow_long_work()
        try:
            db = connect(given)
        except (PyMongoError, ValueError):
            # The driver's own words may repeat the password.
            fail("MONGODB_URI is not a connection string that can be used.")
        try:
            # Outside of a piece of work, whose deadline the driver would take for this one, too: a person waits 5 s.
            await db.client.admin.command("ping")
            return await work(db, given)
        finally:
            await db.client.close()

    try:
        return asyncio.run(run())
    except PyMongoError as error:
        fail(f"The database that MONGODB_URI names cannot be used: {_short(error)}")


async def clock_of(db: Database, given: Settings) -> Clock:
    """The database's time; in the local stack as a person has moved it."""
    from shared.clock import DatabaseClock, MovedClock

    clock = DatabaseClock()
    await refresh_clock(db, clock)
    if given.clock_url is None:
        return clock
    from shared.integrations import local_clock

    moved = MovedClock(clock)
    await local_clock.read(given.clock_url, moved)
    return moved


def with_app(work: Callable[[App], Awaitable[T]]) -> T:
    """Run `work` with the App of the environment, without an engine, its clock set by the database."""

    async def run(db: Database, given: Settings) -> T:
        # It brings the cloud's SDKs with it, and commands that only read should not wait for those.
        from shared.app import App

        app = App.over(db, await clock_of(db, given), given)
        try:
            return await work(app)
        finally:
            await app.close()

    return with_database(run)


def _short(error: Exception) -> str:
    # The driver appends its whole view of the servers; the first sentence names the address and the cause.
    return str(error).split(", Timeout:")[0].split(", full error:")[0][:300]
