"""What the product asks the engine for: never for all instances where it means those that ended (rules 8)."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import azure.durable_functions as df
import pytest

from local.durable.binding import client_binding
from local.durable.instance import Status
from shared.integrations.durable.client import DurableEngine
from shared.integrations.engine import ENDED
from tests.integration.scripted_gateway import ScriptedGateway, answers, serving

ROOT = Path(__file__).parents[3]
PRODUCT = ("shared", "functions", "cli", "local/console", "local/supervisor")
ONLY_CLIENT = Path("shared/integrations/durable/client.py")

OF_MANY = {"purge_instance_history_by", "purge_instance_history", "get_status_by", "get_status_all"}
"""What the SDK has that is about many instances, or forgets them."""


def engine_at(scripted: ScriptedGateway) -> DurableEngine:
    return DurableEngine(client_binding(scripted.url.removesuffix("/v1"), "orderbuddy"))


async def test_a_purge_names_the_states_that_have_ended_and_the_span() -> None:
    async with serving(answers(200, {"instancesDeleted": 3})) as heard:
        before = datetime(2026, 11, 23, 3, 17, tzinfo=UTC)
        assert await engine_at(heard).purge_ended(before) == 3
    [call] = heard.heard
    assert (call.method, urlsplit(call.target).path) == ("DELETE", "/runtime/webhooks/durabletask/instances/")
    assert parse_qs(urlsplit(call.target).query, strict_parsing=True) == {
        "createdTimeFrom": ["2020-01-01T00:00:00.000000Z"],
        "createdTimeTo": ["2026-11-23T03:17:00.000000Z"],
        "runtimeStatus": ["Completed,Failed,Terminated"],
    }


async def test_nothing_to_purge_is_none_purged() -> None:
    async with serving(answers(404, b"")) as heard:
        assert await engine_at(heard).purge_ended(datetime.now(UTC)) == 0


def test_the_states_that_have_ended_are_those_of_the_engine() -> None:
    known = {state.value for state in df.OrchestrationRuntimeStatus}
    assert set(ENDED) <= known
    assert set(ENDED) == {state.value for state in Status if state.ended}


@pytest.mark.parametrize("folder", PRODUCT)
def test_nothing_else_asks_for_many_instances(folder: str) -> None:
    """Whoever needs more belongs into the one client, whose states the test above holds."""
    elsewhere: list[str] = []
    for module in sorted((ROOT / folder).rglob("*.py")):
        if module.relative_to(ROOT) == ONLY_CLIENT:
            continue
        for node in ast.walk(ast.parse(module.read_text())):
            named = isinstance(node, ast.Attribute) and node.attr in OF_MANY
            # As a parameter of the HTTP API; a field of an answer is read by subscript or by get.
            given = isinstance(node, ast.Dict) and any(
                isinstance(key, ast.Constant) and key.value == "runtimeStatus" for key in node.keys
            )
            written = isinstance(node, ast.Constant) and "runtimeStatus=" in str(node.value)
            if named or given or written:
                elsewhere.append(f"{module.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    assert elsewhere == []
