"""Indexes, validators, demo data, and samples of mails, made by the app's own command, as a person would make them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import httpx

from local import mongod, tether
from local.supervisor.plan import Plan

_LIMIT_SECONDS = 180.0
_CORE_WITHIN_SECONDS = 30.0
_LIMIT_BYTES = 1024 * 1024


class SeedingError(Exception):
    """The app's command failed; the message carries what it said."""


async def prepare_database(plan: Plan) -> None:
    """Make the indexes that the app needs, and set its validators. Idempotent. Raises SeedingError."""
    await _run(plan, "indexes", "db", "prepare")


async def seed_demo(plan: Plan) -> dict[str, Any]:
    """Make the demo data and return its ids. Idempotent. Raises SeedingError."""
    said = await _run(plan, "seed", "seed", "demo", "--json")
    try:
        ids = json.loads(said)
    except ValueError:
        raise SeedingError("`seed demo --json` did not print JSON") from None
    if not isinstance(ids, dict):
        raise SeedingError("`seed demo --json` did not print an object")
    return ids


async def seed_people(core: str, demo: Mapping[str, Any], http: httpx.AsyncClient) -> None:
    """Let the demo's people sign in: the core's stand-in takes them with the ids that the database has.

    Idempotent. Raises SeedingError.
    """
    for person in demo.values():
        if not isinstance(person, dict) or not person.keys() >= {"userId", "email"}:
            continue
        user = {"id": person["userId"], "email": person["email"], "replace": True}
        try:
            (await http.post(f"{core}/_local/users", json=user, timeout=_CORE_WITHIN_SECONDS)).raise_for_status()
        except httpx.HTTPError as error:
            raise SeedingError(f"the SuperTokens stand-in did not take the demo's people: {error!r}") from None


async def mail_samples(plan: Plan) -> str:
    """Every template of the app's mails, as JSON. Raises SeedingError."""
    return await _run(plan, "mail-samples", "mails", "samples")


async def _run(plan: Plan, log_name: str, *arguments: str) -> str:
    log = plan.directory.log(log_name)
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *tether.command([sys.executable, "-m", "cli", *arguments]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=plan.options.app,
            env={**os.environ, **plan.settings},
            start_new_session=True,
            limit=_LIMIT_BYTES,
        )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _LIMIT_SECONDS)
    except TimeoutError:
        raise SeedingError(f"`{' '.join(arguments)}` takes longer than {_LIMIT_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode != 0:
        raise SeedingError(f"`{' '.join(arguments)}` failed:\n{mongod.log_tail(log)}\n{said.decode(errors='replace')}")
    return said[:_LIMIT_BYTES].decode()
