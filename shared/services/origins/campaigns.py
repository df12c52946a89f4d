"""A location's campaigns: the list, what came of one, and making one with its code (contract 42 to 44, rules 18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bson import ObjectId

from shared.api import campaigns as api
from shared.app import App
from shared.documents.places import Campaign, StoredCampaign
from shared.domain import cursors
from shared.domain.business_days import MIDNIGHT, day_bounds
from shared.domain.campaigns import flat_off, percent_off
from shared.domain.roles import Actor
from shared.errors import (
    CAMPAIGN_NOT_FOUND,
    INVALID_REQUEST,
    LOCATION_NOT_FOUND,
    TOO_MANY_OF_THEM,
    Problem,
)
from shared.ids import new_id, stored_id
from shared.services.menu import catalog
from shared.services.origins import making
from shared.services.trail import writing as trail
from shared.store import campaigns, origins
from shared.store.mongo.client import Session

REFUSALS = cursors.REFUSALS
LIMIT_REFUSALS = (INVALID_REQUEST, TOO_MANY_OF_THEM)
"""Of what a campaign's days and numbers cannot be."""

SUMMARY_REFUSALS = (CAMPAIGN_NOT_FOUND,)
CREATE_REFUSALS = (*making.REFUSALS, *catalog.REFUSALS, *LIMIT_REFUSALS, LOCATION_NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Listed:
    """Campaigns; `next`: where older ones are, if there are any."""

    campaigns: list[api.Campaign]
    next: str | None


async def listed(app: App, restaurant_id: str, location_id: str, *, limit: int, after: str | None) -> Listed:
    """A location's campaigns, the newest first. Raises Problem (REFUSALS)."""
    here = (restaurant_id, stored_id(location_id))
    found = await campaigns.of_location(app.db, *here, limit=limit, after=_place(after))
    more = len(found) > limit
    return Listed([show(one) for one in found[:limit]], _after(found[limit - 1]) if more else None)


def _place(after: str | None) -> tuple[datetime, ObjectId] | None:
    if after is None:
        return None
    at, key = cursors.parts_of(after, (datetime, ObjectId))
    return (at, key) if isinstance(at, datetime) and isinstance(key, ObjectId) else None


def _after(last: StoredCampaign) -> str | None:
    # Imported rows may lack either; the list ends there.
    if last.created_at is None or not isinstance(last.id, ObjectId):
        return None
    return cursors.cursor(last.created_at, last.id)


async def summary(app: App, restaurant_id: str, location_id: str, campaign_id: str) -> api.CampaignSummary:
    """What the orders by a campaign's code came to. Raises Problem (SUMMARY_REFUSALS)."""
    here = (restaurant_id, stored_id(location_id))
    found = await campaigns.one(app.db, *here, stored_id(campaign_id))
    if found is None:
        raise Problem(CAMPAIGN_NOT_FOUND)
    sums = await campaigns.summary(app.db, *here, str(found.origin_id))
    return api.CampaignSummary(
        total_orders=sums.orders,
        gross_sales_cents=sums.total,
        total_customers=sums.customers,
        avg_order_value_cents=(2 * sums.total + sums.orders) // (2 * sums.orders) if sums.orders else 0,
    )


async def create(
    app: App, actor: Actor, restaurant_id: str, location_id: str, wanted: api.NewCampaign, *, request_id: str
) -> api.Campaign:
    """Make a campaign, and its code in the same transaction. Raises Problem (CREATE_REFUSALS)."""
    here = (restaurant_id, stored_id(location_id))
    place = await origins.styled(app.db, *here)
    if place is None:
        raise Problem(LOCATION_NOT_FOUND)
    reward = _reward(wanted)
    await _refuse_unknown_sections(app, restaurant_id, location_id, wanted.reward)
    name, now = wanted.name.strip(), app.clock.now()
    [origin] = await making.draw(app, here, [name], "campaign")
    document: dict[str, Any] = {
        "_id": new_id(),
        "restaurantId": restaurant_id,
        "locationId": here[1],
        "originId": origin["_id"],
        "name": name,
        "type": wanted.type,
        "reward": reward,
        "isActive": wanted.is_active,
        "maxUses": wanted.max_uses,
        "perPhone": wanted.per_phone,
        "uses": 0,
        **days(wanted.starts_on, wanted.ends_on, place.timezone),
        "createdAt": now,
        "updatedAt": now,
        "version": 0,
    }
    refuse_backwards(document["startsAt"], document["endsAt"])

    async def body(session: Session) -> None:
        if await campaigns.count(app.db, *here, session) >= campaigns.MAX_OF_LOCATION:
            raise Problem(TOO_MANY_OF_THEM)
        if wanted.is_active:
            await refuse_too_many_running(app, here, session)
        await making.insert(app, here, [origin], session)
        await campaigns.insert(app.db, document, session)
        kept = ("name", "type", "reward", "isActive", "maxUses", "perPhone", "startsAt", "endsAt", "originId")
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here[1],
            action="campaign.created",
            target=("campaign", document["_id"]),
            after={**{field: document[field] for field in kept}, "qrCodeId": origin["qrCodeId"]},
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)
    catalog.forget(app, *here)
    return show(StoredCampaign.model_validate(document))


