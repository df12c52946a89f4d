"""The app's own API as the console calls it for somebody: a diner, or the demo's manager."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.exceptions import HTTPException

from local.console.view import StackView


class AppError(Exception):
    """The app did not do what it was asked; the message says what it answered."""


def demo_place(stack: StackView, asked: dict[str, Any], has: str) -> tuple[str, dict[str, Any]]:
    """The location of the demo data that `asked` names (`open` unless it does), and its name.

    `has`: what it must have. Raises HTTPException 404.
    """
    name = str(asked.get("location", "open"))
    place = stack.demo.get(name)
    if not isinstance(place, dict) or has not in place:
        raise HTTPException(404, f"There is no demo location called {name!r}: run without --no-seed.")
    return name, place


async def call(
    http: httpx.AsyncClient, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None
) -> Any:
    """The JSON that a call is answered with. Raises AppError where it is no success."""
    try:
        answer = await http.request(method, url, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise AppError(f"{method} {httpx.URL(url).path} was not answered ({type(error).__name__})") from None
    if not answer.is_success:
        raise AppError(_said(answer, f"{method} {httpx.URL(url).path} answered {answer.status_code}"))
    return answer.json()


def _said(answer: httpx.Response, call_and_status: str) -> str:
    """What the API says of a refusal, in its own sentence and with its code; else the answer as it came."""
    try:
        body = answer.json()
        return f"{body['message']} ({call_and_status} {body['code']})"
    except (ValueError, TypeError, KeyError):
        return f"{call_and_status}: {answer.text[:1000]}"
