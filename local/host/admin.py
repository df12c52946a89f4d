"""The host's own addresses, for tools: its state, its functions, and running a timer by hand."""

from __future__ import annotations

import json
import os
import platform
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from local.host.app import FunctionAppTree, HttpFunction
from local.host.front import Receive, Scope, Send, send_reply
from local.host.messages import Reply

HOST_VERSION = "4.0.0-local"
_STARTED = time.monotonic()


class Admin:
    """Serves /admin/host/… and /admin/functions…"""

    def __init__(self, tree: FunctionAppTree, *, url: str, served_http: bool, run_timer: Callable[[str], bool]) -> None:
        """`url`: of this host. `run_timer` starts a run, and tells whether there is a timer of that name."""
        self._tree = tree
        self._url = url
        self._functions = {function.name: function for function in tree.http} if served_http else {}
        self._run_timer = run_timer
        self._instance = secrets.token_hex(16)

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request below /admin."""
        parts = [unquote(part) for part in scope["path"].strip("/").split("/")[1:]]
        await send_reply(send, self._answer(scope["method"], parts))

    def _answer(self, method: str, parts: list[str]) -> Reply:
        match method, [part.lower() for part in parts[:1]], parts[1:]:
            case "GET" | "HEAD", ["host"], ["status"]:
                return _json(200, self._status())
            case "GET" | "HEAD" | "POST", ["host"], ["ping"]:
                return Reply(200, {}, b"")
            case "GET" | "HEAD", ["functions"], []:
                return _json(200, self._list())
            case "GET" | "HEAD", ["functions"], [name]:
                found = [entry for entry in self._list() if entry["name"].lower() == name.lower()]
                return _json(200, found[0]) if found else Reply(404, {}, b"")
            case "POST", ["functions"], [name]:
                return self._run(name)
        return Reply(404, {}, b"")

    def _run(self, name: str) -> Reply:
        timers = {timer.name.lower(): timer.name for timer in self._tree.timers}
        if self._run_timer(timers.get(name.lower(), "")):
            return Reply(202, {}, b"")
        if any(entry["name"].lower() == name.lower() for entry in self._list()):
            return _json(400, {"Message": f"'{name}' cannot be run by hand here: only timers can"})
        return Reply(404, {}, b"")

    def _status(self) -> dict[str, Any]:
        bundle = self._tree.host.raw.get("extensionBundle")
        return {
            "id": f"{platform.node().lower()}-{self._tree.hub.lower()}",
            "state": "Running",
            "version": HOST_VERSION,
            "versionDetails": HOST_VERSION,
            "platformVersion": "",
            "instanceId": self._instance,
            "computerName": platform.node(),
            "processUptime": int((time.monotonic() - _STARTED) * 1000),
            "processId": os.getpid(),
            "functionAppContentEditingState": "NotAllowed",
            "extensionBundle": bundle if isinstance(bundle, dict) else None,
        }

    def _list(self) -> list[dict[str, Any]]:
        tree = self._tree
        listed: list[tuple[str, str, str | None]] = [(timer.name, "timerTrigger", None) for timer in tree.timers]
        listed += [(function.name, "httpTrigger", self._invoke_url(function)) for function in self._functions.values()]
        listed += [(name, "orchestrationTrigger", None) for name in tree.orchestrators]
        listed += [(activity.function_name, "activityTrigger", None) for activity in tree.activities.values()]
        listed += [(name, "entityTrigger", None) for name in tree.entities]
        entries = [
            {
                "name": name,
                "href": f"{self._url}/admin/functions/{name}",
                "invoke_url_template": url,
                "language": "python",
                "isDisabled": False,
                "config": {"scriptFile": "function_app.py", "bindings": [{"type": trigger}]},
            }
            for name, trigger, url in listed
        ]
        return sorted(entries, key=lambda entry: str(entry["name"]))

    def _invoke_url(self, function: HttpFunction) -> str:
        parts = (self._url, self._tree.host.route_prefix, function.route.strip("/"))
        return "/".join(part for part in parts if part)


def _json(status: int, value: object) -> Reply:
    return Reply(status, {"content-type": "application/json; charset=utf-8"}, json.dumps(value).encode())
