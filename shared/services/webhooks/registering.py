"""A restaurant's webhooks, as its owners make and change them (rules 21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.api import webhooks as api
from shared.app import App
from shared.documents.webhooks import Webhook
from shared.domain import versions
from shared.domain.roles import Actor
from shared.domain.webhook_addresses import AddressError, parsed
from shared.domain.webhook_signatures import new_secret
from shared.errors import INVALID_REQUEST, TOO_MANY_OF_THEM, WEBHOOK_NOT_FOUND, Problem
from shared.ids import new_id, stored_id
from shared.services.trail import writing as trail
from shared.services.webhooks import secrets
from shared.services.webhooks.taking import KNOWN
from shared.store import places, webhook_deliveries, webhook_events, webhooks
from shared.store import trail as trails
from shared.store.mongo.client import Session
from shared.store.support import attention_entries

CREATE_REFUSALS = (INVALID_REQUEST, TOO_MANY_OF_THEM, *secrets.REFUSALS)
CHANGE_REFUSALS = (INVALID_REQUEST, WEBHOOK_NOT_FOUND, *versions.REFUSALS)
DELETE_REFUSALS = (WEBHOOK_NOT_FOUND,)
ROTATE_REFUSALS = (WEBHOOK_NOT_FOUND, *secrets.REFUSALS)

_HEALTH = ("failingSince", "pausedAt")


async def listed(app: App, restaurant_id: str) -> list[api.Webhook]:
    """A restaurant's webhooks, the oldest first."""
    now = app.clock.now()
    return [shown(one, now) for one in await webhooks.of_restaurant(app.db, restaurant_id)]


async def create(
    app: App, actor: Actor, restaurant_id: str, wanted: api.NewWebhook, *, request_id: str
) -> api.MadeWebhook:
    """Make a webhook; events from now on go there. Raises Problem (CREATE_REFUSALS)."""
    _check_url(app, wanted.url)
    locations = await _locations(app, restaurant_id, wanted.location_ids)
    now, key, text = app.clock.now(), new_id(), new_secret()
    made = Webhook(
        id=key,
        restaurant_id=restaurant_id,
        url=wanted.url,
        events=_events(wanted.events),
        location_ids=locations,
        keys=[secrets.sealed(app, key, text, now).model_dump(by_alias=True)],
        is_active=wanted.is_active,
        made_by=actor.id,
        created_at=now,
        updated_at=now,
    )

    async def body(session: Session) -> None:
        others = await webhooks.of_restaurant(app.db, restaurant_id, session)
        if len(others) >= webhooks.MAX_OF_RESTAURANT:
            raise Problem(TOO_MANY_OF_THEM)
        if not others:
            last = await trails.head(app.db, restaurant_id, session)
            await webhook_events.begin(app.db, restaurant_id, now, last, session)
        await webhooks.insert(app.db, _document(made), session)
        await _leave(app, session, actor, "webhook.created", after=made, request_id=request_id)

    await trail.changing(app, restaurant_id, body)
    app.memory[KNOWN].restaurants.add(restaurant_id)
    return api.MadeWebhook(**shown(made, now).model_dump(), secret=text)


async def change(
    app: App,
    actor: Actor,
    place: tuple[str, str],
    wanted: api.ChangeWebhook,
    *,
    request_id: str,
    if_match: int | None = None,
) -> tuple[api.Webhook, int]:
    """Change a webhook, and return it with its version. `place`: the restaurant's id and the webhook's.

    Switched on, or sent elsewhere, it begins anew: what waits is due at once. Raises Problem (CHANGE_REFUSALS).
    """
    restaurant_id, webhook_id = place
    if wanted.url is not None:
        _check_url(app, wanted.url)
    fields = await _fields(app, restaurant_id, wanted)

    async def body(session: Session) -> Webhook:
        before = await _the(app, restaurant_id, webhook_id, session)
        versions.hold(before.version, if_match)
        after = before.model_copy(update=fields)
        if _told(before) == _told(after):
            return before
        now = app.clock.now()
        after = after.model_copy(update={"updated_at": now, "version": before.version + 1})
        more, unset = _queue_after(before, after, now)
        if after.is_active and (not before.is_active or after.url != before.url):
            after = after.model_copy(update={"failures": 0, "failing_since": None, "paused_at": None})
            await attention_entries.end(app.db, f"webhook:{before.id}", now, session)
        stored = Webhook.model_dump(after, by_alias=True, include={*fields, "updated_at"})
        await webhooks.change(app.db, before.id, {**stored, **more}, session, unset=unset)
        await _leave(app, session, actor, "webhook.changed", before=before, after=after, request_id=request_id)
        return after

    after = await trail.changing(app, restaurant_id, body)
    return shown(after, app.clock.now()), after.version


async def delete(app: App, actor: Actor, restaurant_id: str, webhook_id: str, *, request_id: str) -> None:
    """Delete a webhook, and what waits to be sent to it. Raises Problem (DELETE_REFUSALS)."""

    async def body(session: Session) -> None:
        found = await _the(app, restaurant_id, webhook_id, session)
        others = await webhooks.of_restaurant(app.db, restaurant_id, session)
        await webhooks.delete(app.db, found.id, session)
        await webhook_deliveries.drop(app.db, found.id, session)
        await attention_entries.end(app.db, f"webhook:{found.id}", app.clock.now(), session)
        if len(others) == 1:
            await webhook_events.end(app.db, restaurant_id, session)
        await _leave(app, session, actor, "webhook.deleted", before=found, request_id=request_id)

    await trail.changing(app, restaurant_id, body)


