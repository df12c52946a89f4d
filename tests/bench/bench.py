"""`make bench`: menus, previews, placements and whole orders at 1, 16 and 64 connections, in one run.

Load generator, mongod and all parts share the machine. `--base-url` and `--demo` point it at any other deployment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import uvloop

from tests.bench.flow import Result, Shop, back_to_back, show
from tests.bench.machine import machine_speed
from tests.bench.menus import Menus, copied_menus, demo_menus
from tests.stack import Stack

CONNECTIONS = (1, 16, 64)
_BUSY = 0.9


class _Progress:
    """Says on standard error what has been measured, and how busy the load generator was with it."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.busiest = 0.0
        self._wall, self._used = time.perf_counter(), time.process_time()

    def add(self, result: Result) -> None:
        """Note a result."""
        wall, used = time.perf_counter(), time.process_time()
        share = (used - self._used) / (wall - self._wall)
        self._wall, self._used = wall, used
        self.busiest = max(self.busiest, share)
        self.results.append(result)
        for row in result.rows():
            note = "; the load generator is the bottleneck" if share > _BUSY else ""
            line = "{scenario:9} {request:24} x{connections:<3} {per_second:9}/s  p95 {p95_ms} ms  {errors} errors"
            print(line.format(**row) + note, file=sys.stderr, flush=True)


async def measure(base_url: str, demo: dict[str, str], menus: Menus, seconds: float) -> _Progress:
    """All scenarios, one after the other."""
    progress = _Progress()
    async with httpx.AsyncClient() as http:
        plain = await http.get(f"{base_url}/{menus.path}", headers={"accept-encoding": "identity"})
    plain.raise_for_status()
    tag = plain.headers.get("etag", "")
    print(f"the menu has {len(plain.content):,} bytes", file=sys.stderr, flush=True)
    shop = await Shop.at(base_url, demo)
    await back_to_back(warm := Result("warm-up", 4), base_url, shop.flows(warm), 3)
    await menus.ready(base_url, 4, 1)
    for connections in CONNECTIONS:
        first = await menus.first(base_url, connections)
        if first.kinds:
            progress.add(first)
        progress.add(await menus.again(base_url, connections))
        progress.add(await menus.ready(base_url, connections, seconds))
        progress.add(await menus.ready(base_url, connections, seconds, accept_encoding="gzip"))
        if tag:
            progress.add(await menus.ready(base_url, connections, seconds, if_none_match=tag))
        for name, kind in (("previews", shop.previews), ("orders", shop.flows)):
            result = Result(name, connections)
            progress.add(await back_to_back(result, base_url, kind(result), seconds))
            await asyncio.sleep(1)
    return progress


def main() -> int:
    """Run all scenarios against a stack of its own, or against `--base-url` with the ids of `--demo`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench", description=main.__doc__)
    parser.add_argument("--base-url", help="such as http://127.0.0.1:7071/api/v1")
    parser.add_argument("--demo", type=Path, help="a file with what `python -m local demo` prints")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each scenario (default %(default)s)")
    options = parser.parse_args()

    def run(base_url: str, demo: dict[str, Any], menus: Menus) -> _Progress:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure(base_url, demo["open"], menus, options.seconds))

    before = machine_speed()
    if options.base_url:
        demo = json.loads(options.demo.read_text())
        progress = run(options.base_url.rstrip("/"), demo, demo_menus(demo["open"]))
    else:
        print("starting a stack", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
            shown = httpx.get(f"{stack.api_url}/{demo_menus(stack.demo['open']).path}")
            menus = copied_menus(stack.mongo_uri, stack.db_name, stack.demo["open"], len(shown.content))
            progress = run(stack.api_url, stack.demo, menus)
    busiest = f"{progress.busiest:.0%}"
    show("OrderBuddy", progress.results, (before, machine_speed()), busiest_load_generator=busiest)
    return 1 if any(result.errors for result in progress.results) else 0


if __name__ == "__main__":
    sys.exit(main())
