"""The kitchen's screens, and which order each of them has shown (rules 22)."""

from __future__ import annotations

from bson import ObjectId
from pydantic import Field

from shared.documents.base import Document, Moment, StoredId, Text, TextOrNone, Texts, Whole

EXPO = "expo"
"""In the place of a station's id: the screen shows the whole location."""


class Screen(Document):
    """A screen that was seen lately; `id`: `<location>:<station>:<screen>`.

    `station_id`: a station's, or EXPO. `screen_id`: what its page calls itself. `user`: the name by which the live
    service knows its connections. `device_name`: None where a person has opened it.
    """

    id: str = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    station_id: Text = ""
    screen_id: Text = ""
    user: Text = ""
    device_name: TextOrNone = None
    seen_at: Moment = None
    purge_at: Moment = None


class LiveConnections(Document):
    """The open live connections of a person or a device with one feed; `id`: the live service's name of them.

    `open`: the ids of the last twenty; none: it is known that there is none.
    """

    id: str = Field(alias="_id")
    open: Texts = Field(default_factory=list)
    purge_at: Moment = None


class Draw(Document):
    """A screen has shown an order; `id`: `<order>:<station>:<screen>`. `at`: when it said so first. `seq`: the highest
    one of the order that it has shown."""

    id: str = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    order_id: ObjectId
    station_id: Text = ""
    screen_id: Text = ""
    seq: Whole = 0
    at: Moment = None
    purge_at: Moment = None
