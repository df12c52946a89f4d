"""The documents are true: what they link to and name is there."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from local.host.app import load_app
from local.saas.emergepay.cards import CARDS
from local.standin.faults import Fault, FaultMode
from local.supervisor.options import OFFSETS, PARTS, PROJECT
from shared.web.routes import ROUTES
from tests.patience import PATIENCE_SECONDS

README = PROJECT / "README.md"
LOCAL = PROJECT / "docs" / "local.md"
RESTAURANT = PROJECT / "docs" / "restaurant.md"
CHECKOUT = PROJECT / "docs" / "checkout.md"
DOCUMENTS = sorted([README, *(PROJECT / "docs").glob("*.md")])
TWO_SCREENS = 70

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


def code(document: Path) -> Iterator[str]:
    """Every line of code: in a block, or between backticks."""
    fenced = False
    for line in document.read_text().splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line.strip()
        else:
            yield from re.findall(r"`([^`]+)`", line)


def said(pattern: str, *documents: Path) -> set[str]:
    """What `pattern` finds in the code of the documents."""
    return {found for document in documents for line in code(document) for found in re.findall(pattern, line)}


@cache
def help_of(program: str, *command: str) -> str:
    """What `python -m PROGRAM COMMAND --help` says. Fails where there is no such command."""
    return subprocess.run(
        [sys.executable, "-m", program, *command, "--help"],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout


def options(text: str) -> set[str]:
    """The options that a text names."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def local_commands() -> set[str]:
    """The commands of `python -m local`."""
    return set(re.findall(r"^    ([a-z]+)", help_of("local"), re.MULTILINE))


def anchors(document: Path) -> set[str]:
    """The names that links to headings use."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_documents() -> None:
    assert {README, LOCAL, CHECKOUT} <= set(DOCUMENTS)


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        there = document.parent / target if target else document
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), anchor


def test_the_readme_leads_to_every_document() -> None:
    linked = {(PROJECT / target).resolve() for target in re.findall(r"\]\(([^)#\s]+\.md)\)", README.read_text())}
    assert linked >= set(DOCUMENTS) - {README}


def test_the_readme_is_read_within_two_screens() -> None:
    assert len(README.read_text().splitlines()) <= TWO_SCREENS


def test_the_readmes_house_is_the_house() -> None:
    for first in re.findall(r"^\| ([^|]+) \|", README.read_text(), re.MULTILINE):
        for path in re.findall(r"`([^`]+)`", first):
            assert (PROJECT / path).exists(), path


def test_every_file_that_is_named_is_there() -> None:
    named = said(r"(?<![\w/.{}-])((?:[\w-]+/)+[\w-]+\.(?:py|js|json))\b", *DOCUMENTS)
    assert len(named) > 30
    # The page about a new route names one that is still to be made.
    new = {"tests/unit/menu/test_minutes_until.py"}
    for path in named - new:
        assert (PROJECT / path).exists() or (PROJECT / "shared" / path).exists(), path


@each_document
def test_make_has_every_target_that_is_named(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert said(r"\bmake ([a-z][a-z-]*)", document) <= targets


def test_every_test_that_the_checkout_names_is_there() -> None:
    tests = [path.read_text() for path in (PROJECT / "tests").rglob("test_*.py")]
    there = {name for text in tests for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE)}
    named = set(re.findall(r"\btest_\w+", CHECKOUT.read_text()))
    assert named
    assert named <= there


def test_every_command_and_option_of_the_local_stack_that_is_named_is_there() -> None:
    lines = said(r"python -m local\b(.*)", *DOCUMENTS)
    assert lines
    for line in lines:
        # Words after two spaces explain.
        words = line.split("  ")[0]
        command = re.match(r" ([a-z]+)", words)
        assert options(words) <= options(help_of("local", *(command.groups() if command else ()))), line


def test_every_command_and_option_of_orderbuddy_that_is_named_is_there() -> None:
    lines = said(r"^orderbuddy\b(.*)", *DOCUMENTS)
    assert lines
    for line in lines:
        words = re.match(r"(?: [a-z][a-z-]*\b)*", line)
        assert words is not None
        assert options(line) <= options(help_of("cli", *words[0].split())), line


def test_every_module_and_script_that_is_named_is_there() -> None:
    for module in said(r"python -m ([\w.]+)", *DOCUMENTS):
        assert importlib.util.find_spec(module), module
    for script in said(r"python (?!-m)(\S+\.py)", *DOCUMENTS):
        assert (PROJECT / script).is_file(), script


def test_every_option_of_up_and_its_environment_is_told() -> None:
    text = LOCAL.read_text()
    for option in options(help_of("local", "up")) - {"--help"}:
        assert f"`{option}`" in text, option
    source = (PROJECT / "local" / "supervisor" / "command.py").read_text()
    for name in re.findall(r'asked\.(?:text|flag)\([\w.]+, "([A-Z_]+)"\)', source):
        assert f"`ORDERBUDDY_LOCAL_{name}`" in text, name


def test_every_command_of_the_local_stack_is_told() -> None:
    told = said(r"python -m local ([a-z]+)", LOCAL)
    assert local_commands() - told <= {"start", "stop", "webpubsub", "saas", "azurite"}, (
        "start and stop stand beside kill; webpubsub, saas and azurite are parts"
    )


def test_every_part_and_port_is_told() -> None:
    rows = dict(re.findall(r"^\| `?(\w+)`? \| P\+?(\d*) \|", LOCAL.read_text(), re.MULTILINE))
    assert {name: int(offset or 0) for name, offset in rows.items()} == {
        name: OFFSETS[name] for name in (*PARTS, "console")
    }


def test_every_call_of_the_console_is_told() -> None:
    source = "".join(file.read_text() for file in (PROJECT / "local" / "console").glob("*.py"))
    routes = {path.replace("{service}", "webpubsub") for path in re.findall(r'Route\("(/api/[^"]+)"', source)}
    told = said(r"(?:GET|POST) (/api/[\w/{}-]+)", LOCAL)

    def shapes(paths: set[str]) -> set[str]:
        return {re.sub(r"\{\w+\}", "{}", path) for path in paths}

    assert shapes(told) == shapes(routes)


def test_every_word_of_the_fault_switch_is_told() -> None:
    text = LOCAL.read_text()
    modes = {mode.value for mode in FaultMode}
    names = {{"retry_after": "retryAfter"}.get(field.name, field.name) for field in fields(Fault)}
    for word in modes | names:
        assert f"`{word}`" in text or f'"{word}"' in text, word


def test_every_test_card_is_told() -> None:
    told = set(re.findall(r"^\| `(\d{16})` \|", LOCAL.read_text(), re.MULTILINE))
    assert told == set(CARDS)


def test_every_field_of_stack_json_is_told() -> None:
    source = (PROJECT / "local" / "supervisor" / "stack.py").read_text()
    described = source[source.index("def describe") : source.index("def write_files")]
    for name in re.findall(r'"(\w+)":', described):
        assert f'"{name}"' in LOCAL.read_text(), name


def test_the_addresses_of_a_restaurants_day_are_routes() -> None:
    load_app(PROJECT, {})
    known = {(route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in ROUTES}
    rows = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (\w[^`?]*)", RESTAURANT.read_text())
    told = {(method, re.sub(r"\{\w+\}|(?<=/)[RLM](?=/|$)", "{}", path)) for method, path in rows}
    assert len(told) > 25
    assert told - known == set()