def _reward(wanted: api.NewCampaign) -> dict[str, Any]:
    """The reward as it is stored. Raises Problem INVALID_REQUEST.

    A percent campaign may give cents alone: the original's app makes such ones, and they are flat (contract 3.1).
    """
    reward = wanted.reward
    if (reward.flat_off_cents is None) == (reward.percent_off is None):
        raise wrong("reward", "Say how many cents are taken off, or how many percent.")
    if reward.percent_off is None and reward.category_ids is not None:
        raise wrong("reward.categoryIds", "Only percent are given of some sections.")
    if reward.percent_off is not None and wanted.type != "percent":
        raise wrong("reward.percentOff", "Only a percent campaign gives percent.")
    return reward.model_dump(by_alias=True, exclude_none=True)


async def _refuse_unknown_sections(app: App, restaurant_id: str, location_id: str, reward: api.NewReward) -> None:
    if reward.category_ids is None:
        return
    sells = await catalog.of_location(app, restaurant_id, location_id)
    known = {category.id for menu in sells.menus for category in menu.categories}
    for at, category_id in enumerate(reward.category_ids):
        if category_id not in known:
            raise wrong(f"reward.categoryIds.{at}", "No menu of this location has such a section.")


def days(first: date | None, last: date | None, timezone: str) -> dict[str, datetime | None]:
    """When a campaign begins and ends that runs on these days of its location, as it is stored."""
    return {
        "startsAt": day_bounds(timezone, MIDNIGHT, first)[0] if first else None,
        "endsAt": day_bounds(timezone, MIDNIGHT, last)[1] if last else None,
    }


def refuse_backwards(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Raises Problem INVALID_REQUEST for a campaign that ends before it begins."""
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise wrong("endsOn", "A campaign does not end before it begins.")


async def refuse_too_many_running(app: App, here: making.Here, session: Session) -> None:
    """Raises Problem TOO_MANY_OF_THEM where no other campaign may be on."""
    if await campaigns.count(app.db, *here, session, running=True) >= campaigns.MAX_RUNNING:
        raise Problem(TOO_MANY_OF_THEM)


def wrong(field: str, message: str) -> Problem:
    """A field of the body that cannot be."""
    sentence = f"{field}: {message}" if field else message
    return Problem(INVALID_REQUEST, sentence, detail=[{"field": field, "message": message}])


def show(campaign: StoredCampaign) -> api.Campaign:
    """A campaign as an answer."""
    return api.Campaign(
        _id=str(campaign.id),
        restaurant_id=campaign.restaurant_id,
        location_id=str(campaign.location_id),
        origin_id=str(campaign.origin_id),
        name=campaign.name,
        type=campaign.type,
        reward=_shown_reward(campaign),
        is_active=campaign.is_active,
        max_uses=campaign.max_uses,
        per_phone=campaign.per_phone,
        uses=max(0, campaign.uses),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        created_at=campaign.created_at,
        updated_at=campaign.updated_at,
    )


def _shown_reward(campaign: Campaign) -> api.Reward:
    percent = percent_off(campaign)
    return api.Reward(
        flat_off_cents=flat_off(campaign),
        percent_off=percent or None,
        category_ids=campaign.reward.category_ids if percent else None,
    )
