"""`orderbuddy reconcile`: one run of the reconciler now, or, after a restore, the payments that were forgotten."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import typer
from bson import ObjectId

from cli.checkout import ENGINE_KEY
from cli.connection import fail, with_app
from cli.output import say
from cli.progress import progress_bar
from shared.app import App
from shared.ids import object_id
from shared.integrations.durable.admin import EngineAdmin, EngineAdminError
from shared.services.support.restore.restoring import Restored, restore
from shared.services.upkeep.reconciler import Reconciled, reconcile
from shared.store.support import restoring

BEFORE_IT = timedelta(hours=2)
"""A preview that was made before the moment of the restore may have been paid after it."""

GIVEN_BACK_WITHIN = timedelta(days=3)
"""So old a payment may have been given back after the moment of the restore."""

LISTED = 200


def reconcile_now() -> None:
    """Look at the payments that are due, and print how many; ends with 1 where some failed."""
    done = with_app(reconcile)
    _tell_reconciled(done)
    if done.failed:
        raise typer.Exit(1)


def _tell_reconciled(done: Reconciled) -> None:
    for name, count in asdict(done).items():
        say(f"{count:,} {name.replace('_', ' ')}")


def reconcile_after_restore(since_text: str, engine_url: str | None, *, dry_run: bool) -> None:
    """Look up at the gateway what the database may have forgotten; ends with 1 where something could not be asked."""
    since = moment(since_text)
    if not engine_url:
        fail("Say where the engine is: --engine URL, or ORDERBUDDY_ENGINE_URL. It still knows the previews' ids.", 2)
    done = with_app(lambda app: _after_restore(app, since, engine_url, dry_run=dry_run))
    _tell_restored(done, dry_run=dry_run)
    if done.unanswered:
        raise typer.Exit(1)


def moment(text: str) -> datetime:
    """A moment in ISO 8601, in UTC where it says no zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no moment: say it like 2026-11-24T12:30:00Z.", code=2)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


async def _after_restore(app: App, since: datetime, engine_url: str, *, dry_run: bool) -> Restored:
    keys = dict.fromkeys(await restoring.previews_not_at_rest(app.db))
    keys |= dict.fromkeys(await restoring.previews_paid_since(app.db, since - GIVEN_BACK_WITHIN))
    say(f"{len(keys):,} previews of the database are open, claimed, or were paid lately.")
    try:
        known = await _instances(engine_url, since - BEFORE_IT)
    except EngineAdminError as error:
        fail(f"The engine's instances cannot be listed: {error}.")
    say(f"{len(known):,} previews have an instance that was created since {(since - BEFORE_IT).isoformat()}.")
    with progress_bar() as progress:
        return await restore(app, [*keys, *known], dry_run=dry_run, progress=progress)


async def _instances(url: str, since: datetime) -> list[ObjectId]:
    found: dict[ObjectId, None] = {}
    async with EngineAdmin(url, os.environ.get(ENGINE_KEY)) as engine:
        async for page in engine.created_since(since):
            found |= dict.fromkeys(key for one in page if (key := object_id(one.id)) is not None)
    return list(found)


def _tell_restored(done: Restored, *, dry_run: bool) -> None:
    say(f"Asked {done.asked:,} times about {done.previews:,} previews; {done.unknown_here:,} are not known here.")
    for line in done.listed[:LISTED]:
        say(f"  {line}")
    if len(done.listed) > LISTED:
        say(f"  ... and {len(done.listed) - LISTED:,} more")
    for name, count in sorted(done.done.items()):
        say(f"{count:,} {name}")
    for line in done.unanswered[:LISTED]:
        say(f"not answered: {line}")
    if done.unanswered:
        say(f"{len(done.unanswered):,} could not be asked about: run this again.")
    elif dry_run:
        say("Nothing was changed." if done.done else "There is nothing to do.")
    else:
        say("The reconciler does the rest." if done.done else "There was nothing to do.")
