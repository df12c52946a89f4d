"""`make bench-live`: a thousand screens on live connections while orders flow: how late they hear of what happens.

Everyone must hear everything, or it fails. Screens, diners, mongod and all parts share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import psutil
import uvloop

from tests.bench.machine import flush_ms, machine_speed
from tests.e2e.crowd import crowd
from tests.e2e.truth import Truth
from tests.stack import Stack


class Cpu:
    """CPU seconds of each part of a stack, and of this process, from its making on."""

    def __init__(self, stack: Stack) -> None:
        parts = {name: part["pid"] for name, part in stack.description["parts"].items()}
        self._processes = {name: psutil.Process(pid) for name, pid in {**parts, "this bench": None}.items()}
        self._before = self._now()

    def spent(self) -> dict[str, float]:
        """What each has spent."""
        return {name: now - self._before[name] for name, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        times = {name: process.cpu_times() for name, process in self._processes.items()}
        return {name: each.user + each.system for name, each in times.items()}


async def measure(stack: Stack, clients: int, per_second: float, seconds: float) -> None:
    """Connect, let orders flow, wait until all have heard all, and print how it went. Raises AssertionError."""
    loop = asyncio.get_running_loop()
    truth = Truth(stack)
    began = loop.time()
    async with crowd(stack, clients) as screens:
        print(f"{screens.size} screens, {screens.diners} of them diners', connected in {loop.time() - began:.1f} s")
        orders = min(int(per_second * seconds), screens.diners)
        cpu, began = Cpu(stack), loop.time()
        placed = await screens.order(orders, per_second=per_second)
        flowed = loop.time() - began
        deliveries = await screens.hears_everything(truth, placed)
        late = screens.late()
        p50, p95, most = (late[int((len(late) - 1) * share)] * 1000 for share in (0.5, 0.95, 1.0))
        print(f"{len(placed)} orders in {flowed:.1f} s ({len(placed) / flowed:.1f} a second)")
        print(f"{len(late)} messages of {deliveries} changes, none missed, {screens.came_twice()} came twice")
        print(f"from the commit to the screen: p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {most:.0f} ms")
        for name, spent in cpu.spent().items():
            print(f"{name:>12}: {spent:5.1f} s of CPU, {spent / flowed:.0%} of a core")
    await truth.close()


def main() -> int:
    """Run it on a stack of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.live_clients", description=main.__doc__)
    parser.add_argument("--clients", type=int, default=1000, help="how many screens (default %(default)s)")
    parser.add_argument("--per-second", type=float, default=20.0, help="orders a second (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long orders flow (default %(default)s)")
    options = parser.parse_args()
    before = machine_speed()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder)) as stack,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(measure(stack, options.clients, options.per_second, options.seconds))
    print(f"machine speed {before} before, {machine_speed()} after; a flush to disk takes {flush_ms()} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
