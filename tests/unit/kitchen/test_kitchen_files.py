"""The kitchen display's files: its service worker keeps all that its pages load."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from local.supervisor.options import PROJECT

KITCHEN = PROJECT / "clients" / "kitchen"

_LOADED = {
    ".html": re.compile(r'<(?:link|script)\b[^>]*\b(?:href|src)="([^":]+)"'),
    ".js": re.compile(r"""(?:\bfrom|\bimport|new URL\()\s*\(?'(\.?[\w./-]+\.(?:js|json))'"""),
    ".webmanifest": re.compile(r'"src": "([^"]+)"'),
}
_BIG_ICON = "icon-512.png"
"""Only the launcher of the device shows it, when the page is installed."""


def _reached(file: Path, seen: set[Path]) -> Iterator[Path]:
    """The file, and whatever it loads."""
    if file in seen:
        return
    seen.add(file)
    yield file
    pattern = _LOADED.get(file.suffix)
    for name in pattern.findall(file.read_text()) if pattern else ():
        yield from _reached((file.parent / name).resolve(), seen)


def _kept() -> set[str]:
    listed = re.search(r"const FILES = \[(.*?)\];", (KITCHEN / "sw.js").read_text(), re.DOTALL)
    assert listed is not None
    return set(re.findall(r"'([^']+)'", listed[1]))


def test_the_service_worker_keeps_all_that_the_pages_load() -> None:
    seen: set[Path] = set()
    files = {file for page in ("index.html", "keys.html") for file in _reached(KITCHEN / page, seen)}
    names = {
        f"../{file.parent.name}/{file.name}" if file.parent != KITCHEN else file.name
        for file in files
        if file.name not in (_BIG_ICON, "sw.js")
    }
    assert (names - {"index.html"}) | {"./"} <= _kept()
    assert [name for name in _kept() if not (KITCHEN / name).exists()] == []


def test_each_action_has_a_key_and_each_key_one_action() -> None:
    keys: dict[str, list[str]] = json.loads((KITCHEN / "keys.json").read_text())
    actions = re.findall(
        r"'(\w+)'", re.search(r"const ACTIONS = \[(.*?)\];", (KITCHEN / "keys.js").read_text(), re.DOTALL)[1]
    )  # type: ignore[index]
    assert set(keys) == {f"select{number}" for number in range(1, 11)} | set(actions)
    pressed = [key for each in keys.values() for key in each]
    assert len(pressed) == len(set(pressed))
    assert all(keys.values())


def test_the_pages_say_the_same_in_every_language() -> None:
    for name in ("pair-words.js", "keys-words.js"):
        text = (KITCHEN / name).read_text()
        tables = {
            tag: {
                key: set(re.findall(r"\{(\w+)\}", said))
                for key, said in re.findall(r"^    '?([\w-]+)'?: '(.*)',$", body, re.MULTILINE)
            }
            for tag, body in re.findall(r"^  (\w\w): \{\n(.*?)^  \},$", text, re.MULTILINE | re.DOTALL)
        }
        assert set(tables) == {"en", "es", "pt"}
        assert tables["es"] == tables["en"] == tables["pt"]
        assert len(tables["en"]) > 10
