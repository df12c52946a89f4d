"""What the code cites is there: `(rules 4)`, `(contract 3.1)`, `(design, live status)` and names of documents.

`rules` is docs/rules.md by its sections. `contract` is docs/contract.md: a whole number is a route, a number with a
point a section, a letter with a number a defect. `design` is docs/design.md by the words of its headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.web.routes import ROUTES

TREES = ("shared", "functions", "local", "cli", "clients", "tests", "infra")
KINDS = {".py", ".js", ".html", ".css", ".bicep", ".bicepparam", ".json", ".sh"}
NOT_OURS = re.compile(r"/docs_ui/.*\.js$|/__pycache__/|/test_references\.py$")

NUMBER = r"[A-Z]?\d+(?:\.\d+)?"
LIST = rf"{NUMBER}(?:(?:,| and| to) {NUMBER})*"
BY_NUMBER = re.compile(
    rf"\b(?P<book>rules|contract) (?P<numbers>{LIST})(?:, (?P<part>steps?|invariants?) (?P<parts>{LIST}))?"
)
BY_WORDS = re.compile(r"\(design, (?P<words>[^)]+)\)")
DOCUMENT = re.compile(r"(?<![\w/:.*-])(?P<path>[\w./-]*\w\.md)\b(?: (?P<number>\d+))?")
OLD_FORMS = re.compile(r"\((?:contract|design)[):]|\bcheckout rules\b")


@dataclass(frozen=True)
class Reference:
    """One place that cites: `book` and `what` it names there."""

    file: str
    book: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.book} {self.what}"


def files(root: Path) -> Iterator[Path]:
    """What may cite, with the app's own file."""
    for tree in TREES:
        yield from (path for path in sorted((root / tree).rglob("*")) if path.suffix in KINDS)
    yield from (path for path in (root / "function_app.py", root / "Makefile") if path.exists())


def text_of(path: Path) -> str:
    """The text in one line, without what begins the lines of a comment: a reference may be broken over two lines."""
    lines = (re.sub(r"^\s*(?:#|//|\*|/\*\*)?\s?", "", line) for line in path.read_text(errors="replace").splitlines())
    return " ".join(" ".join(lines).split())


def numbers_in(listed: str) -> Iterator[str]:
    """Each number of `1, 3 to 5 and 8`."""
    found = re.findall(rf"(to )?({NUMBER})", listed)
    for (_, number), (ends, last) in zip(found, [*found[1:], ("", "")], strict=True):
        yield number
        if ends:
            head, _, low = number.rpartition(".")
            yield from (f"{head}.{n}" if head else str(n) for n in range(int(low) + 1, int(last.rpartition(".")[2])))


@lru_cache
def references(root: Path) -> list[Reference]:
    """Everything that is cited below `root`."""
    found: list[Reference] = []
    for path in files(root):
        name = str(path.relative_to(root))
        if NOT_OURS.search(f"/{name}"):
            continue
        text = text_of(path)
        for cited in BY_NUMBER.finditer(text):
            book = cited["book"]
            numbers = list(numbers_in(cited["numbers"]))
            found += [Reference(name, book, number) for number in numbers]
            if cited["part"]:
                part = cited["part"].rstrip("s")
                found += [Reference(name, book, f"{numbers[-1]}, {part} {n}") for n in numbers_in(cited["parts"])]
        found += [Reference(name, "design", cited["words"]) for cited in BY_WORDS.finditer(text)]
        for cited in DOCUMENT.finditer(text):
            found.append(Reference(name, "document", " ".join(filter(None, cited.groups()))))
        found += [Reference(name, "old form", cited[0]) for cited in OLD_FORMS.finditer(text)]
    return found


def sections(document: Path) -> dict[str, str]:
    """The numbered sections of a document, with their text; those of `## 2. Title` hold those of `### 2.3 Title`."""
    parts = re.split(r"^(#{2,3}) (\d+(?:\.\d+)?)\.? .*$", document.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[2::3], parts[3::3], strict=True))


