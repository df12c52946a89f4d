"""A phone scans a printed code over HTTP, from an app whose old paths are switched off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest

from local.supervisor.options import PROJECT
from tests.integration.local_host.process import HostProcess
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS, wait_until

CODE = "k7m2p9xw4d"


@pytest.mark.parametrize("legacy", ["false", "true"])
def test_a_printed_code_leads_to_the_menu_whatever_becomes_of_the_old_paths(
    mongo_uri: str, db_name: str, web_pubsub: str, tmp_path: Path, legacy: str
) -> None:
    environment = {
        "APP_ENV": "local",
        "MONGODB_URI": mongo_uri,
        "DB_NAME": db_name,
        "WEB_PUBSUB_CONNECTION_STRING": web_pubsub,
        "LEGACY_PATHS": legacy,
        "MENU_ENDPOINT": "https://menu.example",
    }
    world = World()
    with pymongo.MongoClient[dict[str, Any]](mongo_uri) as client:
        db = client[db_name]
        for collection, documents in world.documents().items():
            db[collection].insert_many(documents)
        db.origins.update_one({"_id": world.origin_id}, {"$set": {"qrCodeId": CODE, "ownCode": True}})
        with (
            HostProcess(PROJECT, tmp_path, env=environment) as host,
            httpx.Client(base_url=host.url, timeout=PATIENCE_SECONDS) as phone,
        ):
            for method in ("HEAD", "GET"):
                answer = phone.request(method, f"q/{CODE}")
                where = f"https://menu.example/entry/{world.origin_id}?name=Nonna"
                assert (answer.status_code, answer.headers["location"]) == (302, where)
            wait_until(lambda: db.origin_scans.find_one({"originId": world.origin_id, "n": 1}))
            unknown = phone.get("q/neverthere")
            assert unknown.status_code == 404
            assert unknown.headers["content-type"].startswith("text/html")
            assert phone.post(f"q/{CODE}").status_code in (404, 405)
            assert phone.get("nowhere").json()["code"] == "NOT_FOUND"
