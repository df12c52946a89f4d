"""Azurite as a part of the stack: where it can be had it serves and comes back, and where it cannot all else works."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from local.azurite import account, install
from local.supervisor import plan
from local.supervisor.datadir import DataDir
from local.supervisor.options import OFFSETS, PROJECT, Options
from tests.patience import wait_until
from tests.stack import Stack

ALONE = ("--without", "host,durable,saas,webpubsub")
SETTING = "AZURE_STORAGE_CONNECTION_STRING"
WITH_AZURITE = {"ORDERBUDDY_LOCAL_WITHOUT": ""}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app that keeps files, and does nothing."""
    (tmp_path / "app" / "functions" / "staff").mkdir(parents=True)
    (tmp_path / "app" / "functions" / "staff" / "files.py").touch()
    return tmp_path / "app"


def state(stack: Stack) -> str:
    return str(stack.description.get("parts", {}).get("azurite", {}).get("state"))


def test_it_serves_and_comes_back_after_kill_9(tmp_path: Path, app: Path) -> None:
    if not install.is_possible(os.environ):
        pytest.skip("Node.js is not installed")
    try:
        install.installed()
    except install.NotInstalledError as error:
        pytest.skip(str(error))
    with Stack(tmp_path, *ALONE, app=app, environment=WITH_AZURITE) as stack:
        wait_until(lambda: state(stack) == "ready", "Azurite does not serve")
        url = f"http://127.0.0.1:{stack.base + OFFSETS['azurite']}{account.HEALTH}"
        assert httpx.get(url, trust_env=False).headers["server"].startswith("Azurite-Blob/")
        stack.kill("azurite")
        assert stack.pid("mongod") is not None and stack.pid("azurite") is None
        stack.start("azurite")
        assert httpx.get(url, trust_env=False).status_code == account.HEALTHY


def test_where_npm_cannot_install_it_the_stack_is_ready_all_the_same(tmp_path: Path, app: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, words in (("node", "exit 1"), ("npm", "echo the registry is far away >&2; exit 1")):
        (tools / name).write_text(f"#!/bin/sh\n{words}\n")
        (tools / name).chmod(0o755)
    given = {**WITH_AZURITE, "PATH": f"{tools}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with Stack(tmp_path, *ALONE, app=app, environment=given) as stack:
        told = "azurite is not there"
        wait_until(lambda: told in stack.output.read_text(), "nobody says that it is not there")
        assert "registry is far away" in stack.log("azurite")
        assert stack.pid("mongod") is not None
    assert list((tmp_path / "cache" / "orderbuddy").glob("azurite-*")) == []


def planned(tmp_path: Path, environment: Mapping[str, str], **options: frozenset[str]) -> tuple[bool, str | None]:
    """Whether Azurite is to run, and what the app is told of a store."""
    made = plan.make(
        Options(data_dir=tmp_path, port=20000, **options),  # type: ignore[arg-type]
        DataDir(tmp_path),
        {"MONGODB_URI": "mongodb://127.0.0.1:1", **environment},
    )
    return any(part.name == "azurite" for part in made.parts), made.settings.get(SETTING)


def test_without_node_or_with_a_store_of_one_s_own_there_is_none(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("node", "npm"):
        shutil.copy("/bin/true", tools / name)
    assert Options(data_dir=tmp_path).app == PROJECT
    assert planned(tmp_path, {"PATH": str(tools)}) == (True, account.connection_string(20011))
    past_the_stand_ins = planned(tmp_path, {"PATH": str(tools)}, without=frozenset({"saas"}))
    assert past_the_stand_ins == (True, account.connection_string(20013))
    assert planned(tmp_path, {"PATH": ""}) == (False, None)
    assert planned(tmp_path, {"PATH": str(tools)}, without=frozenset({"azurite"})) == (False, None)
    own = "AccountName=mine;AccountKey=a2V5"
    assert planned(tmp_path, {"PATH": str(tools), SETTING: own}) == (False, own)
    endpoint = {"AZURE_STORAGE_BLOB_ENDPOINT": "https://mine.blob.core.windows.net"}
    assert planned(tmp_path, {"PATH": str(tools), **endpoint}) == (False, None)
