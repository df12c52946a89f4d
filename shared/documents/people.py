"""Who signs in (contract 2.7)."""

from __future__ import annotations

from pydantic import Field

from shared.documents.base import Document, StoredId, Text, TextOrNone, Texts


class Person(Document):
    """A member of staff. `restaurants` are the ids of the restaurants this person belongs to."""

    id: StoredId = Field(alias="_id")
    user_id: Text
    email: TextOrNone = None
    phone_number: TextOrNone = None
    restaurants: Texts = Field(default_factory=list)
