"""Each operation that a stand-in answers has a row in docs/emulation.md, which says how far it is emulated."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from starlette.routing import BaseRoute, Mount, Route

from local.console.emulation import PAGE, tables
from local.saas.registry import VENDORS
from local.saas.supertokens.wire import TENANT
from local.webpubsub import calls

HOW = {"full", "partial", "ignored", "501", "404", "ours", "refused", "not there"}


def rows_of(service: str) -> set[str]:
    """The operations of a service, with every name in a path left out."""
    found = next((table for table in tables(PAGE.read_text()) if table["service"] == service), None)
    assert found is not None, f"docs/emulation.md says nothing of {service}"
    return {nameless(row["what"]) for row in found["rows"]}


def nameless(operation: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", operation).replace("`", "")


def operations(route: BaseRoute) -> set[str]:
    """What a route answers: `METHOD path`."""
    if isinstance(route, Mount):
        return {f"GET {route.path}"}
    assert isinstance(route, Route)
    path = route.path.removeprefix(f"/{TENANT}")
    return {nameless(f"{method} {path}") for method in (route.methods or {"GET"}) - {"HEAD"}}


def test_each_row_says_how_far() -> None:
    shown = tables(PAGE.read_text())
    assert len(shown) > 8
    for table in shown:
        assert table["rows"], table["service"]
        for row in table["rows"]:
            assert row["how"] in HOW, row


@pytest.mark.parametrize("name", VENDORS)
async def test_each_operation_of_a_vendor_has_a_row(name: str, tmp_path: Path) -> None:
    service = VENDORS[name].open(tmp_path, asyncio.Event())
    try:
        answered = {each for route in service.routes() for each in operations(route)}
    finally:
        await service.close()
    assert answered - rows_of(name) == set()


def test_each_call_of_web_pubsub_has_a_row() -> None:
    table = next(value for name, value in vars(calls).items() if name in ("CALLS", "_CALLS"))
    assert set(table) - rows_of("webpubsub") == set()


def test_each_call_of_the_engine_has_a_row() -> None:
    told = rows_of("durable")
    for act in ("raiseEvent/{}", "terminate", "restart", "suspend", "resume", "rewind"):
        assert f"POST instances/{{}}/{act}" in told
    for call in ("POST orchestrators/{}", "GET instances", "GET instances/{}", "DELETE instances/{}"):
        assert call in told
