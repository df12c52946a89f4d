"""Reads Bicep, strictly, since tests have no compiler at hand: what is not understood is an error with its line."""

from __future__ import annotations

from pathlib import Path

from tests.bicep.parser import BicepError, parse
from tests.bicep.tree import Array, Combined, Constant, Declaration, Expr, File, Name, Obj, Text, calls, inside, names

__all__ = [
    "Array",
    "BicepError",
    "Combined",
    "Constant",
    "Declaration",
    "Expr",
    "File",
    "Name",
    "Obj",
    "Text",
    "calls",
    "inside",
    "names",
    "parse",
    "read",
]


def read(path: Path) -> File:
    """Parse a file. Raises BicepError naming it."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except BicepError as error:
        raise BicepError(f"{path.name}: {error}") from error
