"""Screens that are no persons: pairing one by a code, rolling its token, revoking it (rules 11)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from shared.api import devices as api
from shared.app import App
from shared.documents.people import StoredDevice
from shared.domain.roles import Actor, Device, Membership
from shared.errors import (
    DEVICE_CODE_NOT_FOUND,
    DEVICE_NOT_FOUND,
    FORBIDDEN,
    TOO_MANY_DEVICES,
    UNAUTHENTICATED,
    Problem,
)
from shared.ids import new_id, readable_code, stored_id
from shared.services.limits import addresses
from shared.services.staff import closing, signing_in
from shared.services.staff.invitations import link
from shared.services.staff.people import PLACE_REFUSALS, By, not_of_here
from shared.services.trail import writing as trail
from shared.store import devices, places, push_screens, users
from shared.store.mongo.client import Session

MAKE_REFUSALS = (FORBIDDEN, TOO_MANY_DEVICES, *PLACE_REFUSALS)
CLAIM_REFUSALS = (DEVICE_CODE_NOT_FOUND, *addresses.REFUSALS)
ROLL_REFUSALS = (UNAUTHENTICATED,)
REVOKE_REFUSALS = (DEVICE_NOT_FOUND,)

CODE_HOLDS_FOR = timedelta(minutes=10)
CODE_LENGTH = 8
ROLLED_EVERY = timedelta(days=30)
_TOKEN_BYTES = 32


async def make(app: App, wanted: api.NewDevice, by: By) -> api.Pairing:
    """A device that waits ten minutes for its code to be used. Raises Problem (MAKE_REFUSALS)."""
    location = stored_id(wanted.location_id)
    stations = await _stations(app, wanted)
    now, code = app.clock.now(), readable_code(CODE_LENGTH)
    made = StoredDevice(
        id=new_id(),
        restaurant_id=wanted.restaurant_id,
        location_id=location,
        name=wanted.name,
        role=wanted.role,
        station_ids=stations,
        made_by=by.person.user_id,
        code_hash=_code_hash(app, code),
        code_expires_at=now + CODE_HOLDS_FOR,
        created_at=now,
        purge_at=now + timedelta(days=1),
    )
    fresh = {"token_hashes", "model", "app_version", "claimed_at", "seen_at", "revoked_at"}

    async def body(session: Session) -> None:
        if not await _may_pair(app, made, session):
            raise Problem(FORBIDDEN)
        if await devices.count_of_location(app.db, made.restaurant_id, location, session) >= devices.MAX_DEVICES:
            raise Problem(TOO_MANY_DEVICES)
        await devices.insert(app.db, made.model_dump(by_alias=True, exclude=fresh), session)
        await _leave(
            app, session, by.person.actor_in(made.restaurant_id), made, action="device.made", request_id=by.request_id
        )

    await trail.changing(app, made.restaurant_id, body)
    return api.Pairing(
        device_id=str(made.id),
        name=made.name,
        role=wanted.role,
        station_ids=stations,
        code=code,
        qr=link(app.settings.kitchen_endpoint or app.settings.store_endpoint, "device", code),
        expires_at=now + CODE_HOLDS_FOR,
    )


async def claim(app: App, wanted: api.ClaimDevice, address: str | None, request_id: str) -> api.Paired:
    """Pair the screen that has the code. `address`: the client's, None where it is unknown.

    Raises Problem (CLAIM_REFUSALS): one answer for a code that nobody knows, that was used, that has expired, and whose
    maker may not pair devices there any more.
    """
    await addresses.admit_device_claim(app, address)
    key = _code_hash(app, "".join(each for each in wanted.code.upper() if each.isalnum()))
    seen = await devices.by_code_hash(app.db, key)
    if seen is None:
        raise Problem(DEVICE_CODE_NOT_FOUND)
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), app.clock.now()

    async def body(session: Session) -> StoredDevice:
        found = await devices.by_code_hash(app.db, key, session)
        if found is None or found.code_expires_at is None or found.code_expires_at <= now:
            raise Problem(DEVICE_CODE_NOT_FOUND)
        if devices.device_of(found) is None or not await _may_pair(app, found, session):
            raise Problem(DEVICE_CODE_NOT_FOUND)
        await devices.claim(
            app.db,
            found.id,
            token_hash=signing_in.token_hash(token),
            model=wanted.model,
            app_version=wanted.app_version,
            at=now,
            session=session,
        )
        await _leave(
            app,
            session,
            Actor("device", str(found.id), found.role),
            found,
            action="device.paired",
            request_id=request_id,
        )
        return found

    found = await trail.changing(app, seen.restaurant_id, body)
    return api.Paired.model_validate(
        {
            "device_id": str(found.id),
            "restaurant_id": found.restaurant_id,
            "location_id": str(found.location_id),
            "name": found.name,
            "role": found.role,
            "station_ids": found.station_ids,
            "token": token,
            "roll_at": now + ROLLED_EVERY,
        }
    )


async def roll(app: App, device: Device, token: str, wanted: api.RollToken) -> api.Rolled:
    """The next token of the device that shows `token`, which holds until the next one is first used.

    Raises Problem UNAUTHENTICATED where another token has taken its place meanwhile.
    """
    following, now = secrets.token_urlsafe(_TOKEN_BYTES), app.clock.now()
    old, new = signing_in.token_hash(token), signing_in.token_hash(following)
    if not await devices.roll_token(app.db, stored_id(device.id), old, new, wanted.app_version):
        signing_in.outdate_device(app, [old])
        raise Problem(UNAUTHENTICATED, headers={"www-authenticate": "Device"})
    return api.Rolled(token=following, roll_at=now + ROLLED_EVERY)


async def of_location(app: App, restaurant_id: str, location_id: str) -> list[api.Device]:
    """A location's devices, by name, with those that wait for their code."""
    found = await devices.of_location(app.db, restaurant_id, stored_id(location_id))
    return sorted((_shown(one) for one in found), key=lambda one: (one.name, one.device_id))


