"""Lines of CSV in UTF-8, as spreadsheets read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

BOM = b"\xef\xbb\xbf"
"""What some spreadsheets need before the first line to read UTF-8."""

BYTES = 20 * 1024 * 1024
"""The most that one answer holds."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, also in the wide letters of East Asian keyboards, and what a spreadsheet skips before one."""

Cell = str | int | Decimal | None
"""A cell: a text, a number, or nothing."""


def line(cells: Iterable[Cell]) -> bytes:
    """One line. A text that a spreadsheet would take for a formula gets an apostrophe, so that it is read as text."""
    text = io.StringIO()
    csv.writer(text).writerow([_safe(cell) for cell in cells])
    return text.getvalue().encode()


def amount(cents: int) -> Decimal:
    """An amount in cents as a cell: 1234 is 12.34."""
    return Decimal(cents).scaleb(-2)


def _safe(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return "" if cell is None else str(cell)
