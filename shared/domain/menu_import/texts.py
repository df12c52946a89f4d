"""Texts of a menu in the product's three languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.domain.menu_import.html_text import plain
from shared.domain.menu_import.jsonld import Graph, Node, each, path_of
from shared.domain.menu_import.languages import NAMES, first_of, is_language_map, language_of
from shared.domain.menu_texts import LANGUAGES

MAX_NAME = 200
MAX_DESCRIPTION = 2_000

_KEPT = "Menus are kept in English, Spanish and Portuguese"


@dataclass(frozen=True, slots=True)
class Words:
    """A text of the file. `said`: what the file says in the languages that are kept.

    `spare` fills the others: the English text, else the first one, which may be in a language that is not kept.
    `own` and `raw` name the entry over several imports. `own` is the node's own text without its translations
    elsewhere; `raw` is the same as older releases stored it, with its HTML.
    """

    said: Mapping[str, str]
    spare: str
    own: str
    raw: str

    def __bool__(self) -> bool:
        return bool(self.spare)

    def filled(self) -> dict[str, str]:
        """All three languages, as clients need them (contract 1.9)."""
        return {language: self.said.get(language, self.spare) for language in LANGUAGES}

    def marks(self, field: str) -> frozenset[str]:
        """What the file itself says of a field, such as `name.es`."""
        return frozenset(f"{field}.{language}" for language in self.said)


NO_WORDS = Words({}, "", "", "")


def translated(graph: Graph, node: Node, name: str, limit: int) -> Words:
    """The text under `name`, with what other nodes say of the same in other languages."""
    own = _read(graph, node, name, limit)
    said = dict(own.said)
    for other in graph.translations.get(node.path, ()):
        for language, text in _read(graph, other, name, limit).said.items():
            said.setdefault(language, text)
    found = Words(said, first_of(said) or own.spare, own.own, own.raw)
    if found and graph.notes.first_time(path_of(node, name)):
        graph.notes.languages.update(said.keys())
        graph.notes.filled.update(language for language in LANGUAGES if language not in said)
    return found


def untranslated(graph: Graph, node: Node, name: str, limit: int) -> Words:
    """The text under `name` where a menu keeps one for all languages: the English one, else the first."""
    found = _read(graph, node, name, limit)
    if len(set(found.said.values())) > 1:
        graph.notes.unplaced(path_of(node, name), "One name is kept for all languages here: the English one.")
    return found


def _read(graph: Graph, node: Node, name: str, limit: int) -> Words:
    said: dict[str, str] = {}
    raw: dict[str, str] = {}
    others: list[tuple[str, str, str, str]] = []
    for path, tag, text in _tagged(graph, node, name):
        tidy, had_html = plain(text)
        if had_html:
            graph.notes.remark_once("html", path, "HTML was taken out of a text: its entities and tags.")
        if len(tidy) > limit:
            graph.notes.remark(path, f"Cut to {limit} characters.")
            tidy = tidy[:limit].rstrip()
        if not tidy:
            continue
        language = language_of(tag)
        if language is None:
            others.append((path, tag, tidy, text))
        elif said.setdefault(language, tidy) != tidy:
            graph.notes.unplaced(path, f"There is another text in {NAMES[language]} already.")
        else:
            raw.setdefault(language, " ".join(text.split())[:limit].rstrip())
    if others and not said:
        path, tag, spare, text = others.pop(0)
        graph.notes.remark_once(f"language {tag}", path, f"{_KEPT}: a text in {tag[:40]} is shown in all three.")
        raw["en"] = " ".join(text.split())[:limit].rstrip()
    else:
        spare = first_of(said)
    for path, tag, _, _ in others:
        graph.notes.unplaced(path, f"{_KEPT}; this is {tag[:40]}.")
    return Words(said, spare, spare, raw.get("en") or next(iter(raw.values()), ""))


def _tagged(graph: Graph, node: Node, name: str) -> Iterator[tuple[str, str, str]]:
    """(path, language as written, text) of each form that a text may have."""
    for path, value in each(node, name):
        if isinstance(value, str):
            yield path, node.language, value
        elif isinstance(value, dict) and isinstance(value.get("@value"), str):
            tag = value.get("@language")
            yield path, tag if isinstance(tag, str) else node.language, value["@value"]
        elif isinstance(value, dict) and is_language_map(value):
            for tag, text in value.items():
                if isinstance(text, str):
                    yield f"{path}.{tag}", node.language if tag == "@none" else tag, text
                elif text is not None:
                    graph.notes.unplaced(f"{path}.{tag}", "A text was expected here.")
        else:
            graph.notes.unplaced(path, "A text was expected here.")
