"""The HTTP API of the durable extension: what azure-functions-durable's client calls, and what people call by hand.

Answers are those of the real engine; docs/local-engine.md lists where they differ, and why.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from local.durable.binding import CONNECTION, management_urls
from local.durable.codec import dump, event_text, input_text
from local.durable.engine import Engine
from local.durable.history import history_events
from local.durable.instance import Got, Instance, Message, Status
from local.durable.queries import BadQueryError, Query, find_page
from local.durable.requests import (
    BODY_LIMIT,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    failure,
    read_body,
    respond,
    sentence,
)
from local.durable.rewinding import CannotRewindError
from local.durable.status import status_text
from local.durable.waiting import waited
from local.durable.writer import EngineFailedError

KEPT_EVENTS = 1000
"""How many events are kept for one instance that does not wait for them."""
ALIVE_LIMIT = 50_000
"""How many instances may be alive."""
ID_LIMIT = 512
"""The longest id, in characters. The real engine's storage fails somewhere between 257 and 600."""
_PURGED_AT_ONCE = 200
_CONNECTIONS = frozenset({"", CONNECTION.lower(), "azurewebjobsstorage"})
_READER_ERROR = "Newtonsoft.Json.JsonReaderException"
_FINAL = tuple(status.value for status in Status if status.ended)


