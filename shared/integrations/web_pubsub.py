"""Live screens through Azure Web PubSub: handing out client URLs, and sending messages to groups."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from shared.clock import Clock
from shared.integrations import outside
from shared.integrations.live import ClientAccess, LiveRefused, LiveUnavailable
from shared.integrations.quiet import hush
from shared.settings import Settings
from shared.telemetry import traces

if TYPE_CHECKING:
    from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

log = logging.getLogger("orderbuddy.live")

SEND_TIMEOUT_SECONDS = 2


ACCESS_TIMEOUT_SECONDS = 5


SEND_TOKEN_SECONDS = 60


MAX_TOKENS = 1000


TOKEN_MINUTES = 60


API_VERSION = "2024-12-01"


MAX_GROUPS_OF_FILTER = 20
"""The service takes a hundred clauses; a URL of so many groups stays well below 2 kB."""


ENTRA_SCOPE = "https://webpubsub.azure.com/.default"


class WebPubSub:
    """Azure Web PubSub, with a key (connection string) or with managed identity.

    Client URLs come from the official SDK. Messages go by the same REST call that it makes, over a plain aiohttp
    session: measured, the SDK's pipeline takes 1.0 ms of CPU a message and this takes 0.23.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._hub = settings.web_pubsub_hub
        self._settings = settings
        self._clock = clock
        self._made: WebPubSubServiceClient | None = None
        self._http: aiohttp.ClientSession | None = None
        self._identity: _Identity | None = None
        self._key: str | None = None
        self._tokens: dict[str, tuple[str, int]] = {}
        self._endpoint = (settings.web_pubsub_endpoint or "").rstrip("/")
        if settings.web_pubsub_connection_string is not None:
            parts = parts_of(settings.web_pubsub_connection_string.get_secret_value())
            self._endpoint, self._key = parts.endpoint, parts.key

    async def access(
        self,
        groups: Sequence[str],
        *,
        now: datetime,
        user: str | None = None,
        minutes: int = TOKEN_MINUTES,
        closed_by: Sequence[str] = (),
    ) -> ClientAccess:
        from azure.core.exceptions import AzureError

        outside.begins("Web PubSub")
        lifetime: float = minutes
        if self._key is not None:
            # The SDK dates the token by this host's clock, which may be wrong. Without a key the service dates it.
            lifetime += (self._clock.now() - datetime.now(UTC)).total_seconds() / 60
        try:
            async with asyncio.timeout(ACCESS_TIMEOUT_SECONDS):
                token = await self._client().get_client_access_token(
                    user_id=user,
                    groups=[*groups, *closed_by],
                    minutes_to_expire=lifetime,  # type: ignore[arg-type]  # with a key it takes any part of a minute
                )
        except (AzureError, TimeoutError) as error:
            raise LiveUnavailable(type(error).__name__) from error
        return ClientAccess(
            url=token["url"], hub=self._hub, groups=list(groups), expires_at=now + timedelta(minutes=minutes)
        )

    async def send(self, group: str, message: Mapping[str, Any]) -> None:
        self._must_be_taken(await self._ask("POST", f"groups/{quote(group, safe='')}/:send", orjson.dumps(message)))

    async def send_to_groups(self, groups: Sequence[str], message: Mapping[str, Any]) -> None:
        body = orjson.dumps(message)
        refused: list[str] = []
        for some in _batches(groups, MAX_GROUPS_OF_FILTER):
            if len(some) == 1:
                refused += await self._refused_by_each(some, message)
                continue
            members = " or ".join(f"{_quoted(group)} in groups" for group in some)
            try:
                self._must_be_taken(await self._ask("POST", ":send", body, f"&filter={quote(members, safe='')}"))
            except LiveRefused as error:
                # One name that the service does not take in a filter keeps no other group from hearing it.
                log.warning("a filter of %d groups is refused: %s", len(some), error)
                refused += await self._refused_by_each(some, message)
        if refused:
            raise LiveRefused(f"Web PubSub refuses it for {len(refused)} of {len(groups)} groups", refused)

    async def _refused_by_each(self, groups: Sequence[str], message: Mapping[str, Any]) -> list[str]:
        """Send to one group after the other; those that it was refused for."""
        refused = []
        for group in groups:
            try:
                await self.send(group, message)
            except LiveRefused:
                refused.append(group)
        return refused

    async def close_group(self, group: str) -> None:
        self._must_be_taken(await self._ask("POST", f"groups/{quote(group, safe='')}/:closeConnections", b""))

    @staticmethod
    def _must_be_taken(status: int) -> None:
        if status in (202, 204):
            return
        if 400 <= status < 500 and status not in (401, 403, 408, 429):
            raise LiveRefused(f"Web PubSub answered {status}")
        raise LiveUnavailable(f"Web PubSub answered {status}")

    async def alive(self) -> bool:
        try:
            return await self._ask("HEAD", "groups/health", b"") in (200, 404)
        except LiveUnavailable:
            return False

    async def close(self) -> None:
        """Let go of the connections."""
        for one in (self._made, self._http, self._identity):
            if one is not None:
                await one.close()
        self._made = self._http = self._identity = None

    async def _ask(self, method: str, path: str, body: bytes, more: str = "") -> int:
        """The status of one REST call. Raises LiveUnavailable where there is none."""
        with traces.span(
            f"webpubsub {path.rpartition('/')[2].lstrip(':')}", {"bytes": len(body)}, kind="client"
        ) as span:
            status = await self._call(method, path, body, more)
            span.note({"http.response.status_code": status})
        return status

    async def _call(self, method: str, path: str, body: bytes, more: str) -> int:
        outside.begins("Web PubSub")
        if not self._endpoint:
            raise LiveUnavailable("neither WEB_PUBSUB_CONNECTION_STRING nor WEB_PUBSUB_ENDPOINT is set")
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SEND_TIMEOUT_SECONDS),
                # Nothing that a call to this service needs, and each costs time at every message.
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            )
        url = f"{self._endpoint}/api/hubs/{self._hub}/{path}?api-version={API_VERSION}{more}"
        try:
            headers = {"authorization": f"Bearer {await self._token(url)}", "content-type": "application/json"}
            try:
                return await _status(self._http, method, URL(url, encoded=True), body, headers)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # The service closes idle connections; that was one, and a message that comes twice does no harm.
                return await _status(self._http, method, URL(url, encoded=True), body, headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LiveUnavailable(type(error).__name__) from error

    async def _token(self, url: str) -> str:
        if self._key is None:
            return await self._managed_identity().token()
        now = self._clock.now().timestamp()
        kept = self._tokens.get(url)
        if kept is None or now > kept[1] - SEND_TOKEN_SECONDS / 2:
            import jwt

            if len(self._tokens) >= MAX_TOKENS:
                self._tokens.clear()
            expires = int(now) + SEND_TOKEN_SECONDS
            kept = (jwt.encode({"aud": url, "exp": expires}, self._key, algorithm="HS256"), expires)
            self._tokens[url] = kept
        return kept[0]

    def _managed_identity(self) -> _Identity:
        if self._identity is None:
            self._identity = _Identity(self._settings.azure_client_id)
        return self._identity

    def _client(self) -> WebPubSubServiceClient:
        # The SDK takes 0.4 s to import; a diner's first menu should not wait for it.
        if self._made is None:
            from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

            hush()
            options: dict[str, Any] = {
                "retry_total": 0,
                "connection_timeout": SEND_TIMEOUT_SECONDS,
                "read_timeout": SEND_TIMEOUT_SECONDS,
            }
            settings = self._settings
            if settings.web_pubsub_connection_string is not None:
                self._made = WebPubSubServiceClient.from_connection_string(
                    settings.web_pubsub_connection_string.get_secret_value(), hub=self._hub, **options
                )
            elif self._endpoint:
                credential = self._managed_identity().credential
                self._made = WebPubSubServiceClient(self._endpoint, self._hub, credential, **options)
            else:
                raise LiveUnavailable("neither WEB_PUBSUB_CONNECTION_STRING nor WEB_PUBSUB_ENDPOINT is set")
        return self._made


class _Identity:
    """The managed identity's token for Web PubSub. It is renewed five minutes before it expires."""

    def __init__(self, client_id: str | None) -> None:
        from azure.identity.aio import ManagedIdentityCredential

        self.credential = ManagedIdentityCredential(client_id=client_id)
        self._kept: tuple[str, float] | None = None
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """A bearer token. Raises LiveUnavailable."""
        from azure.core.exceptions import AzureError

        async with self._asking:
            if self._kept is None or time.time() > self._kept[1] - 300:
                try:
                    async with asyncio.timeout(ACCESS_TIMEOUT_SECONDS):
                        fresh = await self.credential.get_token(ENTRA_SCOPE)
                except (AzureError, TimeoutError) as error:
                    raise LiveUnavailable(type(error).__name__) from error
                self._kept = (fresh.token, fresh.expires_on)
            return self._kept[0]

    async def close(self) -> None:
        """Let go of the credential's connections."""
        await self.credential.close()


def _quoted(group: str) -> str:
    """A group's name as a text of a filter."""
    return "'" + group.replace("'", "''") + "'"


def _batches(groups: Sequence[str], size: int) -> list[Sequence[str]]:
    return [groups[start : start + size] for start in range(0, len(groups), size)]


@dataclass(frozen=True, slots=True)
class ConnectionString:
    """Where the service answers, and its key."""

    endpoint: str
    key: str


def parts_of(text: str) -> ConnectionString:
    """The parts of `Endpoint=https://...;AccessKey=...;Port=...;Version=1.0;`; a port becomes part of the endpoint."""
    fields = dict(part.partition("=")[::2] for part in text.split(";") if part)
    endpoint = fields.get("Endpoint", "").rstrip("/")
    if fields.get("Port"):
        endpoint += f":{fields['Port']}"
    return ConnectionString(endpoint, fields.get("AccessKey", ""))


async def _status(http: aiohttp.ClientSession, method: str, url: URL, body: bytes, headers: Mapping[str, str]) -> int:
    async with http.request(method, url, data=body, headers=headers) as answer:
        await answer.read()
        return answer.status
