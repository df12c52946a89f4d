"""What an audit compared, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.documents.base import Document
from shared.domain.invariants import SEQUENCE, Difference

LISTED = 100
"""How many differences of each invariant are kept; all are counted."""

D = TypeVar("D", bound=Document)
Raw = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Called with what is being read, how much of it is read, and roughly how much there is."""


@dataclass(slots=True)
class Report:
    """What was compared and what came of it.

    `original_orders` were placed by the original server: only invariants 3, 6 and 7 hold for them. `on_their_way` are
    changes too young to be missed, checkouts that are just being placed, and payments that are not at rest.
    `unanswered` are payments that the gateway could not be asked about now, and `out_of_reach` those that nobody can
    ask about any more, with why. `unchecked` says why an invariant was not looked at, or not wholly.
    """

    compared: Counter[str] = field(default_factory=lambda: Counter(orders=0, rows=0, checkouts=0, locations=0))
    original_orders: int = 0
    on_their_way: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    out_of_reach: list[str] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)
    listed: list[Difference] = field(default_factory=list)
    unchecked: dict[int, str] = field(default_factory=dict)

    @property
    def differences(self) -> int:
        """How many differences there are in all."""
        return self.counts.total()

    @property
    def good(self) -> bool:
        """Whether nothing differs, and everything that was to be asked was answered."""
        return not self.differences and not self.unanswered

    def add(self, differences: Iterable[Difference]) -> None:
        """Count differences, and keep the first ones of each invariant."""
        for difference in differences:
            self.counts[difference.invariant] += 1
            if self.counts[difference.invariant] <= LISTED:
                self.listed.append(difference)

    def read(self, kind: type[D], raw: Raw) -> D | None:
        """A stored document; None, and a difference, where it cannot be read."""
        try:
            return kind.model_validate(raw)
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(str(part) for part in entry["loc"]) for entry in error.errors()}))
            sentence = f"cannot be read as {kind.__name__}: {fields}"
            self.add([Difference(SEQUENCE, f"{kind.__name__.lower()} {raw.get('_id')}", sentence)])
            return None


def readable(kind: type[D], stored: Iterable[Raw]) -> list[D]:
    """The stored documents that can be read. The caller reports the others elsewhere."""
    found = []
    for raw in stored:
        try:
            found.append(kind.model_validate(raw))
        except ValidationError:
            continue
    return found
