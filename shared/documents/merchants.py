"""The merchants of locations at the payment gateway: the field `payment` of a location (contract 2.2)."""

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
    """The part of a location that names its merchant. No reply is ever made of it."""

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    payment: Annotated[Credentials, Part] = Credentials()
