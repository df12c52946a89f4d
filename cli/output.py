"""The one way by which the command prints: what others wrote must not steer the terminal of whoever reads it."""

from __future__ import annotations

import json
from typing import Any

import typer

from shared.text import one_line


def say(line: str, *, err: bool = False) -> None:
    """Print one line, to standard error with `err`. Control characters in it are spelled out, line breaks, too."""
    typer.echo(one_line(line), err=err)


def say_json(value: Any) -> None:
    """Print a value as JSON, over several lines, in ASCII."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=True))
