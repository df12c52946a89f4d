"""The campaigns of a location (contract 42 to 44, rules 18)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df
from pydantic import BaseModel, Field

from shared.api import campaigns as api
from shared.domain.cursors import MAX_CURSOR, PATTERN
from shared.services.origins import campaign_changes, campaigns
from shared.services.origins.campaign_changes import Target
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()

_CAMPAIGNS = "campaign/restaurant/{restaurantId}/location/{locationId}"
_MANAGER = staff_here(least="manager")


class Page(BaseModel):
    """Which campaigns, the newest first."""

    limit: int = Field(1000, ge=1, le=1000, description="How many campaigns at most.")
    after: str | None = Field(
        None, max_length=MAX_CURSOR, pattern=PATTERN, description="The `x-next` of the answer before."
    )


def _target(call: Call[Any]) -> Target:
    path = call.path
    return Target(*call.place, path["campaignId"], call.if_match)


@endpoint(bp, "POST", _CAMPAIGNS, allow=_MANAGER, status=201, errors=campaigns.CREATE_REFUSALS)
async def create(call: Call[api.NewCampaign]) -> api.Campaign:
    """Make a campaign with a code of its own: cents off, or percent (contract 42)."""
    return await campaigns.create(call.app, call.actor, *call.place, call.body, request_id=call.request_id)


@endpoint(bp, "GET", _CAMPAIGNS, allow=staff_here(least="kitchen"), errors=campaigns.REFUSALS)
async def listed(call: Call[None, Page]) -> Reply[list[api.Campaign]]:
    """The location's campaigns, the newest first (contract 43).

    Where there are more, `x-truncated` is `true`, and `x-next` says where older ones are.
    """
    query = call.query
    found = await campaigns.listed(call.app, *call.place, limit=query.limit, after=query.after)
    headers = {} if found.next is None else {"x-truncated": "true", "x-next": found.next}
    return Reply(found.campaigns, headers=headers)


@endpoint(bp, "GET", _CAMPAIGNS + "/{campaignId}/summary", allow=_MANAGER, errors=campaigns.SUMMARY_REFUSALS)
async def summary(call: Call[None]) -> api.CampaignSummary:
    """What the orders by a campaign's code came to (contract 44)."""
    path = call.path
    return await campaigns.summary(call.app, *call.place, path["campaignId"])


@endpoint(
    bp, "PATCH", _CAMPAIGNS + "/{campaignId}", allow=_MANAGER, errors=campaign_changes.CHANGE_REFUSALS, versioned=True
)
async def change(call: Call[api.CampaignChange]) -> Reply[Data[api.Campaign]]:
    """Change a campaign's name or its limits, or switch it on or off."""
    changed = await campaign_changes.change(call.app, call.actor, _target(call), call.body, request_id=call.request_id)
    return tagged(changed.campaign, changed.version)


@endpoint(
    bp, "DELETE", _CAMPAIGNS + "/{campaignId}", allow=_MANAGER, errors=campaign_changes.DELETE_REFUSALS, versioned=True
)
async def delete(call: Call[None]) -> Data[bool]:
    """Delete a campaign that no order had; its code stays, and leads to the menu."""
    await campaign_changes.delete(call.app, call.actor, _target(call), request_id=call.request_id)
    return Data(data=True)
