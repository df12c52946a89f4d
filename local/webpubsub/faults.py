"""The fault switch: what the stand-in does wrong on purpose to the next calls."""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_MAX_SECONDS = 600.0
_MAX_TIMES = 1_000_000
_STALL_SECONDS = 10.0


class FaultMode(StrEnum):
    """OK: nothing wrong. ERROR: answer with a status. STALL: hold the call. DROP_*: cut the line without an answer."""

    OK = "ok"
    ERROR = "error"
    STALL = "stall"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"


class InvalidFaultError(ValueError):
    """The fault's description is wrong; the text says how."""


@dataclass(frozen=True)
class Fault:
    """A fault: for the next `times` calls (None: all) whose method and path contain `match`.

    `seconds` is how long a stalled call is held (10 when not said), and in the other modes how long the fault lasts
    (until it is replaced, when not said).
    """

    mode: FaultMode
    status: int = 503
    times: int | None = None
    seconds: float | None = None
    match: str = ""

    @property
    def hold_seconds(self) -> float:
        """How long a stalled call is held."""
        return _STALL_SECONDS if self.seconds is None else self.seconds


def parse_fault(body: object) -> Fault:
    """Reads a fault's JSON description; raises InvalidFaultError."""
    if not isinstance(body, dict):
        raise InvalidFaultError("the fault must be a JSON object")
    unknown = sorted(set(body) - {"mode", "status", "times", "seconds", "match"})
    if unknown:
        raise InvalidFaultError(f"a fault knows nothing of {', '.join(unknown)}")
    try:
        mode = FaultMode(str(body.get("mode")))
    except ValueError:
        raise InvalidFaultError(f"mode must be one of {', '.join(FaultMode)}") from None
    match = body.get("match")
    if match is not None and not isinstance(match, str):
        raise InvalidFaultError("match must be a string")
    times = _number(body, "times", 1, _MAX_TIMES)
    status = _number(body, "status", 400, 599)
    return Fault(
        mode=mode,
        status=503 if status is None else int(status),
        times=None if times is None else int(times),
        seconds=_number(body, "seconds", 0, _MAX_SECONDS),
        match=match or "",
    )


class FaultSwitch:
    """Holds the one fault that is set, and says which calls it hits."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._left: int | None = None
        self._until: float | None = None

    @property
    def is_set(self) -> bool:
        """Whether any call may meet a fault."""
        return self._fault is not None

    def set(self, fault: Fault) -> None:
        """Replaces the fault; mode ok takes it away."""
        self._fault = None if fault.mode is FaultMode.OK else fault
        self._left = fault.times
        lasts = fault.mode is not FaultMode.STALL and fault.seconds is not None
        self._until = time.monotonic() + fault.hold_seconds if lasts else None

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this call meets, counted; None when all is well."""
        fault = self._fault
        if fault is None or fault.match not in f"{method} {path}":
            return None
        if self._until is not None and time.monotonic() >= self._until:
            self._fault = None
            return None
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._fault = None
        return fault


def _number(body: dict[str, Any], name: str, lowest: float, highest: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not lowest <= value <= highest:
        raise InvalidFaultError(f"{name} must be a number from {lowest:g} to {highest:g}")
    return value
