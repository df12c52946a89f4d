"""What the live service tells of its connections, by CloudEvents over HTTP, and whether it is the service that tells.

With a key the service signs each event; with managed identity it shows a token of Microsoft Entra.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from shared.integrations.entra import EntraKeys, Wanted
from shared.integrations.web_pubsub import parts_of
from shared.memory.slots import Slot
from shared.settings import Settings

Kind = Literal["connect", "connected", "disconnected"]

MAX_SIGNATURE = 1024
MAX_ID = 128
MAX_USER = 512
_SYSTEM = "azure.webpubsub.sys."

KEYS: Slot[EntraKeys] = Slot(EntraKeys)


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """A connection asks to be let in (`connect`), is there, or is gone. `user`: "" for a diner's."""

    kind: Kind
    connection_id: str
    user: str


def service_host(settings: Settings) -> str | None:
    """The host, with its port, by which the service calls itself; None where there is no service."""
    endpoint = settings.web_pubsub_endpoint or ""
    if settings.web_pubsub_connection_string is not None:
        endpoint = parts_of(settings.web_pubsub_connection_string.get_secret_value()).endpoint
    return urlsplit(endpoint).netloc.lower() or None


def read(headers: Mapping[str, str], hub: str) -> LiveEvent | None:
    """The event that the headers (names in lower case) tell of; None for what is none of this hub's."""
    kind = headers.get("ce-type", "").removeprefix(_SYSTEM)
    connection_id, user = headers.get("ce-connectionid", ""), headers.get("ce-userid", "")
    if headers.get("ce-specversion") != "1.0" or headers.get("ce-hub") != hub or kind not in get_args(Kind):
        return None
    if not 0 < len(connection_id) <= MAX_ID or len(user) > MAX_USER:
        return None
    return LiveEvent(cast(Kind, kind), connection_id, user)


def is_signed(settings: Settings, connection_id: str, signature: str) -> bool:
    """Whether one of the signatures is made with our key: `sha256=...` of the connection's id, commas between them."""
    if settings.web_pubsub_connection_string is None or len(signature) > MAX_SIGNATURE:
        return False
    key = parts_of(settings.web_pubsub_connection_string.get_secret_value()).key
    expected = f"sha256={hmac.digest(key.encode(), connection_id.encode(), 'sha256').hex()}".encode()
    return any(hmac.compare_digest(one.strip().encode(), expected) for one in signature.split(","))


def wanted_token(settings: Settings) -> Wanted | None:
    """Whose tokens the events show; None where this deployment takes none."""
    tenant, audience = settings.entra_tenant_id, settings.live_events_audience
    object_id = settings.web_pubsub_principal_id
    if not tenant or not audience or not object_id:
        return None
    return Wanted(settings.entra_authority, tenant, audience, object_id)
