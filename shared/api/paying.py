"""Paying and placing (contract 13 to 16)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic.config import JsonDict

from shared.api.base import Id, Reply, Request, RequestPart, is_empty, whole

MAX_TOKEN = 1000
"""Characters of a card's token. It becomes a part of an address at the gateway, which knows none that is longer."""

MAX_TIP = 10_000_000
"""Far above what any order allows: the claim checks the order's own bound."""

_A_TIP: JsonDict = {"type": "integer"}
_BOTH_TIPS: JsonDict = {
    "properties": {"tipPercent": _A_TIP, "tipCents": _A_TIP},
    "required": ["tipPercent", "tipCents"],
}


class StartRequest(Request):
    """For which preview the card will be entered. Existing clients send nothing here."""

    preview_order_id: Id | None = None


class Started(Reply):
    """The token for the gateway's card fields in the browser."""

    transaction_token: str


class _Tipped(Request):
    """A tip, in percent of the dishes or in cents; not both."""

    model_config = ConfigDict(json_schema_extra={"not": _BOTH_TIPS})

    tip_percent: Annotated[int, Field(ge=0, le=100), BeforeValidator(whole)] | None = None
    tip_cents: Annotated[int, Field(ge=0, le=MAX_TIP), BeforeValidator(whole)] | None = None

    @field_validator("tip_cents")
    @classmethod
    def _one_tip(cls, cents: int | None, info: ValidationInfo) -> int | None:
        if cents is not None and info.data.get("tip_percent") is not None:
            raise ValueError("say tipPercent or tipCents, not both")
        return cents


_NO_PATH: JsonDict = {"not": {"enum": [".", ".."]}}


def _no_path(token: str) -> str:
    if token in (".", ".."):
        raise ValueError("this is no token")
    return token


class CardPayment(_Tipped):
    """A preview, and the token that the card fields were started with."""

    preview_order_id: Id
    transaction_token: Annotated[
        str,
        Field(min_length=1, max_length=MAX_TOKEN, pattern=r"^[\x21-\x7e]+$", json_schema_extra=_NO_PATH),
        AfterValidator(_no_path),
    ]


def _with_data(token: dict[str, Any]) -> dict[str, Any]:
    data = token.get("data")
    if not isinstance(data, str | dict) or not data:
        raise ValueError("token.data is a text or an object that is not empty")
    return token


_WalletToken = Annotated[
    dict[str, Any],
    AfterValidator(_with_data),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "data": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "object", "minProperties": 1}]}
            },
            "required": ["data"],
        }
    ),
]
"""What the gateway takes of a wallet: an object with `data`. Whatever else is in it goes along as it is."""


class WalletDetails(RequestPart):
    """What Apple Pay or Google Pay gave. Only these fields go to the gateway, as they are."""

    token: _WalletToken
    type: Any = None
    is_sandbox: Any = None
    billing: Any = None
    card: Any = None


class WalletPayment(_Tipped):
    """A preview, and a wallet that pays for it."""

    preview_order_id: Id
    transaction_details: WalletDetails


class Transaction(Reply):
    """What the gateway said. `resultStatus` is "true" or "false", as text; `resultMessage` is "Approved", "Decline",
    "Do not honor" or "Insufficient funds": clients know no other. `code` says more of a payment that did not go
    through."""

    result_status: Literal["true", "false"]
    result_message: str
    amount_processed: str
    code: Annotated[str | None, Field(exclude_if=is_empty)] = None


class CardCompletion(Reply):
    """The order that was paid for; `orderId` is "" where the payment did not go through."""

    transaction: Transaction
    order_id: str


class WalletTransaction(Reply):
    """The same, one level deeper: as existing clients of wallets read it."""

    transaction_response: Transaction


class WalletCompletion(Reply):
    """The order that was paid for; `orderId` is "" where the payment did not go through."""

    transaction: WalletTransaction
    order_id: str


class PlacementRequest(Request):
    """Which preview to place."""

    preview_order_id: Id


class Placement(Reply):
    """The order that the preview became; the same each time it is asked for."""

    order_id: str
    success: Literal[True] = True
    message: str = "Order created successfully without payment"


class PlacementPending(Reply):
    """For callers who asked not to wait (`Prefer: respond-async`)."""

    order_id: str
    status: Literal["PLACING", "CHECKING_PAYMENT"]
    status_url: str
