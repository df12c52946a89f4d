"""docs/isolation.md: who may pass which door, as the routes say it and the walk tries it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from local.supervisor.options import PROJECT
from shared.web.access import ByKind, SignedIn, StaffOf, StaffThrough, ThisDevice, ThisPrinter
from shared.web.named import Place
from shared.web.routes import Route
from tests.integration.web.isolation import Case

PATH = PROJECT / "docs" / "isolation.md"

Rule = StaffOf | StaffThrough | SignedIn | ThisDevice | ThisPrinter

_HEAD = """# Who may pass which door

A test makes this page from the route table, and walks every door: `ISOLATION=write python -m pytest
tests/integration/web/test_isolation.py` writes it anew. A diner brings nothing along, so a diner is `nobody` here.

- **Role**: the least role of a person, at the location that the request names, or, where it names none, in the whole
  restaurant. "any location": whoever belongs to one of its locations may.
- **Devices**: which screens may, too. `any`: those of a station and those of the whole location.
- **From**: where the request names its restaurant and its location. "through": the document that leads there; a foreign
  one is answered like an unknown one.
- **Cases**: how many calls that must be refused the walk makes there. Nobody, an expired session, a nonsense token, a
  device that was revoked; people of another restaurant, of another location, without a role, with each role below the
  one needed, removed; screens of another location or restaurant; each place of an id with a foreign and an unknown one;
  a printer's address with another's secret, and with none, whoever is signed in. `make test` tries one of the first
  four, one of the outsiders and one of those from elsewhere at each door, `make test-long` tries all.

| Door | Role | Devices | From | Cases |
|---|---|---|---|---|
"""


def written(routes: Sequence[Route], cases: Sequence[Case]) -> str:
    """The page."""
    many = Counter((case.route.name, case.kind) for case in cases)
    rows = []
    for route in sorted(routes, key=lambda one: (one.path.lower(), one.method)):
        allow = route.allow
        kinds = allow.rules if isinstance(allow, ByKind) else {"": allow}
        for kind, rule in kinds.items():
            if not isinstance(rule, Rule):
                continue
            door = f"{route.method} `{route.path}`" + (f" ({kind})" if kind else "")
            rows.append(f"| {door} | {_role(rule)} | {_devices(rule)} | {_from(rule)} | {many[route.name, kind]} |")
    total = f"\n{len(cases)} cases at {len(routes)} doors.\n"
    return _HEAD + "\n".join(rows) + "\n" + total


def _role(rule: Rule) -> str:
    if isinstance(rule, ThisDevice | ThisPrinter):
        return "none"
    if isinstance(rule, SignedIn):
        return "any person" if rule.only is None else "the person named"
    return f"{rule.least}, any location" if isinstance(rule, StaffOf) and rule.anywhere else rule.least


def _devices(rule: Rule) -> str:
    if isinstance(rule, ThisDevice):
        return "itself"
    if isinstance(rule, ThisPrinter):
        return "the printer"
    return "none" if isinstance(rule, SignedIn) else rule.devices


def _from(rule: Rule) -> str:
    if isinstance(rule, StaffThrough):
        return f"through {_place(rule.document)}"
    if isinstance(rule, ThisDevice):
        return ""
    if isinstance(rule, ThisPrinter):
        return f"{_place(rule.printer)}, {_place(rule.secret)}"
    if isinstance(rule, SignedIn):
        return "" if rule.only is None else _place(rule.only)
    return ", ".join(_place(place) for place in (rule.restaurant, rule.location) if place is not None)


def _place(place: Place) -> str:
    return f"{place.name} ({place.part})"
