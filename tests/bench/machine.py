"""How fast this machine is at this moment."""

from __future__ import annotations

import time


def machine_speed() -> float:
    """Millions of turns of a plain Python loop per second: what the figures of two machines, or of one machine at two
    moments, can be compared by."""
    started = time.perf_counter()
    total = 0
    for turn in range(2_000_000):
        total += turn * turn % 7
    return round(2 / (time.perf_counter() - started), 1)
