"""The stack's parts and stand-ins as the console asks them: whatever goes wrong there is the console's 404 or 502."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import httpx
from starlette.exceptions import HTTPException
from starlette.responses import Response

from local.console.view import StackView

T = TypeVar("T")


class Parts:
    """Asks what runs in one stack."""

    def __init__(self, stack: StackView, http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http

    def urls(self) -> dict[str, str]:
        """Where each service answers that this stack runs."""
        return self._stack.plan.service_urls()

    def url(self, service: str) -> str:
        """Where a service answers. Raises HTTPException 404 where this stack does not run it."""
        found = self.urls().get(service)
        if found is None:
            raise HTTPException(404, f"This stack runs no stand-in for {service}.")
        return found

    async def read(self, url: str, **query: str) -> Any:
        """What a part answers, as JSON. Raises HTTPException 502, and 404 where the part says so."""
        answer = await answered(self._http.get(url, params=query))
        if answer.status_code == 404:
            raise HTTPException(404, "There is no such thing.")
        return await answered(_json(answer))

    async def shown(self, service: str, what: str) -> Any:
        """What a service shows at its `/_local/{what}`; [] where it does not run. Raises HTTPException 502."""
        return await self.read(f"{self.url(service)}/_local/{what}") if service in self.urls() else []

    async def told(self, service: str, what: str, body: Mapping[str, Any]) -> Response:
        """Tell a service's `/_local/{what}` something, and pass its answer on. Raises HTTPException 404 and 502."""
        answer = await answered(self._http.post(f"{self.url(service)}/_local/{what}", json=dict(body)))
        return Response(answer.content, answer.status_code, media_type="application/json")


async def answered(asked: Awaitable[T]) -> T:
    """What a part answers. Raises HTTPException 502 where it does not answer, or answers no JSON."""
    try:
        return await asked
    except httpx.HTTPStatusError as error:
        raise HTTPException(502, f"The part answered {error.response.status_code}.") from None
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, f"The part does not answer ({type(error).__name__}).") from None


async def _json(answer: httpx.Response) -> Any:
    return answer.raise_for_status().json()
