"""Nothing that cancels encloses database work: it can leave the driver's lock taken for good (store/client.py)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
CANCELS = {"timeout", "timeout_at", "wait_for", "TaskGroup"}


def cancelled_database_work(source: str) -> list[int]:
    """The lines of `asyncio.timeout` and its like with something of a database inside."""
    found = []
    for node in ast.walk(ast.parse(source)):
        calls: list[ast.expr] = []
        if isinstance(node, ast.AsyncWith):
            calls = [item.context_expr for item in node.items]
        elif isinstance(node, ast.Await):
            calls = [node.value]
        names = {
            call.func.attr for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        }
        inside = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
        if names & CANCELS and "db" in inside:
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("folder", ["shared", "functions"])
def test_no_deadline_of_the_loop_encloses_database_work(folder: str) -> None:
    found = {str(path): cancelled_database_work(path.read_text()) for path in (PROJECT / folder).rglob("*.py")}
    assert len(found) > 5
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_such_a_deadline_would_be_found() -> None:
    assert cancelled_database_work("async def f():\n async with asyncio.timeout(2):\n  await get(app.db)\n") == [2]
    assert cancelled_database_work("async def f():\n await asyncio.wait_for(get(app.db), 2)\n") == [2]
    assert cancelled_database_work("async def f():\n async with asyncio.timeout(2):\n  await send()\n") == []