def there(root: Path) -> dict[str, set[str]]:
    """What each book has to be cited."""
    rules = sections(root / "docs" / "rules.md")
    contract = sections(root / "docs" / "contract.md")
    design = (root / "docs" / "design.md").read_text()

    def listed(texts: dict[str, str], part: str) -> set[str]:
        return {
            f"{n}, {part} {row}" for n, text in texts.items() for row in re.findall(r"^(\d+)\. ", text, re.MULTILINE)
        }

    return {
        "rules": set(rules) | listed(rules, "invariant") | listed(rules, "step"),
        "contract": {number for number in contract if "." in number}
        | set(re.findall(r"^\| (\d+) \|", contract["1.2"], re.MULTILINE))
        | set(re.findall(r"^- \*\*([A-Z]\d+)\*\*", contract["7"], re.MULTILINE))
        | listed(contract, "step"),
        "design": {heading.lower() for heading in re.findall(r"^#+ (.+)$", design, re.MULTILINE)},
    }


def leads_nowhere(root: Path, books: Path = PROJECT) -> list[str]:
    """The references below `root` that no document of `books` has."""
    has = there(books)
    return [str(one) for one in references(root) if not _resolves(one, has, root, books)]


def _resolves(one: Reference, has: dict[str, set[str]], root: Path, books: Path) -> bool:
    if one.book == "old form":
        return False
    if one.book != "document":
        return one.what in has[one.book]
    path, _, number = one.what.partition(" ")
    folders = ((books, books), (books, books / "docs"), (root, root / Path(one.file).parent))
    # What lies beside the repository is no part of it, also where it happens to be there.
    known = [
        folder / path
        for house, folder in folders
        if (folder / path).is_file() and (folder / path).resolve().is_relative_to(house.resolve())
    ]
    return bool(known) and (not number or number in sections(known[0]))


def test_every_reference_leads_somewhere_in_the_repository() -> None:
    assert leads_nowhere(PROJECT) == []


def test_the_references_are_found() -> None:
    found = references(PROJECT)
    many = Counter(one.book for one in found)
    assert many["rules"] > 90, many
    assert many["contract"] > 120, many
    assert many["design"] > 1, many
    assert {one.file.partition("/")[0] for one in found} >= {"shared", "functions", "cli", "clients", "tests"}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('"""Placing (rules 5)."""', []),
        ('"""Placing (rules 5 and 55)."""', ["rules 55"]),
        ("# Cited over two lines (rules\n# 3, 9, invariants 1 to 7; contract 2.1 to\n# 2.10, S7).", []),
        ('"""A route (contract 7, 59)."""', ["contract 59"]),
        ('"""A section (contract 3.1, steps 3 and 30)."""', ["contract 3.1, step 30"]),
        ('"""A section (contract 3.99)."""', ["contract 3.99"]),
        ('"""A defect (contract Z1)."""', ["contract Z1"]),
        ('"""A listener (design, live status)."""', []),
        ('"""A listener (design, dead status)."""', ["design dead status"]),
        ("// See docs/rules.md, rules.md 4 and gone.md.", ["document gone.md"]),
        ("# Never to be charged twice (checkout.md 4).", ["document checkout.md 4"]),
        ('"""The rules (../shared/design.md)."""', ["document ../shared/design.md"]),
        ('"""Claiming (checkout rules 3)."""', ["old form checkout rules"]),
        ('"""Texts (contract: three of them)."""', ["old form (contract:"]),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(tmp_path: Path, line: str, wrong: list[str]) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "one.py").write_text(line)
    assert leads_nowhere(tmp_path) == [f"shared/one.py: {each}" for each in wrong]


def test_the_contract_says_which_routes_are_served() -> None:
    load_app(PROJECT, {})
    rows = re.findall(
        r"^\| \d+ \| ([A-Z]+) `([^`]+)` \|.*\| (yes)? ?\|$", (PROJECT / "docs/contract.md").read_text(), re.MULTILINE
    )
    assert len(rows) == 58

    def shape(method: str, path: str) -> tuple[str, str]:
        return method, re.sub(r"\{\w+\}", "{}", path)

    served = {shape(route.method, route.path) for route in ROUTES}
    said = {shape(method, path) for method, path, here in rows if here}
    assert said == served & {shape(method, path) for method, path, _ in rows}
