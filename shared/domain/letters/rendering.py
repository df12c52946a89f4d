"""From a template and its values to a mail. Whatever people wrote is a value, and escaped in the HTML (rules 24.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shared.domain.letters.formats import in_subject
from shared.text import clean, isolated

if TYPE_CHECKING:
    from jinja2 import Environment

Template = Literal["receipt", "code", "invitation", "qr", "summary"]

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Written:
    """A mail that is ready to be sent."""

    subject: str
    text: str
    html: str


def write(template: Template, language: str, subject: str, values: Mapping[str, Any]) -> Written:
    """The mail of a template in a language."""
    given = {**values, "lang": language, "subject": in_subject(subject)}
    templates = _environment()
    text = templates.get_template(f"{template}.txt").render(given)
    html = templates.get_template(f"{template}.html").render(given)
    return Written(given["subject"], text.strip() + "\n", html)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Most processes send no mail, and start sooner without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        # All but plain text is escaped: there nothing is a command.
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = _plain
    return made


def _plain(text: str) -> str:
    """What somebody wrote, in plain text: on one line, and with its own direction."""
    return isolated(" ".join(clean(text).split()))
