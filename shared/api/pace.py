"""How a location handles orders, as its people read and change it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Instant, Moment, Reply, Request, Whole


class PaceChange(Request):
    """What the kitchen changes. `pausedUntil` null: diners may order again. What is left out stays."""

    paused_until: Moment | None = Field(None, description="Until then diners cannot order; null ends the pause.")
    wait_minutes: Annotated[Whole, Field(ge=0, le=240)] = Field(
        0, description="Added to the time at which orders are ready."
    )


class Pace(Reply):
    """Until when diners' orders are paused (null: they are not), and how many minutes later orders are ready."""

    paused_until: Instant | None
    wait_minutes: int


class AcceptanceChange(Request):
    """What managers change. `acceptWithinMinutes` null: nobody is told. What is left out stays."""

    accept_within_minutes: Annotated[Whole, Field(ge=1, le=240)] | None = Field(
        5, description="After so long without an answer the location's people are told of an order; null: never."
    )
    ready_when_all_done: bool = Field(False, description="Whether an order is ready with its last item.")


class Acceptance(Reply):
    """After how many minutes its people are told of an order that nobody accepts (null: never), and whether an order
    is ready with its last item."""

    accept_within_minutes: int | None
    ready_when_all_done: bool
