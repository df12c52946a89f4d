"""Paying, as the rest of the app sees it: who is paid, what is asked, and what came of it.

An answer says one of three: the gateway did it, it refused, or nobody can tell. After `Unknown` the caller must look
up, and never call again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import SecretStr

Condition = Literal["open", "settled", "void", "unsaid"]


class GatewayError(Exception):
    """The gateway gave no token to pay with: try again later. The message holds nothing of the request."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who is paid. `oid`: the location's organisation at the gateway. `auth`: its bearer token."""

    oid: str
    auth: SecretStr


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is charged, in cents. `cents` is the whole sum; the tip and the tax are parts of it."""

    cents: int
    tip_cents: int
    tax_cents: int

    def __post_init__(self) -> None:
        if self.cents <= 0 or self.tip_cents < 0 or self.tax_cents < 0:
            raise ValueError("a charge is of more than nothing, its tip and tax of nothing or more")
        if self.tip_cents + self.tax_cents > self.cents:
            raise ValueError("the tip and the tax are parts of the whole")


@dataclass(frozen=True, slots=True)
class Approved:
    """The gateway did it.

    `gateway_id`: its own id of the transaction. `amount_cents`: what it says it moved, which may differ from what was
    asked; of a void 0 where it does not say. `card_tail`: the card's last four digits.
    """

    gateway_id: str
    amount_cents: int
    message: str
    card_tail: str | None
    brand: str | None


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway did not do it, and says so in `message`.

    `settled`: it refuses to void, since the capture is settled, by its very words. `not_settled`: it refuses to refund,
    since the capture is not settled yet.
    """

    message: str
    settled: bool = False
    not_settled: bool = False


@dataclass(frozen=True, slots=True)
class EntryRefused:
    """The gateway cannot read what was to be paid with, and says so: look up whether it charged all the same."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection came about, so that not one byte of the call left: the gateway surely knows nothing of it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell whether the gateway did it: look it up."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """The gateway does not know this transaction now. It may still arrive there."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A transaction that was found, and its condition: only a settled one needs a refund.

    `unsaid`: the gateway does not say the condition.
    """

    approved: Approved
    condition: Condition


Charge = Approved | Declined | EntryRefused | NotSent | Unknown
GivenBack = Approved | Declined | NotSent | Unknown
Found = Sale | Declined | NotFound | Unknown


class Pay(Protocol):
    """What takes and gives back money."""

    async def start(self, merchant: Merchant) -> str:
        """A token for the card fields in the diner's browser. Raises GatewayError."""
        ...

    async def charge_card(
        self, merchant: Merchant, *, token: str, external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        """Charge the card that the diner's browser tied to `token`.

        `external_id`: our id, to look it up by. `reference`: shown to the merchant.
        """
        ...

    async def charge_wallet(
        self, merchant: Merchant, *, wallet: Mapping[str, Any], external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        """Charge what the diner's wallet (Apple Pay, Google Pay) gave."""
        ...

    async def look_up(self, merchant: Merchant, external_id: str) -> Found:
        """What became of a charge, a void or a refund."""
        ...

    async def void(self, merchant: Merchant, *, gateway_id: str, external_id: str) -> GivenBack:
        """Undo a charge that is not settled yet; `external_id` is the void's own."""
        ...

    async def refund(self, merchant: Merchant, *, gateway_id: str, external_id: str, cents: int) -> GivenBack:
        """Give back `cents` of a settled charge; `external_id` is the refund's own."""
        ...

    async def acknowledge(self, merchant: Merchant, external_id: str) -> bool:
        """Tell the gateway that its answer has arrived; True where it confirms."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
