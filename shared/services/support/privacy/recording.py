"""That somebody was erased is written down, and not who: by digests under the deployment's own key (rules 24.6)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from shared.app import App
from shared.documents.erasures import Erasure
from shared.domain.persons import Person
from shared.store import erasures

_RUN_BYTES = 8


async def begin(app: App, person: Person, restaurant_id: str) -> str:
    """Write down that an erasure begins; returns its id. One of the same person that was stopped goes on."""
    mine = digests(app, person)
    there = await erasures.unfinished(app.db, mine, restaurant_id)
    if there is not None:
        return there.id
    made = Erasure(
        id=secrets.token_hex(_RUN_BYTES), digests=list(mine), restaurant_id=restaurant_id, at=app.clock.now()
    )
    await erasures.begin(app.db, made)
    return made.id


async def end(app: App, run: str, orders: int, previews: int, restaurants: int) -> None:
    """Write down that it is finished."""
    await erasures.end(app.db, run, app.clock.now(), orders=orders, previews=previews, restaurants=restaurants)


def digests(app: App, person: Person) -> Sequence[str]:
    """How a person stands there. Without the key nobody can find them by trying all numbers."""
    key = (app.settings.token_hash_key or app.settings.mongodb_uri).get_secret_value().encode()
    known = [one for one in (person.phone, person.email) if one]
    return [hmac.new(key, f"erased {one}".encode(), hashlib.sha256).hexdigest() for one in known]
