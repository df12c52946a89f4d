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
    connection = http.client.HTTPConnection("127.0.0.1", run["port"] + OFFSETS["console"], timeout=_WITHIN_SECONDS)
    try:
        connection.request(
            "POST", f"/control/parts/{part}/{action}", headers={"x-orderbuddy-control": run["controlKey"]}
        )
        answer = connection.getresponse()
        said: dict[str, Any] = json.loads(answer.read(1024 * 1024))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ControlError(f"the stack does not answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if answer.status != 200:
        raise ControlError(str(said.get("message", answer.status)))
    return said
