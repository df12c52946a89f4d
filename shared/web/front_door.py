"""The front door: it answers every request that no function's own route takes.

The original's paths have no prefix, and existing clients use them. The front door looks them up in the route table, and
calls the very same handlers. An unknown address gets 404, a wrong method 405 with Allow, both in the one error shape.
The Functions host cannot do that: it answers both with an empty 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

import azure.functions as func
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, MapAdapter, Rule

from shared.errors import METHOD_NOT_ALLOWED, NOT_FOUND, Problem
from shared.web.answering import answered
from shared.web.call import Reply
from shared.web.routes import API_PREFIX, ROUTES, Route, RouteTable
from shared.web.runtime import AppSource, SettingsInvalid

_PREFIX = API_PREFIX.strip("/").split("/")


@dataclass(frozen=True, slots=True)
class Found:
    """A route, and the values of its path parameters."""

    route: Route
    path: dict[str, str]


@dataclass(frozen=True, slots=True)
class OtherMethods:
    """There is something at the address, which answers only these methods."""

    methods: tuple[str, ...]


class FrontDoor:
    """Finds routes by address, whatever the letter case, with or without a trailing slash."""

    def __init__(self, table: RouteTable = ROUTES) -> None:
        self._table = table

    async def answer(
        self,
        req: func.HttpRequest,
        source: AppSource,
        *,
        binding: str | None = None,
        invocation_id: str = "",
        trace: str | None = None,
    ) -> func.HttpResponse:
        """Answer `req` like the route that its URL names, or say that there is none."""
        segments = _segments(req.url)
        prefixed = [segment.lower() for segment in segments[: len(_PREFIX)]] == _PREFIX
        found = self.find(req.method, segments[len(_PREFIX) :] if prefixed else segments)
        if found is not None and not prefixed and not _legacy_paths(source):
            found = None
        if isinstance(found, Found):
            return await found.route.answer(
                req, source, path=found.path, binding=binding, invocation_id=invocation_id, trace=trace
            )

        async def refuse(request_id: str) -> Reply[Any]:
            if found is None:
                raise Problem(NOT_FOUND)
            headers = {"allow": ", ".join(found.methods)}
            if req.method == "OPTIONS":
                return Reply(None, 204, headers)
            raise Problem(METHOD_NOT_ALLOWED, headers=headers)

        return await answered(req, refuse, route="-", invocation_id=invocation_id, trace=trace)

    def find(self, method: str, segments: list[str]) -> Found | OtherMethods | None:
        """What is at this address (without the prefix). A literal segment wins over a parameter, as in the host."""
        if "" in segments:
            return None
        # Only for finding: letter case does not count, and an encoded slash is no separator.
        address = "/" + "/".join(segment.lower().replace("/", "%2f") for segment in segments)
        try:
            route, _ = self._routes.match(address, method=method)
        except MethodNotAllowed as error:
            return OtherMethods(tuple(sorted(error.valid_methods or ())))
        except NotFound:
            return None
        names = route.path.split("/")
        return Found(route, {name[1:-1]: value for name, value in zip(names, segments, strict=True) if name[0] == "{"})

    @cached_property
    def _routes(self) -> MapAdapter:
        # At first use, when all modules have declared their routes.
        rules = [Rule(_rule(route.path), methods=[route.method], endpoint=route) for route in self._table]
        return Map(rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False).bind("")


def _segments(url: str) -> list[str]:
    segments = [unquote(segment) for segment in urlsplit(url).path.split("/")[1:]]
    return segments[:-1] if segments and segments[-1] == "" else segments


def _rule(path: str) -> str:
    parts = (f"<p{n}>" if part.startswith("{") else part.lower() for n, part in enumerate(path.split("/")))
    return "/" + "/".join(parts)


def _legacy_paths(source: AppSource) -> bool:
    try:
        return source.made().settings.legacy_paths
    except SettingsInvalid:
        # The route itself says what is wrong, in the one shape.
        return True
