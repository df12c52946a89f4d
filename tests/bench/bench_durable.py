"""How many whole flows a second the durable engine carries, and how long a step takes when little is going on.

    python -m tests.bench.bench_durable [--flows N] [--clients N]

A flow is a start, an event, an activity and the end: three episodes. The engine runs in a process of its own; the SDK's
client calls it from here, as the product does.
"""

import argparse
import asyncio
import secrets
import statistics
import tempfile
import time
from pathlib import Path

import azure.durable_functions as df
import psutil

from local.durable.binding import client_binding
from tests.integration.local_host.process import HostProcess

_APP = Path(__file__).parent / "durable_app"


async def _flow(client: df.DurableOrchestrationClient) -> float:
    began = time.perf_counter()
    id_ = await client.start_new("checkout", secrets.token_hex(12), {"previewOrderId": "x"})
    await client.raise_event(id_, "wake")
    return time.perf_counter() - began


async def _worker(client: df.DurableOrchestrationClient, left: list[None], times: list[float]) -> None:
    while left:
        left.pop()
        times.append(await _flow(client))


async def _running(client: df.DurableOrchestrationClient) -> int:
    states = [df.OrchestrationRuntimeStatus.Pending, df.OrchestrationRuntimeStatus.Running]
    return len(await client.get_status_by(runtime_status=states))


async def _measure(url: str, process: psutil.Process, flows: int, clients: int) -> None:
    client = df.DurableOrchestrationClient(client_binding(url, "TestHubName"))
    await asyncio.gather(*(_flow(client) for _ in range(20)))
    times: list[float] = []
    left: list[None] = [None] * flows
    cpu, began = process.cpu_times(), time.perf_counter()
    await asyncio.gather(*(_worker(client, left, times) for _ in range(clients)))
    while await _running(client):
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - began
    after = process.cpu_times()
    used = after.user + after.system - cpu.user - cpu.system
    times.sort()
    p50, p95 = statistics.median(times) * 1000, times[int(len(times) * 0.95)] * 1000
    print(
        f"{clients:3} clients: {flows / seconds:6.0f} flows/s, start and event"
        f" p50 {p50:.1f} ms p95 {p95:.1f} ms, engine CPU {used / flows * 1000:.2f} ms per flow"
    )


async def _run(process: psutil.Process, url: str, options: argparse.Namespace) -> None:
    await _measure(url, process, max(options.flows // 5, 1), 1)
    await _measure(url, process, options.flows, options.clients)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        HostProcess(_APP, Path(folder) / "data", "--role", "durable") as engine,
    ):
        asyncio.run(_run(psutil.Process(engine.pid), engine.url, options))


if __name__ == "__main__":
    main()
