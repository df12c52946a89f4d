"""The orders and previews of one person, and those of others that name them, in all restaurants or in one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from shared.domain.contact_texts import REGION
from shared.domain.countries import country_of
from shared.domain.persons import Person, names_nobody, written_in
from shared.store.mongo.client import Database
from shared.store.support import privacy
from shared.store.support.privacy import Where

Progress = Callable[[str, int, int], None]
"""Is told how far the work is: of what, how many, of how many in all."""

PLACES: tuple[Where, ...] = ("orders_preview", "orders")


@dataclass(frozen=True, slots=True)
class Named:
    """A document that names the person. `mentioned`: it is somebody else's, and says their number or address in what
    people wrote."""

    where: Where
    id: ObjectId
    restaurant_id: str
    mentioned: bool = False


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
                mentioned = None if restaurant_id not in (None, here) else await _mentioned(person, row, places)
                if mentioned is not None:
                    yield Named(where, row["_id"], here, mentioned)
            after = found[-1]["_id"]
            done += len(found)
            progress("previews" if where == "orders_preview" else "orders", done, total)


async def _mentioned(person: Person, row: Mapping[str, Any], places: _Places) -> bool | None:
    """False for a document of the person's own, True for somebody else's that names them, None for all others."""
    customer = row.get("customer")
    customer = customer if isinstance(customer, dict) else {}
    texts, may_be = written_in(row), person.may_be(customer)
    if not may_be and not person.may_stand_in(texts):
        return None
    country = await places.country(row.get("locationId"))
    if may_be and person.is_it(customer, country):
        return False
    return not names_nobody(customer) if person.stands_in(texts, country) else None
