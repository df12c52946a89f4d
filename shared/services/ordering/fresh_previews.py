"""Previews that this process has just stored: a claim that follows need not read them.

Most diners place at once what they were shown, through the process that showed it. What is kept here may be old. So the
claim is a compare-and-set, and fails where somebody has moved the checkout meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Preview
from shared.memory.recent import Recent
from shared.memory.slots import Slot

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


STORED: Slot[Recent[ObjectId, Stored]] = Slot(lambda: Recent(MAX_KEPT))


def keep(app: App, checkout: Checkout, preview: Preview, *, took: float) -> None:
    """Remember a preview that was stored just now. `took`: how long storing it took, in seconds."""
    if took <= SURE_SECONDS:
        app.memory[STORED].put(preview.id, Stored(checkout, preview))


def look(app: App, preview_id: ObjectId) -> Stored | None:
    """What was stored, and stays here for the claim."""
    return app.memory[STORED].get(preview_id)


def take(app: App, preview_id: ObjectId) -> Stored | None:
    """What was stored; only the first who asks gets it, because the claim that follows moves it."""
    return app.memory[STORED].pop(preview_id)
