"""What the provider tells of mails that it took (rules 24.2).

An address that bounced, complained or unsubscribed gets no more mails. What became of a mail stands on its duty. Both
hold whatever order the events come in, and however often: an address is blocked once, and a mail's story only goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.app import App
from shared.documents.mail_blocks import MailBlock
from shared.errors import BODY_TOO_LARGE, FORBIDDEN, MALFORMED_JSON, Problem
from shared.integrations.sendgrid_mail import events
from shared.integrations.sendgrid_mail.events import MailEvent
from shared.services.messages.mailing import UNWANTED, digest
from shared.store import duties, mail_blocks

log = logging.getLogger("orderbuddy.messages")

REFUSALS = (BODY_TOO_LARGE, FORBIDDEN, MALFORMED_JSON)

MAX_BODY = 1024 * 1024

STORY = ("processed", "deferred", "delivered", "bounce", "dropped", "unsubscribe", "spamreport")
"""What is kept of a mail: what stands further behind is never taken back by what stands before it."""

_OF_MAILS = ("mail:", "summary:")
"""How the ids of duties begin that send mails."""

_BLOCKING = frozenset({"bounce", "dropped"}) | UNWANTED
_OF_THE_ADDRESS = ("bounced", "spam reporting", "unsubscribed", "invalid")
"""How the reasons begin for which a mail is dropped because of its address; others are quotas and contents."""


async def take(app: App, raw: bytes, headers: Mapping[str, str]) -> None:
    """Take a body of events. `headers`: names in small letters.

    Raises Problem (REFUSALS): FORBIDDEN for what the provider has not signed lately, or where no key is set.
    """
    if len(raw) > MAX_BODY:
        raise Problem(BODY_TOO_LARGE)
    now, key = app.clock.now(), app.settings.sendgrid_webhook_public_key
    if key is None or not events.is_genuine(raw, headers, key, now):
        raise Problem(FORBIDDEN)
    told = events.read(raw)
    if told is None:
        raise Problem(MALFORMED_JSON)
    blocks = [_block(app, one, now) for one in told if one.address and _blocks(one)]
    if blocks:
        log.info("%d addresses get no more mails", len(blocks))
        await mail_blocks.block(app.db, blocks)
    await duties.tell_delivery(app.db, _stories(told))


def _blocks(event: MailEvent) -> bool:
    if event.kind == "dropped":
        return event.reason.lower().startswith(_OF_THE_ADDRESS)
    return event.kind in _BLOCKING and not event.soft


def _block(app: App, event: MailEvent, now: datetime) -> MailBlock:
    return MailBlock.model_validate(
        {"_id": digest(app, event.address), "reason": event.kind, "eventId": event.id, "at": now}
    )


def _stories(told: Sequence[MailEvent]) -> dict[str, tuple[str, Sequence[str]]]:
    """For each duty what is known last of its mail, and what that may take the place of."""
    found: dict[str, int] = {}
    for event in told:
        if event.duty.startswith(_OF_MAILS) and event.kind in STORY:
            found[event.duty] = max(found.get(event.duty, 0), STORY.index(event.kind))
    return {duty: (STORY[place], STORY[:place]) for duty, place in found.items()}
