"""Inviting somebody to a restaurant's people, and taking an invitation (rules 11).

An invitation dies with its maker's right, which is looked at when it is taken.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from shared.api import people as api
from shared.app import App
from shared.documents.people import Invitation
from shared.domain.roles import LADDER, Membership
from shared.errors import INVITATION_NOT_FOUND, INVITATION_OF_ANOTHER, TOO_MANY_PEOPLE, Problem
from shared.ids import new_id, stored_id
from shared.services.staff import inviting_by_mail, login, people, signing_in, superseding
from shared.services.staff.people import By
from shared.services.trail import writing as trail
from shared.store import invitations, users
from shared.store.mongo.client import Session

INVITE_REFUSALS = (TOO_MANY_PEOPLE, *people.HOLD_REFUSALS, *people.PLACE_REFUSALS)
TAKE_REFUSALS = (INVITATION_NOT_FOUND, INVITATION_OF_ANOTHER, *login.STORE_REFUSALS)
REVOKE_REFUSALS = (INVITATION_NOT_FOUND, *people.HOLD_REFUSALS)

HOLDS_FOR = timedelta(hours=24)
_TOKEN_BYTES = 32


async def invite(app: App, restaurant_id: str, wanted: api.Invite, by: By) -> api.Invited:
    """Invite somebody for 24 hours, by mail where that can be. Raises Problem (INVITE_REFUSALS)."""
    locations = await people.locations_of(app, restaurant_id, wanted.location_ids)
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), app.clock.now()
    made = Invitation(
        id=new_id(),
        restaurant_id=restaurant_id,
        address=wanted.address.lower(),
        role=wanted.role,
        location_ids=None if locations is None else sorted(locations),
        token_hash=signing_in.token_hash(token),
        made_by=by.person.user_id,
        created_at=now,
        expires_at=now + HOLDS_FOR,
        purge_at=now + HOLDS_FOR,
    )

    async def body(session: Session) -> None:
        there = await people.held(app, restaurant_id, by.person.user_id, session)
        waiting = await invitations.open_of_restaurant(app.db, restaurant_id, now, session)
        if len(there) + len(waiting) >= users.MAX_PEOPLE:
            raise Problem(TOO_MANY_PEOPLE)
        await invitations.insert(app.db, made.model_dump(by_alias=True, exclude={"taken_at", "taken_by"}), session)
        await _leave(app, session, by, made, "invitation.made", after=superseding.told(made))

    await trail.changing(app, restaurant_id, body)
    shown, leads = people.shown_invitation(made), link(app.settings.store_endpoint, "invitation", token)
    mailed = await inviting_by_mail.send(app, made, leads)
    return api.Invited(**shown.model_dump(), link=leads, token=token, mailed=mailed)


def link(page: str | None, word: str, secret: str) -> str:
    """Where somebody brings a secret: a page of the staff's, which finds it behind the #, so that no log has it."""
    return f"{page or ''}/#{word}={secret}"


async def revoke(app: App, restaurant_id: str, invitation_id: str, by: By) -> None:
    """Take an invitation back. Raises Problem (REVOKE_REFUSALS)."""

    async def body(session: Session) -> None:
        await people.held(app, restaurant_id, by.person.user_id, session)
        found = await invitations.revoke(app.db, restaurant_id, stored_id(invitation_id), session)
        if found is None:
            raise Problem(INVITATION_NOT_FOUND)
        await _leave(app, session, by, found, "invitation.revoked", before=superseding.told(found))

    await trail.changing(app, restaurant_id, body)


async def take(app: App, token: str, by: By) -> api.Joined:
    """Become what the invitation says; by the same person again it is the same answer. Raises Problem (TAKE_REFUSALS).

    Nobody becomes less by it: the higher role stays, with its locations; the same role gets the locations of both.
    """
    user_id, now = by.person.user_id, app.clock.now()
    key = signing_in.token_hash(token)
    seen = await invitations.by_token_hash(app.db, key)
    if seen is None:
        raise Problem(INVITATION_NOT_FOUND)
    proven = await _addresses(app, user_id)
    await login.must_be_stored(app, user_id)

    async def body(session: Session) -> tuple[str, Membership]:
        found = await invitations.by_token_hash(app.db, key, session)
        user = await users.by_user_id(app.db, user_id, session)
        if found is None or found.expires_at is None or found.expires_at <= now or found.role not in LADDER:
            raise Problem(INVITATION_NOT_FOUND)
        if user is None or found.address not in proven:
            raise Problem(INVITATION_OF_ANOTHER)
        before = users.memberships(user).get(found.restaurant_id)
        if found.taken_at is not None:
            if found.taken_by != user_id or before is None:
                raise Problem(INVITATION_NOT_FOUND)
            return found.restaurant_id, before
        await _with_its_makers_right(app, found, session)
        after = _higher(before, Membership(found.role, _locations(found)))
        await users.put_membership(app.db, user_id, found.restaurant_id, after, now=now, session=session)
        await invitations.take(app.db, found, user_id, now, session)
        told = None if before is None else people.told(before)
        await _leave(app, session, by, found, "invitation.taken", before=told, after=people.told(after))
        return found.restaurant_id, after

    restaurant_id, membership = await trail.changing(app, seen.restaurant_id, body)
    signing_in.outdate_person(app, user_id)
    told = people.told(membership)
    return api.Joined.model_validate(
        {"restaurant_id": restaurant_id, "role": told["role"], "location_ids": told["locationIds"]}
    )


async def _with_its_makers_right(app: App, invitation: Invitation, session: Session) -> None:
    """Raises Problem INVITATION_NOT_FOUND where its maker is no owner any more. Holds the restaurant's people."""
    held = await users.hold_people(app.db, invitation.restaurant_id, session)
    maker = await users.by_user_id(app.db, invitation.made_by, session)
    if not held or maker is None or not people.owners([maker], invitation.restaurant_id):
        raise Problem(INVITATION_NOT_FOUND)


async def _addresses(app: App, user_id: str) -> set[str]:
    """The addresses that proved to be the person's. What is stored here may be anybody's word to the original."""
    account = await app.identity.account(user_id)
    if account is None:
        return set()
    return {address for address in ((account.email or "").lower(), account.phone or "") if address}


def _locations(invitation: Invitation) -> frozenset[str] | None:
    return None if invitation.location_ids is None else frozenset(invitation.location_ids)


def _higher(before: Membership | None, offered: Membership) -> Membership:
    if before is None or not before.may(offered.role):
        return offered
    if before.role != offered.role or before.locations is None:
        return before
    return Membership(before.role, None if offered.locations is None else before.locations | offered.locations)


async def _leave(
    app: App,
    session: Session,
    by: By,
    invitation: Invitation,
    action: str,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    await trail.leave(
        app,
        session,
        by.person.actor_in(invitation.restaurant_id),
        restaurant_id=invitation.restaurant_id,
        action=action,
        target=("invitation", invitation.id),
        before=before,
        after=after,
        request_id=by.request_id,
    )
