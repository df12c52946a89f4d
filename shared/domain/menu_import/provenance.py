"""Who set a value: what the file said stands beside what is stored, and where the two differ, staff set it.

A file may change what a file set. What staff set stays, and the import says where it overruled the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.menu_import.languages import first_of
from shared.domain.menu_texts import LANGUAGES, texts_of

AVAILABLE = "isAvailable"
RETIRED = "retired"
"""On an item that an import took off sale because its file has it no longer."""

ABSENT: Any = object()

_KEPT_WHERE_UNKNOWN = frozenset({"imageUrls", "makingCostCents", "stationTags", "diets", "emoji", "salesTax"})
"""What staff may have set where nothing is known of who did: it stays where the file does not say it."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """A word of the file that does not hold because staff set something else: of what, and both values.

    `field` is "removed" where staff took the entry off the menu.
    """

    entry: str
    field: str
    here: Any
    file: Any


@dataclass(slots=True)
class Entry:
    """An entry on its way into the menu: what the file has, what is stored, and what imports wrote of it before.

    `stored` is empty for a new entry. `source` is None where nothing is known of who set what: staff made the entry,
    or an older release imported it. `value` and `text` settle one field each; they note in `wrote` and `said` what the
    next import must know, in `overruled` the file's words that do not hold, and in `older` the translations that stay
    although the English text is another now.
    """

    name: str
    fresh: Mapping[str, Any]
    fresh_said: frozenset[str]
    stored: Mapping[str, Any]
    source: Mapping[str, Any] | None
    wrote: dict[str, Any] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    overruled: list[Overruled] = field(default_factory=list)
    older: list[str] = field(default_factory=list)

    def value(self, name: str) -> Any:
        """What the field is from now on; ABSENT: the entry has none."""
        fresh, now = self.fresh.get(name, ABSENT), self.stored.get(name, ABSENT)
        says = name in self.fresh_said
        if not self.stored:
            self._note(name, fresh, says)
            return fresh
        if self.source is None:
            return self._of_unknown_origin(name, fresh, now, says)
        was, said_before = self.source["wrote"].get(name, ABSENT), name in self.source["said"]
        if now != was:
            # A dish that staff sold out stays so, also when the file said the same in between.
            self._note(name, fresh if says and name != AVAILABLE else was, says or said_before)
            self._tell(name, says, now, fresh)
            return now
        # Of a dish that is sold out by the file, saying it no longer is saying that it can be had.
        if says or not said_before or name == AVAILABLE:
            self._note(name, fresh, says)
            return fresh
        self._note(name, now, True)
        return now

    def _of_unknown_origin(self, name: str, fresh: Any, now: Any, says: bool) -> Any:
        self._note(name, fresh, says)
        if name == AVAILABLE and not self.stored.get(RETIRED):
            self._tell(name, says and fresh is True, now is True, fresh)
            return now is True and fresh
        kept = name in _KEPT_WHERE_UNKNOWN and now not in (ABSENT, None, "", [])
        return now if kept and not says else fresh

    def _note(self, name: str, value: Any, says: bool) -> None:
        if value is not ABSENT:
            self.wrote[name] = value
        if says:
            self.said.add(name)

    def _tell(self, name: str, says: bool, here: Any, file: Any) -> None:
        if says and here != file:
            self.overruled.append(Overruled(self.name, name, None if here is ABSENT else here, file))

    def text(self, name: str) -> Any:
        """What the text is from now on, language by language; a missing language is filled from another one."""
        fresh, stored = self.fresh[name], self.stored.get(name)
        if not self.stored:
            self.wrote[name] = fresh
            self.said.update(mark for mark in self.fresh_said if mark.startswith(f"{name}."))
            return fresh
        now = texts_of(stored)
        if not any(fresh.values()):
            self._keep_text(name, fresh)
            return stored if any(now.values()) else fresh
        known = self.source is not None and name in self.source["wrote"]
        settled = self._known_text(name, fresh, now) if known else self._unknown_text(name, fresh, now)
        spare = first_of(settled) or fresh["en"]
        for language in LANGUAGES:
            if language not in settled:
                # A text of ours, such as the name of the extras, has its own words in each language.
                own = fresh[language] != fresh["en"] and f"{name}.{language}" not in self.fresh_said
                settled[language] = fresh[language] if own else spare
            self.wrote.setdefault(name, {}).setdefault(language, settled[language])
        return settled

    def _keep_text(self, name: str, fresh: Any) -> None:
        source = self.source or {"wrote": {}, "said": ()}
        self.wrote[name] = source["wrote"].get(name, fresh)
        self.said.update(mark for mark in source["said"] if mark.startswith(f"{name}."))

    def _known_text(self, name: str, fresh: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
        assert self.source is not None
        was = texts_of(self.source["wrote"][name])
        settled: dict[str, str] = {}
        wrote = self.wrote.setdefault(name, {})
        for language in LANGUAGES:
            mark = f"{name}.{language}"
            says, said_before = mark in self.fresh_said, mark in self.source["said"]
            by_staff = now[language] != was[language] and (now[language] or name != "name")
            if by_staff:
                settled[language], wrote[language] = now[language], fresh[language] if says else was[language]
                self._tell(mark, says, now[language], fresh[language])
            elif says:
                settled[language] = fresh[language]
            elif said_before and now[language]:
                settled[language] = now[language]
            if says or (said_before and language in settled):
                self.said.add(mark)
        english = settled.get("en", "")
        if f"{name}.en" in self.fresh_said and english != now["en"] and f"{name}.en" in self.source["said"]:
            kept = (each for each in LANGUAGES[1:] if each in settled and f"{name}.{each}" not in self.fresh_said)
            self.older.extend(f"{name}.{each}" for each in kept)
        return settled

    def _unknown_text(self, name: str, fresh: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
        """Where the English is still the same, translations that the file does not say stay."""
        settled: dict[str, str] = {}
        wrote = self.wrote.setdefault(name, {})
        for language in LANGUAGES:
            if f"{name}.{language}" in self.fresh_said:
                settled[language] = fresh[language]
                self.said.add(f"{name}.{language}")
            elif now["en"] == fresh["en"] and now[language]:
                settled[language], wrote[language] = now[language], fresh[language]
        return settled
