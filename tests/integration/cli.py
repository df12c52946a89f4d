"""The `orderbuddy` command against a database of the test's own."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass

from typer.testing import CliRunner

from cli.main import app as command
from shared.settings import Settings
from tests.patience import PATIENCE_SECONDS


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def _environment(settings: Settings | None, more: dict[str, str]) -> dict[str, str | None]:
    variables: dict[str, str | None] = {"MONGODB_URI": None, "DB_NAME": None}
    if settings is not None:
        variables |= {"MONGODB_URI": settings.mongodb_uri.get_secret_value(), "DB_NAME": settings.db_name}
    return variables | more


async def orderbuddy(settings: Settings | None, *arguments: str, typed: bytes | None = None, **environment: str) -> Ran:
    """Run the command in this process, on a thread and an event loop of its own; without settings, no database.

    `typed` is what stands on its standard input.
    """
    variables = _environment(settings, environment)
    result = await asyncio.to_thread(CliRunner().invoke, command, arguments, input=typed, env=variables)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


async def orderbuddy_process(settings: Settings | None, *arguments: str, **environment: str) -> Ran:
    """The same as a process of its own, as a person starts it."""
    changed = _environment(settings, environment)
    variables = {key: value for key, value in (os.environ | changed).items() if value is not None}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        env=variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())
