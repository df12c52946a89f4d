"""What docs/local-engine.md lists: the cases that differ, and those that are not compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.supervisor.options import PROJECT

PAGE = PROJECT / "docs" / "local-engine.md"
MOST_ROWS = 40
_ROW = re.compile(r"^\| `([a-z]+\.[^`]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_BEYOND = re.compile(r"^\| `([a-z]+\.[^`]+)` \| ([^|]+) \|$", re.MULTILINE)
_AT_TIMES = "at times: "
_FAULT = re.compile(r"the fault `(\w+)`")


@dataclass(frozen=True, slots=True)
class Row:
    """A difference that the page lists.

    `at_times`: not all of it need be there. `fault`: while that fault is on, it is not there.
    """

    words: list[str]
    why: str
    at_times: bool
    fault: str | None

    def fits(self, found: list[str]) -> bool:
        """Whether what was found is what the page says."""
        return found == self.words or (self.at_times and set(found) <= set(self.words))

    @staticmethod
    def of(words: str, why: str) -> Row:
        """Read the two cells of the table."""
        fault = _FAULT.search(why)
        listed = words.strip().removeprefix(_AT_TIMES).split(", ")
        return Row(listed, why.strip(), words.startswith(_AT_TIMES), fault[1] if fault else None)


def listed() -> dict[str, Row]:
    """The rows of the page's table, by case."""
    return {name: Row.of(words, why) for name, words, why in _ROW.findall(PAGE.read_text())}


def not_compared() -> dict[str, str]:
    """The cases of the second table, each with what it is about."""
    return dict(_BEYOND.findall(PAGE.read_text()))
