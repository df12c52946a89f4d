"""Who wants pushes: a person's phones and browsers, and the location's screens."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.api.base import Id, Reply, Request, RequestPart

PushToken = Annotated[str, Field(pattern=r"^[!-9;-~]{1,400}:[!-~]{1,800}$")]
"""What Firebase reaches a phone or a browser by."""


class Subscribe(Request):
    """Which phone or browser wants pushes, and of which restaurant (contract 58)."""

    restaurant_id: Id
    token: PushToken
    platform: Literal["android", "web"]


class Subscribed(Reply):
    """As of old."""

    message: Literal["Subscribed successfully!"] = "Subscribed successfully!"


class Unsubscribe(Request):
    """Which phone or browser wants no more pushes."""

    token: PushToken


class PushKeys(RequestPart):
    """The keys with which a browser reads its pushes, in base64url: a point of P-256, and 16 bytes."""

    p256dh: Annotated[str, Field(alias="p256dh", pattern=r"^[A-Za-z0-9_-]{87}=?$")]
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}(==)?$")]


class SubscribeScreen(RequestPart):
    """What the screen's browser subscribed to: its `PushSubscription` as JSON. `endpoint`: an https address."""

    endpoint: Annotated[str, Field(pattern=r"^[!-~]{1,1000}$")]
    keys: PushKeys


class ScreenPushes(Reply):
    """`publicKey`: by which the browser knows who pushes, its `applicationServerKey`; null where no pushes are sent.
    `endpoint`: what the screen has subscribed, null for nothing."""

    public_key: str | None
    endpoint: str | None
