"""The one way by which the command prints: what others wrote must not steer the terminal of whoever reads it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import typer

from shared.text import isolated, one_line

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH_OF_A_FILE = 120
"""Characters in a line where no terminal says how wide it is."""


def say(line: str, *, err: bool = False) -> None:
    """Print one line, to standard error with `err`. Control characters in it are spelled out, line breaks, too."""
    typer.echo(one_line(line), err=err)


def say_json(value: Any) -> None:
    """Print a value as JSON, over several lines, in ASCII."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=True))


def table(*columns: str) -> Table:
    """An empty table. A column whose title begins with ">" stands to the right, as numbers do."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    return made


def add_row(to: Table, *cells: str, style: str | None = None) -> None:
    """Add a line to a table; its cells are printed as `say` prints a line."""
    from rich.text import Text

    to.add_row(*(Text(isolated(one_line(cell))) for cell in cells), style=style)


def show(title: str, made: Table) -> None:
    """Print a table under its title."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)
    console.print()
    console.print(Text(one_line(title), "bold"))
    console.print(made)
