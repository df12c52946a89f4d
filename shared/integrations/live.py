"""Live screens through Azure Web PubSub: handing out client URLs, and sending messages to groups."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from shared.settings import Settings

if TYPE_CHECKING:
    from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

SEND_TIMEOUT_SECONDS = 2
TOKEN_MINUTES = 60


class LiveUnavailable(Exception):  # noqa: N818 - it says what holds, and is always tried again
    """The service could not be reached, or asked to be left alone for now: try again later."""


class LiveRefused(Exception):  # noqa: N818
    """The service refuses this message as such: sending it again will not help."""


@dataclass(frozen=True, slots=True)
class ClientAccess:
    """Where a screen connects: `url` holds the token; the connection is in `groups` from the start."""

    url: str
    hub: str
    groups: list[str]
    expires_at: datetime


class Live(Protocol):
    """What reaches the screens."""

    async def access(self, groups: Sequence[str], *, now: datetime, user: str | None = None) -> ClientAccess:
        """A URL for a client that hears exactly `groups` and may publish to none. Raises LiveUnavailable."""
        ...

    async def send(self, group: str, message: Mapping[str, Any]) -> None:
        """Send one message to everyone in `group`. Raises LiveUnavailable or LiveRefused."""
        ...

    async def alive(self) -> bool:
        """Whether the service answers."""
        ...


class WebPubSub:
    """Azure Web PubSub through the official SDK: with a key (connection string), or with managed identity."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: WebPubSubServiceClient | None = None

    async def access(self, groups: Sequence[str], *, now: datetime, user: str | None = None) -> ClientAccess:
        from azure.core.exceptions import AzureError

        try:
            token = await self._client().get_client_access_token(
                user_id=user, groups=list(groups), minutes_to_expire=TOKEN_MINUTES
            )
        except AzureError as error:
            raise LiveUnavailable(str(error)) from error
        return ClientAccess(
            url=token["url"],
            hub=self._settings.web_pubsub_hub,
            groups=list(groups),
            expires_at=now + timedelta(minutes=TOKEN_MINUTES),
        )

    async def send(self, group: str, message: Mapping[str, Any]) -> None:
        from azure.core.exceptions import AzureError, HttpResponseError

        try:
            await self._client().send_to_group(
                group, orjson.loads(orjson.dumps(message)), content_type="application/json"
            )
        except HttpResponseError as error:
            status = error.status_code or 0
            if 400 <= status < 500 and status not in (401, 403, 408, 429):
                raise LiveRefused(f"Web PubSub answered {status}") from error
            raise LiveUnavailable(f"Web PubSub answered {status}") from error
        except AzureError as error:
            raise LiveUnavailable(type(error).__name__) from error

    async def alive(self) -> bool:
        from azure.core.exceptions import AzureError

        try:
            await self._client().group_exists("health")
        except AzureError:
            return False
        return True

    async def close(self) -> None:
        """Let go of the connections."""
        if self._made is not None:
            await self._made.close()
            self._made = None

    def _client(self) -> WebPubSubServiceClient:
        # The SDK takes 0.4 s to import; a diner's first menu should not wait for it.
        if self._made is None:
            from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

            # At level INFO the SDK writes every request and answer to the log, several lines each.
            logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)
            options: dict[str, Any] = {
                "retry_total": 0,
                "connection_timeout": SEND_TIMEOUT_SECONDS,
                "read_timeout": SEND_TIMEOUT_SECONDS,
            }
            settings = self._settings
            if settings.web_pubsub_connection_string is not None:
                self._made = WebPubSubServiceClient.from_connection_string(
                    settings.web_pubsub_connection_string.get_secret_value(), hub=settings.web_pubsub_hub, **options
                )
            elif settings.web_pubsub_endpoint is not None:
                from azure.identity.aio import DefaultAzureCredential

                credential = DefaultAzureCredential(managed_identity_client_id=settings.azure_client_id)
                self._made = WebPubSubServiceClient(
                    settings.web_pubsub_endpoint, settings.web_pubsub_hub, credential, **options
                )
            else:
                raise LiveUnavailable("neither WEB_PUBSUB_CONNECTION_STRING nor WEB_PUBSUB_ENDPOINT is set")
        return self._made
