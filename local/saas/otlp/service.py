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
from local.standin.faults import Ended, FaultMode, Faults, meet
from local.standin.received import Received
from local.standin.server import CutLine
from local.standin.switches import Switches

MOST_BYTES = 8 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class Collector:
    """Takes telemetry. Nothing outlives its process: what matters stands in the database."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._faults = Faults()
        self._received = Received()
        self._kept = Kept()
        self._switches = Switches(
            self._faults,
            self._received,
            shows={"spans": self._spans, "logs": self._logs, "metrics": self._metrics},
            does={"forget": self._forget},
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with what was collected."""
        return self._switches

    def routes(self) -> Sequence[BaseRoute]:
        """Where telemetry comes in, and where that of some traces is shown."""
        take = [Route(f"/v1/{signal}", partial(self._take, signal=signal), methods=["POST"]) for signal in SIGNALS]
        return [*take, Route("/_traces", self._of_traces)]

    async def close(self) -> None:
        """There is nothing to keep."""

    async def _take(self, request: Request, signal: Signal) -> Response:
        call = self._received.add("POST", request.url.path, request.headers.items())
        content_type = request.headers.get("content-type", "").partition(";")[0].strip()
        try:
            body = await _body(request)
            response = await self._answer(request, signal, body, content_type)
            call.body = {"bytes": len(body)}
        except InvalidBatchError as error:
            response = JSONResponse({"message": str(error)}, 400)
        call.answered = None if isinstance(response, CutLine) else response.status_code
        return response

    async def _answer(self, request: Request, signal: Signal, body: bytes, content_type: str) -> Response:
        subject = f"POST {request.url.path}"
        fault = self._faults.take(subject)
        with self._faults.letting_go(subject) as let_go:
            ended = await meet(fault, self._stopping, request.is_disconnected, let_go)
        if ended is Ended.FAILED and fault is not None:
            return JSONResponse({"message": "The collector was told to fail this call."}, fault.status)
        if ended is not None:
            return CutLine()
        self._kept.add(signal, body, content_type)
        if fault is not None and fault.mode is FaultMode.DROP_AFTER:
            return CutLine()
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


async def _body(request: Request) -> bytes:
    """The body, unpacked, 8 MB at most. Raises HTTPException 413, and InvalidBatchError."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "The body is too large.")
    if request.headers.get("content-encoding") != "gzip":
        return body
    unpacking = zlib.decompressobj(_GZIP)
    try:
        body = unpacking.decompress(body, MOST_BYTES)
    except zlib.error:
        raise InvalidBatchError("the body is not gzip") from None
    if unpacking.unconsumed_tail:
        raise HTTPException(413, "The body is too large.")
    return body
