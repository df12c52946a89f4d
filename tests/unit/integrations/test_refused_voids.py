"""Which words of a refused void say that the capture is settled (rules 4)."""

from __future__ import annotations

import pytest

from shared.integrations.emergepay.answers import Answer, given_back_outcome
from shared.integrations.pay import Declined


@pytest.mark.parametrize(
    ("message", "settled"),
    [
        ("Transaction already settled", True),
        ("Settled", True),
        (" already SETTLED. ", True),
        ("The transaction has been settled", True),
        ("Payment was already settled!", True),
        ("Transaction not settled", False),
        ("Cannot void: not yet settled", False),
        ("The batch will be settled tonight", False),
        ("unsettled", False),
        ("Transaction already voided", False),
        ("Only settled transactions can be refunded", False),
        ("", False),
    ],
)
def test_settled_is_a_whole_sentence_and_no_word_somewhere(message: str, settled: bool) -> None:
    """ "Transaction not settled" counted as settled."""
    answer = Answer(200, {"transactionResponse": {"resultStatus": "false", "resultMessage": message}})
    assert given_back_outcome(answer, "e", 0) == Declined(message, settled=settled)
