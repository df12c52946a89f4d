"""Previews that this process has just stored: a claim that follows need not read them.

Most diners place at once what they were shown, through the process that showed it. What is kept here may be old. So the
claim is a compare-and-set, and fails where somebody has moved the checkout meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bson import ObjectId

from shared.documents.checkouts import Checkout
from shared.documents.orders import Preview
from shared.store.mongo.client import Database

MAX_KEPT = 500

SURE_SECONDS = 0.25
"""A preview whose inserting took longer than this is not kept.

The preview is inserted before its checkout, and becomes durable with it, except in one case: the primary was lost
between the two inserts, and the driver repeated the second one on the next primary. No restart and no election is
faster than this.
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A preview and its checkout, as they were inserted."""

    checkout: Checkout
    preview: Preview


_kept: WeakKeyDictionary[Database, OrderedDict[ObjectId, Stored]] = WeakKeyDictionary()


def keep(db: Database, checkout: Checkout, preview: Preview, *, took: float) -> None:
    """Remember a preview that was stored just now. `took`: how long storing it took, in seconds."""
    if took > SURE_SECONDS:
        return
    kept = _kept.setdefault(db, OrderedDict())
    kept[preview.id] = Stored(checkout, preview)
    while len(kept) > MAX_KEPT:
        kept.popitem(last=False)


def take(db: Database, preview_id: ObjectId) -> Stored | None:
    """What was stored; only the first who asks gets it, because the claim that follows moves it."""
    kept = _kept.get(db)
    return kept.pop(preview_id, None) if kept is not None else None
