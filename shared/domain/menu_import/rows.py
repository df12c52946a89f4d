"""The entries of a menu that is read: their ids, and what the file itself says of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.domain.menu_import.identity import Ids


@dataclass(slots=True)
class Rows:
    """`said` names, by the id of an entry, the fields that are the file's own words (`priceCents`, `name.es`).

    The others are defaults, or filled from another language. `variants` and `modifiers` say that the file lists some.
    """

    ids: Ids
    said: dict[str, frozenset[str]] = field(default_factory=dict)
