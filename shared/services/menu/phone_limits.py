"""How often one phone number has a campaign (rules 18). Only digests of numbers are stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from shared.app import App
from shared.documents.places import Campaign
from shared.settings import Settings
from shared.store import campaign_uses

FEWEST_DIGITS = 7
_US_DIGITS = 11


@dataclass(frozen=True, slots=True)
class PhoneUse:
    """One more use by one phone number. `key`: of its count. `limit`: how many there may be."""

    key: str
    limit: int


def use_of(app: App, campaign: Campaign, phone: str) -> PhoneUse | None:
    """What an order by this number counts as; None where the campaign has no such limit."""
    if campaign.per_phone is None:
        return None
    return PhoneUse(campaign_uses.count_id(campaign.id, digest(app, phone)), campaign.per_phone)


async def has_use_left(app: App, campaign: Campaign, phone: str) -> bool:
    """Whether an order by this number may have the campaign. Without a number nobody can tell, so it may not.

    It reads the database only for a campaign that has such a limit. The claim counts for good.
    """
    use = use_of(app, campaign, phone)
    if use is None:
        return True
    return len(_digits(phone)) >= FEWEST_DIGITS and await campaign_uses.used(app.db, use.key) < use.limit


def _digits(phone: str) -> str:
    digits = "".join(letter for letter in phone if letter.isascii() and letter.isdigit())
    return digits[1:] if len(digits) == _US_DIGITS and digits[0] == "1" else digits


def digest(app: App, phone: str) -> str:
    """How a number stands in its counts: its digits, without a 1 before ten of them."""
    return hashlib.blake2b(_digits(phone).encode(), key=_key(_secret(app.settings)), digest_size=16).hexdigest()


def _secret(settings: Settings) -> str:
    # The key that never changes, where there is one: with another key everybody could begin anew.
    return (settings.token_hash_key or settings.mongodb_uri).get_secret_value()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"phones of campaigns {secret}".encode()).digest()