class Api:
    """Answers requests for one engine."""

    def __init__(self, engine: Engine, hub: str) -> None:
        """`hub`: the task hub that requests may name."""
        self._engine = engine
        self._hub = hub

    async def answer(self, request: Request) -> Reply:
        """The answer to a request; what the engine cannot do is refused with a sentence."""
        hub, connection = request.last("taskhub") or self._hub, request.last("connection") or ""
        if hub.lower() != self._hub.lower():
            return sentence(400, f"this engine serves the task hub '{self._hub}', not '{hub}'")
        if connection.lower() not in _CONNECTIONS:
            why = f"Unable to resolve the Azure Storage connection named '{connection}'."
            return _went_wrong(why)
        try:
            return await self._route(request)
        except BadQueryError as error:
            return sentence(error.status, str(error))
        except EngineFailedError as error:
            return sentence(500, str(error))

    async def _route(self, request: Request) -> Reply:
        kind, *rest = request.segments
        if rest and not rest[-1]:
            rest.pop()
        match request.method, kind.lower(), rest:
            case "POST", "orchestrators", ["", *_]:
                reply = Reply(404)
            case "POST", "orchestrators", [name]:
                reply = await self._start(request, name, uuid.uuid4().hex)
            case "POST", "orchestrators", [name, id_]:
                reply = await self._start(request, name, id_)
            case "GET", "instances", []:
                reply = self._list(request)
            case "GET", "instances", [id_]:
                reply = self._status(request, id_)
            case "DELETE", "instances", []:
                reply = await self._purge_many(request)
            case "DELETE", "instances", [id_]:
                reply = await self._purge(id_)
            case "POST", "instances", [id_, act]:
                reply = await self._act(request, id_, act.lower())
            case "POST", "instances", [id_, act, name] if act.lower() == "raiseevent":
                reply = await self._raise_event(request, id_, name)
            case _, "entities", _:
                reply = sentence(501, "the local durable engine does not support entities")
            case _:
                reply = Reply(404)
        return reply

    async def _start(self, request: Request, name: str, id_: str) -> Reply:
        wrong = _wrong_id(id_)
        if wrong:
            return failure(400, "The orchestration cannot be started.", wrong, "System.ArgumentException")
        try:
            input_ = input_text(request.body)
        except ValueError as error:
            return failure(400, "Invalid JSON content", str(error), _READER_ERROR)
        return await self._begin(request, name, id_, input_, request.last("version"))

    async def _begin(self, request: Request, name: str, id_: str, input_: str | None, version: str | None) -> Reply:
        return await self._begun(request, id_, lambda: self._engine.begin(id_, name, input_, version))

    async def _begun(
        self, request: Request, id_: str, begin: Callable[[], Instance | None], otherwise: str = ""
    ) -> Reply:
        """The answer to a start. `otherwise`: why `begin` makes none."""
        engine = self._engine
        there = engine.alive.get(id_)
        if there is not None and not there.status.ended:
            return failure(409, _exists(there))
        if len(engine.alive) >= ALIVE_LIMIT:
            return sentence(429, f"{ALIVE_LIMIT} orchestrations are running: no more are taken")
        instance = begin()
        if instance is None:
            return sentence(400, otherwise)
        await engine.saved()
        urls = management_urls(request.base_url, self._hub, id_)
        usual = Reply(202, dump({"id": id_, **urls}), {"location": urls["statusQueryGetUri"], "retry-after": "10"})
        return await waited(request, engine.store, instance.id, usual)

    def _status(self, request: Request, id_: str) -> Reply:
        store = self._engine.store
        # From the disk: what is not there yet has not happened.
        instance = store.find(id_)
        if instance is None:
            return Reply(404)
        events = None
        if request.switch("showhistory") and instance.status is not Status.PENDING:
            events = history_events(
                instance,
                store.episodes(instance.execution),
                store.inbox(instance.execution),
                with_output=request.switch("showhistoryoutput"),
            )
        text = status_text(instance, with_input=request.switch("showinput", default=True), events=events)
        if not instance.status.ended:
            return Reply(202, text, {"location": f"{request.base_url}{request.target}", "retry-after": "5"})
        is_error = instance.status is Status.FAILED and request.switch("returninternalservererroronfailure")
        return Reply(500 if is_error else 200, text)

    def _list(self, request: Request) -> Reply:
        page = find_page(self._engine.store, Query.parse(request))
        with_input = request.switch("showinput", default=True)
        text = ",".join(status_text(instance, with_input=with_input) for instance in page.instances)
        headers = {"x-ms-continuation-token": page.continuation} if page.continuation else {}
        return Reply(200, f"[{text}]", headers)

    async def _act(self, request: Request, id_: str, act: str) -> Reply:
        match act:
            case "restart":
                return await self._restart(request, id_)
            case "restartwithoptions":
                return await self._restart_as(request, id_)
            case "rewind":
                return await self._rewind(request, id_)
            case "terminate" | "suspend" | "resume":
                return await self._steer(id_, act, request.text("reason"))
        return Reply(404)

    async def _steer(self, id_: str, act: str, reason: str | None) -> Reply:
        engine = self._engine
        instance = engine.find(id_)
        if instance is None or instance.status.ended:
            return Reply(404 if instance is None else 410)
        suspended = instance.status is Status.SUSPENDED
        if (act, suspended) in (("suspend", True), ("resume", False)):
            why = f"Cannot {act} the orchestration instance {id_} because instance is in the {instance.status} state."
            return _went_wrong(why)
        match act:
            case "terminate":
                engine.terminate(instance, reason)
            case "suspend":
                engine.suspend(instance, reason)
            case _:
                engine.resume(instance, reason)
        await engine.saved()
        return Reply(202)

    async def _rewind(self, request: Request, id_: str) -> Reply:
        engine = self._engine
        await engine.saved()
        instance = engine.find(id_)
        if instance is None:
            return sentence(404, f'No orchestration with instance ID "${id_}" found.')
        if instance.status is not Status.FAILED:
            why = f"This orchestration has status {instance.status}, but only orchestrations in the "
            return sentence(412, f'{why}"Failed" state can be rewound.')
        try:
            engine.rewind(instance, request.text("reason"))
        except CannotRewindError as error:
            return sentence(501, str(error))
        await engine.saved()
        return Reply(202)

    async def _restart(self, request: Request, id_: str) -> Reply:
        """Begin a copy. Azure knows no body, and no `fromActivity`: the copy begins at the last activity of this name.

        The body is the input of the copy, or of that activity, in the place of what it was.
        """
        instance = self._engine.find(id_)
        if instance is None:
            why = f"No instance with ID '{id_}' was found. (Parameter 'instanceId')"
            kind = "System.ArgumentException"
            return failure(400, "InstanceId does not match a valid orchestration instance.", why, kind)
        try:
            # The SDK sends `null` for nothing.
            given = None if request.body.strip() in (b"", b"null") else input_text(request.body)
        except ValueError as error:
            return failure(400, "Invalid JSON content", str(error), _READER_ERROR)
        anew = request.switch("restartwithnewinstanceid", default=True)
        if not anew and not instance.status.ended:
            kind = "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException"
            return failure(
                409, "A non-terminal instance with this instance ID already exists.", _exists(instance), kind
            )
        copy, activity = uuid.uuid4().hex if anew else id_, request.last("fromactivity")
        if not activity:
            return await self._begin(request, instance.name, copy, given or instance.input or "null", instance.version)
        # What it had got is read from the disk.
        await self._engine.saved()
        again = partial(self._engine.begin_from, copy, instance, activity, given)
        return await self._begun(request, copy, again, f"the instance '{id_}' never came to an activity '{activity}'")

    async def _restart_as(self, request: Request, id_: str) -> Reply:
        instance, new = self._engine.find(id_), request.last("newinstanceid")
        if not new:
            return failure(400, "A new orchestration instance ID must be provided.")
        if instance is None:
            return failure(400, "InstanceId does not match a valid orchestration instance.")
        wrong = _wrong_id(new)
        if wrong:
            return failure(400, wrong)
        return await self._begin(request, instance.name, new, instance.input or "null", instance.version)

    async def _raise_event(self, request: Request, id_: str, name: str) -> Reply:
        instance = self._engine.find(id_)
        if instance is None or instance.status.ended:
            return Reply(404 if instance is None else 410)
        if not name:
            return Reply(404)
        if not request.is_json:
            return failure(400, "Only application/json request content is supported")
        try:
            text = event_text(request.body)
        except ValueError as error:
            return failure(400, "Invalid JSON content", str(error), _READER_ERROR)
        if len(instance.inbox) >= KEPT_EVENTS:
            return sentence(429, f"{KEPT_EVENTS} events wait for the instance '{instance.id}': no more are taken")
        self._engine.deliver(instance, Message(Got.EVENT_RAISED, -1, name, text))
        await self._engine.saved()
        return Reply(202)

    async def _purge(self, id_: str) -> Reply:
        instance = self._engine.find(id_)
        if instance is None:
            return Reply(404)
        if not instance.status.ended:
            why = "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID"
            return sentence(412, f"{why} {id_} has status {instance.status}")
        return Reply(200, dump({"instancesDeleted": await self._engine.purge([id_])}))

    async def _purge_many(self, request: Request) -> Reply:
        query = replace(Query.parse(request), after=None)
        if query.created_from is None:
            return sentence(400, "Please provide value for 'createdTimeFrom' parameter.")
        states = tuple(state for state in query.states if state in _FINAL)
        if not states and query.states != ("Canceled",):
            return sentence(400, _PURGES_ALL)
        if query.id_prefix:
            return sentence(400, "the real engine ignores instanceIdPrefix here, and would purge the others as well")
        purged = 0
        while states:
            page = find_page(self._engine.store, replace(query, states=states, top=_PURGED_AT_ONCE))
            purged += await self._engine.purge(instance.id for instance in page.instances)
            if page.continuation is None:
                break
        return Reply(200, dump({"instancesDeleted": purged})) if purged else Reply(404)


_PURGES_ALL = (
    "name the final states to be purged in runtimeStatus (Completed, Failed, Terminated): where it names none, the real"
    " engine purges everything in the window, also what is running"
)


def _exists(instance: Instance) -> str:
    return f"An Orchestration instance with the status {instance.status} already exists."


def _went_wrong(why: str) -> Reply:
    return failure(500, "Something went wrong while processing your request", why, "System.InvalidOperationException")


def _wrong_id(id_: str) -> str:
    if not id_.strip():
        return "An id of blanks makes the real engine stall, and its other instances with it."
    if len(id_) > ID_LIMIT:
        return f"An id has {ID_LIMIT} characters at most: the storage of the real engine takes no longer ones."
    return ""


async def serve(api: Api, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one ASGI request below ROOT."""
    if scope["type"] != "http":
        raise NotImplementedError(f"the durable engine does not serve {scope['type']}")
    body = await read_body(receive)
    if body is None:
        reply = sentence(413, f"a body may have {BODY_LIMIT} bytes at most")
    else:
        reply = await api.answer(Request.of(scope, body))
    await respond(reply, send)
