"""Telemetry that nobody asked for costs nothing: no module, no listener, no thread (rules 24.5)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS

CHILD = """
import asyncio, json, sys, threading
import azure.durable_functions
before = {name for name in sys.modules if name.startswith(("opentelemetry", "azure.monitor"))}
import function_app
from shared.web.runtime import RUNTIME, SettingsInvalid
from shared.integrations import telemetry

async def make():
    await telemetry.started()
    try:
        return bool(RUNTIME.made().db.client.options.event_listeners)
    except SettingsInvalid as error:
        return error.fields

listens = asyncio.run(make())
after = {name for name in sys.modules if name.startswith(("opentelemetry", "azure.monitor"))}
from shared.telemetry import traces
print(json.dumps({"new": sorted(after - before), "listens": listens, "on": traces.on(),
                  "ours": sorted(name for name in sys.modules if name.startswith("shared.integrations.otel")),
                  "threads": [one.name for one in threading.enumerate()]}))
"""


def started(**environment: str) -> dict[str, Any]:
    """A process of the app that has made its App, with this environment."""
    given = {
        name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "APPLICATIONINSIGHTS_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=PROJECT,
        env={**given, "MONGODB_URI": "mongodb://127.0.0.1:1/?replicaSet=rs0", "APP_ENV": "local", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "environment",
    [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, {"APPLICATIONINSIGHTS_CONNECTION_STRING": ""}],
    ids=["unset", "blank collector", "empty connection string"],
)
def test_the_same_modules_are_imported_and_nothing_listens(environment: dict[str, str]) -> None:
    found = started(**environment)
    assert found["new"] == [] and found["ours"] == []
    assert (found["listens"], found["on"]) == (False, False)
    assert "telemetry" not in found["threads"]


def test_one_setting_switches_it_on() -> None:
    found = started(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1/otlp")
    assert (found["listens"], found["on"]) == (True, True)
    assert "opentelemetry.sdk.trace" in found["new"]
    assert not any(name.startswith("azure.monitor") for name in found["new"])


def test_settings_that_are_wrong_keep_telemetry_off_and_are_named() -> None:
    found = started(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1/otlp", TELEMETRY_SHARE="many")
    assert (found["on"], found["listens"]) == (False, ["TELEMETRY_SHARE"])
