"""The collector's own API (`v1/traces`, `v1/logs`, `v1/metrics`), and what was collected for tests and the console."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.otlp.kept import SIGNALS, InvalidBatchError, Kept, Signal
from local.standin.calls import Calls, Read
from local.standin.switches import Switches

MOST_BYTES = 8 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class Collector:
    """Takes telemetry. Nothing outlives its process: what matters stands in the database."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._kept = Kept()
        self._calls = Calls(
            stopping,
            shows={"spans": self._spans, "logs": self._logs, "metrics": self._metrics},
            does={"forget": self._forget},
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with what was collected."""
        return self._calls.switches

    def routes(self) -> Sequence[BaseRoute]:
        """Where telemetry comes in, and where that of some traces is shown."""
        take = [
            self._calls.route(f"/v1/{signal}", _unpacked, partial(self._take, signal), most_bytes=MOST_BYTES)
            for signal in SIGNALS
        ]
        return [*take, Route("/_traces", self._of_traces)]

    async def close(self) -> None:
        """There is nothing to keep."""

    async def _take(self, signal: Signal, request: Request, body: bytes) -> Response:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip()
        try:
            self._kept.add(signal, body, content_type)
        except InvalidBatchError as error:
            raise HTTPException(400, str(error)) from None
        # An empty answer of either kind: everything was taken.
        return Response(b"{}" if content_type == "application/json" else b"", media_type=content_type)

    async def _of_traces(self, request: Request) -> Response:
        """GET /_traces?trace=...&trace=...: the spans and log records of these traces, and those linked to them."""
        traces = frozenset(request.query_params.getlist("trace"))
        spans = self._kept.spans(traces)
        return JSONResponse({"spans": spans, "logs": self._kept.records(traces)})

    async def _spans(self) -> list[dict[str, Any]]:
        """The newest spans, oldest first."""
        return self._kept.spans()

    async def _logs(self) -> list[dict[str, Any]]:
        """The newest log records, oldest first."""
        return self._kept.records()

    async def _metrics(self) -> list[dict[str, Any]]:
        """Every measure's last values."""
        return self._kept.measures()

    async def _forget(self, _body: Any) -> dict[str, Any]:
        """Forget everything."""
        self._kept.clear()
        return {}


def _unpacked(request: Request, body: bytes) -> Read[bytes]:
    """The body as it was before it was compressed, 8 MB at most. Raises HTTPException 400 and 413."""
    if request.headers.get("content-encoding") == "gzip":
        unpacking = zlib.decompressobj(_GZIP)
        try:
            body = unpacking.decompress(body, MOST_BYTES)
        except zlib.error:
            raise HTTPException(400, "the body is not gzip") from None
        if unpacking.unconsumed_tail:
            raise HTTPException(413, "The body is too large.")
    return Read(body, {"bytes": len(body)})
