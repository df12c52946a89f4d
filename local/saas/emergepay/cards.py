"""Test cards: what the gateway does with a charge is decided by the card's number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.standin.faults import Fault, FaultMode

DEFAULT_CARD = "4111111111111111"
_HOLD_SECONDS = 30.0
_HIDDEN_SECONDS = 20.0
_LEADING_NUMBER = re.compile(r"([0-9]{16})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Card:
    """What a charge of this card comes to. Without any field, it is approved.

    `refusal`: the text that it is declined with.
    `fault`: what goes wrong on the way.
    `hidden`: look-ups of the charge find nothing for a while.
    `seconds`: how long the call is held, or the charge is hidden.
    `charges`: False where the line is cut in the end, and nothing is charged.
    """

    refusal: str | None = None
    fault: FaultMode | None = None
    seconds: float | None = None
    hidden: bool = False
    charges: bool = True


CARDS = {
    DEFAULT_CARD: Card(),
    "5555555555554444": Card(),
    "4000000000000002": Card(refusal="Decline"),
    "4000000000000010": Card(refusal="Do not honor"),
    "4000000000009995": Card(refusal="Insufficient funds"),
    "4000000000000069": Card(refusal="Expired card"),
    "4000000000000500": Card(fault=FaultMode.ERROR),
    "4000000000000044": Card(fault=FaultMode.STALL, seconds=_HOLD_SECONDS, charges=False),
    "4000000000000051": Card(fault=FaultMode.DROP_BEFORE),
    "4000000000000077": Card(fault=FaultMode.DROP_AFTER),
    "4000000000000093": Card(fault=FaultMode.DROP_AFTER, seconds=_HIDDEN_SECONDS, hidden=True),
    "4000000000000101": Card(fault=FaultMode.LATE, seconds=_HOLD_SECONDS),
}


@dataclass(frozen=True, slots=True)
class Tied:
    """A card as it was typed into the hosted fields: its number, and `seconds` in the place of the card's own."""

    number: str = DEFAULT_CARD
    seconds: float | None = None

    @property
    def card(self) -> Card:
        """What the card does."""
        return CARDS[self.number]

    @property
    def lasts_seconds(self) -> float:
        """How long it holds a call, or hides its charge."""
        return (self.card.seconds if self.seconds is None else self.seconds) or 0.0

    @property
    def fault(self) -> Fault | None:
        """What goes wrong on the way, as a fault of the fault switch."""
        if self.card.fault is None:
            return None
        return Fault(mode=self.card.fault, status=500, seconds=self.lasts_seconds)

    @property
    def masked(self) -> str:
        """The number as answers show it."""
        return masked(self.number)

    @property
    def brand(self) -> str:
        """The brand as answers name it."""
        return "MASTERCARD" if self.number.startswith("5") else "VISA"


def masked(number: str) -> str:
    """A card's number of which only the last four digits can be read."""
    return "*" * max(0, len(number) - 4) + number[-4:]


def in_wallet(token_data: object) -> Tied:
    """The card in a wallet's token: the test card whose number it begins with, else a card that is approved.

    Anything but a digit may follow the number, so that each test can have tokens of its own.
    """
    found = _LEADING_NUMBER.match(token_data) if isinstance(token_data, str) else None
    return Tied(found[1]) if found and found[1] in CARDS else Tied()
