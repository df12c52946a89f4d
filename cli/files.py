"""`orderbuddy files sweep`: pictures that nothing names any more."""

from __future__ import annotations

import typer

from cli.connection import fail, with_app
from cli.output import say
from shared.app import App
from shared.integrations.files import FilesUnavailable
from shared.services.files import sweeping

LISTED = 200


def sweep(*, dry_run: bool) -> None:
    """Remove them, or tell which would go; ends with 1 where the storage did not take it."""
    swept, sent = with_app(lambda app: _swept(app, dry_run=dry_run))
    for name in swept.removed[:LISTED]:
        say(f"  {name}")
    if len(swept.removed) > LISTED:
        say(f"  ... and {len(swept.removed) - LISTED:,} more")
    what = "would be removed" if dry_run else "removed"
    say(f"{swept.looked:,} pictures looked for, {len(swept.removed):,} {what}.")
    say(f"{len(sent):,} files that nobody finished sending {what}.")
    if swept.failed:
        say(
            f"{len(swept.failed):,} could not be removed: the storage did not take it. They are tried again in an hour."
        )
        raise typer.Exit(1)


async def _swept(app: App, *, dry_run: bool) -> tuple[sweeping.Swept, list[str]]:
    if not app.files.is_set_up:
        fail("No storage is set up: set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_BLOB_ENDPOINT.")
    swept = await sweeping.sweep(app, dry_run=dry_run)
    try:
        return swept, await sweeping.sweep_incoming(app, dry_run=dry_run)
    except FilesUnavailable as error:
        fail(f"The storage does not answer: {error}.")
