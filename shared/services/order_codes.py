"""Readable codes for orders, drawn before the placing transaction (checkout rules 5)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from weakref import WeakKeyDictionary

from bson import ObjectId

from shared.app import App
from shared.documents.places import Location
from shared.domain.opening_hours import local_day
from shared.ids import order_code
from shared.store import orders
from shared.store.client import Database

BLOCK = 8
"""How many numbers a process takes at a time, for a round trip in eight orders; what it does not use is a gap."""

MAX_KEPT = 500
_Key = tuple[ObjectId | str, str]
_blocks: WeakKeyDictionary[Database, OrderedDict[_Key, Iterator[int]]] = WeakKeyDictionary()


async def draw(app: App, location: Location, now: datetime) -> str:
    """The next code of the location's day; no other order of that day has it."""
    key = (location.id, local_day(location, now).isoformat())
    blocks = _blocks.setdefault(app.db, OrderedDict())
    number = next(blocks.get(key, iter(())), None)
    if number is None:
        first = await orders.take_numbers(app.db, *key, BLOCK, now)
        block = iter(range(first, first + BLOCK))
        number = next(block)
        # Another order may have taken a block meanwhile; the numbers left of it are gaps.
        blocks[key] = block
        blocks.move_to_end(key)
        while len(blocks) > MAX_KEPT:
            blocks.popitem(last=False)
    return order_code(number)
