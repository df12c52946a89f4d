"""The orders and previews of one person, in all restaurants or in one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from shared.domain.contact_texts import REGION
from shared.domain.countries import country_of
from shared.domain.persons import Person
from shared.store.mongo.client import Database
from shared.store.support import privacy
from shared.store.support.privacy import Where

Progress = Callable[[str, int, int], None]
"""Is told how far the work is: of what, how many, of how many in all."""

PLACES: tuple[Where, ...] = ("orders_preview", "orders")


@dataclass(frozen=True, slots=True)
class Named:
    """A document that names the person."""

    where: Where
    id: ObjectId
    restaurant_id: str


class _Places:
    """The countries of locations, each looked up once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, str] = {}

    async def country(self, location_id: Any) -> str:
        key = str(location_id)
        if key not in self._known:
            self._known[key] = country_of(await privacy.zone(self._db, location_id)) or REGION
        return self._known[key]


async def documents_of(
    db: Database, person: Person, progress: Progress, *, restaurant_id: str | None = None
) -> AsyncIterator[Named]:
    """Each order and each preview that names the person. It reads all orders, in pages."""
    places = _Places(db)
    for where in PLACES:
        total, done, after = await privacy.count(db, where), 0, None
        while found := await privacy.page(db, where, after):
            for row in found:
                here = str(row.get("restaurantId", ""))
                customer = row.get("customer")
                if restaurant_id not in (None, here) or not isinstance(customer, dict) or not person.may_be(customer):
                    continue
                if person.is_it(customer, await places.country(row.get("locationId"))):
                    yield Named(where, row["_id"], here)
            after = found[-1]["_id"]
            done += len(found)
            progress("previews" if where == "orders_preview" else "orders", done, total)
