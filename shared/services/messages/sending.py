"""One message goes out: what came of the call becomes the end of its duty (rules 7, 24.1)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.duties import Duty
from shared.domain.reaching import WORTH_FOR
from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.services.duties.seeing import pause_after
from shared.store.duties import Ended
from shared.store.support import attention_entries
from shared.telemetry import events, measures

log = logging.getLogger("orderbuddy.messages")

Service = Literal["texts", "mails", "pushes"]
"""What a person reads in the list of what needs attention."""

TRIES_IN_DOUBT = 3


async def deliver(
    app: App, duty: Duty, service: Service, send: Callable[[], Awaitable[str]], *, once: bool
) -> Ended | datetime:
    """Send a message that is claimed; how its duty ended, or when to try again. `send`: returns the provider's id.

    `once`: what is in doubt is `doubtful`, and final, because nobody can tell whether it went out. So is what an
    earlier claimer left. Else it is tried three times in all. What was certainly not taken is tried again for an hour.
    What does not go out is counted in one entry of the location's list, per service and hour.
    """
    why_not = _why_not(app, duty, once=once)
    if why_not is not None:
        return await _failed(app, duty, service, why_not)
    try:
        sent = Ended("sent", provider_id=await send())
        _tell(duty, service, sent)
        return sent
    except NotTaken as error:
        log.info("%s not taken: %s", duty.kind, error)
        after = timedelta(seconds=error.retry_after or 0)
        return app.clock.now() + max(pause_after(duty.tries), after)
    except Refused as error:
        end = Ended("given_up", error.code or "refused")
    except InDoubt as error:
        if not once and duty.tries < TRIES_IN_DOUBT:
            return app.clock.now() + pause_after(duty.tries)
        end = Ended("doubtful", str(error))
    return await _failed(app, duty, service, end)


def _why_not(app: App, duty: Duty, *, once: bool) -> Ended | None:
    """How a message ended that must not be sent any more; None where it may be."""
    if once and duty.left:
        return Ended("doubtful", "whoever was sending it is gone")
    if duty.since is not None and app.clock.now() - duty.since > WORTH_FOR:
        return Ended("given_up", "it could not go out for an hour")
    return None


async def _failed(app: App, duty: Duty, service: Service, end: Ended) -> Ended:
    log.warning("%s of row %d is %s: %s", duty.kind, duty.seq, end.state, end.outcome)
    _tell(duty, service, end)
    try:
        await note_failure(app, service, duty.restaurant_id, duty.location_id or "", end.outcome)
    except PyMongoError:
        # A message that may have gone out must not go out again because the list could not be written.
        log.warning("nobody is told of %s of row %d", duty.kind, duty.seq, exc_info=True)
    return end


_EVENTS: dict[Service, tuple[str, str]] = {
    "texts": ("sms_sent", "sms_failed"),
    "mails": ("mail_sent", "mail_failed"),
    "pushes": ("notifications_sent", "notifications_failed"),
}
"""The original's names (contract 5.9) for what went out and what did not; it sends no mails to diners."""


def _tell(duty: Duty, service: Service, end: Ended) -> None:
    sent, failed = _EVENTS[service]
    about = {"orderId": duty.order_id, "about": duty.about, "state": end.state, "tries": duty.tries}
    measures.count("messages", 1, {"service": service, "state": end.state})
    events.event(sent if end.state == "sent" else failed, about)


async def note_failure(
    app: App, service: Service, restaurant_id: str, location_id: ObjectId | str, outcome: str
) -> None:
    """Count in the location's list that something did not go out: one entry per service and hour."""
    now = app.clock.now()
    await attention_entries.count_one(
        app.db,
        "message",
        f"{service}:{location_id}:{now:%Y-%m-%dT%H}",
        restaurant_id=restaurant_id,
        location_id=location_id,
        reason=f"Some {service} did not go out, or perhaps did not: {outcome}.",
        at=now,
    )
