"""The fault switch: what a stand-in does wrong on purpose to the next calls."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

_MAX_SECONDS = 600.0
_MAX_TIMES = 1_000_000
_MAX_TEXT = 200
_MAX_FAULTS = 100
_STALL_SECONDS = 10.0
_MAX_SEED = 2**31 - 1
_MAX_RETRY_AFTER = 3600
_FIELDS = frozenset({"mode", "status", "times", "seconds", "match", "message", "chance", "seed", "retryAfter"})


Declining = Literal["never", "if matched", "always"]
"""Whether a call can be declined: never, only by a fault with a match, or always."""


class FaultMode(StrEnum):
    """What happens to a call.

    OK: nothing goes wrong; it takes faults away.
    ERROR: the call is answered with a status, and not done.
    STALL: it is held, then done if the caller is still there.
    LATE: it is held, then done in any case.
    DROP_BEFORE: the line is cut, and nothing is done.
    DROP_AFTER: it is done, and the line is cut without an answer.
    GARBLE: it is done, and the answer cannot be read.
    DECLINE: the service says no.
    HIDE: look-ups say not found.
    SETTLE: no fault, but an act: what was captured so far is settled.
    THROTTLE: the call is answered 429 with Retry-After, and not done.
    DUPLICATE: it is done twice, and answered once: somebody on the way sent it again.
    REORDER: it is held until the next call that fits has overtaken it.
    """

    OK = "ok"
    ERROR = "error"
    STALL = "stall"
    LATE = "late"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    GARBLE = "garble"
    DECLINE = "decline"
    HIDE = "hide"
    SETTLE = "settle"
    THROTTLE = "throttle"
    DUPLICATE = "duplicate"
    REORDER = "reorder"


WAY_MODES = (FaultMode.THROTTLE, FaultMode.DUPLICATE, FaultMode.REORDER)
"""What happens to a call on its way, whatever the service is: see local/standin/way.py."""

PLAIN_MODES = (
    *(FaultMode.OK, FaultMode.ERROR, FaultMode.STALL, FaultMode.LATE, FaultMode.DROP_BEFORE, FaultMode.DROP_AFTER),
    *WAY_MODES,
)
"""What every stand-in can do."""


class InvalidFaultError(ValueError):
    """The fault's description is wrong; the text says how."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: for the next `times` calls (None: all) whose method, path and external id contain `match`.

    `seconds`: in the modes stall and late, how long a call is held (None: 10); in the other modes, how long the fault
    lasts (None: until it is taken away).
    `match`: None where the description has none, which is the same as an empty one but for mode ok.
    `chance`: how likely a call that fits meets it. Which do, `seed` decides: the same seed chooses the same ones again.
    `retry_after`: what a throttled caller is told, in seconds.
    """

    mode: FaultMode
    status: int = 503
    times: int | None = None
    seconds: float | None = None
    match: str | None = None
    message: str = "Decline"
    chance: float = 1.0
    seed: int | None = None
    retry_after: int = 1

    @property
    def holds(self) -> bool:
        """Whether a call is held for a while."""
        return self.mode in (FaultMode.STALL, FaultMode.LATE)

    @property
    def hold_seconds(self) -> float:
        """How long a held call is held."""
        return _STALL_SECONDS if self.seconds is None else self.seconds

    def describe(self) -> dict[str, Any]:
        """The fault as JSON, as it could be set again."""
        shown = {"mode": self.mode.value, "times": self.times, "seconds": self.seconds, "match": self.match}
        if self.mode in (FaultMode.ERROR, FaultMode.THROTTLE):
            shown["status"] = self.status
        if self.mode is FaultMode.THROTTLE:
            shown["retryAfter"] = self.retry_after
        if self.seed is not None:
            shown |= {"chance": self.chance, "seed": self.seed}
        return {name: value for name, value in shown.items() if value is not None}


def parse_fault(body: object, modes: Collection[FaultMode]) -> Fault:
    """Read a fault's JSON description, for a stand-in that knows `modes`. Raises InvalidFaultError."""
    if not isinstance(body, dict):
        raise InvalidFaultError("the fault must be a JSON object")
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise InvalidFaultError(f"a fault knows nothing of {', '.join(unknown)}")
    mode = next((mode for mode in modes if mode == body.get("mode")), None)
    if mode is None:
        raise InvalidFaultError(f"mode must be one of {', '.join(modes)}")
    times = _number(body, "times", 1, _MAX_TIMES)
    status = _number(body, "status", 400, 599)
    chance = _number(body, "chance", 0, 1)
    seed = _number(body, "seed", 0, _MAX_SEED)
    retry_after = _number(body, "retryAfter", 0, _MAX_RETRY_AFTER)
    if chance is not None and seed is None:
        seed = secrets.randbelow(_MAX_SEED)
    usual = 429 if mode is FaultMode.THROTTLE else 503
    return Fault(
        mode=mode,
        status=usual if status is None else int(status),
        times=None if times is None else int(times),
        seconds=_number(body, "seconds", 0, _MAX_SECONDS),
        match=_text(body, "match"),
        message=_text(body, "message") or "Decline",
        chance=1.0 if chance is None else chance,
        seed=None if chance is None or seed is None else int(seed),
        retry_after=1 if retry_after is None else int(retry_after),
    )


