"""`make bench-noon`: orders flow for a minute, in half of which all outside services hang: does a table notice?

The minute is cut into parts that alternate: in one all services answer, in the next they hang. What each order asks
for, and what must hold in the end, is in `tests/e2e/noon.py`; where it does not hold, this fails.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

import uvloop

from tests.bench.flow import Samples
from tests.bench.machine import flush_ms, machine_speed
from tests.e2e.noon import ENVIRONMENT, Noon
from tests.stack import Stack

WHOLE_HANG_SECONDS = 60
UPLOADS_APART_SECONDS = 2.0
WARM_UP = 60

Halves = dict[bool, Samples]
"""How long placements took, by whether the services hung."""


async def run(stack: Stack, *, parts: int, seconds: float, per_second: float) -> int:
    """Let orders flow, part after part; then wait for what was left, and look. Raises AssertionError."""
    times: Halves = {False: Samples(), True: Samples()}
    uploads: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    noon = await Noon.at(stack)
    await noon.flow(per_second, WARM_UP)
    for part in range(parts):
        hangs = part % 2 == 1
        await noon.services(**({"mode": "stall", "seconds": WHOLE_HANG_SECONDS} if hangs else {"mode": "ok"}))
        over = asyncio.Event()
        sending = asyncio.create_task(_uploads(noon, uploads[hangs], over))
        times[hangs].times += await noon.flow(per_second, round(seconds * per_second))
        over.set()
        await sending
    await noon.services(mode="ok")
    await noon.settles()
    for hangs, samples in times.items():
        p50, p95, most = (samples.percentile(p) for p in (50, 95, 100))
        what, count = ("all services hang" if hangs else "all answer"), len(samples.times)
        print(f"{what:>18}: {count} placements, p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {most:.0f} ms", end="; ")
        print("pictures: " + (", ".join(f"{many} {how}" for how, many in sorted(uploads[hangs].items())) or "none"))
    began = await noon.outside_calls()
    told = ", ".join(f"{many} during {what}" for what, many in sorted(began.items()) if many)
    print(f"outside calls made between a claim and its answer: {told or 0}, in {len(noon.orders)} placements", end="")
    print(f"; {noon.without_engine} requests got no answer from the engine, and told the screens themselves")
    for kind, states in (await noon.messages()).items():
        print(f"{kind:>18}: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())))
    status, code = await noon.upload()
    print(f"a picture in the end: {status} {code}")
    await noon.audit()
    print(f"{'audit':>18}: holds")
    await noon.close()
    assert status == 201
    assert "201" not in uploads[True], uploads
    assert all(how.startswith(("201", "503")) for came in uploads.values() for how in came), uploads
    return began.total()


async def _uploads(noon: Noon, came: Counter[str], over: asyncio.Event) -> None:
    """One picture after the other, until it is over."""
    while not over.is_set():
        status, code = await noon.upload()
        came[f"{status} {code}".strip()] += 1
        await asyncio.sleep(UPLOADS_APART_SECONDS)


def main() -> int:
    """Run it on a stack of its own; 1 where an outside call began between a claim and its answer."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.noon", description=main.__doc__)
    parser.add_argument("--parts", type=int, default=4, help="how many parts, every second one hanging (%(default)s)")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each is (%(default)s)")
    parser.add_argument("--per-second", type=float, default=20.0, help="orders a second (%(default)s)")
    options = parser.parse_args()
    before = machine_speed()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), environment=ENVIRONMENT, telemetry=True) as stack,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        began = runner.run(run(stack, parts=options.parts, seconds=options.seconds, per_second=options.per_second))
    print(f"machine speed {before} before, {machine_speed()} after; a flush to disk takes {flush_ms()} ms")
    return 1 if began else 0


if __name__ == "__main__":
    sys.exit(main())