async def rotate(app: App, actor: Actor, restaurant_id: str, webhook_id: str, *, request_id: str) -> api.NewSecret:
    """The next secret; the one before is good for a day more. Raises Problem (ROTATE_REFUSALS)."""
    text = new_secret()

    async def body(session: Session) -> Webhook:
        before = await _the(app, restaurant_id, webhook_id, session)
        now = app.clock.now()
        kept = secrets.replaced(before, secrets.sealed(app, before.id, text, now), now)
        after = before.model_copy(update={"keys": kept, "updated_at": now})
        rows = [one.model_dump(by_alias=True, exclude_none=True) for one in kept]
        await webhooks.change(app.db, before.id, {"keys": rows, "updatedAt": now}, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            action="webhook.secret_rotated",
            target=("webhook", before.id),
            before={"secret": "old"},
            after={"secret": "new"},
            request_id=request_id,
        )
        return after

    after = await trail.changing(app, restaurant_id, body)
    until = shown(after, app.clock.now()).old_secret_until
    assert until is not None
    return api.NewSecret(secret=text, old_secret_until=until)


async def _the(app: App, restaurant_id: str, webhook_id: str, session: Session | None = None) -> Webhook:
    found = await webhooks.one(app.db, restaurant_id, stored_id(webhook_id), session)
    if found is None:
        raise Problem(WEBHOOK_NOT_FOUND)
    return found


def shown(webhook: Webhook, now: datetime) -> api.Webhook:
    """A webhook as its owners see it, without its secrets."""
    old = [one.until for one in secrets.good(webhook, now) if one.until is not None]
    return api.Webhook(
        webhook_id=str(webhook.id),
        url=webhook.url,
        events=webhook.events,
        location_ids=webhook.location_ids,
        is_active=webhook.is_active,
        failing_since=webhook.failing_since,
        failures=webhook.failures,
        paused_at=webhook.paused_at,
        last_success_at=webhook.last_success_at,
        old_secret_until=max(old, default=None),
        created_at=webhook.created_at,
        updated_at=webhook.updated_at,
    )


def _check_url(app: App, url: str) -> None:
    try:
        parsed(url, this_machine=app.settings.webhooks_to_this_machine)
    except AddressError as error:
        raise Problem(INVALID_REQUEST, f"url: {error}", detail=[{"field": "url", "message": str(error)}]) from None


async def _locations(app: App, restaurant_id: str, sent: Sequence[str] | None) -> list[str] | None:
    """The locations that a body names; None for all. Raises Problem INVALID_REQUEST for one of another restaurant."""
    if sent is None:
        return None
    found = await places.locations_among(app.db, restaurant_id, sent)
    foreign = [index for index, each in enumerate(sent) if str(stored_id(each)) not in found]
    if foreign:
        message = "This is no location of the restaurant."
        raise Problem(
            INVALID_REQUEST,
            f"locationIds.{foreign[0]}: {message}",
            detail=[{"field": f"locationIds.{index}", "message": message} for index in foreign],
        )
    return sorted(found)


def _events(wanted: Sequence[str] | None) -> list[str] | None:
    return None if wanted is None else list(dict.fromkeys(wanted))


async def _fields(app: App, restaurant_id: str, wanted: api.ChangeWebhook) -> dict[str, Any]:
    """What a body changes, by the names of the document's class."""
    named = wanted.model_fields_set
    fields: dict[str, Any] = {}
    if wanted.url is not None:
        fields["url"] = wanted.url
    if wanted.is_active is not None:
        fields["is_active"] = wanted.is_active
    if "events" in named:
        fields["events"] = _events(wanted.events)
    if "location_ids" in named:
        fields["location_ids"] = await _locations(app, restaurant_id, wanted.location_ids)
    return fields


def _queue_after(before: Webhook, after: Webhook, now: datetime) -> tuple[dict[str, Any], list[str]]:
    """What a change does to its queue: the fields to set, and those to unset."""
    if not after.is_active:
        return {}, ["dueAt"] if before.is_active else []
    if before.is_active and after.url == before.url:
        return {}, []
    return {"dueAt": now, "queued": before.queued + 1, "failures": 0, "isProven": False}, [*_HEALTH]


def _document(made: Webhook) -> dict[str, Any]:
    fields = {"id", "restaurant_id", "url", "events", "location_ids", "is_active", "made_by", "created_at"}
    rows = [one.model_dump(by_alias=True, exclude_none=True) for one in made.keys]
    told = made.model_dump(by_alias=True, include={*fields, "updated_at", "version", "queued", "is_proven"})
    return {**told, "keys": rows}


def _told(webhook: Webhook) -> dict[str, object]:
    return {
        "url": webhook.url,
        "events": webhook.events,
        "locationIds": webhook.location_ids,
        "isActive": webhook.is_active,
    }


async def _leave(
    app: App,
    session: Session,
    actor: Actor,
    action: str,
    *,
    before: Webhook | None = None,
    after: Webhook | None = None,
    request_id: str,
) -> None:
    whose = after or before
    assert whose is not None
    await trail.leave(
        app,
        session,
        actor,
        restaurant_id=whose.restaurant_id,
        action=action,
        target=("webhook", whose.id),
        before=None if before is None else _told(before),
        after=None if after is None else _told(after),
        request_id=request_id,
    )
