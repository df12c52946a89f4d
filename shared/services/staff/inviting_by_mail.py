"""An invitation goes to its address by mail, where that is an e-mail address and mails are sent (rules 11, 24.2)."""

from __future__ import annotations

import asyncio
import logging

from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.people import Invitation
from shared.domain.contact_texts import is_email
from shared.domain.letters import to_staff
from shared.domain.letters.rendering import Written
from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.services.limits import addresses
from shared.services.messages import limited, mailing
from shared.store import locations, places

log = logging.getLogger("orderbuddy.messages")

MOST_OF_RESTAURANT = 30
"""Invitations by mail in an hour: whoever makes a restaurant must not write to the whole world."""

MOST_TO_ADDRESS = 3


async def send(app: App, invitation: Invitation, link: str) -> bool:
    """Mail it; whether that was done. The link is told to whoever invites in any case, so nothing hangs on it."""
    to = invitation.address
    if not app.mail.is_set_up or app.settings.store_endpoint is None or not is_email(to):
        return False
    try:
        if not await _is_within_limits(app, invitation):
            return False
        await mailing.send(app, to, await _written(app, invitation, link))
    except (NotTaken, InDoubt, Refused, PyMongoError) as error:
        log.info("an invitation was not mailed: %s", type(error).__name__)
        return False
    return True


async def _is_within_limits(app: App, invitation: Invitation) -> bool:
    here, there = f"invitations:{invitation.restaurant_id}", f"invited:{addresses.digest(app, invitation.address)}"
    return await limited.may_send(app, here, MOST_OF_RESTAURANT) and await limited.may_send(app, there, MOST_TO_ADDRESS)


async def _written(app: App, invitation: Invitation, link: str) -> Written:
    restaurant, there = await asyncio.gather(
        places.restaurant(app.db, invitation.restaurant_id),
        locations.of_restaurant(app.db, invitation.restaurant_id, invitation.location_ids),
    )
    assert invitation.expires_at is not None
    told = to_staff.Invited(
        restaurant=restaurant.name if restaurant else "",
        role=invitation.role,
        link=link,
        until=invitation.expires_at,
        timezone=there[0].timezone if there else "",
    )
    return await asyncio.to_thread(to_staff.invitation, told, there[0].staff_language if there else "en")
