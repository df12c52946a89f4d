"""What a route may refuse is declared once, beside the code that raises it, and the route's description says it."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import azure.durable_functions as df
import pytest

from local.supervisor.options import PROJECT
from shared import errors
from shared.errors import GONE, ORDER_RUNNING, ErrorCode, Problem
from shared.web.access import anyone
from shared.web.call import Call
from shared.web.endpoint import endpoint
from shared.web.routes import RouteTable
from tests.web_calls import content, offline_app, request

CODES = {name for name, value in vars(errors).items() if isinstance(value, ErrorCode)}
EVERYWHERE = {"UNAVAILABLE"}


class _Module(ast.NodeVisitor):
    """The codes that a module declares in its tuples called REFUSALS, and those that it raises."""

    def __init__(self, source: str) -> None:
        self.declared: set[str] = set()
        self.raised: set[str] = set()
        self.visit(ast.parse(source))

    def visit_Assign(self, node: ast.Assign) -> None:
        named = isinstance(node.targets[0], ast.Name) and node.targets[0].id.endswith("REFUSALS")
        if named and isinstance(node.value, ast.Tuple):
            self.declared |= {each.id for each in node.value.elts if isinstance(each, ast.Name)}
        else:
            self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Comparing with a code raises nothing."""

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Nor does using its text."""

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in node.body:
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in CODES:
            self.raised.add(node.id)


def modules(root: Path) -> Iterator[tuple[str, str]]:
    for folder in ("shared/services", "shared/domain"):
        for path in sorted((root / folder).rglob("*.py")):
            yield str(path.relative_to(root)), path.read_text()


def undeclared(source: str) -> set[str]:
    module = _Module(source)
    return module.raised - module.declared - EVERYWHERE


def test_every_module_declares_what_it_raises_and_nothing_else() -> None:
    declaring = 0
    for name, source in modules(PROJECT):
        module = _Module(source)
        declaring += bool(module.declared)
        assert undeclared(source) == set(), f"{name} raises what it does not declare"
        assert module.declared - module.raised == set(), f"{name} declares what it does not raise"
    assert declaring > 10


def test_what_a_module_does_not_declare_is_found() -> None:
    source = "REFUSALS = (GONE, *other.REFUSALS)\n\n\ndef work():\n    raise Problem(GONE)\n"
    assert undeclared(source) == set()
    assert undeclared(source + "    raise Problem(TOKEN_USED)\n") == {"TOKEN_USED"}


def test_no_route_lists_by_hand_what_a_service_raises() -> None:
    for path in sorted((PROJECT / "functions").rglob("*.py")):
        tree = ast.parse(path.read_text())
        made = {
            each.args[0].id
            for each in ast.walk(tree)
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "Problem"
            if isinstance(each.args[0], ast.Name)
        }
        imported = {
            name.name
            for each in ast.walk(tree)
            if isinstance(each, ast.ImportFrom) and each.module == "shared.errors"
            for name in each.names
        }
        assert imported & CODES <= made, f"{path.name}: take the refusals from the service that raises them"


async def test_a_refusal_that_no_route_declares_is_answered_and_told(caplog: pytest.LogCaptureFixture) -> None:
    table = RouteTable()

    @endpoint(df.Blueprint(), "GET", "things", allow=anyone, errors=[GONE], table=table)
    async def things(call: Call[None]) -> None:
        """Refuse."""
        raise Problem(ORDER_RUNNING if "other" in call.headers else GONE)

    [route] = table
    with caplog.at_level(logging.ERROR, "orderbuddy.routes"):
        declared = await route.handle(request(), app=offline_app())
        assert caplog.messages == []
        other = await route.handle(request(headers={"other": "yes"}), app=offline_app())
    assert [content(answer)["code"] for answer in (declared, other)] == ["GONE", "ORDER_RUNNING"]
    assert caplog.messages == ["route test_refusals_things answers ORDER_RUNNING, which it does not declare"]
