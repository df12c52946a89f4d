"""Whether the app lives, and whether it is ready to take orders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.api.base import Reply


class Alive(Reply):
    """The process answers. `build` is another one after each deployment that changed the code: a screen that was left
    open loads itself anew then."""

    status: Literal["ok"] = "ok"
    build: str


class Readiness(Reply):
    """`unavailable` (503): orders cannot be taken, `missing` says why. `degraded`: they can, but more slowly."""

    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, str] = Field(description="What was looked at, and how it is.")
    missing: list[str] = Field(default=[], description="What orders cannot do without.")
    degraded: list[str] = Field(default=[], description="What orders go on without.")
    attention: int | None = Field(
        None,
        description="How many checkouts and payments wait for a person (`orderbuddy checkout attention` lists them). "
        "Null where that cannot be told.",
    )
    locations: dict[str, int] | None = Field(
        None,
        description="At how many locations a person must see to something: `hours`, opening hours that cannot be read; "
        "`declines`, many declined payments. `orderbuddy doctor` names the locations. Null where that cannot be told.",
    )
