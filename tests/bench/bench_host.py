"""`python -m tests.bench.bench_host`: what the local Functions host costs by itself, per request.

The processor time per request is what counts; requests per second also measure whatever else the machine does.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import psutil
import uvloop

from tests.bench.load import Measured, measure, request_bytes
from tests.integration.local_host.process import HostProcess, write_app

APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
BIG = b"x" * 110_000

@app.route(route="hello/{name}", methods=["GET"])
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("hello")

@app.route(route="menu/{id}", methods=["GET"])
async def menu(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(BIG, mimetype="application/json", headers={"ETag": "1"})

@app.route(route="unchanged/{id}", methods=["GET"])
async def unchanged(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=304, headers={"ETag": "1"})

@app.route(route="echo", methods=["POST"])
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return func.HttpResponse(context.invocation_id)

@app.route(route="thread")
def thread(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("hello")
"""
# What a browser sends.
HEADERS = {
    "accept": "application/json, text/plain, */*",
    "accept-encoding": "gzip, deflate, br",
    "accept-language": "en-US,en;q=0.9",
    "origin": "http://app.test",
    "referer": "http://app.test/",
    "user-agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
    "if-none-match": '"1"',
}
CASES = {
    "trivial, bare": ("GET", "/api/hello/you", {}, b""),
    "trivial, of a browser": ("GET", "/api/hello/you?a=1&b=2", HEADERS, b""),
    "110 kB": ("GET", "/api/menu/1", HEADERS, b""),
    "304": ("GET", "/api/unchanged/1", HEADERS, b""),
    "POST of 1 kB": ("POST", "/api/echo", HEADERS, b"x" * 1000),
    "in a thread": ("GET", "/api/thread", {}, b""),
}


async def _measure(url: str, pid: int, connections: int, seconds: float) -> None:
    process = psutil.Process(pid)
    for name, (method, path, headers, body) in CASES.items():
        request = request_bytes(url + path, method=method, headers=headers, body=body)
        await measure(url, request, connections=connections, seconds=0.5)
        before = process.cpu_times()
        result: Measured = await measure(url, request, connections=connections, seconds=seconds)
        after = process.cpu_times()
        used = (after.user + after.system - before.user - before.system) / len(result.times) * 1e6
        print(f"{name:22} {used:5.0f} us of processor per request; {result}", flush=True)


def main(argv: list[str]) -> int:
    """Optional arguments: connections (16) and seconds per case (3)."""
    connections, seconds = int(argv[0]) if argv else 16, float(argv[1]) if len(argv) > 1 else 3.0
    with tempfile.TemporaryDirectory() as folder:
        app = write_app(Path(folder) / "app", APP, settings={"Values": {}, "Host": {"CORS": "http://app.test"}})
        with (
            HostProcess(app, Path(folder) / "data") as host,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_measure(host.url, host.pid, connections, seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
