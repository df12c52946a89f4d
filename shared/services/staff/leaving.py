"""Ending accounts, one's own and those of one's people (contract 56)."""

from __future__ import annotations

import logging

from shared.app import App
from shared.domain.roles import Membership
from shared.errors import FORBIDDEN, LAST_OWNER, Problem
from shared.integrations.identity import IdentityUnavailable
from shared.services.staff import closing, people, signing_in
from shared.services.staff.people import OWNER, By
from shared.store import users
from shared.store.mongo.client import Session, transaction

log = logging.getLogger("orderbuddy.leaving")

AT_MOST = 100

REFUSALS = (FORBIDDEN, LAST_OWNER)

Ending = dict[str, Membership]
"""The memberships that end, by restaurant id."""


async def delete_user(app: App, user_id: str, by: By) -> None:
    """End an account. One's own goes; another's loses its memberships in the restaurants that the caller owns, and goes
    where none is left.

    The memberships end first, and with them it is stored that the account is to go: what stops half-way leaves an
    account that may nothing, and a timer ends it.
    Raises Problem LAST_OWNER for the last owner of a restaurant, FORBIDDEN for somebody who is none of the caller's
    people, whether there is such a person or not.
    """

    async def body(session: Session) -> tuple[list[closing.Row], bool]:
        user = await users.by_user_id(app.db, user_id, session)
        mine = users.memberships(user) if user is not None else {}
        if user_id == by.person.user_id:
            # What no role is known of goes, too.
            others = {each.restaurant_id for each in user.memberships} - mine.keys() if user is not None else set()
            await _leave_owners_behind(app, session, user_id, mine)
            return await people.end(app, session, user_id, mine, by, also=others, leaves=True), True
        ending = await _of_the_callers(app, session, mine, by)
        if not ending:
            raise Problem(FORBIDDEN)
        is_all = len(ending) == len(mine)
        return await people.end(app, session, user_id, ending, by, leaves=is_all), is_all

    rows, is_over = await transaction(app.db, body)
    signing_in.outdate_person(app, user_id)
    await closing.close(app, rows)
    if is_over:
        await _forget(app, user_id)


async def _leave_owners_behind(app: App, session: Session, user_id: str, mine: Ending) -> None:
    """Raises Problem LAST_OWNER where a restaurant would be left without an owner."""
    for restaurant_id, membership in sorted(mine.items(), key=lambda one: one[0]):
        # A restaurant of which nothing is stored needs no owner.
        if await users.hold_people(app.db, restaurant_id, session) and membership == OWNER:
            there = await users.of_restaurant(app.db, restaurant_id, session)
            if people.owners(there, restaurant_id) == {user_id}:
                raise Problem(LAST_OWNER)


async def _of_the_callers(app: App, session: Session, mine: Ending, by: By) -> Ending:
    """Those of these memberships that are in restaurants which the caller owns."""
    caller = await users.by_user_id(app.db, by.person.user_id, session)
    owned = {each for each, one in users.memberships(caller).items() if one == OWNER} if caller is not None else set()
    return {each: mine[each] for each in sorted(owned & mine.keys()) if await users.hold_people(app.db, each, session)}


async def _forget(app: App, user_id: str) -> None:
    """Delete the account, at the sign-in service and here; where the service cannot be reached, the timer does it."""
    user = await users.by_user_id(app.db, user_id)
    if user is not None and users.memberships(user):
        return
    try:
        if app.identity.is_set_up:
            await app.identity.delete_account(user_id)
    except IdentityUnavailable as error:
        if user is None:
            raise
        log.warning("account not deleted yet: %s", error)
        return
    await users.delete_without_memberships(app.db, user_id)
    signing_in.outdate_person(app, user_id)


async def finish(app: App) -> int:
    """Delete the accounts that are to go still, at most a hundred; returns how many there were."""
    left = await users.leaving(app.db, AT_MOST)
    for user_id in left:
        await _forget(app, user_id)
    return len(left)
