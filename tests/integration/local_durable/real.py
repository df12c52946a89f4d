"""Asking the comparison's host by hand: requests as they are, and what a history shows."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.durable.host import FINAL, Host
from tests.durable.recording import Answer, Request

HISTORY = "?showHistory=true&showHistoryOutput=true"


def new_id(word: str) -> str:
    """An id that no other test has."""
    return f"{word}-{secrets.token_hex(4)}"


async def post(host: Host, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """A POST below the API's root."""
    return await host.send(Request("POST", path, body, headers or {}))


async def get(host: Host, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A GET below the API's root."""
    return await host.send(Request("GET", path, headers=headers or {}))


async def delete(host: Host, path: str) -> Answer:
    """A DELETE below the API's root."""
    return await host.send(Request("DELETE", path))


async def start(host: Host, name: str, id_: str, body: str | None = None) -> None:
    """Start an instance."""
    answer = await post(host, f"/orchestrators/{name}/{quote(id_, safe='')}", body)
    assert answer.status == 202, answer


async def ended(host: Host, id_: str) -> Mapping[str, Any]:
    """The status of an instance, with its history, once it has ended."""
    await host.reaches(id_, FINAL)
    return await host.status(id_, HISTORY)


async def completed(host: Host, id_: str) -> Any:
    """The output of an instance once it has ended well."""
    status = await ended(host, id_)
    assert status["runtimeStatus"] == "Completed", status
    return status["output"]


def names(status: Mapping[str, Any]) -> list[str]:
    """The names of the history's events."""
    return [event["EventType"] for event in status["historyEvents"]]
