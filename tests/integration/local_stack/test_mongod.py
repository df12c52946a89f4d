"""The mongod of development and tests: real durability, back on the same data directory whatever happened to it."""

from __future__ import annotations

import socket
from pathlib import Path

import pymongo
import pytest

from local import mongod


def test_a_missing_mongod_is_an_error_that_names_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(mongod.MongodNotFoundError, match="MONGODB_URI"):
        mongod.find_mongod()


def test_an_acknowledged_write_outlives_kill_9_and_a_change_of_port(tmp_path: Path) -> None:
    server = mongod.Mongod(tmp_path / "data")
    server.start()
    try:
        with pymongo.MongoClient(server.uri) as client:
            settings = client.admin.command("replSetGetConfig")["config"]
            assert settings["writeConcernMajorityJournalDefault"] is True
            client.get_database("shop").get_collection("orders").insert_one({"_id": 1})
        server.kill()

        server.port = mongod.free_port()
        server.start()
        with pymongo.MongoClient(server.uri) as client:
            assert client.get_database("shop").get_collection("orders").count_documents({}) == 1
    finally:
        server.kill()


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = mongod.Mongod(tmp_path / "data", other.getsockname()[1])
        with pytest.raises(mongod.MongodFailedError, match="is taken"):
            server.start()
        assert not server.running


def test_every_test_gets_a_database_of_its_own(mongo_uri: str, db_name: str) -> None:
    with pymongo.MongoClient(mongo_uri) as client:
        database = client.get_database(db_name)
        assert database.list_collection_names() == []
        with client.start_session() as session, session.start_transaction():
            database.get_collection("orders").insert_one({}, session=session)
