"""How fast this machine is at this moment."""

from __future__ import annotations

import os
import tempfile
import time


def machine_speed() -> float:
    """Millions of turns of a plain Python loop per second: what the figures of two machines, or of one machine at two
    moments, can be compared by."""
    started = time.perf_counter()
    total = 0
    for turn in range(2_000_000):
        total += turn * turn % 7
    return round(2 / (time.perf_counter() - started), 1)


def flush_ms(many: int = 300) -> tuple[float, float]:
    """How long the disk takes to make 4 KiB durable: the usual time and the longest of `many`, in milliseconds.

    Every order waits for three such flushes, so a disk that now and then takes 100 ms shows in every p95.
    """
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(many):
            os.write(file.fileno(), bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return round(sorted(took)[many // 2], 2), round(max(took), 1)
