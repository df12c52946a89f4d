"""A script for the worker's Python: indexes an app with azure-functions-runtime and calls some of its HTTP functions.

    python drive.py JOB RESULT

JOB is JSON: {"app": folder, "calls": [{"function" or "route", "method", "url", "headers"?, "query"?, "params"?,
"body"?}]}: a function is called by its name, or by its trigger's route. RESULT is written as JSON: {"error": text or
null, "functions": [{"name", "bindings": [...]}], "answers": [{"error": text or null, "status", "headers", "body",
"cookies"}]}. It imports nothing but the worker and what the app brings, as in Azure; the gRPC messages are plain
objects, which it does not tell from real ones.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

NO_ENGINE = "http://127.0.0.1:9/durabletask/"
"""A durable backend that nobody can reach: nothing listens on the discard port."""


class Message:
    """A gRPC message: it keeps its keywords as attributes, and every other attribute is None."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


class StatusResult(Message):
    Success = "success"
    Failure = "failure"


class BindingInfo(Message):
    """The directions are integers, since the library compares them with azure-functions' own enumeration."""

    undefined = 0
    out = 1
    inout = 2


class OneOf(Message):
    """A message that holds one of several fields: the one it was made with. The library tries it for others."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def WhichOneof(self, _group: str) -> str | None:
        return next(iter(self.__dict__), None)


class SameSite(Message):
    Lax = "lax"
    Strict = "strict"
    ExplicitNone = "none"


setattr(SameSite, "None", "")


class RpcHttpCookie(Message):
    SameSite = SameSite


class ParameterBinding(OneOf):
    def WhichOneof(self, _group: str) -> str | None:
        return "data"


class Protos:
    """The generated module as the library sees it: special messages above, plain ones for every other name."""

    StatusResult = StatusResult
    BindingInfo = BindingInfo
    ParameterBinding = ParameterBinding
    RpcHttpCookie = RpcHttpCookie
    TypedData = OneOf

    def __getattr__(self, name: str) -> type[Message]:
        return Message


def request(name: str, **fields: Any) -> Any:
    """What the library's entry points take."""
    properties = {"host": "127.0.0.1", "protos": Protos()}
    return SimpleNamespace(request=SimpleNamespace(**{name: Message(**fields)}), properties=properties)


def failure(result: Message) -> str | None:
    """The error in a status, or None for success."""
    if result.status == StatusResult.Success:
        return None
    return f"{result.exception.message}\n{result.exception.stack_trace}"


async def index(app: str) -> tuple[str | None, list[Message]]:
    """What the host would be told of the app's functions."""
    from azure_functions_runtime import handle_event  # type: ignore[import-not-found]

    started = await handle_event.worker_init_request(
        request("worker_init_request", capabilities={}, function_app_directory=app)
    )
    if error := failure(started.result):
        return error, []
    told = await handle_event.functions_metadata_request(request("functions_metadata_request"))
    return failure(told.result), told.function_metadata_results or []


async def call(function: Message, wanted: dict[str, Any]) -> dict[str, Any]:
    """Invoke one HTTP function as the host does."""
    from azure_functions_runtime import handle_event

    body = wanted.get("body")
    http = Message(
        method=wanted["method"],
        url=wanted["url"],
        headers=wanted.get("headers", {}),
        query=wanted.get("query", {}),
        params=wanted.get("params", {}),
        body=OneOf(bytes=body.encode()) if body is not None else OneOf(),
    )
    inputs = [ParameterBinding(name=name, data=OneOf(http=http)) for name in names(function, "httpTrigger")]
    durable = OneOf(string=json.dumps(durable_binding()))
    inputs += [ParameterBinding(name=name, data=durable) for name in names(function, "durableClient")]
    answered = await handle_event.invocation_request(
        request(
            "invocation_request",
            invocation_id="00000000-0000-0000-0000-000000000001",
            function_id=function.function_id,
            input_data=inputs,
            trigger_metadata={},
            trace_context=Message(),
            retry_context=Message(),
        )
    )
    if error := failure(answered.result):
        return {"error": error}
    http = answered.return_value.http
    sent = http.body.__dict__.get("bytes") or http.body.__dict__.get("string") or b""
    text = sent if isinstance(sent, str) else sent.decode()
    told = {"error": None, "status": int(http.status_code), "headers": dict(http.headers), "body": text}
    return {**told, "cookies": [cookie_of(cookie) for cookie in http.cookies or []]}


def cookie_of(cookie: Message) -> dict[str, Any]:
    """A cookie as the host is told of it."""
    parts = ("path", "expires", "secure", "http_only", "max_age", "same_site")
    return {"name": cookie.name, "value": cookie.value, **{part: plain(getattr(cookie, part)) for part in parts}}


def plain(value: Any) -> Any:
    """What a message for a value that may be missing holds."""
    while isinstance(value, Message) and value.__dict__:
        value = next(iter(value.__dict__.values()))
    return value if isinstance(value, str | int | float | bool) else None


def durable_binding() -> dict[str, Any]:
    """What a durable client's binding holds."""
    instance = f"{NO_ENGINE}instances/INSTANCEID"
    creation = {"createNewInstancePostUri": f"{NO_ENGINE}orchestrators/{{functionName}}[/{{instanceId}}]"}
    management = {"id": "INSTANCEID", "statusQueryGetUri": instance, "terminatePostUri": f"{instance}/terminate"}
    management |= {"sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}", "purgeHistoryDeleteUri": instance}
    return {"taskHubName": "hub", "rpcBaseUrl": NO_ENGINE, "creationUrls": creation, "managementUrls": management}


def bindings(function: Message) -> list[dict[str, Any]]:
    return [json.loads(raw) for raw in function.raw_bindings]


def names(function: Message, kind: str) -> list[str]:
    return [binding["name"] for binding in bindings(function) if binding["type"] == kind]


async def run(job: dict[str, Any]) -> dict[str, Any]:
    error, functions = await index(job["app"])
    by_name = {function.name: function for function in functions}
    by_route = {binding.get("route"): function for function in functions for binding in bindings(function)}
    answers = [
        await call(by_name[wanted["function"]] if "function" in wanted else by_route[wanted["route"]], wanted)
        for wanted in job["calls"]
        if error is None
    ]
    told = [{"name": function.name, "bindings": bindings(function)} for function in functions]
    return {"error": error, "functions": told, "answers": answers}


def main(job_path: str, result_path: str) -> int:
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    os.chdir(job["app"])
    sys.path[0] = job["app"]
    Path(result_path).write_text(json.dumps(asyncio.run(run(job))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
