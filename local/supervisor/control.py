"""What the command line asks of a running stack: parts to be started and ended."""

from __future__ import annotations

import http.client
import json
from typing import Any

from local.supervisor.options import OFFSETS

_WITHIN_SECONDS = 90.0
"""Longer than a part may take to start."""


class ControlError(Exception):
    """The stack refused, failed, or did not answer; the message says which."""


def ask(run: dict[str, Any], part: str, action: str) -> dict[str, Any]:
    """Start (and wait until it serves), stop or kill a part of the stack that run.json describes.

    Returns the part's new state and process id. Raises ControlError.
    """
    return call(run, "POST", f"/control/parts/{part}/{action}")


def call(run: dict[str, Any], method: str, path: str, body: Any = None) -> dict[str, Any]:
    """What the console of the stack that run.json describes answers. Raises ControlError."""
    connection = http.client.HTTPConnection("127.0.0.1", run["port"] + OFFSETS["console"], timeout=_WITHIN_SECONDS)
    headers = {"x-orderbuddy-control": run["controlKey"], "content-type": "application/json"}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ControlError(f"the stack does not answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if answer.status != 200:
        raise ControlError(str(said.get("message", answer.status)))
    return said
