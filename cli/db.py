"""`orderbuddy db`."""

from __future__ import annotations

from cli.connection import with_database
from cli.output import say
from shared.settings import Settings
from shared.store.mongo import indexes, validators
from shared.store.mongo.client import Database


def make_indexes() -> None:
    """Create what is missing, and say so."""
    _tell_of_indexes(with_database(_indexes))


def make_validators() -> None:
    """Set what is missing or differs, and say so. Where the database does not let us, that is no failure."""
    _tell_of_validators(with_database(_validators))


def prepare() -> None:
    """Both, on one connection."""

    async def work(db: Database, settings: Settings) -> tuple[list[str], validators.Applied]:
        return await _indexes(db, settings), await _validators(db, settings)

    created, applied = with_database(work)
    _tell_of_indexes(created)
    _tell_of_validators(applied)


async def _indexes(db: Database, _: Settings) -> list[str]:
    return await indexes.ensure(db)


async def _validators(db: Database, _: Settings) -> validators.Applied:
    return await validators.ensure(db)


def _tell_of_indexes(created: list[str]) -> None:
    for title in created:
        say(f"created  {title}")
    say(f"{len(created)} created, {len(indexes.INDEXES) - len(created)} kept.")


def _tell_of_validators(applied: validators.Applied) -> None:
    for collection in applied.changed:
        say(f"set      {collection}")
    for collection, reason in applied.refused.items():
        say(f"refused  {collection}: {reason}")
    say(f"{len(applied.changed)} set, {len(applied.kept)} kept, {len(applied.refused)} refused.")
    if applied.refused:
        say(
            "The user in MONGODB_URI may not set validators (it takes listCollections, createCollection and collMod). "
            "The app works without them: they only make MongoDB's log tell of documents that nobody should write."
        )
