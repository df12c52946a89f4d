"""The `orderbuddy` command as a person runs it: a process of its own, settings from the environment."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


async def orderbuddy(settings: Settings | None, *arguments: str, **environment: str) -> Ran:
    """Run the command against the settings' database; without settings, against none."""
    variables = {key: value for key, value in os.environ.items() if key not in ("MONGODB_URI", "DB_NAME")}
    if settings is not None:
        variables |= {"MONGODB_URI": settings.mongodb_uri.get_secret_value(), "DB_NAME": settings.db_name}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        env={**variables, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())
