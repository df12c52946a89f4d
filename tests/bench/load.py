"""A small HTTP load generator: keep-alive connections that each ask again as soon as they are answered.

It speaks HTTP/1.1 over bare asyncio protocols, because a full client library costs more than what it would measure.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

_LAST_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run showed. Times are in milliseconds, sorted ascending."""

    seconds: float
    times: tuple[float, ...]
    statuses: dict[int, int]
    received_bytes: int

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.times) / self.seconds

    def percentile(self, percent: float) -> float:
        """The time within which that share of the answers came."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * percent / 100))]

    def __str__(self) -> str:
        shares = ", ".join(f"p{p:g} {self.percentile(p):.2f} ms" for p in (50, 95, 99))
        return f"{self.per_second:,.0f}/s, {shares}, statuses {self.statuses}"


# Every connection reads into it: what an answer holds is only counted, and never kept.
_BUFFER = bytearray(256 * 1024)
_VIEW = memoryview(_BUFFER)
_LONGEST_HEAD = 16 * 1024


class _Connection(asyncio.BufferedProtocol):
    """One connection: sends `request`, waits for the whole answer, again, until `deadline`."""

    def __init__(self, request: bytes, deadline: float) -> None:
        self._request = request
        self._deadline = deadline
        self._received = b""
        self._missing = 0
        self._sent_at = 0.0
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.received_bytes = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an isinstance check: uvloop's transports are not derived from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the server closed the connection"))

    def _ask(self) -> None:
        self._sent_at = time.perf_counter()
        if self._sent_at >= self._deadline:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._transport.write(self._request)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _VIEW

    def buffer_updated(self, nbytes: int) -> None:
        self.received_bytes += nbytes
        if self._missing:
            self._missing -= nbytes
        else:
            before = len(self._received)
            received = self._received + _BUFFER[: min(nbytes, _LONGEST_HEAD)]
            end = received.find(b"\r\n\r\n")
            if end < 0:
                self._received = received
                return
            head = received[:end].lower()
            self.statuses[int(head[9:12])] += 1
            self._missing = _length(head) - (before + nbytes - end - 4)
            self._received = b""
        if self._missing == 0:
            self.times.append((time.perf_counter() - self._sent_at) * 1000)
            self._ask()


def _length(head: bytes) -> int:
    mark = head.find(b"content-length:")
    if mark < 0:
        return 0
    end = head.find(b"\r\n", mark)
    return int(head[mark + 15 : end if end > 0 else None])


def request_bytes(url: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request. Answers must carry a Content-Length, as the local host's do."""
    parts = urlsplit(url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    lines = [f"{method} {target} HTTP/1.1", f"host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def measure(url: str, request: bytes, *, connections: int = 16, seconds: float = 3.0) -> Measured:
    """Send `request` over and over. Raises ConnectionError when the server hangs up, TimeoutError when it stalls."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    protocols = []
    for _ in range(connections):
        _, protocol = await loop.create_connection(
            lambda: _Connection(request, started + seconds), parts.hostname or "127.0.0.1", parts.port or 80
        )
        protocols.append(protocol)
    async with asyncio.timeout(seconds + _LAST_ANSWER_SECONDS):
        await asyncio.gather(*(protocol.ended for protocol in protocols))
    statuses: Counter[int] = Counter()
    for protocol in protocols:
        statuses.update(protocol.statuses)
    return Measured(
        seconds=time.perf_counter() - started,
        times=tuple(sorted(t for protocol in protocols for t in protocol.times)),
        statuses=dict(statuses),
        received_bytes=sum(protocol.received_bytes for protocol in protocols),
    )


def main(argv: list[str]) -> int:
    """`python -m tests.bench.load URL`: print what one run shows."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=main.__doc__)
    parser.add_argument("url")
    parser.add_argument("-c", "--connections", type=int, default=16)
    parser.add_argument("-s", "--seconds", type=float, default=3.0)
    parser.add_argument("-X", "--method", default="GET")
    parser.add_argument("-H", "--header", action="append", default=[], metavar="NAME: VALUE")
    parser.add_argument("-d", "--data", default="")
    options = parser.parse_args(argv)
    headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in options.header)}
    request = request_bytes(options.url, method=options.method, headers=headers, body=options.data.encode())
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(measure(options.url, request, connections=options.connections, seconds=options.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
