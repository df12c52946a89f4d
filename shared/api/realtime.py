"""Asking for a live connection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from shared.api.base import Id, Instant, Reply, Request, is_empty


class OrderFeed(Request):
    """One order's events, for whoever has its id."""

    kind: Literal["order"]
    order_id: Id


class LocationFeed(Request):
    """All orders of a location, for its staff."""

    kind: Literal["location"]
    restaurant_id: Id
    location_id: Id


class StationFeed(Request):
    """What one station cooks, for the location's staff."""

    kind: Literal["station"]
    restaurant_id: Id
    location_id: Id
    station_id: Id


class MenuFeed(Request):
    """That a location's menus changed, for whoever reads them."""

    kind: Literal["menu"]
    restaurant_id: Id
    location_id: Id


class NegotiateRequest(
    RootModel[Annotated[OrderFeed | LocationFeed | StationFeed | MenuFeed, Field(discriminator="kind")]]
):
    """Which feed to listen to."""


class Negotiated(Reply):
    """Where to connect, with the subprotocol `json.webpubsub.azure.v1`, or its reliable form; the token is in the URL.

    `lastSeq` only for kind order: the order's highest seq at this moment.
    """

    url: str
    hub: str
    groups: list[str]
    expires_at: Instant
    last_seq: int | None = Field(None, exclude_if=is_empty)
