"""What a check is, and what it says things with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Settings = Mapping[str, str]
SECONDS = 20.0
"""How long a call may take."""


class NotAsExpectedError(Exception):
    """The service answered something else; the message says what."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the product relies on. `needs`: the settings that lead to the service."""

    service: str
    name: str
    needs: tuple[str, ...]
    run: Callable[[Settings], None]

    @property
    def key(self) -> str:
        """What results are kept under."""
        return f"{self.service}: {self.name}"


CHECKS: list[Check] = []

Run = Callable[[Settings], None]


def check(service: str, name: str, needs: tuple[str, ...]) -> Callable[[Run], Run]:
    """Enter a function among the checks."""

    def keep(run: Run) -> Run:
        CHECKS.append(Check(service, name, needs, run))
        return run

    return keep


def same(found: Any, expected: Any) -> None:
    """Raises NotAsExpectedError where something else was found."""
    if found != expected:
        raise NotAsExpectedError(f"{found!r} and not {expected!r}")


def refused(call: Callable[[], Any], status: int) -> None:
    """Raises NotAsExpectedError where the call raises no error that carries this status."""
    try:
        call()
    except Exception as error:  # each SDK has its own
        answer = getattr(error, "http_response", None)
        found = (getattr(one, name, None) for one in (error, answer) for name in ("status_code", "status"))
        same(next((each for each in found if each), error), status)
        return
    raise NotAsExpectedError(f"it was taken, and not refused with {status}")
