"""What a person reads once the stack is ready: where everything is, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.console import screens

if TYPE_CHECKING:
    from local.supervisor.stack import Stack

STAND_INS = ("webpubsub", "saas", "console")
"""What is written in the place of others' services; `console` is the supervisor itself. The rest is the app (`host`,
and `durable`, in which the engine is small), MongoDB, and Microsoft's Azurite."""

_MB = 1024 * 1024


def greeting(stack: Stack, seconds: float) -> list[str]:
    """The lines."""
    plan = stack.plan
    return [
        "",
        f"  start page  {plan.console_url}/",
        f"  board       {screens.board_url(plan)}",
        f"  kitchen     {plan.console_url}/kitchen/  (each station's display is linked on the start page)",
        f"  API         {plan.api_url}",
        f"  health      {plan.console_url}/health",
        f"  data        {plan.directory.root}  (logs in logs/)",
        f"  memory      {memory_line(memory(stack.describe()))}",
        "",
        f"ready in {seconds:.1f} s; Ctrl-C ends everything",
    ]


def memory(described: Mapping[str, Any]) -> dict[str, int]:
    """The bytes that each running part of stack.json has for itself (on Linux: its share of what several have)."""
    import psutil

    found: dict[str, int] = {}
    pids = {name: part["pid"] for name, part in described["parts"].items()} | {"console": described["pid"]}
    for name, pid in pids.items():
        try:
            process = psutil.Process(pid)
            full = process.memory_full_info()
        except (psutil.Error, TypeError, ValueError):
            continue
        found[name] = int(getattr(full, "pss", 0) or full.rss)
    return found


def memory_line(found: Mapping[str, int]) -> str:
    """Megabytes of all stand-ins together, and of each."""
    ours = {name: size for name, size in found.items() if name in STAND_INS}
    each = ", ".join(f"{name} {size / _MB:.0f}" for name, size in ours.items())
    others = ", ".join(f"{name} {size / _MB:.0f}" for name, size in found.items() if name not in STAND_INS)
    return f"{sum(ours.values()) / _MB:.0f} MB for all stand-ins ({each}); others: {others or 'none'}"
