"""docs/add-a-route.md holds what it promises: whoever follows its five steps has a route that answers."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pymongo
import pytest

from local.supervisor.options import PROJECT
from tests.integration.local_host.process import HostProcess
from tests.integration.world import World
from tests.worker.environment import deployed_tree

PAGE = PROJECT / "docs" / "add-a-route.md"
BLOCK = re.compile(
    r"^```python\n# (?P<path>\S+?)(?:, in (?P<table>\w+))?\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


def write(app: Path, path: str, table: str | None, code: str) -> None:
    """What the page says of a block: rows into their table, imports to the imports, the rest to the end."""
    file = app / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text(code)
        return
    lines = file.read_text().splitlines(keepends=True)
    if table is not None:
        [opening] = [index for index, line in enumerate(lines) if re.match(rf"{table}\b.*{{$", line)]
        lines.insert(opening + 1, code)
    else:
        imports = [node for node in ast.parse(code).body if isinstance(node, ast.Import | ast.ImportFrom)]
        ends = max((node.end_lineno or 0 for node in imports), default=0)
        added = code.splitlines(keepends=True)
        there = [node for node in ast.parse("".join(lines)).body if isinstance(node, ast.Import | ast.ImportFrom)]
        last = there[-1].end_lineno or 0
        lines = [*lines[:last], *added[:ends], *lines[last:], "\n\n", *added[ends:]]
    file.write_text("".join(lines))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the app in which the page was followed."""
    app = deployed_tree(tmp_path_factory.mktemp("followed") / "app")
    blocks = list(BLOCK.finditer(PAGE.read_text()))
    assert len(blocks) == PAGE.read_text().count("```python") >= 5
    for block in blocks:
        write(app, block["path"], block["table"], block["code"])
    return app


def test_the_five_steps_of_the_page_make_a_route(followed: Path, mongo_uri: str, db_name: str) -> None:
    steps = re.findall(r"^## (\d)\. ", PAGE.read_text(), re.MULTILINE)
    assert steps == list("12345")
    world = World()
    documents = world.documents()
    [location] = documents["locations"]
    # Closed until this time tomorrow, on the wall in Chicago.
    location["workingHours"] = []
    location["timezone"] = "UTC"
    opens = (datetime.now(UTC) + timedelta(hours=20)).replace(second=0, microsecond=0)
    day = f"{opens:%A}".lower()
    location["workingHours"] = [{"day": day, "isOpen": True, "startTime": f"{opens:%H:%M}", "endTime": "23:59"}]
    with pymongo.MongoClient(mongo_uri) as client:
        client[db_name]["locations"].insert_one(location)
    settings = {"MONGODB_URI": mongo_uri, "DB_NAME": db_name, "APP_ENV": "local"}
    path = f"order-app/restaurants/{world.restaurant_id}/locations/{world.location_id}/opening"
    with HostProcess(followed, followed.parent / "data", env=settings) as host:
        answer = httpx.get(f"{host.url}/api/v1/{path}", timeout=60)
        assert answer.status_code == 200, host.output
        found = answer.json()["data"]
        assert not found["isOpen"]
        assert found["opensAt"] == f"{opens:%Y-%m-%dT%H:%M}:00.000Z"
        assert 19 * 60 < found["minutes"] <= 20 * 60
        missing = httpx.get(f"{host.url}/{path.replace(str(world.location_id), '0' * 24)}", timeout=60)
        assert (missing.status_code, missing.json()["code"]) == (404, "INVALID_LOCATION")
        described = httpx.get(f"{host.url}/api/v1/openapi.json", timeout=60).json()["paths"]
        answers = described["/order-app/restaurants/{restaurantId}/locations/{locationId}/opening"]["get"]["responses"]
        assert {"200", "404"} <= answers.keys()
        assert answers["200"]["content"]["application/json"]["examples"]["closed"]["value"]["data"]["minutes"] == 42


def test_the_test_of_the_page_passes(followed: Path) -> None:
    [written] = sorted((followed / "tests").rglob("test_*.py"))
    # Called without pytest: a run of it takes ten times as long as the test.
    call = "import runpy, sys; [it() for name, it in runpy.run_path(sys.argv[1]).items() if name.startswith('test_')]"
    given = {**os.environ, "PYTHONPATH": str(followed)}
    subprocess.run([sys.executable, "-c", call, str(written)], cwd=followed, env=given, timeout=120, check=True)
    assert "\ndef test_" in written.read_text()
