"""How amounts are written: for the gateway, for people, and in mails."""

from __future__ import annotations

import pytest

from shared.domain.letters import formats
from shared.money import dollars, plain


@pytest.mark.parametrize(
    ("cents", "written", "bare"),
    [(0, "$0.00", "0.00"), (5, "$0.05", "0.05"), (1234, "$12.34", "12.34"), (123456789, "$1,234,567.89", "1234567.89")],
)
def test_an_amount_is_written_with_its_cents(cents: int, written: str, bare: str) -> None:
    assert (dollars(cents), formats.money(cents), plain(cents)) == (written, written, bare)


def test_what_is_taken_off_begins_with_a_minus_that_no_mail_breaks_after() -> None:
    assert (dollars(-123405), formats.money(-123405)) == ("-$1,234.05", "\u2212$1,234.05")
