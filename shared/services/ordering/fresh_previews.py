"""Previews that this process has stored and that nobody was seen to move: a claim that follows needs not read them.

Most diners place what they have just been shown, by the process that showed it. What is kept here is no truth: a claim
made on its word is a compare-and-set, which fails where anybody has moved the checkout since.
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
"""A preview is inserted before its checkout, and is durable with it but in one case: the database was lost between the
two, and the client repeated the second on what came after. No restart and no election takes less than this."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A preview and its checkout, as they were inserted."""

    checkout: Checkout
    preview: Preview


_kept: WeakKeyDictionary[Database, OrderedDict[ObjectId, Stored]] = WeakKeyDictionary()


def keep(db: Database, checkout: Checkout, preview: Preview, *, took: float) -> None:
    """Remember a preview that was stored just now, which `took` so many seconds; of more than MAX_KEPT the oldest are
    forgotten."""
    if took > SURE_SECONDS:
        return
    kept = _kept.setdefault(db, OrderedDict())
    kept[preview.id] = Stored(checkout, preview)
    while len(kept) > MAX_KEPT:
        kept.popitem(last=False)


def take(db: Database, preview_id: ObjectId) -> Stored | None:
    """What was stored, to whoever asks first: after that it is as likely moved as not."""
    kept = _kept.get(db)
    return kept.pop(preview_id, None) if kept is not None else None
