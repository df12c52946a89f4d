"""An owner's last word on a person ends the invitations that this person could still take (rules 11).

Otherwise whoever was removed would come back by a second link, and whoever was made less would become more again.
"""

from __future__ import annotations

from shared.app import App
from shared.documents.people import Invitation, User
from shared.domain.roles import Actor
from shared.services.trail import writing as trail
from shared.store import invitations
from shared.store.mongo.client import Session


async def end_invitations(
    app: App, session: Session, restaurant_id: str, user: User, *, actor: Actor, request_id: str
) -> None:
    """Take back what the person's addresses are invited to, each with its row in the trail.

    Call it in the transaction that changes the person, which holds the restaurant's people.
    """
    theirs = {address for address in ((user.email or "").lower(), user.phone_number or "") if address}
    waiting = await invitations.open_of_restaurant(app.db, restaurant_id, app.clock.now(), session)
    for one in waiting:
        if one.address in theirs and await invitations.revoke(app.db, restaurant_id, one.id, session) is not None:
            await trail.leave(
                app,
                session,
                actor,
                restaurant_id=restaurant_id,
                action="invitation.revoked",
                target=("invitation", one.id),
                before=told(one),
                request_id=request_id,
            )


def told(invitation: Invitation) -> dict[str, object]:
    """An invitation as the trail tells it: by the names under which it masks what is personal."""
    name = "email" if "@" in invitation.address else "phoneNumber"
    return {name: invitation.address, "role": invitation.role, "locationIds": invitation.location_ids}
