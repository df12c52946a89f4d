"""From what a handler returned or raised to a response: one shape, and the headers that every response has."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import azure.functions as func
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from shared import ids
from shared.api.base import iso
from shared.errors import INTERNAL, UNAVAILABLE, Problem
from shared.integrations.engine import EngineError
from shared.integrations.identity import IdentityUnavailable
from shared.integrations.live import LiveUnavailable
from shared.telemetry import traces
from shared.web.call import Reply
from shared.web.runtime import SettingsInvalid

log = logging.getLogger("orderbuddy.request")

EXPOSED_HEADERS = (
    "front-token, st-access-token, st-refresh-token, x-request-id, etag, retry-after, date, link, x-truncated, x-next"
)
RETRY_AFTER_SECONDS = 2
_LINE = "method=%s route=%s status=%d ms=%.1f request=%s invocation=%s code=%s"
_NOT_TRACED = "health/"
"""What platforms ask every few seconds."""

_BODILESS = frozenset({204, 304})
_UNAVAILABLE = (
    ConnectionFailure,
    WaitQueueTimeoutError,
    ExecutionTimeout,
    WTimeoutError,
    EngineError,
    IdentityUnavailable,
    LiveUnavailable,
    TimeoutError,
)


async def answered(
    request: func.HttpRequest,
    work: Callable[[str], Awaitable[Reply[Any]]],
    *,
    route: str,
    status: int = 200,
    cached: bool = False,
    invocation_id: str = "",
    trace: str | None = None,
) -> func.HttpResponse:
    """Run `work(request id)`, answer with its reply or with the problem that it raised, and log one line.

    `trace`: of the platform's own span of this request.
    """
    # The invocation's id is as unique as a new one, and says at once to which line of the platform's log it belongs.
    sent = request.headers.get("x-request-id")
    request_id = ids.request_id(sent or invocation_id)
    if not traces.on() or route.startswith(_NOT_TRACED):
        return await _answered(
            request,
            work,
            route=route,
            request_id=request_id,
            invocation_id=invocation_id,
            status=status,
            cached=cached,
        )
    about = {"http.request.method": request.method, "http.route": route, "requestId": request_id}
    caller = request.headers.get("traceparent")
    with traces.request(f"{request.method} {route}", about, caller=caller, platform=trace) as span:
        response = await _answered(
            request,
            work,
            route=route,
            request_id=request_id,
            invocation_id=invocation_id,
            status=status,
            cached=cached,
        )
        span.note({"http.response.status_code": response.status_code})
    return response


async def _answered(
    request: func.HttpRequest,
    work: Callable[[str], Awaitable[Reply[Any]]],
    *,
    route: str,
    request_id: str,
    invocation_id: str,
    status: int,
    cached: bool,
) -> func.HttpResponse:
    started = time.perf_counter()
    code = ""
    try:
        reply = await work(request_id)
        body = serialised(reply.body)
    except Exception as error:
        problem = problem_of(error, request_id)
        reply, code = _as_reply(problem, request_id), problem.code.code
        traces.note({"error.code": code})
        body = to_json(reply.body, by_alias=True, inf_nan_mode="null")
    status = reply.status or status
    # What is kept as ready bytes tells its length to HEAD too: the platform's server sends the headers only.
    if status in _BODILESS or (request.method == "HEAD" and not cached):
        body = b""
    milliseconds = (time.perf_counter() - started) * 1000
    headers = {
        "x-request-id": request_id,
        "server-timing": f"app;dur={milliseconds:.1f}",
        "cache-control": "no-store",
        # What a person typed and we echo is never read as a page or a script.
        "x-content-type-options": "nosniff",
        "access-control-expose-headers": EXPOSED_HEADERS,
        **reply.headers,
    }
    level = logging.WARNING if status >= 500 else logging.INFO
    if log.isEnabledFor(level):
        values = (request.method, route, status, milliseconds, request_id, invocation_id or "-", code or "-")
        # Not log.log: nobody asks which line of this file wrote it, and finding that out takes as long as the rest.
        log.handle(log.makeRecord(log.name, level, "", 0, _LINE, values, None))
    # The platform adds to each text that it is UTF-8; said here, too, it would stand there twice.
    mimetype = headers.pop("content-type", "application/json").partition(";")[0]
    response = func.HttpResponse(body, status_code=status, headers=headers, mimetype=mimetype)
    for cookie in reply.cookies:
        response.headers.add("set-cookie", cookie)
    return response


def serialised(body: Any) -> bytes:
    """An answer as JSON; bytes are it already."""
    if isinstance(body, BaseModel):
        return body.__pydantic_serializer__.to_json(body, by_alias=True)
    if isinstance(body, bytes):
        return body
    return to_json(body, by_alias=True, inf_nan_mode="null")


def problem_of(error: Exception, request_id: str) -> Problem:
    """The answer to an exception. An unexpected one is logged with its traceback; the caller learns nothing."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, SettingsInvalid):
        log.error("%s request=%s", error, request_id)
        return Problem(UNAVAILABLE, retry_after=RETRY_AFTER_SECONDS)
    if isinstance(error, _UNAVAILABLE) or (isinstance(error, PyMongoError) and _passes(error)):
        log.warning("unavailable: %s request=%s", type(error).__name__, request_id)
        return Problem(UNAVAILABLE, retry_after=RETRY_AFTER_SECONDS)
    log.error("unexpected: request=%s\n%s", request_id, _traceback(error))
    return Problem(INTERNAL)


def _passes(error: PyMongoError) -> bool:
    return error.timeout or error.has_error_label("TransientTransactionError")


def _traceback(error: Exception) -> str:
    # A validation error's text repeats the values: names and phone numbers, which belong in no log.
    if isinstance(error, ValidationError):
        frames = "".join(traceback.format_tb(error.__traceback__))
        places = [".".join(map(str, row["loc"])) + " " + row["type"] for row in error.errors(include_input=False)]
        return f"{frames}ValidationError of {error.title}: {'; '.join(places[:20])}"
    return "".join(traceback.format_exception(error))


def _as_reply(problem: Problem, request_id: str) -> Reply[dict[str, Any]]:
    body = {
        "statusCode": problem.code.status,
        "message": problem.message,
        "detail": problem.detail,
        "code": problem.code.code,
        "requestId": request_id,
        **{name: iso(value) if isinstance(value, datetime) else value for name, value in problem.extra.items()},
    }
    headers: Mapping[str, str] = problem.headers
    if problem.retry_after is not None:
        headers = {**headers, "retry-after": str(problem.retry_after)}
    return Reply(body, problem.code.status, headers, problem.cookies)
