"""A restaurant's webhooks: its own systems are told what happens (rules 21)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df
from pydantic import BaseModel, ConfigDict, Field

from shared.api import webhooks as api
from shared.domain.cursors import MAX_CURSOR
from shared.domain.roles import Actor
from shared.services.webhooks import log, registering
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()

_OWNER = staff_of(in_path("restaurantId"), least="owner")
_WEBHOOKS = "restaurant/{restaurantId}/webhooks"
_ONE = _WEBHOOKS + "/{webhookId}"


class PageQuery(BaseModel):
    """Where a list goes on, and how many rows it gives."""

    model_config = ConfigDict(populate_by_name=True)

    after: str | None = Field(
        None, max_length=MAX_CURSOR, pattern=r"^[A-Za-z0-9_-]*$", description="The `next` of the page before."
    )
    limit: int = Field(50, ge=1, le=200, description="How many rows at most.")


def _actor(call: Call[Any, Any]) -> Actor:
    return call.actor


@endpoint(bp, "POST", _WEBHOOKS, allow=_OWNER, status=201, errors=registering.CREATE_REFUSALS)
async def create(call: Call[api.NewWebhook]) -> Data[api.MadeWebhook]:
    """Have an address told of what happens; 20 at most. The answer holds the secret, this once."""
    path = call.path
    return Data(
        data=await registering.create(
            call.app, _actor(call), path["restaurantId"], call.body, request_id=call.request_id
        )
    )


@endpoint(bp, "GET", _WEBHOOKS, allow=_OWNER)
async def listed(call: Call[None]) -> Data[list[api.Webhook]]:
    """The restaurant's webhooks, the oldest first, and how they do."""
    return Data(data=await registering.listed(call.app, call.path["restaurantId"]))


@endpoint(bp, "PATCH", _ONE, allow=_OWNER, errors=registering.CHANGE_REFUSALS, versioned=True)
async def change(call: Call[api.ChangeWebhook]) -> Reply[Data[api.Webhook]]:
    """Change a webhook, or switch it off and on."""
    path = call.path
    changed, version = await registering.change(
        call.app,
        _actor(call),
        (path["restaurantId"], path["webhookId"]),
        call.body,
        request_id=call.request_id,
        if_match=call.if_match,
    )
    return tagged(changed, version)


@endpoint(bp, "DELETE", _ONE, allow=_OWNER, errors=registering.DELETE_REFUSALS)
async def delete(call: Call[None]) -> Data[bool]:
    """Delete a webhook, and what waits to be sent to it."""
    path = call.path
    await registering.delete(
        call.app, _actor(call), path["restaurantId"], path["webhookId"], request_id=call.request_id
    )
    return Data(data=True)


@endpoint(bp, "POST", _ONE + "/secret", allow=_OWNER, errors=registering.ROTATE_REFUSALS)
async def rotate_secret(call: Call[None]) -> Data[api.NewSecret]:
    """The next secret, told this once; the one before is good for 24 hours more."""
    path = call.path
    return Data(
        data=await registering.rotate(
            call.app, _actor(call), path["restaurantId"], path["webhookId"], request_id=call.request_id
        )
    )


@endpoint(bp, "POST", _ONE + "/test", allow=_OWNER, errors=log.TEST_REFUSALS)
async def send_test(call: Call[None]) -> Data[api.Delivery]:
    """Send a test, once and now; the answer says how it went."""
    path = call.path
    return Data(
        data=await log.send_test(
            call.app, _actor(call), path["restaurantId"], path["webhookId"], request_id=call.request_id
        )
    )


@endpoint(bp, "GET", _ONE + "/deliveries", allow=_OWNER, errors=log.LOG_REFUSALS)
async def deliveries(call: Call[None, PageQuery]) -> api.DeliveryPage:
    """What was sent to a webhook in the last 30 days, the newest first."""
    path, query = call.path, call.query
    return await log.deliveries(call.app, path["restaurantId"], path["webhookId"], after=query.after, limit=query.limit)


@endpoint(bp, "POST", _ONE + "/deliveries/{deliveryId}/again", allow=_OWNER, errors=log.AGAIN_REFUSALS)
async def send_again(call: Call[None]) -> Data[api.Delivery]:
    """Send something again, now; the answer says how it went."""
    path = call.path
    place = path["restaurantId"], path["webhookId"], path["deliveryId"]
    return Data(data=await log.send_again(call.app, _actor(call), place, request_id=call.request_id))


@endpoint(bp, "GET", _WEBHOOKS + "/events", allow=_OWNER)
async def events(call: Call[None, PageQuery]) -> api.EventPage:
    """Every event of the last 30 days in its order, also those that did not arrive; ask again with `next`."""
    query = call.query
    return await log.events(call.app, call.path["restaurantId"], after=query.after, limit=query.limit)
