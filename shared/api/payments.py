"""Placing an order (contract 16)."""

from __future__ import annotations

from typing import Literal

from shared.api.base import Id, Reply, Request


class PlacementRequest(Request):
    """Which preview to place."""

    preview_order_id: Id


class Placement(Reply):
    """The order that the preview became; the same each time it is asked for."""

    order_id: str
    success: Literal[True] = True
    message: str = "Order created successfully without payment"


class PlacementPending(Reply):
    """For callers who asked not to wait (`Prefer: respond-async`)."""

    order_id: str
    status: Literal["PLACING", "CHECKING_PAYMENT"]
    status_url: str
