"""Who signs in (contract 2.7, rules 11)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.documents.base import Document, Moment, Rows, StoredId, Text, TextOrNone, Texts, TextsOrNone


class StoredMembership(Document):
    """What a person may do in one restaurant. `location_ids` null: in all locations; absent: in none."""

    restaurant_id: Text = ""
    role: Text = ""
    location_ids: TextsOrNone = Field(default_factory=list)


class User(Document):
    """A person with an account. `restaurants` is what the original reads and writes, `memberships` what counts here.
    Both are always written together."""

    id: StoredId = Field(alias="_id")
    user_id: Text
    email: TextOrNone = None
    phone_number: TextOrNone = None
    restaurants: Texts = Field(default_factory=list)
    memberships: Annotated[list[StoredMembership], Rows] = Field(default_factory=list)
    created_at: Moment = None
    updated_at: Moment = None


class StoredDevice(Document):
    """A screen that was paired, or is to be. `revoked_at`: from then on it may nothing."""

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    name: Text = ""
    role: Text = ""
    station_ids: Texts = Field(default_factory=list)
    revoked_at: Moment = None
