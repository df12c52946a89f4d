"""Who gets pushes: people's phones and browsers, and the kitchen's screens (rules 24.3)."""

from __future__ import annotations

from pydantic import Field

from shared.documents.base import Document, Moment, StoredId, Text, Texts


class PushToken(Document):
    """A phone or browser of one person. `id`: the token's hash. `restaurant_ids`: where the person asked for pushes;
    whether they may have them is looked up whenever one goes out. `seen_at`: when they asked last."""

    id: str = Field(alias="_id")
    token: Text = ""
    user_id: Text = ""
    platform: Text = ""
    restaurant_ids: Texts = Field(default_factory=list)
    created_at: Moment = None
    seen_at: Moment = None


class PushScreen(Document):
    """The browser of a paired screen, as its push service knows it. `id`: the device's."""

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    endpoint: Text = ""
    p256dh: Text = Field("", alias="p256dh")
    auth: Text = ""
    created_at: Moment = None


class OldSubscriptions(Document):
    """A restaurant's tokens as the original kept them: nobody knows whose they are (contract 2.8)."""

    restaurant_id: Text = ""
    fcm_android: Texts = Field(default_factory=list)
    fcm_web: Texts = Field(default_factory=list)
