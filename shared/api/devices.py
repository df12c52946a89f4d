"""The screens of a location that are no persons."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.api.base import Cleaned, Id, Instant, Reply, Request

DeviceRole = Literal["kitchen", "expo"]
"""What a screen is: `kitchen` shows some stations, `expo` the whole location."""


class NewDevice(Request):
    """A screen that is to be paired. One for the kitchen needs a station or more."""

    restaurant_id: Id
    location_id: Id
    name: Annotated[str, Field(min_length=1, max_length=60), Cleaned]
    station_ids: Annotated[list[Id], Field(max_length=50)] = Field(default_factory=list)
    role: DeviceRole


class Pairing(Reply):
    """The code that pairs the screen, once, until `expiresAt`. It is told here and never again. `qr`: what a picture of
    it says, a page that takes the code."""

    device_id: str
    name: str
    role: DeviceRole
    station_ids: list[str]
    code: str
    qr: str
    expires_at: Instant


class ClaimDevice(Request):
    """What a screen says to be paired: its code, in any case, with spaces or dashes; what it is; its app's version."""

    code: Annotated[str, Field(min_length=1, max_length=40), Cleaned]
    model: Annotated[str, Field(max_length=100), Cleaned]
    app_version: Annotated[str, Field(max_length=40), Cleaned]


class Paired(Reply):
    """The screen's own token, for `Authorization: Device <token>`. It is to be rolled after `rollAt`."""

    device_id: str
    restaurant_id: str
    location_id: str
    name: str
    role: DeviceRole
    station_ids: list[str]
    token: str
    roll_at: Instant


class RollToken(Request):
    """`appVersion`: of the screen's app now, if it has changed."""

    app_version: Annotated[str, Field(max_length=40), Cleaned] = ""


class Rolled(Reply):
    """The screen's next token. The one before holds until this one is first used."""

    token: str
    roll_at: Instant


class Device(Reply):
    """A screen of the location. `pairedAt` null: its code was not used yet. `seenAt`: when it called last, to the
    minute."""

    device_id: str
    name: str
    role: DeviceRole
    station_ids: list[str]
    model: str
    app_version: str
    created_at: Instant | None
    paired_at: Instant | None
    seen_at: Instant | None
