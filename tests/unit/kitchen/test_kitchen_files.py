"""The kitchen display's map of keys and its texts."""

from __future__ import annotations

import json
import re

from local.supervisor.options import PROJECT

KITCHEN = PROJECT / "clients" / "kitchen"


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
    for name in ("words.js", "panel-words.js", "pair-words.js", "keys-words.js"):
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


def test_the_screen_says_each_of_its_texts_somewhere() -> None:
    tables = ("words.js", "panel-words.js")
    table = "".join((KITCHEN / name).read_text() for name in tables)
    others = "".join(
        path.read_text() for path in KITCHEN.iterdir() if path.suffix in (".js", ".html") and path.name not in tables
    )
    keys = set(re.findall(r"^    (\w+):", table, re.MULTILINE))
    assert len(keys) > 60
    assert {key for key in keys if not re.search(rf"['\"]{key}['\"]", others)} == set()
