"""EmergePay's answers. What is not clearly a yes or a no is `Unknown`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.integrations.pay import (
    Approved,
    Charge,
    Condition,
    Declined,
    EntryRefused,
    Found,
    GivenBack,
    NotFound,
    Sale,
    Unknown,
)

MAX_ID = 1000
MAX_MESSAGE = 200
MAX_WORD = 40
REFUSALS = frozenset({400, 401, 402, 403, 404, 410, 422})
"""With these statuses and a JSON object the gateway says that it did nothing. A proxy may send them without one."""

OF_THE_ENTRY = frozenset({400, 404, 410, 422})
"""Those of the refusals that say of a charge: what was to be paid with cannot be read, or is not there (any more)."""

DECLINES = frozenset({"decline", "declined", "do not honor", "insufficient funds"})
"""The words for no in a wallet's answer, which has no resultStatus."""

_CONDITIONS: dict[str, Condition] = {"open": "open", "settled": "settled", "void": "void", "voided": "void"}
_SETTLED = re.compile(
    r"(?:(?:the )?(?:transaction|payment|sale) )?(?:(?:is|was|has been) )?(?:already )?settled[.!]?", re.IGNORECASE
)
"""The whole text of a refused void that says that the capture is settled; "not settled" and "unsettled" do not."""

_NOT_SETTLED = re.compile(
    r"(?:(?:the )?(?:transaction|payment|sale|capture) )?(?:(?:is|was|has) )?"
    r"(?:not (?:yet )?(?:been )?settled|unsettled)(?: yet)?[.!]?",
    re.IGNORECASE,
)
"""The whole text of a refused refund that says that the capture is not settled yet: it is tried again later."""

_AMOUNT = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2})0*)?\Z")
_TAIL = re.compile(r"([0-9]{4})\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the JSON object that came with it, if one did."""

    status: int
    body: dict[str, Any] | None

    @property
    def is_success(self) -> bool:
        """Whether the gateway understood what it was asked."""
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """Whether the gateway itself says that it did nothing."""
        return self.status in REFUSALS and self.body is not None


def json_object(raw: bytes) -> dict[str, Any] | None:
    """The JSON object in an answer's body; None where there is none. No number becomes a float."""
    try:
        read = json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def start_token(answer: Answer) -> str | None:
    """The token to pay with, if there is one."""
    token = (answer.body or {}).get("transactionToken")
    return token if answer.is_success and isinstance(token, str) and 0 < len(token) <= MAX_ID else None


def charge_outcome(answer: Answer, external_id: str, cents: int) -> Charge:
    """What an answer says of a charge; `cents` is its amount where the answer does not say."""
    if answer.is_refusal and answer.status in OF_THE_ENTRY:
        return EntryRefused(f"refused with status {answer.status}")
    return _outcome(answer, external_id, cents)


def given_back_outcome(answer: Answer, external_id: str, cents: int) -> GivenBack:
    """What an answer says of a void or a refund; `cents` is its amount where the answer does not say."""
    outcome = _outcome(answer, external_id, cents)
    return _understood(outcome) if isinstance(outcome, Declined) else outcome


def _understood(outcome: Declined) -> Declined:
    """A refusal with what it says of the capture."""
    said = outcome.message.strip()
    return Declined(
        outcome.message,
        settled=_SETTLED.fullmatch(said) is not None,
        not_settled=_NOT_SETTLED.fullmatch(said) is not None,
    )


def _outcome(answer: Answer, external_id: str, cents: int | None) -> Approved | Declined | Unknown:
    if answer.is_refusal:
        # Its own text may repeat what it was asked with.
        return Declined(f"refused with status {answer.status}")
    if not answer.is_success:
        return Unknown(f"answered {answer.status}")
    said = _response(answer)
    if said is None:
        return Unknown("answered without a transactionResponse")
    about = said.get("externalTransactionId")
    if about is not None and str(about).casefold() != external_id.casefold():
        return Unknown("answered about another transaction")
    message = _word(said.get("resultMessage"), MAX_MESSAGE)
    done = _verdict(said.get("resultStatus"), message)
    if done is None:
        return Unknown("answered neither yes nor no")
    return _approved(said, message, cents) if done else Declined(message)


def look_up_outcome(answer: Answer, external_id: str) -> Found:
    """What the answer to a look-up says."""
    if answer.status == 404 and answer.body is not None:
        return NotFound()
    if not answer.is_success:
        # Even a refusal: it is about the question, and says nothing of the transaction.
        return Unknown(f"answered {answer.status}")
    said = _response(answer) or {}
    is_void = "void" in _word(said.get("transactionType")).casefold()
    outcome = _outcome(answer, external_id, 0 if is_void else None)
    if isinstance(outcome, Declined):
        return _understood(outcome)
    if isinstance(outcome, Unknown):
        return outcome
    return Sale(outcome, _CONDITIONS.get(_word(said.get("transactionStatus")).casefold(), "unsaid"))


def _response(answer: Answer) -> dict[str, Any] | None:
    said = (answer.body or {}).get("transactionResponse")
    return said if isinstance(said, dict) else None


def _verdict(status: object, message: str) -> bool | None:
    """Yes, no, or neither."""
    if status is None:
        # As wallets answer: the message alone decides.
        return True if message == "Approved" else False if message.casefold() in DECLINES else None
    if status is True or status == "true":
        return True
    return False if (status is False or status == "false") and message != "Approved" else None


def _approved(said: dict[str, Any], message: str, cents: int | None) -> Approved | Unknown:
    gateway_id = said.get("uniqueTransId")
    if not isinstance(gateway_id, str) or not 0 < len(gateway_id) <= MAX_ID:
        return Unknown("approved without an id")
    for field in ("amountProcessed", "amount"):
        if said.get(field) not in (None, ""):
            cents = _cents(said[field])
            break
    if cents is None:
        return Unknown("approved without an amount that can be read")
    tail = _TAIL.search(_word(said.get("maskedAccount")))
    return Approved(gateway_id, cents, message, tail[1] if tail else None, _word(said.get("accountCardType")) or None)


def _word(value: object, longest: int = MAX_WORD) -> str:
    """A short text for people; "" for anything else."""
    return "".join(letter for letter in value[:longest] if letter.isprintable()) if isinstance(value, str) else ""


def _cents(value: object) -> int | None:
    """The cents of a decimal text or JSON number with at most two places; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    match = _AMOUNT.match(str(value))
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else None
