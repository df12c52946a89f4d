"""A recorded call with another body: what was masked when it was shown is filled in from the call itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.standin.received import MASK, WholeCall


def with_body(call: WholeCall, body: Any) -> WholeCall:
    """The call with this body: a text as it is, any other value as JSON."""
    data = body.encode() if isinstance(body, str) else json.dumps(refilled(_value(call.body), body)).encode()
    headers = [(name, value) for name, value in call.headers if name.lower() != "content-length"]
    return replace(call, headers=(*headers, ("content-length", str(len(data)))), body=data)


def refilled(original: Any, edited: Any) -> Any:
    """`edited`, with the original's value wherever it still holds the mask."""
    # A mask may be followed by the end of what it hides.
    if isinstance(edited, str) and edited.startswith(MASK):
        return original
    if isinstance(edited, Mapping):
        known = original if isinstance(original, Mapping) else {}
        return {name: refilled(known.get(name, value), value) for name, value in edited.items()}
    if isinstance(edited, list):
        rows = original if isinstance(original, list) else []
        return [refilled(rows[at] if at < len(rows) else value, value) for at, value in enumerate(edited)]
    return edited


def _value(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
