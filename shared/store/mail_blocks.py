"""Addresses that no mail goes to any more, by digest (collection `mail_blocks`)."""

from __future__ import annotations

from pymongo import UpdateOne

from shared.documents.mail_blocks import MailBlock
from shared.store.mongo.client import Database, piece


async def block(db: Database, blocks: list[MailBlock]) -> None:
    """Keep these blocks; of one address the first counts (index: _id)."""
    updates = [
        UpdateOne({"_id": one.id}, {"$setOnInsert": one.model_dump(by_alias=True, exclude={"id"})}, upsert=True)
        for one in blocks
    ]
    with piece():
        await db.mail_blocks.bulk_write(updates, ordered=False)


async def one(db: Database, digest: str) -> MailBlock | None:
    """Why and since when an address gets no mail; None where it does (index: _id)."""
    with piece():
        found = await db.mail_blocks.find_one({"_id": digest})
    return None if found is None else MailBlock.model_validate(found)


async def lift(db: Database, digest: str) -> bool:
    """Let mails go to an address again; False where they did (index: _id)."""
    with piece():
        return (await db.mail_blocks.delete_one({"_id": digest})).deleted_count == 1
