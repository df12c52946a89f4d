"""What the command line asks of a running stack: parts to be started and ended."""

from __future__ import annotations

import http.client
import json
import sys
from typing import Any

from local.supervisor.options import OFFSETS

_WITHIN_SECONDS = 90.0
"""Longer than a part may take to start."""


def ask(run: dict[str, Any], part: str, action: str) -> int:
    """Start, stop or kill a part of the stack that run.json describes. 0: done; 1: refused or failed."""
    connection = http.client.HTTPConnection("127.0.0.1", run["port"] + OFFSETS["console"], timeout=_WITHIN_SECONDS)
    try:
        connection.request(
            "POST", f"/control/parts/{part}/{action}", headers={"x-orderbuddy-control": run["controlKey"]}
        )
        answer = connection.getresponse()
        said = json.loads(answer.read(1024 * 1024))
    except (OSError, http.client.HTTPException, ValueError) as error:
        sys.stderr.write(f"the stack does not answer ({type(error).__name__})\n")
        return 1
    finally:
        connection.close()
    if answer.status != 200:
        sys.stderr.write(f"{said.get('message', answer.status)}\n")
        return 1
    sys.stdout.write(f"{part} {said['state']}" + (f" (process {said['pid']})\n" if said["pid"] else "\n"))
    return 0
