"""One call of each function of the store: people, devices, sessions and the trail."""

from __future__ import annotations

from bson import ObjectId

from shared.documents.trail import TrailEntry, TrailRefusal
from shared.domain.roles import Actor, Membership
from shared.store import closings, devices, ended_sessions, invitations, trail, users
from tests.integration.store.seeded import NOW, Calls, Seeded, invitation_row, trail_row


async def _take_invitation(s: Seeded) -> None:
    found = (await invitations.open_of_restaurant(s.db, s.world.restaurant_id, NOW))[0]
    await s.committed(lambda session: invitations.take(s.db, found, "ann", NOW, session))


async def _closed(s: Seeded) -> None:
    (once,) = await closings.insert(s.db, ["g"], now=NOW, again_at=NOW)
    await closings.closed(s.db, once)
    await closings.closed(s.db, once.model_copy(update={"again_at": None}))


CALLS: Calls = {
    "trail.head": lambda s: s.committed(lambda session: trail.head(s.db, s.world.restaurant_id, session)),
    "trail.append": lambda s: s.committed(
        lambda session: trail.append(s.db, TrailEntry.model_validate(trail_row(s.world.restaurant_id, 60)), session)
    ),
    "trail.newest": lambda s: trail.newest(
        s.db, s.world.restaurant_id, 5, below=trail.Position("2026-11-24", 20), days=("2026-11-01", "2026-11-24")
    ),
    "trail.erase_values": lambda s: trail.erase_values(s.db, [f"{s.world.restaurant_id}:2026-11-24:3"], NOW),
    "trail.keep_refusal": lambda s: trail.keep_refusal(
        s.db, Actor("user", "u", "kitchen"), TrailRefusal(at=NOW, status=403, code="FORBIDDEN")
    ),
    "closings.insert": lambda s: closings.insert(s.db, ["g"], now=NOW, again_at=NOW),
    "closings.due": lambda s: closings.due(s.db, NOW, 10),
    "closings.closed": _closed,
    "devices.by_token_hash": lambda s: devices.by_token_hash(s.db, "hash"),
    "devices.use_token": lambda s: devices.use_token(s.db, s.device_id, "new"),
    "devices.roll_token": lambda s: devices.roll_token(s.db, s.device_id, "hash", "next", "1"),
    "devices.see": lambda s: devices.see(s.db, s.device_id, NOW),
    "devices.insert": lambda s: s.committed(lambda session: devices.insert(s.db, {"_id": ObjectId()}, session)),
    "devices.count_of_location": lambda s: s.committed(
        lambda session: devices.count_of_location(s.db, *s.here, session)
    ),
    "devices.take_station": lambda s: s.committed(
        lambda session: devices.take_station(s.db, [ObjectId(), "d"], "s", session)
    ),
    "devices.of_location": lambda s: devices.of_location(s.db, *s.here),
    "devices.by_code_hash": lambda s: s.committed(lambda session: devices.by_code_hash(s.db, "code", session)),
    "devices.claim": lambda s: s.committed(
        lambda session: devices.claim(
            s.db, s.device_id, token_hash="t", model="", app_version="", at=NOW, session=session
        )
    ),
    "devices.revoke": lambda s: s.committed(
        lambda session: devices.revoke(s.db, *s.here, s.device_id, at=NOW, session=session)
    ),
    "invitations.insert": lambda s: s.committed(
        lambda session: invitations.insert(s.db, invitation_row(s.world.restaurant_id, 999), session)
    ),
    "invitations.open_of_restaurant": lambda s: invitations.open_of_restaurant(s.db, s.world.restaurant_id, NOW),
    "invitations.by_token_hash": lambda s: s.committed(
        lambda session: invitations.by_token_hash(s.db, f"{s.world.restaurant_id}.1", session)
    ),
    "invitations.take": _take_invitation,
    "invitations.revoke": lambda s: s.committed(
        lambda session: invitations.revoke(s.db, s.world.restaurant_id, f"{s.world.restaurant_id}.1", session)
    ),
    "users.of_restaurant": lambda s: users.of_restaurant(s.db, s.world.restaurant_id),
    "users.hold_people": lambda s: s.committed(lambda session: users.hold_people(s.db, s.world.restaurant_id, session)),
    "users.put_membership": lambda s: s.committed(
        lambda session: users.put_membership(
            s.db, s.world.restaurant_id, "r", Membership("kitchen"), now=NOW, session=session
        )
    ),
    "users.end_memberships": lambda s: s.committed(
        lambda session: users.end_memberships(s.db, s.world.restaurant_id, ["r"], now=NOW, session=session)
    ),
    "users.leaving": lambda s: users.leaving(s.db, 10),
    "users.delete_without_memberships": lambda s: users.delete_without_memberships(s.db, s.world.restaurant_id),
    "users.by_user_id": lambda s: users.by_user_id(s.db, s.world.restaurant_id),
    "users.by_email": lambda s: users.by_email(s.db, s.world.restaurant_id),
    "users.by_phone": lambda s: users.by_phone(s.db, "+12125550100"),
    "users.ensure": lambda s: users.ensure(
        s.db, s.world.restaurant_id, email="a@b.example", phone=None, joined_at=NOW, now=NOW
    ),
    "ended_sessions.insert": lambda s: ended_sessions.insert(s.db, "handle", NOW),
    "ended_sessions.is_there": lambda s: ended_sessions.is_there(s.db, "handle"),
}
