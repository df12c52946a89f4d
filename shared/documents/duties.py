"""What a change of an order, or of a menu, leaves to be done later."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from bson import ObjectId
from pydantic import BeforeValidator, Field

from shared.documents.base import Document, Flag, Moment, StoredId, Text, TextOrNone, TextsOrNone, Whole

_IdOrNone = Annotated[StoredId | None, BeforeValidator(lambda value: value or None)]


class Duty(Document):
    """One thing to do at `next_at`, or, once somebody has claimed it, to be tried again then.

    `id`: `<kind>:<what it is about>`. It is about an order (`order_id`), or about a location and, where they are there,
    a menu and an item of it. `state`: due, claimed, or one of its ends: done; dropped, where there is nothing left to
    be done; of messages sent, given_up or doubtful. `run`: the claim that goes on. `left`: an earlier claim did not
    finish. `next_at` and `purge_at` are absent where they do not hold. `trace`: as the order has it.

    Of a message (rules 24.1): `about`: the kind of the row that it tells of, and `seq` that row's. `to`: which of a
    location's alert numbers, or "". `since`: when what it tells of happened. `outcome`: why it ended so, in a few
    words. `provider_id`: the id that the service gave it. `delivery`: what the service said later of it. `remaining`:
    of a push to several, the ids of those who are still to get it; absent while that is all.
    """

    id: str = Field(alias="_id")
    order_id: ObjectId | None = None
    restaurant_id: Text = ""
    location_id: _IdOrNone = None
    menu_id: _IdOrNone = None
    item_id: Text = ""
    kind: Text = ""
    state: Text = ""
    tries: Whole = 0
    run: Text = ""
    left: Flag = False
    about: Text = ""
    seq: Whole = 0
    to: Text = ""
    since: Moment = None
    outcome: Text = ""
    provider_id: Text = ""
    remaining: TextsOrNone = None
    delivery: Text = ""
    claimed_at: Moment = None
    next_at: Moment = None
    purge_at: Moment = None
    trace: TextOrNone = None


MENU_CHANGED = "menu_changed"
"""The kind of the duty to tell diners of a changed menu."""

PACE_CHANGED = "pace_changed"
"""The kind of the duty to tell screens how long orders take, or that they are paused."""

TOLD_AFTER = timedelta(seconds=1)
"""How long after the change it is told: every process may answer with the menu of a second ago, and whoever hears of a
change reads the menu at once."""

OPEN_STATES = ("due", "claimed")
"""The states of a duty that is still to be done."""
