"""The screens of a restaurant that are no persons (collection `devices`)."""

from __future__ import annotations

from typing import Any, cast, get_args

from shared.documents.people import StoredDevice
from shared.domain.roles import Device, DeviceRole
from shared.store.mongo.client import Database, piece


async def by_token_hash(db: Database, token_hash: str) -> Device | None:
    """The device whose token, the one in use or the one it was rolled to, has this hash; None for a revoked one.

    Index: tokenHashes.
    """
    with piece():
        found = await db.devices.find_one({"tokenHashes": token_hash})
    return _device(found) if found else None


def _device(document: dict[str, Any]) -> Device | None:
    stored = StoredDevice.model_validate(document)
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
