"""Which live connections of staff are open, as the live service tells it (rules 22; design, live status).

Diners' connections are let in at once and kept nowhere. One of staff is refused when its session, its person or its
device has ended since its URL was handed out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from shared.app import App
from shared.errors import INVALID_REQUEST, UNAUTHENTICATED, Problem
from shared.integrations import live_events
from shared.integrations.entra import EntraUnavailable
from shared.integrations.live_events import KEYS, LiveEvent
from shared.store import closings, connections

REFUSALS = (UNAUTHENTICATED, INVALID_REQUEST)

log = logging.getLogger("orderbuddy.connections")

_GROUPS = "webpubsub.group"
_MOST_GROUPS = 20


async def heard(app: App, headers: Mapping[str, str]) -> LiveEvent:
    """The event that a request tells of, once it is sure that the live service sent it.

    `headers`: their names in lower case. Raises Problem (REFUSALS), and EntraUnavailable.
    """
    settings = app.settings
    event = live_events.read(headers, settings.web_pubsub_hub)
    if settings.web_pubsub_connection_string is not None:
        genuine = live_events.is_signed(settings, headers.get("ce-connectionid", ""), headers.get("ce-signature", ""))
    else:
        genuine = await _shows_token(app, headers.get("authorization", ""))
    if not genuine:
        raise Problem(UNAUTHENTICATED)
    if event is None:
        raise Problem(INVALID_REQUEST, "This is no event of a connection to this hub.")
    return event


async def _shows_token(app: App, authorization: str) -> bool:
    wanted = live_events.wanted_token(app.settings)
    scheme, _, token = authorization.partition(" ")
    if wanted is None or scheme.lower() != "bearer":
        return False
    return await app.memory[KEYS].is_good(token.strip(), wanted, app.clock.now())


async def follow(app: App, event: LiveEvent, body: Mapping[str, Any]) -> None:
    """Let a connection in, or write down that it is there or gone. Raises Problem UNAUTHENTICATED for one whose right
    to it has ended."""
    if not event.user:
        return
    match event.kind:
        case "connect":
            if await closings.any_of(app.db, _groups(body)):
                raise Problem(UNAUTHENTICATED)
        case "connected":
            await connections.opened(app.db, event.user, event.connection_id, app.clock.now())
        case "disconnected":
            await connections.closed(app.db, event.user, event.connection_id, app.clock.now())


def _groups(body: Mapping[str, Any]) -> Sequence[str]:
    """The groups that a connecting client's token names."""
    claims = body.get("claims")
    named = claims.get(_GROUPS) if isinstance(claims, Mapping) else None
    listed = named if isinstance(named, list) else [named]
    return [group for group in listed if isinstance(group, str)][:_MOST_GROUPS]


__all__ = ["REFUSALS", "EntraUnavailable", "follow", "heard"]
