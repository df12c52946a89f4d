"""The people of a restaurant, and what each of them may do there (rules 11).

Whatever changes them holds the restaurant first: of two changes at once, the second sees what the first has done. So
two owners who remove each other leave one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from shared.api import people as api
from shared.app import App
from shared.documents.people import Invitation, User
from shared.domain.roles import Actor, Membership, Person
from shared.errors import FORBIDDEN, INVALID_REQUEST, LAST_OWNER, PERSON_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.staff import closing, signing_in, superseding
from shared.services.trail import writing as trail
from shared.store import invitations, places, push_tokens, users
from shared.store.mongo.client import Session

HOLD_REFUSALS = (FORBIDDEN,)
REMOVE_REFUSALS = (LAST_OWNER, PERSON_NOT_FOUND, *HOLD_REFUSALS)
PLACE_REFUSALS = (INVALID_REQUEST,)
CHANGE_REFUSALS = (*REMOVE_REFUSALS, *PLACE_REFUSALS)

OWNER = Membership("owner")
"""An owner of all locations: whom a restaurant must have."""


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, and in which request."""

    person: Person
    request_id: str

    def actor(self, restaurant_id: str) -> Actor:
        """Who that is in the restaurant's trail."""
        return Actor("user", self.person.user_id, self.person.role_in(restaurant_id) or "")


async def of_restaurant(app: App, restaurant_id: str, caller: Person) -> api.People:
    """Who works in a restaurant and who is invited to, with their addresses: for its owners."""
    found = await users.of_restaurant(app.db, restaurant_id)
    invited = await invitations.open_of_restaurant(app.db, restaurant_id, app.clock.now())
    people = [
        _shown(user, membership, caller)
        for user in found
        if (membership := users.memberships(user).get(restaurant_id)) is not None
    ]
    return api.People(
        people=sorted(people, key=lambda one: (-get_args(api.Role).index(one.role), one.email, one.phone_number)),
        invitations=[shown_invitation(one) for one in invited],
    )


async def change(app: App, restaurant_id: str, person_id: str, wanted: api.ChangePerson, by: By) -> api.Person:
    """Change a person's role or locations. Raises Problem (CHANGE_REFUSALS)."""
    named = wanted.model_fields_set
    locations = await locations_of(app, restaurant_id, wanted.location_ids)

    async def body(session: Session) -> tuple[User, Membership, list[closing.Row]]:
        people = await held(app, restaurant_id, by.person.user_id, session)
        user, before = _found(people, restaurant_id, person_id)
        after = Membership(wanted.role or before.role, locations if "location_ids" in named else before.locations)
        if after == before:
            return user, after, []
        _keep_an_owner(people, restaurant_id, person_id, after)
        now = app.clock.now()
        await users.put_membership(app.db, person_id, restaurant_id, after, now=now, session=session)
        # What a person hears live may be more than it may hear from now on: the screens ask again.
        rows = await closing.write_down(app, [closing.person_group(person_id, restaurant_id)], session)
        await _leave(
            app,
            session,
            by,
            "person.changed",
            restaurant_id=restaurant_id,
            person_id=person_id,
            before=before,
            after=after,
        )
        await superseding.end_invitations(
            app, session, restaurant_id, user, actor=by.actor(restaurant_id), request_id=by.request_id
        )
        return user, after, rows

    user, after, rows = await trail.changing(app, restaurant_id, body)
    signing_in.outdate_person(app, person_id)
    await closing.close(app, rows)
    return _shown(user, after, by.person)


async def remove(app: App, restaurant_id: str, person_id: str, by: By) -> None:
    """End a person's membership in the restaurant. Raises Problem FORBIDDEN, PERSON_NOT_FOUND, LAST_OWNER."""

    async def body(session: Session) -> list[closing.Row]:
        people = await held(app, restaurant_id, by.person.user_id, session)
        _, before = _found(people, restaurant_id, person_id)
        _keep_an_owner(people, restaurant_id, person_id, None)
        return await end(app, session, person_id, {restaurant_id: before}, by)

    rows = await trail.changing(app, restaurant_id, body)
    signing_in.outdate_person(app, person_id)
    await closing.close(app, rows)


