"""`make bench-flow`: orders per second, and how long a diner waits for a preview, the placement, and both together.

Load generator, mongod and all parts share the machine. `--base-url` and `--demo` point it at any other deployment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench.machine import flush_ms, machine_speed
from tests.e2e.diners import Diner, dishes_of
from tests.http_client import Connection
from tests.stack import Stack


@dataclass
class Samples:
    """Times of one kind of request, in milliseconds, and what went wrong."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, percent: float) -> float:
        """The time within which that share of the answers came."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


@dataclass
class Result:
    """One scenario."""

    name: str
    connections: int
    seconds: float = 0.0
    kinds: dict[str, Samples] = field(default_factory=lambda: defaultdict(Samples))

    def rows(self) -> list[dict[str, Any]]:
        """A row for each kind of request."""
        return [
            {
                "scenario": self.name,
                "connections": self.connections,
                "request": kind,
                "per_second": round(len(samples.times) / self.seconds, 1),
                **{f"p{p}_ms": round(samples.percentile(p), 2) for p in (50, 95, 99)},
                "errors": len(samples.errors),
            }
            for kind, samples in self.kinds.items()
        ]

    @property
    def errors(self) -> list[str]:
        """What went wrong, in all kinds of request."""
        return [error for samples in self.kinds.values() for error in samples.errors]


async def timed(samples: Samples, asked: Awaitable[tuple[int, Any]]) -> Any:
    started = time.perf_counter()
    try:
        status, body = await asked
    except ConnectionError as error:
        samples.errors.append(str(error))
        return None
    if status != 200:
        samples.errors.append(f"{status} {body}")
        return None
    samples.times.append((time.perf_counter() - started) * 1000)
    return body


Flow = Callable[[Connection], Awaitable[None]]


async def back_to_back(result: Result, base_url: str, diner: Flow, seconds: float) -> Result:
    """Each diner begins again as soon as the last flow is answered."""
    started = time.perf_counter()

    async def one() -> None:
        async with Connection(base_url) as connection:
            while time.perf_counter() < started + seconds:
                await diner(connection)

    await asyncio.gather(*(one() for _ in range(result.connections)))
    result.seconds = time.perf_counter() - started
    return result


async def _arriving(result: Result, base_url: str, diner: Flow, seconds: float, *, per_second: float) -> Result:
    """Diners arrive at random moments, whether the ones before are served or not."""
    started = time.perf_counter()
    free = [Connection(base_url) for _ in range(result.connections)]
    async with asyncio.TaskGroup() as arrived:

        async def one() -> None:
            connection = free.pop() if free else Connection(base_url)
            await diner(connection)
            free.append(connection)

        due = started
        while due < started + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            arrived.create_task(one())
            due += random.expovariate(per_second)
    result.seconds = time.perf_counter() - started
    for connection in free:
        await connection.close()
    return result


@dataclass(frozen=True)
class Shop:
    """One demo location, and what can be ordered there."""

    demo: dict[str, str]
    dishes: list[str]

    @classmethod
    async def at(cls, base_url: str, demo: dict[str, str]) -> Shop:
        """The shop of these ids."""
        return cls(demo, await dishes_of(base_url, demo))

    def _cart(self) -> dict[str, Any]:
        return Diner(self.demo, random.sample(self.dishes, 2)).cart()

    def previews(self, result: Result) -> Flow:
        """A new cart is priced."""

        async def diner(connection: Connection) -> None:
            await timed(result.kinds["preview"], connection.post("order-app/cart/preview-order", self._cart()))

        return diner

    def flows(self, result: Result) -> Flow:
        """A new cart is priced and placed."""

        async def diner(connection: Connection) -> None:
            started = time.perf_counter()
            asked = connection.post("order-app/cart/preview-order", self._cart())
            body = await timed(result.kinds["preview"], asked)
            if body is None:
                return
            order = {"previewOrderId": body["data"]["previewOrderId"]}
            asked = connection.post("payments/place-order-without-payment", order)
            if await timed(result.kinds["placement"], asked) is not None:
                result.kinds["whole flow"].times.append((time.perf_counter() - started) * 1000)

        return diner


async def measure(base_url: str, demo: dict[str, str], seconds: float) -> list[Result]:
    """All scenarios, one after the other."""
    shop = await Shop.at(base_url, demo)
    warm = Result("warm-up", 4)
    await back_to_back(warm, base_url, shop.flows(warm), 3)
    results = []
    for name, connections, kind in (
        ("previews", 1, shop.previews),
        ("previews", 16, shop.previews),
        ("flows back to back", 1, shop.flows),
        ("flows back to back", 16, shop.flows),
    ):
        result = Result(name, connections)
        results.append(await back_to_back(result, base_url, kind(result), seconds))
        await asyncio.sleep(2)
    paced = Result("50 flows/s arriving", 16)
    results.append(await _arriving(paced, base_url, shop.flows(paced), seconds, per_second=50))
    return results


def show(title: str, results: list[Result], speeds: tuple[float, float], **more: Any) -> None:
    """The table for people, then the same, and what else there is to tell, as one line of JSON."""
    rows = [row for result in results for row in result.rows()]
    told = "".join(f"; {name.replace('_', ' ')} {value}" for name, value in more.items())
    table = Table(
        title=title,
        caption=f"machine speed {speeds[0]} before, {speeds[1]} after (million loop turns a second){told}",
    )
    for column in rows[0]:
        table.add_column(column.replace("_", " "), justify="right" if column != "scenario" else "left")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(width=120).print(table)
    print(json.dumps({"machine_speed": speeds, **more, "rows": rows}))
    for result in results:
        for error in result.errors[:3]:
            print(f"{result.name}: {error}", file=sys.stderr)


def main() -> int:
    """Run all scenarios against a stack of its own, or against `--base-url` with the ids of `--demo`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.flow", description=main.__doc__)
    parser.add_argument("--base-url", help="such as http://127.0.0.1:7071/api/v1")
    parser.add_argument("--demo", type=Path, help="a file with what `python -m local demo` prints")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each scenario (default %(default)s)")
    options = parser.parse_args()

    def run(base_url: str, demo: dict[str, Any]) -> list[Result]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure(base_url, demo["open"], options.seconds))

    before = machine_speed()
    if options.base_url:
        results = run(options.base_url, json.loads(options.demo.read_text()))
    else:
        with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
            results = run(stack.api_url, stack.demo)
    show("OrderBuddy: previews and placements", results, (before, machine_speed()), flush_ms=flush_ms())
    return 1 if any(result.errors for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
