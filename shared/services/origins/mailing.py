"""A code by mail to the location's own address (contract 41, rules 18, 24.2)."""

from __future__ import annotations

import asyncio
import re

from shared.app import App
from shared.documents.origins import StoredOrigin
from shared.domain import qr_drawing
from shared.domain.contact_texts import is_email
from shared.domain.field_faults import REFUSALS as FIELD_REFUSALS
from shared.domain.field_faults import wrong
from shared.domain.letters import to_staff
from shared.domain.qr_styles import look_of
from shared.domain.roles import Actor
from shared.errors import (
    LOCATION_NOT_FOUND,
    MAIL_NOT_SENT,
    MAILS_NOT_SET_UP,
    ORIGIN_NOT_FOUND,
    RESTAURANT_NOT_FOUND,
    TOO_MANY_REQUESTS,
    Problem,
)
from shared.ids import stored_id
from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.integrations.mail import Attachment
from shared.services.messages import limited, mailing
from shared.services.messages.mailing import Besides
from shared.services.origins import codes
from shared.services.origins.changing import Target
from shared.services.trail import writing as trail
from shared.store import locations, origins, places
from shared.store.mongo.client import Session

REFUSALS = (
    RESTAURANT_NOT_FOUND,
    LOCATION_NOT_FOUND,
    ORIGIN_NOT_FOUND,
    TOO_MANY_REQUESTS,
    MAILS_NOT_SET_UP,
    MAIL_NOT_SENT,
    *FIELD_REFUSALS,
    *codes.REFUSALS,
)

MOST_AN_HOUR = 30
"""Mails with codes of one location."""

_PIXELS = 600
_AGAIN_SECONDS = 30
_IN_A_FILE_NAME = re.compile(r"[^\w.-]+")


async def send_link(app: App, actor: Actor, at: Target, *, request_id: str) -> None:
    """Mail a place's code, as a link and as a picture, to the location's contact. Raises Problem (REFUSALS)."""
    base = codes.base(app)
    restaurant, location, place, found = await asyncio.gather(
        places.restaurant(app.db, at.restaurant_id),
        locations.one(app.db, *at.here),
        origins.styled(app.db, *at.here),
        origins.one(app.db, *at.here, stored_id(at.origin_id)),
    )
    if restaurant is None:
        raise Problem(RESTAURANT_NOT_FOUND)
    if location is None or place is None:
        raise Problem(LOCATION_NOT_FOUND)
    if found is None or not found.qr_code_id:
        raise Problem(ORIGIN_NOT_FOUND)
    to = location.contact.email.strip()
    if not is_email(to):
        raise wrong("contact.email", "This location has no e-mail address: set one first.")
    if not app.mail.is_set_up:
        raise Problem(MAILS_NOT_SET_UP)
    if not await limited.may_send(app, f"codes:{location.id}", MOST_AN_HOUR):
        raise Problem(TOO_MANY_REQUESTS, retry_after=limited.seconds_left(app))
    url = base + found.qr_code_id
    look = look_of(place.qr_code_style)
    written, picture = await asyncio.to_thread(
        lambda: (
            to_staff.qr_code(found.label, restaurant.name, location.name, url, location.staff_language),
            qr_drawing.png(url, look, _PIXELS),
        )
    )
    await _leave(app, actor, at, found, request_id)
    file = Attachment(_file_name(found), "image/png", picture)
    # Mail programs hide a picture that the text shows: so there is one to see, and one to keep.
    shown = Attachment(f"{to_staff.PICTURE}.png", "image/png", picture, content_id=to_staff.PICTURE)
    try:
        await mailing.send(app, to, written, Besides(attachments=[file, shown]))
    except Refused as error:
        if error.code == mailing.SUPPRESSED:
            raise wrong("contact.email", "Mails to this address came back, or were unwanted.") from None
        raise Problem(MAIL_NOT_SENT) from None
    except (NotTaken, InDoubt):
        raise Problem(MAIL_NOT_SENT, retry_after=_AGAIN_SECONDS) from None


async def _leave(app: App, actor: Actor, at: Target, origin: StoredOrigin, request_id: str) -> None:
    """A row in the trail, before the mail goes out: nothing leaves the house without one."""

    async def body(session: Session) -> None:
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=at.restaurant_id,
            location_id=at.here[1],
            action="origin.link_mailed",
            target=("origin", at.origin_id),
            after={"label": origin.label, "qrCodeId": origin.qr_code_id},
            request_id=request_id,
        )

    await trail.changing(app, at.restaurant_id, body)


def _file_name(origin: StoredOrigin) -> str:
    """The label as a file's name, whatever stands in it."""
    return f"{_IN_A_FILE_NAME.sub('-', origin.label).strip('-.')[:60] or 'code'}.png"