async def end(
    app: App,
    session: Session,
    person_id: str,
    ending: dict[str, Membership],
    by: By,
    *,
    also: Iterable[str] = (),
    leaves: bool = False,
) -> list[closing.Row]:
    """End these memberships of a person, in one update, in a transaction that holds the restaurants.

    `also`: restaurants in which the person may nothing, and that go, too. `leaves`: so does the account.
    """
    now = app.clock.now()
    user = await users.by_user_id(app.db, person_id, session)
    await users.end_memberships(app.db, person_id, [*ending, *also], now=now, session=session, leaves=leaves)
    if leaves:
        await push_tokens.forget_person(app.db, person_id, session)
    else:
        await push_tokens.leave(app.db, person_id, [*ending, *also], session)
    groups = [closing.person_group(person_id, restaurant_id) for restaurant_id in ending]
    rows = await closing.write_down(app, groups, session)
    for restaurant_id, before in sorted(ending.items()):
        await _leave(
            app,
            session,
            by,
            "person.removed",
            restaurant_id=restaurant_id,
            person_id=person_id,
            before=before,
            after=None,
        )
        # Whoever leaves by themselves may come back by what an owner offers.
        if user is not None and person_id != by.person.user_id:
            await superseding.end_invitations(
                app, session, restaurant_id, user, actor=by.actor(restaurant_id), request_id=by.request_id
            )
    return rows


async def held(app: App, restaurant_id: str, owner_id: str, session: Session) -> Sequence[User]:
    """The restaurant's people, which nobody else changes until the transaction ends.

    Raises Problem FORBIDDEN where `owner_id` is no owner of all its locations (any more).
    """
    is_there = await users.hold_people(app.db, restaurant_id, session)
    people = await users.of_restaurant(app.db, restaurant_id, session) if is_there else []
    if owner_id not in owners(people, restaurant_id):
        raise Problem(FORBIDDEN)
    return people


def owners(people: Iterable[User], restaurant_id: str) -> set[str]:
    """The user ids of those who own the whole restaurant."""
    return {user.user_id for user in people if users.memberships(user).get(restaurant_id) == OWNER}


async def locations_of(app: App, restaurant_id: str, sent: Sequence[str] | None) -> frozenset[str] | None:
    """The locations that a body names; None for all. Raises Problem INVALID_REQUEST for one of another restaurant."""
    if sent is None:
        return None
    found = await places.locations_among(app.db, restaurant_id, sent)
    foreign = [index for index, each in enumerate(sent) if str(stored_id(each)) not in found]
    if foreign:
        raise not_of_here([f"locationIds.{index}" for index in foreign], "This is no location of the restaurant.")
    return frozenset(found)


def not_of_here(fields: Sequence[str], message: str) -> Problem:
    """The answer to ids in a body that belong elsewhere, or to nothing."""
    return Problem(
        INVALID_REQUEST, f"{fields[0]}: {message}", detail=[{"field": field, "message": message} for field in fields]
    )


def told(membership: Membership) -> dict[str, object]:
    """A membership as the trail tells it."""
    locations = None if membership.locations is None else sorted(membership.locations)
    return {"role": membership.role, "locationIds": locations}


def _found(people: Iterable[User], restaurant_id: str, person_id: str) -> tuple[User, Membership]:
    for user in people:
        membership = users.memberships(user).get(restaurant_id)
        if user.user_id == person_id and membership is not None:
            return user, membership
    raise Problem(PERSON_NOT_FOUND)


def _keep_an_owner(people: Iterable[User], restaurant_id: str, person_id: str, after: Membership | None) -> None:
    """Raises Problem LAST_OWNER where this change would leave the restaurant without an owner."""
    if after != OWNER and owners(people, restaurant_id) == {person_id}:
        raise Problem(LAST_OWNER)


async def _leave(
    app: App,
    session: Session,
    by: By,
    action: str,
    *,
    restaurant_id: str,
    person_id: str,
    before: Membership,
    after: Membership | None,
) -> None:
    await trail.leave(
        app,
        session,
        by.actor(restaurant_id),
        restaurant_id=restaurant_id,
        action=action,
        target=("person", person_id),
        before=told(before),
        after=None if after is None else told(after),
        request_id=by.request_id,
    )


def _shown(user: User, membership: Membership, caller: Person) -> api.Person:
    return api.Person(
        person_id=user.user_id,
        email=user.email or "",
        phone_number=user.phone_number or "",
        role=membership.role,
        location_ids=None if membership.locations is None else sorted(membership.locations),
        is_you=user.user_id == caller.user_id,
    )


def shown_invitation(invitation: Invitation) -> api.Invitation:
    """An invitation as owners see it."""
    return api.Invitation.model_validate(invitation.model_dump() | {"invitation_id": str(invitation.id)})
