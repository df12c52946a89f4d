"""When a campaign gives its reward, and how much that is (contract 3.15, M8, rules 18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared.documents.places import Campaign
from shared.money import ZERO, Breakdown, Cents, breakdown, taxed

GIVES_NOTHING = ("bogo", "free_item")
"""Kinds that the original's app offers and nobody ever gave."""

MOST_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Dish:
    """A line of a cart as a campaign looks at it: its section, and what the whole line costs before tax."""

    category_id: str
    price: Cents


@dataclass(frozen=True, slots=True)
class Reward:
    """Cents off the taxed total. `lines`: the places of the lines that they are taken off; None: all together."""

    cents: Cents
    lines: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """What a campaign takes off a cart. `lines`: the places of the lines that it is taken off; None: all together."""

    campaign: Campaign
    amount: Cents
    lines: frozenset[int] | None = None


def is_running(campaign: Campaign, now: datetime) -> bool:
    """Whether an order placed `now` gets the reward: the campaign is on, within its dates, and not used up."""
    if not campaign.is_active:
        return False
    if campaign.starts_at is not None and now < campaign.starts_at:
        return False
    if campaign.ends_at is not None and now >= campaign.ends_at:
        return False
    return campaign.max_uses is None or campaign.uses < campaign.max_uses


def flat_off(campaign: Campaign) -> Cents:
    """The cents that a flat campaign takes off; 0 for one that gives percent, and for a kind that gives nothing.

    A campaign of another kind with `flatOffCents` alone is flat: the original looks at nothing else (contract 3.1).
    """
    if campaign.type in GIVES_NOTHING or percent_off(campaign):
        return ZERO
    return Cents(max(0, campaign.reward.flat_off_cents))


def percent_off(campaign: Campaign) -> int:
    """The percent that a campaign gives, 1 to 100; 0 for any other."""
    percent = campaign.reward.percent_off or 0
    return percent if campaign.type == "percent" and 1 <= percent <= MOST_PERCENT else 0


def reward_of(campaign: Campaign, dishes: Sequence[Dish], rate: Decimal) -> Reward:
    """What the campaign gives for these dishes, taxed at `rate` percent.

    Percent are taken of the chosen dishes together with their tax, which is rounded as on the bill; the result is
    rounded half up. It may be more than the bill comes to: then the bill is the limit.
    """
    percent = percent_off(campaign)
    if not percent:
        return Reward(flat_off(campaign))
    wanted = campaign.reward.category_ids
    chosen = [at for at, dish in enumerate(dishes) if wanted is None or dish.category_id in wanted]
    with_tax = taxed(Cents(sum(dishes[at].price for at in chosen)), rate)
    # Half up, in whole numbers.
    cents = (2 * with_tax * percent + 100) // 200
    return Reward(Cents(cents), None if wanted is None else frozenset(chosen))


def add_up(dishes: Sequence[Dish], rate: Decimal, campaign: Campaign | None) -> tuple[Breakdown, tuple[Discount, ...]]:
    """What dishes come to that are taxed at `rate` percent, and what is taken off. Never below zero."""
    reward = reward_of(campaign, dishes, rate) if campaign else Reward(ZERO)
    amounts = breakdown(Cents(sum(dish.price for dish in dishes)), rate, reward.cents)
    if campaign is None or not amounts.discount:
        return amounts, ()
    return amounts, (Discount(campaign, amounts.discount, reward.lines),)
