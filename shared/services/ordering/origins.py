"""Which origin a cart comes from: the stored one counts, and a client's word for it is only a note."""

from __future__ import annotations

from shared.api.ordering import CartOrigin
from shared.app import App
from shared.domain.order_documents import OrderedFrom
from shared.errors import ORIGIN_INVALID, Problem
from shared.ids import stored_id
from shared.services.menu.catalog import Catalog
from shared.store import places

REFUSALS = (ORIGIN_INVALID,)

_NONE_SCANNED = ("", "web")
"""What existing clients send for an origin's id where no code was scanned (contract 7, V8)."""


async def of_cart(app: App, sells: Catalog, sent: CartOrigin, *, at_counter: bool) -> OrderedFrom:
    """The origin of a cart that is ordered at this location.

    One of the location's has its own label, whatever the client calls it. Where there is none, the client's text is a
    note. `at_counter`: staff typed it, so their word stands where they name no origin.
    Raises Problem (REFUSALS) for an origin of another location or restaurant.
    """
    told = (sent.name or "").strip()
    if sent.id is None or sent.id in _NONE_SCANNED:
        return OrderedFrom(name=told) if at_counter else OrderedFrom(note=told)
    key = str(stored_id(sent.id))
    label = sells.origins.get(key)
    if label is None:
        label = await _label(app, sells, sent.id)
    if label is not None:
        return OrderedFrom(key, label) if label else OrderedFrom(key, note=told)
    campaign = sells.campaigns.get(key)
    # A campaign has an origin of its name. Where that was removed, the campaign still tells whose it is.
    return OrderedFrom(key, campaign.name) if campaign is not None else OrderedFrom(note=told)


async def _label(app: App, sells: Catalog, origin_id: str) -> str | None:
    """The label of an origin that is not in the catalog; None where there is no such origin.

    It may be new, one of very many, or another location's.
    """
    found = await places.origin(app.db, stored_id(origin_id))
    if found is None:
        return None
    if (found.restaurant_id, found.location_id) != (sells.location.restaurant_id, sells.location.id):
        raise Problem(ORIGIN_INVALID, detail=[{"field": "origin.id", "message": ORIGIN_INVALID.message}])
    return found.label
