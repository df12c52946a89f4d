"""The screens of a restaurant that are no persons (collection `devices`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast, get_args

from bson import ObjectId

from shared.documents.people import StoredDevice
from shared.domain.roles import Device, DeviceRole
from shared.store.mongo.client import Database, Session, piece, unawaited

MAX_DEVICES = 200
"""How many devices a location has at most, those that wait for their code included."""

KEPT_REVOKED = timedelta(days=30)


def device_of(stored: StoredDevice) -> Device | None:
    """The device as one that calls; None for one that was revoked, or whose role nobody knows."""
    if stored.revoked_at is not None or stored.role not in get_args(DeviceRole):
        return None
    return Device(
        id=str(stored.id),
        restaurant_id=stored.restaurant_id,
        location_id=str(stored.location_id),
        role=cast(DeviceRole, stored.role),
        station_ids=frozenset(stored.station_ids),
        name=stored.name,
    )


async def by_token_hash(db: Database, token_hash: str) -> StoredDevice | None:
    """The device whose token, the one in use or the one it was rolled to, has this hash (index: tokenHashes)."""
    with piece():
        found = await db.devices.find_one({"tokenHashes": token_hash})
    return StoredDevice.model_validate(found) if found else None


async def use_token(db: Database, device_id: ObjectId | str, token_hash: str) -> None:
    """The token that the device was rolled to is used: from now on it is the only one (index: _id)."""
    with piece():
        await db.devices.update_one(
            {"_id": device_id, "tokenHashes": token_hash}, {"$set": {"tokenHashes": [token_hash]}}
        )


async def roll_token(db: Database, device_id: ObjectId | str, token_hash: str, next_hash: str, version: str) -> bool:
    """Let the device have another token beside the one in use; False where that is not in use (any more). An earlier
    one that was never used is forgotten. `version`: of its app, "" where it does not tell. Index: _id."""
    told = {"appVersion": version} if version else {}
    with piece():
        rolled = await db.devices.update_one(
            {"_id": device_id, "tokenHashes.0": token_hash, "revokedAt": None},
            {"$set": {"tokenHashes": [token_hash, next_hash], **told}},
        )
    return rolled.matched_count == 1


async def see(db: Database, device_id: ObjectId | str, at: datetime) -> None:
    """The device has called (index: _id). The write need not survive a failover."""
    with piece():
        await unawaited(db).devices.update_one({"_id": device_id}, {"$max": {"seenAt": at}})


async def insert(db: Database, document: dict[str, Any], session: Session) -> None:
    """Store a new device. Raises DuplicateKeyError where its code is another's, too."""
    with piece():
        await db.devices.insert_one(document, session=session)


async def count_of_location(db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session) -> int:
    """How many devices a location has, counted up to the limit (index: restaurantId, locationId, revokedAt)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, "revokedAt": None}
    with piece():
        return await db.devices.count_documents(query, limit=MAX_DEVICES, session=session)


async def of_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session | None = None
) -> list[StoredDevice]:
    """A location's devices but those that were revoked, at most 200 (index: restaurantId, locationId, revokedAt)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, "revokedAt": None}
    with piece():
        found = await db.devices.find(query, session=session).to_list(MAX_DEVICES)
    return [StoredDevice.model_validate(row) for row in found]


async def take_station(db: Database, device_ids: Iterable[ObjectId | str], station_id: str, session: Session) -> None:
    """These devices show a station no more (index: _id)."""
    with piece():
        await db.devices.update_many(
            {"_id": {"$in": list(device_ids)}}, {"$pull": {"stationIds": station_id}}, session=session
        )


async def by_code_hash(db: Database, code_hash: str, session: Session | None = None) -> StoredDevice | None:
    """The device that waits for the code with this hash (index: codeHash)."""
    with piece():
        found = await db.devices.find_one({"codeHash": code_hash}, session=session)
    return StoredDevice.model_validate(found) if found else None


async def claim(
    db: Database,
    device_id: ObjectId | str,
    *,
    token_hash: str,
    model: str,
    app_version: str,
    at: datetime,
    session: Session,
) -> None:
    """The device has used its code, in the transaction that found it by it (index: _id)."""
    told = {"tokenHashes": [token_hash], "model": model, "appVersion": app_version, "claimedAt": at, "seenAt": at}
    with piece():
        await db.devices.update_one(
            {"_id": device_id},
            {"$set": told, "$unset": {"codeHash": "", "codeExpiresAt": "", "purgeAt": ""}},
            session=session,
        )


async def revoke(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    device_id: ObjectId | str,
    *,
    at: datetime,
    session: Session,
) -> StoredDevice | None:
    """Revoke a device of the location; returns what it was, None where it has no such device (index: _id)."""
    query = {"_id": device_id, "restaurantId": restaurant_id, "locationId": location_id, "revokedAt": None}
    over = {"$set": {"revokedAt": at, "purgeAt": at + KEPT_REVOKED}, "$unset": {"codeHash": "", "codeExpiresAt": ""}}
    with piece():
        found = await db.devices.find_one_and_update(query, over, session=session)
    return StoredDevice.model_validate(found) if found else None
