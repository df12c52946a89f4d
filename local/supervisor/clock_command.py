"""`python -m local clock`: look at the stack's time, let it stand, and move it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from typing import Any

from local.supervisor.control import call
from local.supervisor.options import UsageError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
_DURATION = re.compile(r"([+-]?\d+(?:\.\d+)?)([smhd]?)")


def arguments_of(parser: argparse.ArgumentParser) -> None:
    """What the command is told."""
    deeds = ("show", "freeze", "step", "jump", "next", "run", "real")
    parser.add_argument("deed", nargs="?", default="show", choices=deeds, help="what to do (default: show)")
    about = "how far, such as 90s, 15m, 24h or -1d; for jump also a moment, such as 2030-01-01T04:00:00Z"
    parser.add_argument("to", nargs="?", help=about)


def body_of(deed: str, to: str | None) -> dict[str, Any]:
    """What the console is told. Raises UsageError."""
    if deed not in ("step", "jump"):
        if to is not None:
            raise UsageError(f"{deed} takes nothing more")
        return {"do": deed}
    if to is None:
        if deed == "jump":
            raise UsageError("say where to jump: 24h, or 2030-01-01T04:00:00Z")
        return {"do": deed}
    found = _DURATION.fullmatch(to)
    if found:
        return {"do": deed, "seconds": float(found[1]) * _UNITS[found[2]]}
    if deed == "step":
        raise UsageError(f"{to!r} is no duration: 90s, 15m, 24h or 2d are")
    return {"do": deed, "to": to}


def clock(run: dict[str, Any], deed: str, to: str | None, say: Callable[[str], None]) -> int:
    """Show or move the time of the stack that run.json describes. Raises UsageError and ControlError."""
    told = call(run, "GET", "/api/clock") if deed == "show" else call(run, "POST", "/api/clock", body_of(deed, to))
    say(sentence(told))
    if told.get("late"):
        say(f"these have not heard of it yet: {', '.join(told['late'])}")
    return 0


def sentence(told: Mapping[str, Any]) -> str:
    """The time in words."""
    if not told["virtual"]:
        return f"{told['now']}, the machine's own time"
    return f"{told['now']}, virtual time that {'stands' if told['frozen'] else 'runs'}"
