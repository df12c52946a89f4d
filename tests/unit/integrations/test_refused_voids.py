"""Which words of a refused void say that the capture is settled (rules 4)."""

from __future__ import annotations

import pytest

from shared.integrations.emergepay.answers import Answer, given_back_outcome
from shared.integrations.pay import Declined


@pytest.mark.parametrize(
    ("message", "settled", "too_early"),
    [
        ("Transaction already settled", True, False),
        ("Settled", True, False),
        (" already SETTLED. ", True, False),
        ("The transaction has been settled", True, False),
        ("Payment was already settled!", True, False),
        ("Transaction not settled", False, True),
        ("Cannot void: not yet settled", False, False),
        ("The batch will be settled tonight", False, False),
        ("unsettled", False, True),
        ("Transaction already voided", False, False),
        ("Only settled transactions can be refunded", False, False),
        ("", False, False),
    ],
)
def test_settled_is_a_whole_sentence_and_no_word_somewhere(message: str, settled: bool, too_early: bool) -> None:
    """ "Transaction not settled" counted as settled."""
    answer = Answer(200, {"transactionResponse": {"resultStatus": "false", "resultMessage": message}})
    assert given_back_outcome(answer, "e", 0) == Declined(message, settled=settled, not_settled=too_early)
