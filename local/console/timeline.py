"""One timeline of one order: what each service was asked for it, each span, each record of the log, each live event.

Everything is read when somebody looks: the order's trace from the database, its spans from the collector, the requests
from each service's own record. A request belongs to the order where its path or its body names it, or an attempt to pay
for it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.orders import Found, Orders
from local.console.view import StackView

COLLECTOR = "otlp"
_ID = re.compile(r"[0-9a-fA-F]{24}")
_TRACE = re.compile(r"00-([0-9a-f]{32})-")
_CODE = re.compile(r"[0-9A-Za-z]{2,8}")


class TimelineApi:
    """GET /api/timeline?order=ID-or-CODE."""

    def __init__(self, stack: StackView, http: httpx.AsyncClient, orders: Orders) -> None:
        self._stack = stack
        self._http = http
        self._orders = orders

    def routes(self) -> list[BaseRoute]:
        """The one route."""
        return [Route("/api/timeline", self.timeline)]

    async def timeline(self, request: Request) -> Response:
        """{"order", "rows": [{"at", "kind", ...}], "without"}: everything of it by time, and who does not answer."""
        from pymongo.errors import PyMongoError

        asked = request.query_params.get("order", "")
        if not _ID.fullmatch(asked) and not _CODE.fullmatch(asked):
            raise HTTPException(400, "Give an order's id or its code.")
        try:
            found = await self._orders.find(asked)
        except PyMongoError as error:
            raise HTTPException(503, f"MongoDB does not answer ({type(error).__name__})") from None
        if found is None:
            raise HTTPException(404, "There is no such order.")
        urls = self._stack.plan.service_urls()
        silent: list[str] = []
        requests = await asyncio.gather(
            *(self._requests(name, url, found, silent) for name, url in urls.items() if name != COLLECTOR)
        )
        told = await self._telemetry(urls.get(COLLECTOR), found.trace, silent)
        rows = [*(row for some in requests for row in some), *told, *map(_event, found.rows)]
        rows.sort(key=lambda row: row["at"])
        return JSONResponse({"order": found.order, "rows": rows, "without": sorted(set(silent))})

    async def _requests(self, name: str, url: str, found: Found, silent: list[str]) -> list[dict[str, Any]]:
        try:
            answer = await self._http.get(f"{url}/_local/received")
            calls = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            silent.append(name)
            return []
        origin = "/".join(url.split("/")[:3])
        return [_request(name, origin, call) for call in calls if _names(call, found.names)]

    async def _telemetry(self, url: str | None, trace: str | None, silent: list[str]) -> list[dict[str, Any]]:
        named = _TRACE.match(trace or "")
        if url is None or named is None:
            return []
        try:
            answer = await self._http.get(f"{url}/_traces", params={"trace": named[1]})
            told = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            silent.append(COLLECTOR)
            return []
        return [*map(_span, told["spans"]), *map(_record, told["logs"])]


def _names(call: Mapping[str, Any], names: frozenset[str]) -> bool:
    text = f"{call.get('path')} {json.dumps(call.get('body'))}".lower()
    return any(name in text for name in names)


def _request(service: str, origin: str, call: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": datetime.fromisoformat(str(call["at"])).timestamp(),
        "kind": "request",
        "where": service,
        "title": f"{call['method']} {call['path']}",
        "answered": call.get("answered"),
        "method": call["method"],
        "url": f"{origin}{call['path']}",
        "headers": call.get("headers", {}),
        "body": call.get("body"),
    }


def _span(span: Mapping[str, Any]) -> dict[str, Any]:
    database = span["attributes"].get("db.system.name") is not None
    return {
        "at": span["startedAt"],
        "kind": "database" if database else "span",
        "where": "mongod" if database else str(span["kind"]),
        "title": span["name"],
        "ms": span["ms"],
        "failed": span["failed"],
        "id": span["spanId"],
        "parent": span["parentSpanId"],
        "body": {"traceId": span["traceId"], "linked": span["linked"], **span["attributes"]},
    }


def _record(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": record["at"],
        "kind": "log",
        "where": str(record["attributes"].get("logger.name", "")),
        "title": record["body"],
        "failed": record["level"] in ("ERROR", "CRITICAL"),
        "body": {"level": record["level"], **record["attributes"]},
    }


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": _seconds(row["createdAt"]),
        "kind": "event",
        "where": "order_events",
        "title": f"{row.get('seq')} {row.get('type')}",
        "body": json.loads(json.dumps(dict(row), default=_plain)),
    }


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
