"""What every test may ask for: a real MongoDB for the whole run, a database of its own, a stack that files share."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hypothesis
import pymongo
import pytest
from xdist.scheduler import LoadFileScheduling

from local import mongod
from tests.browsers import Browsers
from tests.costs import Costs
from tests.patience import PATIENCE_MS
from tests.processes import Leftovers

FEW, MANY = 30, 1000
"""How many examples Hypothesis tries of each property: in `make test`, and in `make test-long`."""

for name, examples in (("few", FEW), ("many", MANY)):
    # A machine may be busy: what is slow is shown by the benches.
    hypothesis.settings.register_profile(
        name, max_examples=examples, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
hypothesis.settings.load_profile("few")

SHARING = ("tests/e2e/",)
"""Folders whose files share what is dear to start: with pytest-xdist one worker runs all files of a folder."""


def pytest_configure(config: pytest.Config) -> None:
    for name, plugin in (("browsers", Browsers()), ("costs", Costs()), ("leftovers", Leftovers())):
        config.pluginmanager.register(plugin, f"tests.{name}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return _ByFileOrFolder(config, log)


class _ByFileOrFolder(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in SHARING if nodeid.startswith(folder)), super()._split_scope(nodeid))


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of one MongoDB for the whole run (with pytest-xdist: for the worker's).

    MONGODB_URI of the environment where it is set; else a mongod in a temporary folder, ended after the last test.
    """
    folder = tmp_path_factory.mktemp("mongo")
    with mongod.temporary(folder) as uri:
        yield uri
    # pytest keeps the folders of its last runs: a database is too much to keep.
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mongo_client(mongo_uri: str) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    """A client of that MongoDB which blocks, for what is done around tests."""
    with pymongo.MongoClient[dict[str, Any]](mongo_uri, serverSelectionTimeoutMS=int(PATIENCE_MS)) as client:
        yield client


@pytest.fixture(scope="session")
def aside() -> Iterator[ThreadPoolExecutor]:
    """A thread on which a test's database is dropped or emptied, beside the next test."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        yield aside


@pytest.fixture
def db_name(mongo_client: pymongo.MongoClient[dict[str, Any]], aside: ThreadPoolExecutor) -> Iterator[str]:
    """The name of a database that no other test uses; dropped afterwards."""
    name = f"test_{secrets.token_hex(8)}"
    yield name
    aside.submit(mongo_client.drop_database, name)
