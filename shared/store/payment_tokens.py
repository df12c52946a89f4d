"""Which merchant a card's token was started for, kept for as long as the token may be used."""

from __future__ import annotations

from datetime import datetime

from shared.store.mongo.client import Database, piece


async def keep(db: Database, token_hash: str, oid: str, purge_at: datetime) -> None:
    """Remember which merchant (`oid`) the token of this hash was started for, until `purge_at`."""
    with piece():
        await db.payment_tokens.update_one(
            {"_id": token_hash}, {"$set": {"oid": oid, "purgeAt": purge_at}}, upsert=True
        )


async def oid_of(db: Database, token_hash: str) -> str | None:
    """The merchant that the token was started for; None for a token that was not started here, or long ago."""
    with piece():
        found = await db.payment_tokens.find_one({"_id": token_hash}, {"oid": 1})
    return str(found["oid"]) if found else None
