"""`orderbuddy db`."""

from __future__ import annotations

import typer

from cli.connection import with_database
from shared.settings import Settings
from shared.store import indexes
from shared.store.client import Database


def make_indexes() -> None:
    """Create what is missing, and say so."""

    async def work(db: Database, _: Settings) -> list[str]:
        return await indexes.ensure(db)

    created = with_database(work)
    for title in created:
        typer.echo(f"created  {title}")
    typer.echo(f"{len(created)} created, {len(indexes.INDEXES) - len(created)} kept.")
