"""One timeline of one order: what each service was asked for it, its workflow, its trace, its log, its history.

Everything is read when somebody looks: the order's trace from the database, its spans from the collector, its workflow
from the engine, the requests from each service's own record. A request belongs to the order where it came with the
order's trace, or where its path or its body names the order, an attempt to pay for it, or a message about it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.orchestrations import Orchestrations
from local.console.orders import Found, Orders
from local.console.parts import Parts, answered

COLLECTOR, ENGINE = "otlp", "durable"
_ID = re.compile(r"[0-9a-fA-F]{24}")
_TRACE = re.compile(r"00-([0-9a-f]{32})-")
_CODE = re.compile(r"[0-9A-Za-z]{2,8}")


class TimelineApi:
    """GET /api/timeline?order=ID-or-CODE."""

    def __init__(self, parts: Parts, orders: Orders, orchestrations: Orchestrations) -> None:
        self._parts = parts
        self._orders = orders
        self._orchestrations = orchestrations

    def routes(self) -> list[BaseRoute]:
        """The one route."""
        return [Route("/api/timeline", self.timeline)]

    async def timeline(self, request: Request) -> Response:
        """{"order", "rows": [{"at", "kind", ...}], "workflow", "without"}: everything of it by time, how its workflow
        stands (null where there is none), and who does not answer."""
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
        trace = _trace(found.trace)
        silent: list[str] = []
        services = [name for name in self._parts.urls() if name != COLLECTOR]
        requests = await asyncio.gather(*(self._requests(name, found, trace, silent) for name in services))
        told = await self._telemetry(trace, silent)
        workflow = await self._workflow(found.order["_id"], silent)
        steps = [] if workflow is None else workflow_rows(workflow)
        rows = [*(row for some in requests for row in some), *told, *steps, *map(_event, found.rows)]
        rows.sort(key=lambda row: row["at"])
        shown = workflow and {name: workflow.get(name) for name in ("instanceId", "name", "runtimeStatus")}
        return JSONResponse({"order": found.order, "rows": rows, "workflow": shown, "without": sorted(set(silent))})

    async def _requests(self, name: str, found: Found, trace: str | None, silent: list[str]) -> list[dict[str, Any]]:
        try:
            calls = await self._parts.shown(name, "received")
        except HTTPException:
            silent.append(name)
            return []
        origin = "/".join(self._parts.url(name).split("/")[:3])
        return [_request(name, origin, call) for call in calls if _is_of(call, found.names, trace)]

    async def _telemetry(self, trace: str | None, silent: list[str]) -> list[dict[str, Any]]:
        if trace is None or COLLECTOR not in self._parts.urls():
            return []
        try:
            told = await self._parts.read(f"{self._parts.url(COLLECTOR)}/_traces", trace=trace)
        except HTTPException:
            silent.append(COLLECTOR)
            return []
        return [*map(_span, told["spans"]), *map(_record, told["logs"])]

    async def _workflow(self, order_id: str, silent: list[str]) -> dict[str, Any] | None:
        """The checkout's instance of the engine, with its history: its id is the order's."""
        if ENGINE not in self._parts.urls():
            return None
        try:
            return await answered(self._orchestrations.one(order_id))
        except HTTPException:
            silent.append(ENGINE)
            return None


def workflow_rows(instance: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each event of an instance's history; an activity's is where it began, and says how long it took."""
    rows = []
    for event in instance.get("historyEvents") or ():
        kind = str(event["EventType"])
        # Of a timer that has fired the engine writes down when it was made, too.
        ended = _moment(event["FireAt"] if kind == "TimerFired" else event["Timestamp"])
        activity = kind in ("TaskCompleted", "TaskFailed", "TaskScheduled")
        began = _moment(event["ScheduledTime"]) if activity and "ScheduledTime" in event else ended
        named = event.get("FunctionName") or event.get("Name") or event.get("OrchestrationStatus") or ""
        rows.append(
            {
                "at": began,
                "kind": "workflow",
                "where": ENGINE,
                "title": f"activity {named}" if activity else f"{_WORDS.get(kind, kind)} {named}".strip(),
                **({"ms": round((ended - began) * 1000, 3)} if activity and kind != "TaskScheduled" else {}),
                "failed": kind == "TaskFailed" or event.get("OrchestrationStatus") == "Failed",
                "body": dict(event),
            }
        )
    return rows


_WORDS = {
    "ExecutionStarted": "begins",
    "ExecutionCompleted": "ends",
    "ExecutionTerminated": "is ended",
    "EventRaised": "hears",
    "TimerCreated": "waits",
    "TimerFired": "waited",
    "ExecutionSuspended": "is suspended",
    "ExecutionResumed": "goes on",
    "GenericEvent": "notes",
}
"""Azure's words for what is no activity, as the timeline has them."""


def _trace(traceparent: object) -> str | None:
    named = _TRACE.match(str(traceparent or ""))
    return named and named[1]


def _is_of(call: Mapping[str, Any], names: frozenset[str], trace: str | None) -> bool:
    if trace is not None and _trace(call.get("headers", {}).get("traceparent")) == trace:
        return True
    text = f"{call.get('path')} {json.dumps(call.get('body'))}".lower()
    return any(name in text for name in names)


def _request(service: str, origin: str, call: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": _moment(call["at"]),
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


def _moment(text: object) -> float:
    return _seconds(datetime.fromisoformat(str(text)))


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
