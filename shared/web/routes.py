"""The route table: every endpoint as a value, and how one answers a request."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import azure.functions as func
from pydantic import BaseModel

from shared.api.base import Form, Multipart
from shared.api.ready import Ready
from shared.app import App
from shared.domain.roles import Caller
from shared.errors import (
    BODY_TOO_LARGE,
    INTERNAL,
    INVALID_REQUEST,
    MALFORMED_JSON,
    NOT_FOUND,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    VERSION_CHANGED,
    ErrorCode,
    Problem,
)
from shared.ids import stored_id
from shared.services.keys import once
from shared.services.keys.once import Answer, Keyed
from shared.services.trail import refusals
from shared.web import reading
from shared.web.access import Allow, unauthenticated
from shared.web.answering import answered, serialised
from shared.web.call import Call, Probe, Reply
from shared.web.named import LOCATION, RESTAURANT, Asked
from shared.web.negotiation import as_reply, unless_known
from shared.web.runtime import AppSource, Given, with_engine
from shared.web.signing_in import Carried, caller_of

log = logging.getLogger("orderbuddy.routes")

KeyUse = Literal["never", "may", "needed"]
"""Whether a route takes an Idempotency-Key."""

API_PREFIX = "api/v1/"
"""What stands before every route; the front door serves the same routes without it."""


Leaves = Literal["entry", "rows", "nothing"]
"""What a change by staff leaves: one row in the trail of each restaurant concerned; rows of its order's history; or
nothing, where it only reports (rules 15). Of a route that only reads it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """One endpoint.

    `path`: without the prefix, its parameters in braces. `reply`: the type of a success. `replies`: the types of
    answers with another status than `status`, None for an empty one. `media`: the media types of a success. `cached`:
    it answers with ready bytes, or 304. `polled`: it answers 304 to who has the answer. `probe`: it answers without a
    working App. `keyed`: whether it takes an Idempotency-Key, or needs one. `leaves`: what a change by staff leaves.
    """

    method: str
    path: str
    name: str
    handler: Callable[[Any], Awaitable[Any]]
    allow: Allow
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    reply: Any = None
    status: int = 200
    replies: Mapping[int, Any] = field(default_factory=dict)
    cached: bool = False
    polled: bool = False
    media: tuple[str, ...] = ("application/json",)
    errors: tuple[ErrorCode, ...] = ()
    engine: bool = False
    probe: bool = False
    keyed: KeyUse = "never"
    versioned: bool = False
    largest_body: int = 0
    leaves: Leaves = "entry"
    summary: str = ""
    tags: tuple[str, ...] = ()

    @property
    def parameters(self) -> list[str]:
        """The names in the path, in order."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def refusals(self) -> list[ErrorCode]:
        """Every code that this route may answer: those that it declares, and those of reading its request."""
        may = [INTERNAL, UNAVAILABLE]
        if self.body is not None or self.query is not None:
            may.append(INVALID_REQUEST)
        if self.body is not None:
            may.append(UNSUPPORTED_MEDIA_TYPE)
            if not issubclass(self.body, Form | Multipart):
                may.append(MALFORMED_JSON)
        if self.method != "GET":
            may.append(BODY_TOO_LARGE)
        if self.parameters:
            may.append(NOT_FOUND)
        may += self.allow.refusals
        if self.keyed != "never":
            may += [INVALID_REQUEST, *once.REFUSALS]
        if self.versioned:
            may += [INVALID_REQUEST, VERSION_CHANGED]
        return [*self.errors, *(code for code in may if code not in self.errors)]

    async def handle(self, req: func.HttpRequest, *, app: App, invocation_id: str = "") -> func.HttpResponse:
        """Answer `req` with an App at hand."""
        return await self.answer(req, Given(app), invocation_id=invocation_id)

    async def answer(
        self,
        req: func.HttpRequest,
        source: AppSource,
        *,
        path: Mapping[str, str] | None = None,
        binding: str | None = None,
        invocation_id: str = "",
        trace: str | None = None,
    ) -> func.HttpResponse:
        """Answer `req`: check it, call the handler, and make the response of its result or its exception.

        `path` replaces the request's own path values: the front door gives it. `binding` is the durable
        client's: its engine replaces the App's. `trace`: as for `answered`.
        """

        heard: list[Asked] = []

        async def work(request_id: str) -> Reply[Any]:
            carried = Carried()
            values = req.route_params if path is None else path
            try:
                call = await self._call(
                    req, source, values, binding, request_id=request_id, heard=heard, carried=carried
                )
                result = await self._handled(call, req)
            except Problem as problem:
                carried.on_problem(problem)
                if problem.code not in self.refusals:
                    # Answered all the same. The tests let none of these pass.
                    log.error("route %s answers %s, which it does not declare", self.name, problem.code.code)
                await self._keep_refusal(heard, problem, request_id)
                raise
            if isinstance(result, Ready):
                return carried.on(as_reply(result, req.headers))
            reply = result if isinstance(result, Reply) else Reply(result)
            if self.polled:
                reply = unless_known(replace(reply, body=serialised(reply.body)), req.headers)
            return carried.on(reply)

        return await answered(
            req,
            work,
            route=self.path,
            status=self.status,
            cached=self.cached,
            invocation_id=invocation_id,
            trace=trace,
        )

    async def _call(
        self,
        req: func.HttpRequest,
        source: AppSource,
        path: Mapping[str, str],
        binding: str | None,
        *,
        request_id: str,
        heard: list[Asked],
        carried: Carried,
    ) -> Call[Any, Any] | Probe:
        if self.probe:
            return Probe(lambda: with_engine(source.made(), binding), request_id)
        app = with_engine(await source.ready(), binding)
        headers = req.headers
        reading.check_path(path)
        caller = None
        if self.allow.reads_bearer:
            caller = await caller_of(app, req.method, headers, carried, needed=not self.allow.public)
        if caller is None and not self.allow.public:
            raise unauthenticated()
        heard.append(Asked(app, caller, path))
        if not self.allow.reads_body:
            caller = await self.allow.admit(Asked(app, caller, path, headers=headers))
        raw = req.get_body()
        reading.check_size(raw, max(self.largest_body, app.settings.max_body_bytes))
        body = await self._read(Asked(app, caller, path), raw, headers)
        heard.append(Asked(app, caller, path, body))
        if self.allow.reads_body:
            caller = await self.allow.admit(Asked(app, caller, path, body))
        return Call(
            app=app,
            body=body,
            path=path,
            query=None if self.query is None else reading.read_query(self.query, req.params),
            request_id=request_id,
            caller=caller,
            headers=headers,
            if_match=reading.read_version(headers) if self.versioned else None,
            prefer_async="prefer" in headers and "respond-async" in headers["prefer"].lower(),
        )

    async def _read(self, asked: Asked, raw: bytes, headers: Mapping[str, str]) -> BaseModel | None:
        """The body. Where it is refused, the refusal is kept with the request's key, if it has one."""
        if self.body is None:
            return None
        if issubclass(self.body, Form):
            return reading.read_form(self.body, raw, headers.get("content-type"))
        if issubclass(self.body, Multipart):
            return reading.read_multipart(self.body, raw, headers.get("content-type"))
        try:
            return reading.read_body(self.body, raw, headers.get("content-type"))
        except Problem as problem:
            key = None if self.keyed == "never" else reading.read_key(headers, needed=False)
            # Where the body says whose staff may call, nobody is let in yet.
            if key is None or asked.caller is None or self.allow.reads_body:
                raise
            refused = problem

        async def work() -> Answer:
            raise refused

        await once.once(asked.app, self._with_key(asked.caller, asked.path, key, raw), work)
        raise refused

    def _with_key(self, caller: Caller, path: Mapping[str, str], key: str, raw: bytes) -> Keyed:
        # An id may be written with capitals: it is the same order, and the same key.
        same = {name: str(stored_id(value)) for name, value in path.items()}
        return Keyed(caller.actor_in("").by, self.method, API_PREFIX + self.path.format(**same), key, raw)

    async def _handled(self, call: Call[Any, Any] | Probe, req: func.HttpRequest) -> Any:
        """What the handler gives; of a request with a key, once, and then again what it gave."""
        if isinstance(call, Probe) or self.keyed == "never":
            return await self.handler(call)
        key = reading.read_key(req.headers, needed=self.keyed == "needed")
        if key is None:
            return await self.handler(call)
        asked = self._with_key(call.staff, call.path, key, req.get_body())

        async def work() -> Answer:
            result = await self.handler(replace(call, request_digest=asked.digest))
            reply = result if isinstance(result, Reply) else Reply(result)
            return Answer(reply.status or self.status, serialised(reply.body).decode())

        answer = await once.once(call.app, asked, work)
        return Reply(answer.body.encode(), status=answer.status)

    async def _keep_refusal(self, heard: Sequence[Asked], problem: Problem, request_id: str) -> None:
        """Keep what staff were refused. `heard`: what was known of the request, the last most."""
        asked = heard[-1] if heard else None
        if asked is None or asked.caller is None:
            return
        await refusals.keep(
            asked.app,
            asked.caller,
            problem.code,
            route=self.name,
            restaurant_id=asked.named(RESTAURANT),
            location_id=asked.named(LOCATION),
            request_id=request_id,
        )


class RouteTable:
    """All routes, in the order in which they were declared."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], Route] = {}

    def add(self, route: Route) -> None:
        """Raises ValueError where the method and path, or the name, are taken."""
        key = (route.method, _shape(route.path))
        if key in self._routes:
            raise ValueError(f"{route.method} {route.path} is declared twice")
        if any(route.name == other.name for other in self):
            raise ValueError(f"two endpoints are called {route.name}")
        self._routes[key] = route

    def named(self, name: str) -> Route:
        """The route of the function `name`. Raises KeyError."""
        for route in self:
            if route.name == name:
                return route
        raise KeyError(name)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    def __len__(self) -> int:
        return len(self._routes)


def _shape(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part.lower() for part in path.split("/"))


ROUTES = RouteTable()
"""The app's routes. Importing the modules of functions/ fills it."""
