"""What the service tells its event handler: CloudEvents over HTTP, signed with the access key.

Before the first event the handler is asked by OPTIONS whether it wants any. `connect` waits for its answer, and what it
refuses is refused. `connected` and `disconnected` of one connection are told one after the other, and nobody waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from local.webpubsub.connection import Connection
from local.webpubsub.tokens import ClientGrant

_SECONDS = 5.0
_AT_A_TIME = 16
_TRIES = 3
_PAUSE_SECONDS = 1.0
_MOST_WAITING = 20_000


@dataclass(frozen=True)
class Decision:
    """What the handler says to a client that wants in. `status`: 200, or what the handshake is refused with."""

    status: int
    grant: ClientGrant


class Upstream:
    """The one event handler of all hubs. `host`: by which the service calls itself."""

    def __init__(self, url: str, key: str, host: str) -> None:
        self._url = url
        self._host = host
        self._key = key.encode()
        self._session: aiohttp.ClientSession | None = None
        self._wants_events = False
        self._turns = asyncio.Semaphore(_AT_A_TIME)
        self._telling: dict[str, asyncio.Task[None]] = {}

    async def connect(
        self, hub: str, connection_id: str, grant: ClientGrant, *, subprotocol: str, query: Mapping[str, str]
    ) -> Decision:
        """Ask whether a client may come in, and as whom. Where nobody answers, it may not, as with the service."""
        claims = {
            "sub": [grant.user_id] if grant.user_id else [],
            "role": sorted(grant.roles),
            "webpubsub.group": list(grant.groups),
        }
        body = {
            "claims": {name: values for name, values in claims.items() if values},
            "query": {name: [value] for name, value in query.items() if name != "access_token"},
            "headers": {},
            "subprotocols": [subprotocol] if subprotocol else [],
            "clientCertificates": [],
        }
        headers = self._headers("connect", hub, connection_id, grant.user_id, subprotocol)
        try:
            status, answered = await self._post(headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Decision(500, grant)
        if status not in (200, 204):
            return Decision(status if status in (400, 401, 403) else 500, grant)
        given = _object(answered)
        groups = given.get("groups") or []
        changed = replace(
            grant,
            user_id=given.get("userId") or grant.user_id,
            roles=grant.roles | set(given.get("roles") or []),
            groups=tuple(dict.fromkeys([*grant.groups, *groups])),
        )
        return Decision(200, changed)

    def tell(self, event: str, connection: Connection, reason: str = "") -> None:
        """Tell that a connection is there (`connected`) or gone (`disconnected`), after what was told of it before."""
        if len(self._telling) > _MOST_WAITING:
            return
        headers = self._headers(event, connection.hub, connection.id, connection.user_id, str(connection.subprotocol))
        body = {"reason": reason} if event == "disconnected" else {}
        before = self._telling.get(connection.id)
        task = asyncio.get_running_loop().create_task(self._after(before, headers, body))
        self._telling[connection.id] = task
        task.add_done_callback(lambda done: self._forget(connection.id, done))

    def _forget(self, connection_id: str, done: asyncio.Task[None]) -> None:
        if self._telling.get(connection_id) is done:
            del self._telling[connection_id]

    async def _after(self, before: asyncio.Task[None] | None, headers: dict[str, str], body: dict[str, Any]) -> None:
        if before is not None:
            await asyncio.wait([before])
        for _ in range(_TRIES):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                status, _answered = await self._post(headers, body)
                if status < 500:
                    return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def close(self) -> None:
        """Hang up."""
        for task in tuple(self._telling.values()):
            task.cancel()
        if self._session is not None:
            await self._session.close()

    async def _post(self, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, bytes]:
        async with self._turns:
            session = self._opened()
            await self._ask_once(session)
            async with session.post(self._url, data=json.dumps(body), headers=headers) as answer:
                return answer.status, await answer.read()

    async def _ask_once(self, session: aiohttp.ClientSession) -> None:
        """The protection against abuse: no event goes to an address that does not want it."""
        if self._wants_events:
            return
        async with session.options(self._url, headers={"WebHook-Request-Origin": self._host}) as answer:
            allowed = answer.headers.get("WebHook-Allowed-Origin", "")
            if answer.status != 200 or allowed not in ("*", self._host):
                raise aiohttp.ClientError(f"{urlsplit(self._url).netloc} wants no events of {self._host}")
        self._wants_events = True

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS))
        return self._session

    def _headers(
        self, event: str, hub: str, connection_id: str, user_id: str | None, subprotocol: str
    ) -> dict[str, str]:
        signature = hmac.digest(self._key, connection_id.encode(), "sha256").hex()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "ce-specversion": "1.0",
            "ce-type": f"azure.webpubsub.sys.{event}",
            "ce-source": f"/hubs/{hub}/client/{connection_id}",
            "ce-id": f"{connection_id}.{event}",
            "ce-hub": hub,
            "ce-connectionId": connection_id,
            "ce-eventName": event,
            "ce-signature": f"sha256={signature}",
        }
        if user_id:
            headers["ce-userId"] = user_id
        if subprotocol:
            headers["ce-subprotocol"] = subprotocol
        return headers


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
