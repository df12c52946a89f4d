"""A real engine of a small app that a test writes, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.durable.binding import client_binding
from shared.integrations.durable.client import ORCHESTRATOR, DurableEngine

HUNG = f"""
import azure.durable_functions as df

app = df.DFApp()


@app.orchestration_trigger(context_name="context")
def {ORCHESTRATOR}(context):
    context.set_custom_status("waits")
    yield context.wait_for_external_event("an event that nobody sends")
"""
"""An app whose checkouts accept every wake and never do anything."""


@contextmanager
def engine_of(source: str, folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of an engine that runs the app with this source, below `folder`. It ends with the block."""
    (folder / "function_app.py").write_text(source)
    (folder / "host.json").write_text('{"version": "2.0"}')
    command = [sys.executable, "-m", "local", "host", "--app", str(folder), "--role", "durable", "--port", "0"]
    with subprocess.Popen(
        [*command, "--data-dir", str(folder / "data")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            assert process.stdout is not None
            ready = next(line for line in process.stdout if line.startswith("ready"))
            yield ready.split()[1]
        finally:
            process.terminate()


def client_of(url: str) -> DurableEngine:
    """The product's own client of the engine at this address."""
    return DurableEngine(client_binding(url, "orderbuddy"))
