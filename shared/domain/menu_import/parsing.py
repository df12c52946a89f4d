"""A file's bytes as JSON: whatever the encoding, as a file of its own or as it stands in a saved web page."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from typing import Any

from shared.domain.menu_import.report import Finding

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 100_000

_CHARSET = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""")
_OPENING = re.compile(r"(?:(?://|/\*)?\s*<!(?:--|\[CDATA\[)\s*(?:\*/)?\s*)*")
_CLOSING = re.compile(r"(?:(?:;|//|/\*|-->|\]\]>|\*/)\s*)*\Z")
_LONGEST_CLOSING = 40
_ENTITY = re.compile(r"&(?:quot|#34|#x22);", re.IGNORECASE)


class UnreadableMenuError(Exception):
    """The file is no menu at all; the message says why, in a sentence for people."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's JSON with every number exact, and what of it is not JSON. Several blocks of a page are a list."""

    content: Any
    unreadable: tuple[Finding, ...] = ()


def parse(content: bytes) -> ParsedFile:
    """The JSON of a file or of a saved page. Raises UnreadableMenuError: too large, too deep, or no JSON."""
    if len(content) > MAX_BYTES:
        raise UnreadableMenuError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    text = _decoded(content)
    if not text.strip():
        raise UnreadableMenuError("The file is empty, or not UTF-8 or UTF-16 text.")
    parsed = _of_page(text) if text.lstrip().startswith("<") else ParsedFile(_json(text))
    _check_size(parsed.content)
    return parsed


def _decoded(content: bytes) -> str:
    try:
        # What the standard library does for JSON: UTF-8, 16 and 32, told by a mark or by where the zeros stand.
        return content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    named = _CHARSET.search(content[:2_048])
    try:
        if named:
            return content.decode(codecs.lookup(named[1].decode()).name)
    except (LookupError, UnicodeDecodeError):
        pass
    raise UnreadableMenuError("The file is not UTF-8 or UTF-16 text.")


def _of_page(text: str) -> ParsedFile:
    blocks = _Blocks()
    blocks.feed(text)
    blocks.close()
    if not blocks.found:
        raise UnreadableMenuError("The file is not JSON, and as a web page it carries no JSON-LD.")
    read: list[Any] = []
    unreadable = []
    for number, block in enumerate(blocks.found, 1):
        try:
            read.append(_json(block))
        except UnreadableMenuError as error:
            unreadable.append(Finding(f"script {number} of the page", str(error)))
    if not read:
        raise UnreadableMenuError(f"The JSON-LD of the page cannot be read. {unreadable[0].reason}")
    return ParsedFile(read[0] if len(read) == 1 else list(_flat(read)), tuple(unreadable))


def _flat(blocks: list[Any]) -> Iterator[Any]:
    for block in blocks:
        if isinstance(block, list):
            yield from block
        else:
            yield block


class _Blocks(HTMLParser):
    """Collects what stands in a page's `<script type="application/ld+json">`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = (dict(attrs).get("type") or "").split(";")[0].strip().lower()
        self._inside = tag == "script" and kind == "application/ld+json"
        if self._inside:
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def _json(text: str) -> Any:
    bare = _OPENING.sub("", text.strip(), count=1)
    if '"' not in bare and _ENTITY.search(bare):
        bare = unescape(bare)
    # Line breaks inside of texts are no JSON, but what many a site writes.
    decoder = json.JSONDecoder(
        parse_float=Decimal, parse_constant=_refuse_constant, strict=False, object_pairs_hook=_every_pair
    )
    try:
        value, end = decoder.raw_decode(bare)
        rest = bare[end:].strip()
        if len(rest) > _LONGEST_CLOSING or not _CLOSING.match(rest):
            raise json.JSONDecodeError("Extra data", bare, end)
    except json.JSONDecodeError as error:
        raise UnreadableMenuError(
            f"The file is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise UnreadableMenuError(_too_deep()) from None
    except ValueError as error:
        raise UnreadableMenuError(f"The file is not JSON: {error}.") from None
    return value


def _every_pair(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose name stands twice: both values are kept, as a list."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    together: dict[str, Any] = {}
    for name, value in pairs:
        if name in together:
            together[name] = as_list(together[name]) + as_list(value)
        else:
            together[name] = value
    return together


def as_list(value: Any) -> list[Any]:
    """schema.org lets one value stand without its list."""
    return value if isinstance(value, list) else [value]


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _too_deep() -> str:
    return f"The file is nested deeper than {MAX_DEPTH} levels."


def _check_size(document: Any) -> None:
    pending = [(document, 1)]
    seen = 0
    while pending:
        value, depth = pending.pop()
        seen += 1
        if depth > MAX_DEPTH:
            raise UnreadableMenuError(_too_deep())
        if seen > MAX_NODES:
            raise UnreadableMenuError(f"The file holds more than {MAX_NODES:,} values.")
        if isinstance(value, dict):
            pending.extend((child, depth + 1) for child in value.values())
        elif isinstance(value, list):
            pending.extend((child, depth + 1) for child in value)
