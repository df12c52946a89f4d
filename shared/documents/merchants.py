"""How the merchants behind locations are known to the payment gateway (contract 2.2, `payment`)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr

from shared.documents.base import Document, Flag, Part, StoredId, Text


def _secret(value: Any) -> Any:
    return value if isinstance(value, str | SecretStr) else ""


class Credentials(Document):
    """Whose account is paid, and the gateway's bearer token for it: in clear as the original stores it, or sealed."""

    accept_payment: Flag = False
    oid: Text = ""
    auth: Annotated[SecretStr, BeforeValidator(_secret)] = SecretStr("")


class MerchantLocation(Document):
    """What a location holds of its merchant, and nothing else of it: no reply is ever made of this."""

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    payment: Annotated[Credentials, Part] = Credentials()
