"""When a campaign gives its reward (contract 3.15, M8: the original never ends one)."""

from __future__ import annotations

from datetime import datetime

from shared.documents.places import Campaign


def is_running(campaign: Campaign, now: datetime) -> bool:
    """Whether an order placed `now` gets the reward: the campaign is on, within its dates, and not used up."""
    if not campaign.is_active:
        return False
    if campaign.starts_at is not None and now < campaign.starts_at:
        return False
    if campaign.ends_at is not None and now >= campaign.ends_at:
        return False
    return campaign.max_uses is None or campaign.uses < campaign.max_uses
