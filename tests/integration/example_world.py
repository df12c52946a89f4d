"""The restaurant of the documented examples, in a real app: what the examples name is there."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pymongo
from bson import ObjectId

from local.saas.supertokens.vendor import API_KEY
from local.supervisor.options import PROJECT
from shared.api import examples
from shared.api.examples import origins
from shared.api.menu import Menu
from shared.api.ordering import PreviewRequest
from shared.domain.menu_merge import content_of
from shared.services.printing.doors import secret_hash
from shared.services.staff.signing_in import token_hash
from shared.store.mongo.indexes import INDEXES
from shared.web.routes import API_PREFIX
from tests.integration.core import Core
from tests.integration.local_host.process import HostProcess
from tests.integration.local_saas.clients import StandIn
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS

ORDER_ID = ObjectId(examples.ORDER_ID)
OWNER, OWNER_ID = "owner@example.com", examples.PATH_VALUES["userId"][1]
DEVICE_TOKEN = "token-of-the-grill"


@dataclass(frozen=True)
class Served:
    """A running app. `base` ends with the API's prefix and a slash; `bearer` is of the restaurant's owner."""

    host: HostProcess
    base: str
    bearer: str


@contextmanager
def served(mongo_uri: str, web_pubsub: str, gateway: StandIn, folder: Path) -> Iterator[Served]:
    """The whole app over HTTP, engine included, with the examples' restaurant and one order in it."""
    name, core = f"test_{secrets.token_hex(8)}", Core(f"http://127.0.0.1:{gateway.port}/supertokens")
    core.add_user(OWNER_ID, OWNER)
    environment = {
        "APP_ENV": "local",
        "MONGODB_URI": mongo_uri,
        "DB_NAME": name,
        "SUPERTOKENS_CONNECTION_URI": core.url,
        "SUPERTOKENS_API_KEY": API_KEY,
        "WEB_PUBSUB_CONNECTION_STRING": web_pubsub,
        # One address asks for thousands of them here.
        "PREVIEWS_PER_ADDRESS_AND_MINUTE": "0",
        "NEGOTIATIONS_PER_ADDRESS_AND_MINUTE": "0",
        "PAYMENTS_PER_ADDRESS_AND_MINUTE": "0",
        "OPEN_PREVIEWS_PER_LOCATION": "0",
        "LINK_BASE": "https://codes.example",
        "MENU_ENDPOINT": "https://menu.example",
        "PRINTER_CALLS_PER_MINUTE": "0",
        "EMERGEPAY_ENVIRONMENT_URL": gateway.gateway_url,
        "SEALING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "TOKEN_HASH_KEY": secrets.token_hex(32),
    }
    with pymongo.MongoClient[dict[str, Any]](mongo_uri) as client:
        db = client[name]
        for index in INDEXES:
            db[index.collection].create_index(index.keys, **index.options())
        for collection, documents in _documents().items():
            db[collection].insert_many(documents)
        try:
            with HostProcess(PROJECT, folder, env=environment) as host:
                base = f"{host.url}/{API_PREFIX}"
                _place_the_example(db, base)
                yield Served(host, base, f"Bearer {core.session(OWNER_ID).access}")
        finally:
            client.drop_database(name)


def _documents() -> dict[str, list[dict[str, Any]]]:
    world = World(
        restaurant_id=examples.RESTAURANT_ID,
        location_id=ObjectId(examples.LOCATION_ID),
        menu_id=ObjectId(examples.MENU_ID),
        kitchen_id=ObjectId(examples.STATION_ID),
        origin_id=ObjectId(examples.ORIGIN_ID),
    )
    documents = world.documents()
    dish = examples.EXAMPLES[Menu]["lunch"]["items"][0]
    documents["menus"][0]["items"][0] |= {"variants": dish["variants"], "modifiers": dish["modifiers"]}
    documents["origins"][0] |= {"qrCodeId": origins.CODE, "qrCode": "", "ownCode": True}
    owner = {"userId": OWNER_ID, "email": OWNER, "restaurants": [examples.RESTAURANT_ID]}
    screen = {
        "restaurantId": examples.RESTAURANT_ID,
        "locationId": ObjectId(examples.LOCATION_ID),
        "name": "Grill",
        "role": "kitchen",
        "stationIds": [examples.STATION_ID],
    }
    # The example's device may be revoked; the other one calls.
    screens = [
        {**screen, "_id": ObjectId(examples.PATH_VALUES["deviceId"][1]), "tokenHashes": [token_hash("another")]},
        {**screen, "_id": ObjectId(), "tokenHashes": [token_hash(DEVICE_TOKEN)]},
    ]
    campaign = {
        "_id": ObjectId(examples.PATH_VALUES["campaignId"][1]),
        "restaurantId": examples.RESTAURANT_ID,
        "locationId": ObjectId(examples.LOCATION_ID),
        "originId": ObjectId(),
        "isActive": False,
    }
    documents["campaigns"] = [campaign]
    key, secret = ObjectId(examples.PATH_VALUES["printerId"][1]), examples.PATH_VALUES["secret"][1]
    documents["locations"][0]["printers"] = [{"id": key, "type": "cloudprnt", "ip": "", "name": "Pass"}]
    door = {
        "_id": key,
        "restaurantId": examples.RESTAURANT_ID,
        "locationId": ObjectId(examples.LOCATION_ID),
        "type": "cloudprnt",
        "addressHash": secret_hash(secret),
        "mac": "",
    }
    content = content_of(documents["menus"][0])
    here = {"restaurantId": examples.RESTAURANT_ID, "locationId": ObjectId(examples.LOCATION_ID)}
    menu_id, now = ObjectId(examples.MENU_ID), datetime.now(UTC)
    documents["menu_drafts"] = [{"_id": menu_id, **here, "base": content, "content": content, "startedAt": now}]
    version = {"_id": f"{menu_id}:1", "menuId": menu_id, **here, "number": 1, "kind": "kept"}
    documents["menu_versions"] = [{**version, "content": content, "at": now}]
    return {**documents, "users": [owner], "devices": screens, "printers": [door]}


def _place_the_example(db: pymongo.database.Database[dict[str, Any]], base: str) -> None:
    """Order the example's cart, and give the order the example's id."""
    with httpx.Client(base_url=base, timeout=PATIENCE_SECONDS) as http:
        cart = examples.EXAMPLES[PreviewRequest]["cart"]
        preview = http.post("order-app/cart/preview-order", json=cart).raise_for_status().json()["data"]
        placed = http.post(
            "payments/place-order-without-payment", json={"previewOrderId": preview["previewOrderId"]}
        ).raise_for_status()
    made = ObjectId(placed.json()["orderId"])
    for name in ("orders_preview", "checkouts", "orders"):
        document = db[name].find_one_and_delete({"_id": made})
        assert document is not None, name
        db[name].insert_one({**document, "_id": ORDER_ID})
    for row in list(db.order_events.find({"orderId": made})):
        db.order_events.delete_one({"_id": row["_id"]})
        db.order_events.insert_one({**row, "_id": f"{ORDER_ID}:{row['seq']}", "orderId": ORDER_ID})
