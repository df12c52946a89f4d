"""The HTTP API of the durable extension, as far as the engine has it: what azure-functions-durable's client calls."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.durable.binding import ROOT, management_urls
from local.durable.codec import dump, payload_text, quote
from local.durable.engine import Engine
from local.durable.history import status_text
from local.durable.instance import Got, Instance, Message, Status
from local.durable.queries import BadQueryError, Query, find_page
from local.durable.writer import EngineFailedError

BODY_LIMIT = 4 * 1024 * 1024
"""The largest body that is taken, in bytes."""
KEPT_EVENTS = 1000
"""How many events are kept for one instance that does not wait for them."""
ALIVE_LIMIT = 50_000
"""How many instances may be alive."""
ID_LIMIT = 100
_PURGED_AT_ONCE = 200
_BAD_ID = re.compile(r"[/\\#?\x00-\x1f\x7f]|^@|^$")
_REFUSED = {
    "suspend": "suspend an orchestration",
    "resume": "resume an orchestration",
    "rewind": "rewind an orchestration: start it again by its name",
}

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `text` is JSON, or empty."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the path below the API's root, its segments decoded; names of the query in lower case."""

    method: str
    segments: list[str]
    query: dict[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes

    def flag(self, name: str) -> bool:
        """Whether a query parameter says true."""
        return self.query.get(name, "").lower() == "true"

    @property
    def base_url(self) -> str:
        """The address that the client called, without a path."""
        return f"http://{self.headers.get(b'host', b'127.0.0.1').decode('latin-1')}"


class Api:
    """Answers requests for one engine."""

    def __init__(self, engine: Engine, hub: str) -> None:
        """`hub`: the task hub that requests may name."""
        self._engine = engine
        self._hub = hub

    async def answer(self, request: Request) -> Reply:
        """The answer to a request; what the engine cannot do is refused with a sentence."""
        if request.query.get("taskhub", self._hub).lower() != self._hub.lower():
            return _refusal(400, f"this engine serves the task hub '{self._hub}', not '{request.query['taskhub']}'")
        try:
            return await self._route(request)
        except BadQueryError as error:
            return _refusal(400, str(error))
        except EngineFailedError as error:
            return _refusal(500, str(error))

    async def _route(self, request: Request) -> Reply:
        kind, *rest = request.segments
        if rest and not rest[-1]:
            rest.pop()
        match request.method, kind.lower(), rest:
            case "POST", "orchestrators", [name, *given]:
                reply = await self._start(request, name, "/".join(given) or uuid.uuid4().hex)
            case "GET", "instances", []:
                reply = self._list(request)
            case "GET", "instances", [id_]:
                reply = self._status(request, id_)
            case "DELETE", "instances", []:
                reply = await self._purge_many(request)
            case "DELETE", "instances", [id_]:
                reply = await self._purge(id_)
            case "POST", "instances", [id_, act] if act.lower() == "restart":
                reply = await self._restart(request, id_)
            case "POST", "instances", [id_, act, *names]:
                reply = await self._act(request, id_, act.lower(), names)
            case _, "entities", _:
                reply = _refusal(501, "the local durable engine does not support entities")
            case _:
                reply = Reply(404)
        return reply

    async def _start(self, request: Request, name: str, id_: str) -> Reply:
        engine = self._engine
        if name not in engine.orchestrators:
            known = ", ".join(f"'{known}'" for known in sorted(engine.orchestrators)) or "none"
            return _bad_start(f"The function '{name}' doesn't exist or is not an orchestrator. Orchestrators: {known}.")
        if _BAD_ID.search(id_) or len(id_) > ID_LIMIT:
            return _bad_start(
                f"An instance id has 1 to {ID_LIMIT} characters, does not begin with @, and has none of / \\ # ? in it."
            )
        try:
            input_ = payload_text(request.body)
        except ValueError:
            return _bad_start("The request's body is not JSON.")
        return await self._begin(request, name, id_, input_, request.query.get("version"))

    async def _begin(self, request: Request, name: str, id_: str, input_: str | None, version: str | None) -> Reply:
        return await self._begun(request, id_, lambda: self._engine.begin(id_, name, input_, version))

    async def _begun(
        self, request: Request, id_: str, begin: Callable[[], Instance | None], otherwise: str = ""
    ) -> Reply:
        """The answer to a start. `otherwise`: why `begin` makes none."""
        engine = self._engine
        there = engine.alive.get(id_)
        if there is not None and not there.status.ended:
            return _refusal(409, f"an orchestration instance with the id '{id_}' is {there.status} already")
        if len(engine.alive) >= ALIVE_LIMIT:
            return _refusal(429, f"{ALIVE_LIMIT} orchestrations are running: no more are taken")
        if begin() is None:
            return _refusal(400, otherwise)
        await engine.saved()
        urls = management_urls(request.base_url, id_)
        return Reply(202, dump({"id": id_, **urls}), {"location": urls["statusQueryGetUri"], "retry-after": "10"})

    def _status(self, request: Request, id_: str) -> Reply:
        store = self._engine.store
        # From the disk: what is not there yet has not happened.
        instance = store.find(id_)
        if instance is None:
            return Reply(404)
        episodes = list(store.episodes(instance.execution)) if request.flag("showhistory") else None
        text = status_text(
            instance,
            with_input=request.flag("showinput"),
            episodes=episodes,
            with_output=request.flag("showhistoryoutput"),
        )
        return Reply(200 if instance.status.ended else 202, text)

    def _list(self, request: Request) -> Reply:
        token = request.headers.get(b"x-ms-continuation-token", b"").decode("latin-1")
        page = find_page(self._engine.store, Query.parse(request.query, token))
        with_input = request.query.get("showinput", "true").lower() == "true"
        text = ",".join(status_text(instance, with_input=with_input) for instance in page.instances)
        headers = {"x-ms-continuation-token": page.continuation} if page.continuation else {}
        return Reply(200, f"[{text}]", headers)

    async def _act(self, request: Request, id_: str, act: str, rest: list[str]) -> Reply:
        if act in _REFUSED and not rest:
            return _refusal(501, f"the local durable engine cannot {_REFUSED[act]}")
        if (act, len(rest)) not in {("raiseevent", 1), ("terminate", 0)}:
            return Reply(404)
        instance = self._engine.find(id_)
        if instance is None:
            return Reply(404)
        if instance.status.ended:
            return Reply(410)
        if act == "raiseevent":
            return await self._raise_event(request, instance, rest[0])
        return await self._terminate(instance, request.query.get("reason", ""))

    async def _restart(self, request: Request, id_: str) -> Reply:
        """Begin a copy. Azure knows no body, and no `fromActivity`: the copy begins at the last activity of this name.

        The body is the input of the copy, or of that activity, in the place of what it was.
        """
        instance = self._engine.find(id_)
        if instance is None:
            return Reply(404)
        try:
            # The SDK sends `null` for nothing.
            given = None if request.body.strip() in (b"", b"null") else payload_text(request.body)
        except ValueError:
            return _bad_start("The request's body is not JSON.")
        anew = request.query.get("restartwithnewinstanceid", "true").lower() == "true"
        copy, activity = uuid.uuid4().hex if anew else id_, request.query.get("fromactivity")
        if not activity:
            return await self._begin(request, instance.name, copy, given or instance.input, instance.version)
        # What it had got is read from the disk.
        await self._engine.saved()
        again = partial(self._engine.begin_from, copy, instance, activity, given)
        return await self._begun(request, copy, again, f"the instance '{id_}' never came to an activity '{activity}'")

    async def _raise_event(self, request: Request, instance: Instance, name: str) -> Reply:
        try:
            text = payload_text(request.body)
        except ValueError:
            return _refusal(400, "the request's body is not JSON")
        if len(instance.inbox) >= KEPT_EVENTS:
            return _refusal(429, f"{KEPT_EVENTS} events wait for the instance '{instance.id}': no more are taken")
        self._engine.deliver(instance, Message(Got.EVENT_RAISED, -1, name, text))
        await self._engine.saved()
        return Reply(202)

    async def _terminate(self, instance: Instance, reason: str) -> Reply:
        plain = f"terminated: {reason}" if reason else "terminated"
        self._engine.finish(instance, Status.TERMINATED, quote(reason), plain)
        await self._engine.saved()
        return Reply(202)

    async def _purge(self, id_: str) -> Reply:
        if self._engine.find(id_) is None:
            return Reply(404)
        return Reply(200, dump({"instancesDeleted": await self._engine.purge([id_])}))

    async def _purge_many(self, request: Request) -> Reply:
        query = Query.parse(request.query, None)
        if query.created_from is None:
            return _refusal(400, "purging several instances needs createdTimeFrom")
        ended = {status.value for status in Status if status.ended}
        states = tuple(ended.intersection(query.states) if query.states else ended)
        purged = 0
        while states:
            page = find_page(self._engine.store, replace(query, states=states, top=_PURGED_AT_ONCE))
            purged += await self._engine.purge(instance.id for instance in page.instances)
            if page.continuation is None:
                break
        return Reply(200, dump({"instancesDeleted": purged})) if purged else Reply(404)


def _refusal(status: int, sentence: str) -> Reply:
    # A JSON string: the SDK's client makes an exception of it.
    return Reply(status, quote(sentence))


def _bad_start(sentence: str) -> Reply:
    return Reply(400, dump({"Message": "The orchestration cannot be started.", "ExceptionMessage": sentence}))


async def serve(api: Api, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one ASGI request below ROOT."""
    if scope["type"] != "http":
        raise NotImplementedError(f"the durable engine does not serve {scope['type']}")
    body = await _read_body(receive)
    if body is None:
        reply = _refusal(413, f"a body may have {BODY_LIMIT} bytes at most")
    else:
        path: str = scope["raw_path"].decode("latin-1")
        segments = [unquote(segment) for segment in path[len(ROOT) + 1 :].split("/")]
        query_string: bytes = scope["query_string"]
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True) if query_string else ()
        query = {name.lower(): value for name, value in pairs}
        reply = await api.answer(Request(scope["method"], segments, query, dict(scope["headers"]), body))
    data = reply.text.encode()
    headers = [(b"content-length", b"%d" % len(data)), (b"content-type", b"application/json; charset=utf-8")]
    headers.extend((name.encode(), value.encode("latin-1")) for name, value in reply.headers.items())
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _read_body(receive: Receive) -> bytes | None:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
    return body if len(body) <= BODY_LIMIT else None
