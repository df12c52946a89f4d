"""Paying and placing (contract 13 to 16)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from shared.api.base import Id, Reply, Request, Whole, is_empty

MAX_TOKEN = 4096


class StartRequest(Request):
    """For which preview the card will be entered. Existing clients send nothing here."""

    preview_order_id: Id | None = None


class Started(Reply):
    """The token for the gateway's card fields in the browser."""

    transaction_token: str


class _Tipped(Request):
    """A tip, in percent of the dishes or in cents; not both."""

    tip_percent: Annotated[Whole, Field(ge=0, le=100)] | None = None
    tip_cents: Annotated[Whole, Field(ge=0, le=10_000_000)] | None = None

    @field_validator("tip_cents")
    @classmethod
    def _one_tip(cls, cents: int | None, info: ValidationInfo) -> int | None:
        if cents is not None and info.data.get("tip_percent") is not None:
            raise ValueError("say tipPercent or tipCents, not both")
        return cents


class CardPayment(_Tipped):
    """A preview, and the token that the card fields were started with."""

    preview_order_id: Id
    transaction_token: Annotated[str, Field(min_length=1, max_length=MAX_TOKEN, pattern=r"^[\x21-\x7e]+$")]


class WalletPayment(_Tipped):
    """A preview, and what Apple Pay or Google Pay gave; it goes to the gateway as it is."""

    preview_order_id: Id
    transaction_details: Annotated[dict[str, Any], Field(min_length=1)]


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
