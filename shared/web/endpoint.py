"""The endpoint decorator: from a handler to an Azure function and a row of the route table.

    @endpoint(bp, "POST", "order-app/cart/preview-order", allow=anyone, engine=True, errors=previewing.REFUSALS)
    async def preview_order(call: Call[PreviewRequest]) -> Data[Preview]:
        \"""Price a cart from the stored menu and keep it for 30 minutes (contract 7).\"""

What the decorator needs of the handler is read once, at import.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel

from shared.api.ready import Ready
from shared.errors import ErrorCode
from shared.web.access import Allow, anyone
from shared.web.call import Call, Data, Probe, Reply, tagged
from shared.web.named import Named
from shared.web.routes import API_PREFIX, ROUTES, KeyUse, Leaves, Route, RouteTable
from shared.web.runtime import RUNTIME
from shared.web.tracing import trace_of

__all__ = ["Call", "Data", "Probe", "Ready", "Reply", "endpoint", "tagged"]

ENGINE_BINDING = "durableClient"

Handler = TypeVar("Handler", bound=Callable[[Any], Awaitable[Any]])


def endpoint(
    bp: df.Blueprint,
    method: str,
    path: str,
    *,
    allow: Allow,
    engine: bool = False,
    errors: Sequence[ErrorCode] = (),
    status: int = 200,
    replies: Mapping[int, Any] | None = None,
    media: Sequence[str] = ("application/json",),
    polled: bool = False,
    keyed: KeyUse = "never",
    versioned: bool = False,
    largest_body: int = 0,
    leaves: Leaves = "entry",
    table: RouteTable = ROUTES,
) -> Callable[[Handler], Handler]:
    """Serve `path` (without the prefix) by the handler below, and hand the handler back untouched.

    `allow`: who may call. `engine`: the handler needs the workflow engine in `call.app.engine`. `errors`: the refusals
    of the services that it calls, beyond what every route may answer. `status`: of a success. `replies`: models of
    answers with other statuses, None for an empty one. `media`: the media types of a success. A GET route answers HEAD
    too. `polled`: clients ask it again and again where they cannot be told, so it answers 304 to who has the answer.
    `keyed`: a request may be sent with an Idempotency-Key, or must be; then it is done once. `versioned`:
    it may be sent with If-Match, and then holds only for the version that the caller saw. `largest_body`: how
    many bytes its body may have, where that is more than the setting says. `leaves`: what a change by staff leaves; a
    test walks the routes and looks.

    Raises TypeError where the handler does not say what it takes, `allow` does not fit the route, or what is polled
    changes something.
    """

    def declare(handler: Handler) -> Handler:
        hints = get_type_hints(handler)
        body, filters, probe = _parameter(handler, hints)
        cached = get_origin(hints.get("return")) is Ready
        route = Route(
            method=method,
            path=path,
            name=f"{handler.__module__.rpartition('.')[2]}_{handler.__name__}",
            handler=handler,
            allow=allow,
            body=body,
            query=filters,
            reply=_reply(hints.get("return")),
            status=status,
            replies={**({304: None} if cached or polled else {}), **(replies or {})},
            cached=cached,
            polled=polled,
            media=tuple(media),
            errors=tuple(dict.fromkeys(errors)),
            engine=engine,
            probe=probe,
            keyed=keyed,
            versioned=versioned,
            largest_body=largest_body,
            leaves=leaves,
            summary=_summary(handler),
            tags=(path.partition("/")[0],),
        )
        if polled and method != "GET":
            raise TypeError(f"{route.name} is no GET, so nobody may ask it again and again")
        if probe and allow is not anyone:
            raise TypeError(f"{route.name} answers without a working App, so it cannot know who calls")
        allow.check(Named(route.parameters, body, filters))
        table.add(route)
        _register(bp, route)
        return handler

    return declare


def _register(bp: df.Blueprint, route: Route) -> None:
    # The official worker reads the signature and the annotations of what is registered, so these functions have no
    # __wrapped__, exactly the parameters that have a binding, and annotations that resolve in this module.
    async def run(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        return await route.answer(req, RUNTIME, invocation_id=context.invocation_id, trace=trace_of(context))

    async def run_with_engine(req: func.HttpRequest, context: func.Context, engine: str) -> func.HttpResponse:
        return await route.answer(
            req, RUNTIME, binding=engine, invocation_id=context.invocation_id, trace=trace_of(context)
        )

    methods = [route.method, "HEAD"] if route.method == "GET" else [route.method]
    builder = bp.route(route=API_PREFIX + route.path, methods=methods, auth_level=func.AuthLevel.ANONYMOUS)(
        run_with_engine if route.engine else run
    )
    if route.engine:
        builder = bp.generic_input_binding(arg_name="engine", type=ENGINE_BINDING)(builder)
    bp.function_name(route.name)(builder)


def _parameter(
    handler: Callable[..., Any], hints: Mapping[str, Any]
) -> tuple[type[BaseModel] | None, type[BaseModel] | None, bool]:
    """The models of the body and of the query, and whether it is a probe, by the annotation of the one parameter."""
    names = list(inspect.signature(handler).parameters)
    hint = hints.get(names[0]) if len(names) == 1 else None
    if hint is Probe:
        return None, None, True
    if get_origin(hint) is not Call:
        raise TypeError(f"{handler.__qualname__} takes one parameter: Call[Body], Call[None] or Probe")
    body, filters = get_args(hint)
    return _model(body), _model(filters), False


def _model(hint: Any) -> type[BaseModel] | None:
    if hint in (None, type(None), Any):
        return None
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    raise TypeError(f"{hint!r} is not a pydantic model")


def _reply(hint: Any) -> Any:
    """What a success holds: the return annotation, with Reply[...] opened."""
    if get_origin(hint) in (Union, types.UnionType):
        members = [each for each in get_args(hint) if get_origin(each) is not Reply and each is not Reply]
        return Union[tuple(members)] if members else Any  # noqa: UP007 - the members are values here
    if get_origin(hint) is Reply:
        return get_args(hint)[0]
    if get_origin(hint) is Ready:
        return Data[get_args(hint)[0]]  # type: ignore[misc]  # the argument is a value here
    return Any if hint is Reply else hint


_REFERENCE = re.compile(r"\s*\((?:contract|rules|design)\b[^)]*\)")


def without_references(text: str) -> str:
    """A docstring as callers of the API read it: without what it cites of our own documents."""
    return _REFERENCE.sub("", text)


def _summary(handler: Callable[..., Any]) -> str:
    """The docstring's first paragraph in one line, without what it cites of our documents."""
    paragraph = inspect.cleandoc(handler.__doc__ or "").partition("\n\n")[0]
    return without_references(" ".join(paragraph.split()))
