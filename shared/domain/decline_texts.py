"""What a diner is told whose payment failed. The existing client understands three texts (contract 14)."""

from __future__ import annotations

DECLINE = "Decline"
DO_NOT_HONOR = "Do not honor"
INSUFFICIENT_FUNDS = "Insufficient funds"

APPROVED = "Approved"

SENTENCES = {
    DECLINE: "Your card was declined. Please try another one.",
    DO_NOT_HONOR: "Your bank did not allow this payment. Please try another card.",
    INSUFFICIENT_FUNDS: "There is not enough money on this card. Please try another one.",
}
NOT_SENT = "Your payment could not be sent, and nothing was charged. Please enter your card again."
ENTRY_INVALID = "Your card could not be read, and nothing was charged. Please enter it again."
LOST = "Your payment did not arrive at the bank. If it does after all, you get it back. Please try again."


def understood(gateway_says: str) -> str:
    """The gateway's words as one of the three texts that the existing client shows.

    At any other text the client clears the cart and shows nothing.
    """
    said = gateway_says.lower()
    if "insufficient" in said:
        return INSUFFICIENT_FUNDS
    if "not honor" in said:
        return DO_NOT_HONOR
    return DECLINE
