"""Phone numbers that texts go to: how one is read, and how it is told again without being kept (rules 24.1)."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from shared.app import App
from shared.domain.contact_texts import e164
from shared.domain.countries import country_of
from shared.settings import Settings


def read(app: App, typed: str, zone: str) -> str | None:
    """A number that somebody typed, as a text goes to it; None for none. One without a country code is of the country
    of the location, which its time zone tells."""
    return e164(typed, country_of(zone) or app.settings.default_country)


def key(app: App, number: str) -> str:
    """A digest of a number and of the one that our texts come from: STOP is said to a sender."""
    settings = app.settings
    both = f"{number} {settings.twilio_phone_number or ''}"
    return hashlib.blake2b(both.encode(), key=_key(_secret(settings)), digest_size=16).hexdigest()


def _secret(settings: Settings) -> str:
    # The key that never changes, where there is one: with another key, every STOP would be forgotten.
    return (settings.token_hash_key or settings.mongodb_uri).get_secret_value()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"numbers of texts {secret}".encode()).digest()
