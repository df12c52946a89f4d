"""Printers that ask us for their tickets: where each asks, and what it said last (collection `printers`).

And their rows at the location.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.printing import PrinterDoor
from shared.store.mongo.client import Database, Session, piece

MAX_OF_LOCATION = 50
MAX_LISTED = 1000


async def insert(db: Database, document: dict[str, Any], session: Session) -> None:
    """Insert a printer's door, in the transaction that adds its row to the location."""
    await db.printers.insert_one(document, session=session)


async def of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[PrinterDoor]:
    """The doors of a location's printers, at most 50 (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.printers.find(query).to_list(MAX_OF_LOCATION)
    return [PrinterDoor.model_validate(row) for row in found]


async def get(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    printer_id: ObjectId | str,
    session: Session | None = None,
) -> PrinterDoor | None:
    """A printer's door, if it is this location's (index: _id)."""
    query = {"_id": printer_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.printers.find_one(query, session=session)
    return PrinterDoor.model_validate(found) if found else None


async def behind(db: Database, printer_id: ObjectId | str, secret_hash: str) -> PrinterDoor | None:
    """The printer with this id and this secret, whosever it is (index: _id)."""
    with piece():
        found = await db.printers.find_one({"_id": printer_id, "addressHash": secret_hash})
    return PrinterDoor.model_validate(found) if found else None


async def among(db: Database, printer_ids: Iterable[ObjectId | str]) -> list[PrinterDoor]:
    """Those of these printers that there are (index: _id)."""
    with piece():
        found = await db.printers.find({"_id": {"$in": list(printer_ids)}}).to_list(MAX_LISTED)
    return [PrinterDoor.model_validate(row) for row in found]


async def hear(
    db: Database, door: PrinterDoor, mac: str, said: Mapping[str, str], *, at: datetime
) -> PrinterDoor | None:
    """Write down that a printer asked, and what it said; returns what was known before, or None where another device
    asks than the first one, or the secret was changed (index: _id). `said` {}: it said nothing of itself."""
    mine = {"_id": door.id, "addressHash": door.address_hash, "mac": {"$in": [mac, ""]}}
    change = {"$set": {**said, "mac": mac, "lastPollAt": at}}
    with piece():
        found = await db.printers.find_one_and_update(mine, change, return_document=ReturnDocument.BEFORE)
    return PrinterDoor.model_validate(found) if found else None


async def note(db: Database, printer_id: ObjectId | str, said: Mapping[str, str]) -> None:
    """Write down what a printer said of itself with a result (index: _id)."""
    with piece():
        await db.printers.update_one({"_id": printer_id}, {"$set": dict(said)})


async def miss(db: Database, printer_ids: Sequence[ObjectId | str], at: datetime) -> None:
    """These printers do not print, and their people know (index: _id)."""
    with piece():
        await db.printers.update_many({"_id": {"$in": list(printer_ids)}}, {"$set": {"missedAt": at}})


async def found_again(db: Database, printer_id: ObjectId | str) -> None:
    """A printer that was missed prints again (index: _id)."""
    with piece():
        await db.printers.update_one({"_id": printer_id}, {"$unset": {"missedAt": ""}})


async def set_secret(
    db: Database, printer_id: ObjectId | str, secret_hash: str, at: datetime, session: Session
) -> None:
    """Give a printer another secret, or none (""); any device may be the first to use it (index: _id)."""
    change = {"$set": {"addressHash": secret_hash, "mac": "", "addressSetAt": at}}
    await db.printers.update_one({"_id": printer_id}, change, session=session)


async def delete(db: Database, printer_id: ObjectId | str, session: Session) -> None:
    """Forget a printer's door (index: _id)."""
    await db.printers.delete_one({"_id": printer_id}, session=session)


async def change_row(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    printer_id: ObjectId | str,
    *,
    fields: Mapping[str, Any],
    session: Session,
) -> None:
    """Set fields of a printer's row at its location (index: _id)."""
    await db.locations.update_one(
        {"_id": location_id, "restaurantId": restaurant_id},
        {"$set": {f"printers.$[row].{name}": value for name, value in fields.items()}},
        array_filters=[{"row.id": {"$in": [printer_id, str(printer_id)]}}],
        session=session,
    )


async def remove_row(
    db: Database, restaurant_id: str, location_id: ObjectId | str, printer_id: ObjectId | str, session: Session
) -> None:
    """Take a printer's row away from its location (index: _id)."""
    await db.locations.update_one(
        {"_id": location_id, "restaurantId": restaurant_id},
        {"$pull": {"printers": {"id": {"$in": [printer_id, str(printer_id)]}}}},
        session=session,
    )
