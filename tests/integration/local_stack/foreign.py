"""What a page of another site makes a browser send to this machine."""

from __future__ import annotations

from typing import Any

import httpx

FOREIGN: tuple[dict[str, str], ...] = (
    {"origin": "http://attacker.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:1"},
    {"host": "attacker.example"},
    {"host": "127.0.0.1.attacker.example"},
)
"""A page elsewhere, a sandboxed one, one of another port here; and a name of another site that leads here."""


def statuses(method: str, url: str, **call: Any) -> list[int]:
    """What each of FOREIGN is answered, and at last a program of this machine."""
    with httpx.Client(trust_env=False, headers=call.pop("headers", {})) as http:
        return [http.request(method, url, **call, headers=headers).status_code for headers in (*FOREIGN, {})]


def all_refused_but(status: int) -> list[int]:
    """`statuses` of a call that only a program of this machine may make."""
    return [403] * len(FOREIGN) + [status]
