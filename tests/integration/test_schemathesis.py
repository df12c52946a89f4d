"""The app keeps what openapi.json says: Schemathesis makes requests from the document, and every check is on."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.web.routes import ROUTES
from tests.integration.example_world import Served, served

PHASES = ("Examples", "Coverage", "Fuzzing", "Stateful")
QUICK_SEED = 1
QUICK_SECONDS = 60

SETTINGS = """
hooks = "tests.integration.schemathesis_hooks"
request-timeout = 30
continue-on-failure = true

[auth.openapi.staff]
bearer = "{token}"

# A schema tells a good request from a bad one; it does not know what has happened before. These are answers to good
# requests: payment is taken there (402), the preview has expired (410).
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "402", "403", "404", "409", "410", "429", "5xx"]

# A schema does not know the menu: dishes that are on none are answered with 400 (CART_INVALID). Any other 400 of a
# cart that the schema allows is a failure of the check in the hooks.
[[operations]]
include-operation-id = ["order_app_preview_order", "pos_restaurant_order"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "402", "403", "404", "409", "410", "429", "5xx"]
"""


@pytest.fixture(scope="module")
def app(mongo_uri: str, web_pubsub: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    load_app(PROJECT, {})
    with served(mongo_uri, web_pubsub, tmp_path_factory.mktemp("schemathesis")) as running:
        yield running


def run(app: Served, folder: Path, *options: str, seed: int, seconds: float) -> None:
    """Run it, and fail with its report where it finds anything."""
    settings = folder / "schemathesis.toml"
    settings.write_text(SETTINGS.format(token=app.bearer.removeprefix("Bearer ")))
    begin = len(app.host.output)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
            *("run", f"{app.base}openapi.json", "--checks", "all", "--seed", str(seed)),
            *("--no-color", "--generation-database", "none", *options),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"seed {seed}\n{done.stdout[-20_000:]}{done.stderr[-2000:]}"
    # Every route was asked, but the document's own, in every phase.
    assert f"Tested: {len(ROUTES) - 1}\n" in done.stdout, done.stdout
    assert [f"✅ {phase}\n" in done.stdout for phase in PHASES] == [True] * len(PHASES), done.stdout
    assert "unexpected:" not in app.host.output[begin:]


def test_the_app_keeps_what_the_document_says(app: Served, tmp_path: Path) -> None:
    run(app, tmp_path, "--max-examples", "10", seed=QUICK_SEED, seconds=QUICK_SECONDS)


@pytest.mark.long
def test_the_app_keeps_it_for_minutes(app: Served, tmp_path: Path) -> None:
    seed = secrets.randbelow(2**31)
    run(app, tmp_path, "--max-time", "300", seed=seed, seconds=600)