def parse_header(text: str) -> Fault:
    """A fault of one request, as its header says it: `error; status=500`. Raises InvalidFaultError."""
    mode, *more = (part.strip() for part in text.split(";"))
    body: dict[str, Any] = {"mode": mode}
    for part in more:
        name, _, value = part.partition("=")
        try:
            body[name.strip()] = float(value)
        except ValueError:
            raise InvalidFaultError(f"{name.strip()} must be a number") from None
    return parse_fault(body, PLAIN_MODES)


class Faults:
    """The faults that stand, and which of them a call meets.

    Several faults stand at once, told apart by `match`; hiding stands beside the others. Where several fit a call, it
    meets the one with the longest match, and of equally long ones the newest.
    """

    def __init__(self) -> None:
        self._standing: dict[tuple[bool, str], _Standing] = {}
        self._held: list[tuple[str, asyncio.Event]] = []

    @property
    def any(self) -> bool:
        """Whether any call may meet a fault."""
        return bool(self._standing)

    def set(self, fault: Fault) -> int:
        """Add a fault. It takes the place of one with the same match.

        Mode ok takes the fault with its match away; without a match, all faults. It lets go the calls that are held
        and fit the match, and returns their number. Raises InvalidFaultError where too many stand.
        """
        if fault.mode is FaultMode.OK:
            return self._remove(fault.match)
        key = (fault.mode is FaultMode.HIDE, fault.match or "")
        self._standing = {each: standing for each, standing in self._standing.items() if each != key and standing.lasts}
        if len(self._standing) >= _MAX_FAULTS:
            raise InvalidFaultError(f"{_MAX_FAULTS} faults stand already")
        lasts = not fault.holds and fault.seconds is not None
        until = time.monotonic() + (fault.seconds or 0.0) if lasts else None
        self._standing[key] = _Standing(fault, fault.times, until)
        return 0

    def take(self, subject: str, declining: Declining = "never") -> Fault | None:
        """The fault that a call meets, or None. It counts as met. For look-ups, `hides` is asked, too."""
        return self._take(
            [
                key
                for key, standing in self._standing.items()
                if standing.fits(subject) and standing.of_service and standing.declines(declining)
            ]
        )

    def on_the_way(self, subject: str, *, overtakes: bool = False) -> Fault | None:
        """The fault of WAY_MODES that a call meets before it comes to the service. It counts as met.

        `overtakes`: the call passes another that is held, so it is not held itself.
        """
        return self._take(
            [
                key
                for key, standing in self._standing.items()
                if standing.fits(subject)
                and standing.fault.mode in WAY_MODES
                and not (overtakes and standing.fault.mode is FaultMode.REORDER)
            ]
        )

    def describe(self) -> list[dict[str, Any]]:
        """What stands, each with `left`, the calls that are still to meet it, and `met`."""
        return [
            {**standing.fault.describe(), "left": standing.left, "met": standing.met}
            for standing in self._standing.values()
            if standing.lasts
        ]

    def hides(self, subject: str) -> bool:
        """Whether a look-up must find nothing. It counts as met."""
        hiding = [key for key, standing in self._standing.items() if key[0] and standing.fits(subject)]
        return self._take(hiding) is not None

    @contextlib.contextmanager
    def letting_go(self, subject: str) -> Iterator[asyncio.Event]:
        """What is set when a call that is held in the block is to be held no longer."""
        held = (subject, asyncio.Event())
        self._held.append(held)
        try:
            yield held[1]
        finally:
            self._held.remove(held)

    def _take(self, fitting: list[tuple[bool, str]]) -> Fault | None:
        if not fitting:
            return None
        # The last of the longest: `max` alone would take the first.
        key = max(reversed(fitting), key=lambda found: len(found[1]))
        standing = self._standing[key]
        if not standing.strikes():
            return None
        standing.met += 1
        if standing.left is not None:
            standing.left -= 1
            if standing.left <= 0:
                del self._standing[key]
        return standing.fault

    def _remove(self, match: str | None) -> int:
        if match is None:
            self._standing.clear()
        for hiding in (True, False):
            self._standing.pop((hiding, match or ""), None)
        fitting = [let_go for subject, let_go in self._held if (match or "") in subject and not let_go.is_set()]
        for let_go in fitting:
            let_go.set()
        return len(fitting)


