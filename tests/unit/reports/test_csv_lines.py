"""A line of CSV is read by a spreadsheet as it was meant."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from shared.domain import csv_lines


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]
)
def test_a_text_that_looks_like_a_formula_is_a_text(text: str) -> None:
    [row] = csv.reader(io.StringIO(csv_lines.line([text]).decode(), newline=""))
    assert row == [f"'{text}"]


def test_numbers_stay_numbers_also_below_zero() -> None:
    assert csv_lines.line([csv_lines.amount(-705), 3, Decimal("1.5"), None, "a,b"]) == b'-7.05,3,1.5,,"a,b"\r\n'


@pytest.mark.parametrize(("cents", "shown"), [(0, "0.00"), (5, "0.05"), (1234, "12.34"), (-5, "-0.05")])
def test_cents_are_decimals(cents: int, shown: str) -> None:
    assert str(csv_lines.amount(cents)) == shown
