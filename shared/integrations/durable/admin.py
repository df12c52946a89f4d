"""The durable engine's management API, for the commands of a person: where an instance stands, which were created.

It is the same API locally and in Azure (`.../runtime/webhooks/durabletask`, there with a key). It changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

from shared.integrations.quiet import hush

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 30.0
PAGE = 1000
MAX_PAGES = 1000
MAX_ANSWER_BYTES = 32 * 1024 * 1024
CONTINUATION = "x-ms-continuation-token"


class EngineAdminError(Exception):
    """The engine's management API gave no answer that can be used. The message says why, without the key."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One orchestration instance, in the engine's words."""

    id: str
    name: str
    status: str
    created: str
    updated: str
    custom_status: str


class EngineAdmin:
    """Reads instances. Use it as an async context manager: it closes its connections at the end."""

    def __init__(self, url: str, key: str | None = None) -> None:
        """`url` is the API's root; `key` is sent as `code` where there is one. Raises EngineAdminError."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise EngineAdminError("the engine's address is no http(s) URL")
        self._url = url.rstrip("/")
        self._key = key
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        import httpx

        hush()
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def instance(self, instance_id: str) -> Instance | None:
        """One instance, None where the engine has none of that id. Raises EngineAdminError."""
        answer, _ = await self._get(f"instances/{quote(instance_id, safe='')}", {}, none_at=404)
        return _instance(answer) if isinstance(answer, dict) and answer.get("createdTime") else None

    async def created_since(self, since: datetime) -> AsyncIterator[list[Instance]]:
        """The instances that were created since then, page by page. Raises EngineAdminError."""
        more: str | None = None
        created_from = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        asked = {"createdTimeFrom": created_from, "top": str(PAGE), "showInput": "false"}
        for _ in range(MAX_PAGES):
            answer, more = await self._get("instances", asked, after=more)
            if not isinstance(answer, list):
                raise EngineAdminError("the engine did not answer with a list")
            yield [_instance(one) for one in answer if isinstance(one, dict)]
            if more is None:
                return
        raise EngineAdminError(f"the engine has more than {MAX_PAGES * PAGE:,} instances since then")

    async def _get(
        self, path: str, asked: dict[str, str], *, after: str | None = None, none_at: int | None = None
    ) -> tuple[Any, str | None]:
        """The JSON of an answer (None where its status is `none_at`), and the token that asks for the next page."""
        import httpx

        assert self._client is not None, "used outside of its `async with`"
        parameters = asked | ({"code": self._key} if self._key else {})
        headers = {CONTINUATION: after} if after else {}
        try:
            async with self._client.stream(
                "GET", f"{self._url}/{path}", params=parameters, headers=headers
            ) as response:
                status, content = response.status_code, await _read(response)
                more = response.headers.get(CONTINUATION)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Its text may hold the address, and that the key.
            raise EngineAdminError(f"the engine does not answer: {type(error).__name__}") from None
        if status == none_at:
            return None, None
        if status not in (200, 202):
            raise EngineAdminError(f"the engine answered {status}")
        try:
            # Some engines say "null" where there is no next page.
            return json.loads(content), more if more and more != "null" else None
        except ValueError:
            raise EngineAdminError("the engine did not answer with JSON") from None


async def _read(response: httpx.Response) -> bytes:
    read = bytearray()
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) > MAX_ANSWER_BYTES:
            raise EngineAdminError("the engine answered with too much")
    return bytes(read)


def _instance(stored: dict[str, Any]) -> Instance:
    custom = stored.get("customStatus")
    return Instance(
        id=str(stored.get("instanceId") or ""),
        name=str(stored.get("name") or ""),
        status=str(stored.get("runtimeStatus") or ""),
        created=str(stored.get("createdTime") or ""),
        updated=str(stored.get("lastUpdatedTime") or ""),
        custom_status="" if custom is None else custom if isinstance(custom, str) else json.dumps(custom),
    )