class Ended(StrEnum):
    """How a fault ends a call before its work. FAILED: with the fault's status. CUT: with the caller's line."""

    FAILED = "failed"
    CUT = "cut"


async def meet(
    fault: Fault | None,
    stopping: asyncio.Event,
    is_gone: Callable[[], Awaitable[bool]],
    let_go: asyncio.Event | None = None,
) -> Ended | None:
    """The fault's part before the work: how the call ends, or None to go on with it.

    A held call is held no longer when `let_go` is set; when `stopping` is set, its line is cut. `is_gone` tells
    whether the caller hung up meanwhile.
    """
    if fault is None:
        return None
    if fault.mode is FaultMode.ERROR:
        return Ended.FAILED
    if fault.mode is FaultMode.DROP_BEFORE:
        return Ended.CUT
    if fault.holds:
        await _one_is_set((stopping, let_go) if let_go else (stopping,), fault.hold_seconds)
        # Nothing is done for a caller that gave up, unless it is to be done late.
        if stopping.is_set() or (fault.mode is FaultMode.STALL and await is_gone()):
            return Ended.CUT
    return None


async def _one_is_set(events: Sequence[asyncio.Event], within_seconds: float) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@dataclass(slots=True)
class _Standing:
    fault: Fault
    left: int | None
    until: float | None
    met: int = 0
    chances: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.chances.seed(self.fault.seed)

    def strikes(self) -> bool:
        """Whether this call, which fits, meets it. Each call that fits draws once."""
        return self.fault.seed is None or self.chances.random() < self.fault.chance

    @property
    def of_service(self) -> bool:
        """Whether the service itself sees to it, and not the way to it; look-ups ask for what hides by themselves."""
        return self.fault.mode is not FaultMode.HIDE and self.fault.mode not in WAY_MODES

    @property
    def lasts(self) -> bool:
        return self.until is None or time.monotonic() < self.until

    def fits(self, subject: str) -> bool:
        return self.lasts and (self.fault.match or "") in subject

    def declines(self, declining: Declining) -> bool:
        if self.fault.mode is not FaultMode.DECLINE or declining == "always":
            return True
        return declining == "if matched" and bool(self.fault.match)


def _number(body: Mapping[str, Any], name: str, lowest: float, highest: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not lowest <= value <= highest:
        raise InvalidFaultError(f"{name} must be a number from {lowest:g} to {highest:g}")
    return value


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None or (isinstance(value, str) and len(value) <= _MAX_TEXT):
        return value
    raise InvalidFaultError(f"{name} must be a text of at most {_MAX_TEXT} characters")
