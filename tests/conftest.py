"""What every test may ask for: a real MongoDB for the whole run, and a database of its own."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymongo
import pytest

from local import mongod


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
def _mongo_for_dropping(mongo_uri: str) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    with pymongo.MongoClient[dict[str, Any]](mongo_uri, serverSelectionTimeoutMS=5000) as client:
        yield client


@pytest.fixture(scope="session")
def _aside() -> Iterator[ThreadPoolExecutor]:
    """Dropping takes a tenth of a second of waiting: beside the next test."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        yield aside


@pytest.fixture
def db_name(_mongo_for_dropping: pymongo.MongoClient[dict[str, Any]], _aside: ThreadPoolExecutor) -> Iterator[str]:
    """The name of a database that no other test uses; dropped afterwards."""
    name = f"test_{secrets.token_hex(8)}"
    yield name
    _aside.submit(_mongo_for_dropping.drop_database, name)
