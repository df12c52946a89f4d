"""The kitchen's screens: what one says of itself, and how they all are (rules 22)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Id, Instant, Reply, Request, Whole

ScreenId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


class Drawn(Request):
    """An order that the screen has shown, and the `seq` of the order that it has shown."""

    order_id: Id
    seq: Annotated[Whole, Field(ge=0, le=2**31 - 1)]


class Seen(Request):
    """A screen is there. `screenId`: what its page calls itself, the same after a reload. `drawn`: what it has shown
    since it said so last."""

    screen_id: ScreenId
    drawn: Annotated[list[Drawn], Field(max_length=100)]


class ServerTime(Reply):
    """The server's time."""

    server_time: Instant


class Screen(Reply):
    """A screen that was seen in the last 24 hours.

    `stationId`: null where it shows the whole location. `deviceName`: null where a person has opened it. `connected`:
    it was seen in the last minute, and its live connection is not known to have ended.
    """

    screen_id: str
    station_id: str | None
    station_name: str
    device_name: str | None
    seen_at: Instant
    connected: bool