async def revoke(app: App, restaurant_id: str, location_id: str, device_id: str, by: By) -> None:
    """End a device: its token is good no more, and its connections are closed. Raises Problem DEVICE_NOT_FOUND."""

    async def body(session: Session) -> tuple[StoredDevice, list[closing.Row]]:
        found = await devices.revoke(
            app.db,
            restaurant_id,
            stored_id(location_id),
            stored_id(device_id),
            at=app.clock.now(),
            session=session,
        )
        if found is None:
            raise Problem(DEVICE_NOT_FOUND)
        await push_screens.forget(app.db, found.id, session)
        rows = await closing.write_down(app, [closing.device_group(str(found.id))], session)
        await _leave(
            app, session, by.person.actor_in(restaurant_id), found, action="device.revoked", request_id=by.request_id
        )
        return found, rows

    found, rows = await trail.changing(app, restaurant_id, body)
    signing_in.outdate_device(app, found.token_hashes)
    await closing.close(app, rows)


async def _stations(app: App, wanted: api.NewDevice) -> list[str]:
    """The stations that a body names, as they are stored. Raises Problem INVALID_REQUEST."""
    if wanted.role == "kitchen" and not wanted.station_ids:
        raise not_of_here(["stationIds"], "A kitchen's device shows a station or more.")
    location = stored_id(wanted.location_id)
    found = await places.stations_among(app.db, wanted.restaurant_id, location, wanted.station_ids)
    foreign = [n for n, each in enumerate(wanted.station_ids) if str(stored_id(each)) not in found]
    if foreign:
        raise not_of_here([f"stationIds.{n}" for n in foreign], "This is no station of the location.")
    return sorted(found)


async def _may_pair(app: App, device: StoredDevice, session: Session) -> bool:
    """Whether whoever made the device's code may pair devices at its location now."""
    maker = await users.by_user_id(app.db, device.made_by, session)
    none: dict[str, Membership] = {}
    membership = (users.memberships(maker) if maker is not None else none).get(device.restaurant_id)
    return membership is not None and membership.may("manager") and membership.reaches(str(device.location_id))


def _code_hash(app: App, code: str) -> str:
    """A code is short: under a key that a copy of the database lacks, nobody finds it by trying all."""
    return addresses.digest(app, f"device code {code}")


def _shown(stored: StoredDevice) -> api.Device:
    return api.Device.model_validate(
        stored.model_dump(include=set(api.Device.model_fields))
        | {"device_id": str(stored.id), "paired_at": stored.claimed_at}
    )


async def _leave(
    app: App, session: Session, actor: Actor, device: StoredDevice, *, action: str, request_id: str
) -> None:
    is_over = action == "device.revoked"
    told = {"name": device.name, "role": device.role, "stationIds": device.station_ids}
    await trail.leave(
        app,
        session,
        actor,
        restaurant_id=device.restaurant_id,
        location_id=device.location_id,
        action=action,
        target=("device", device.id),
        before=told if is_over else None,
        after=None if is_over else told,
        request_id=request_id,
    )
