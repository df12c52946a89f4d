"""Whether the app can take orders: what an order needs, and what it can do without."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pymongo.errors import PyMongoError

from shared.api.health import Readiness
from shared.app import App
from shared.integrations.engine import EngineError
from shared.services.support import attention
from shared.store.mongo import indexes, topology
from shared.store.mongo.client import within
from shared.store.support import attention_entries

PROBE_SECONDS = 2.0
PROBE_INSTANCE = "health"


def without_settings(fields: Sequence[str]) -> Readiness:
    """The answer where the settings are wrong: it tells their names, never their values."""
    return Readiness(status="unavailable", checks={"settings": "invalid"}, missing=[f"setting {f}" for f in fields])


async def readiness(app: App) -> Readiness:
    """Check MongoDB, the durable engine and Web PubSub at the same time, each for two seconds at most.

    It counts what needs a person, too. That does not make the app unready: orders go on.
    """
    (database, missing), engine, live, waiting, at_locations = await asyncio.gather(
        _database(app), _engine(app), _live(app), _attention(app), _at_locations(app)
    )
    checks = {"settings": "ok", **database, "engine": engine, "live": live}
    degraded = [name for name in ("engine", "live") if checks[name] != "ok"]
    status = "unavailable" if missing else "degraded" if degraded else "ready"
    return Readiness(
        status=status, checks=checks, missing=missing, degraded=degraded, attention=waiting, locations=at_locations
    )


async def _attention(app: App) -> int | None:
    try:
        with within(PROBE_SECONDS):
            return await attention.count(app.db, app.clock.now())
    except PyMongoError:
        return None


async def _at_locations(app: App) -> dict[str, int] | None:
    try:
        with within(PROBE_SECONDS):
            return await attention_entries.count_by_kind(app.db)
    except PyMongoError:
        return None


async def _database(app: App) -> tuple[dict[str, str], list[str]]:
    try:
        with within(PROBE_SECONDS):
            if not await topology.has_transactions(app.db):
                return {"mongodb": "ok", "replicaSet": "missing"}, ["MongoDB as a replica set"]
            missing = await indexes.missing(app.db)
    except PyMongoError:
        return {"mongodb": "down"}, ["MongoDB"]
    state = {"mongodb": "ok", "replicaSet": "ok", "indexes": "missing" if missing else "ok"}
    return state, [f"index {title}" for title in missing]


async def _engine(app: App) -> str:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await app.engine.status(PROBE_INSTANCE)
    except (EngineError, TimeoutError):
        return "down"
    return "ok"


async def _live(app: App) -> str:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return "ok" if await app.live.alive() else "down"
    except Exception:
        # Whatever its SDK raises, orders go on.
        return "down"
