"""Two restaurants with everything in them, and everybody who may try a door: who the walk's cases speak of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import azure.functions as func
from bson import ObjectId

from shared.api.base import Form, Multipart
from shared.app import App
from shared.domain.menu_merge import content_of
from shared.domain.roles import LADDER
from shared.memory.slots import Memory
from shared.services.printing.doors import secret_hash
from shared.services.staff.signing_in import token_hash
from shared.web.routes import ROUTES, Route
from tests.integration import staff, staff_menus
from tests.integration.core import Core
from tests.integration.shelf import Shelf
from tests.integration.web.isolation import Case
from tests.integration.world import World
from tests.pictures import plain
from tests.web_calls import MULTIPART, content, multipart, request

UNKNOWN = {
    "restaurantId": "demo-nowhere",
    "userId": "walk-nobody",
    "personId": "walk-nobody",
    "entryId": "declines:nothing",
}
"""Ids that nothing has, where one of 24 hex digits would not do."""


@dataclass
class Stage:
    """`here`: a location of our restaurant; `other`: another one of it; `foreign`: another restaurant's."""

    app: App
    here: dict[str, str] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    actors: dict[str, dict[str, str]] = field(default_factory=dict)

    @staticmethod
    async def build(app: App) -> Stage:
        """Fill the database, and sign everybody in."""
        stage = Stage(app)
        ours = await World(auto_accepts=False).build(app)
        theirs = await World(auto_accepts=False).build(app)
        second = World(restaurant_id=ours.restaurant_id, auto_accepts=False)
        documents = second.documents()
        del documents["restaurants"]
        for collection, rows in documents.items():
            await app.db[collection].insert_many(rows)
        stage.here = await stage._furnished(ours)
        stage.other = await stage._furnished(second)
        stage.foreign = await stage._furnished(theirs)
        await stage._people()
        return stage

    async def _furnished(self, world: World) -> dict[str, str]:
        """What there is at a location beside its menu and stations; the ids by the names that requests use."""
        place, at = world.restaurant_id, str(world.location_id)
        ids = {
            "restaurantId": place,
            "locationId": at,
            "toLocationId": at,
            "stationId": str(world.kitchen_id),
            "menuId": str(world.menu_id),
            "originId": str(world.origin_id),
            **await staff_menus.dish(self.app, world),
            "qrCodeId": f"code-{at}",
            "version": "1",
            "campaignId": str(ObjectId()),
            "orderId": await self._order(world),
            "date": "2026-11-24",
            "day": "2026-12-25",
            "deviceId": str(ObjectId()),
            "invitationId": str(ObjectId()),
            "entryId": f"declines:{at}",
            "printerId": str(ObjectId()),
            "secret": f"secret-of-{at}",
            "webhookId": str(ObjectId()),
            "uploadId": str(ObjectId()),
            "deliveryId": f"{at}:ev_1",
            "userId": f"walk-of-{at}",
            "personId": f"walk-of-{at}",
        }
        campaign = {"_id": ObjectId(ids["campaignId"]), "restaurantId": place, "locationId": world.location_id}
        await self.app.db.campaigns.insert_one({**campaign, "originId": ObjectId(), "isActive": False, "name": "C"})
        code = {"qrCodeId": ids["qrCodeId"], "qrCode": ""}
        await self.app.db.origins.update_one({"_id": world.origin_id}, {"$set": code})
        await self.app.db.devices.insert_one(self._device(ids, ids["deviceId"], "expo", f"spare-{at}"))
        await self._printer(world, ids)
        await self._drafted(world)
        await self.app.db.attention.insert_one(
            {
                "_id": ids["entryId"],
                "restaurantId": place,
                "locationId": world.location_id,
                "kind": "declines",
                "reason": "many",
                "count": 1,
                "at": self.app.clock.now(),
            }
        )
        upload = {"_id": ids["uploadId"], "restaurantId": place, "folder": "menu", "createdAt": self.app.clock.now()}
        await self.app.db.uploads.insert_one({**upload, "purgeAt": self.app.clock.now() + timedelta(days=1)})
        assert isinstance(self.app.files, Shelf)
        self.app.files.inbox[f"{place}/{ids['uploadId']}"] = plain()
        webhook = {"_id": ObjectId(ids["webhookId"]), "url": "https://nobody.invalid/", "isActive": False}
        await self.app.db.webhooks.insert_one({**webhook, "restaurantId": place, "locationIds": [at]})
        await self.app.db.webhook_deliveries.insert_one(
            {
                "_id": ids["deliveryId"],
                "webhookId": webhook["_id"],
                "restaurantId": place,
                "state": "done",
                "event": {"_id": "ev_1", "restaurantId": place, "at": self.app.clock.now(), "told": {}},
                "createdAt": self.app.clock.now(),
                "purgeAt": self.app.clock.now() + timedelta(days=30),
            }
        )
        await self._person(ids["userId"], place, "service", [at])
        await self.app.db.invitations.insert_one(
            {
                "_id": ObjectId(ids["invitationId"]),
                "restaurantId": place,
                "address": f"{at}@example.com",
                "role": "kitchen",
                "locationIds": [at],
                "tokenHash": token_hash(f"invitation-{at}"),
                "madeBy": "walk-owner",
                "takenAt": None,
                "createdAt": self.app.clock.now(),
                "expiresAt": self.app.clock.now() + timedelta(hours=24),
            }
        )
        return ids

    async def _printer(self, world: World, ids: Mapping[str, str]) -> None:
        """A printer that asks for its tickets. Of which make it is, no door asks before it lets one in."""
        key = ObjectId(ids["printerId"])
        row = {"id": key, "type": "cloudprnt", "ip": "", "name": "Pass"}
        await self.app.db.locations.update_one({"_id": world.location_id}, {"$set": {"printers": [row]}})
        await self.app.db.printers.insert_one(
            {
                "_id": key,
                "restaurantId": world.restaurant_id,
                "locationId": world.location_id,
                "type": "cloudprnt",
                "addressHash": secret_hash(ids["secret"]),
                "mac": "",
            }
        )

    async def _drafted(self, world: World) -> None:
        """A draft of the menu, and a version of it."""
        here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
        menu = await self.app.db.menus.find_one({"_id": world.menu_id})
        assert menu is not None
        content, now = content_of(menu), self.app.clock.now()
        draft = {"_id": world.menu_id, **here, "base": content, "content": content, "startedAt": now}
        version = {"_id": f"{world.menu_id}:1", "menuId": world.menu_id, **here, "number": 1, "kind": "kept"}
        await self.app.db.menu_drafts.insert_one(draft)
        await self.app.db.menu_versions.insert_one({**version, "content": content, "at": now})

    async def _order(self, world: World) -> str:
        """An order that waits to be accepted."""
        _, priced = await self.call("order_app_preview_order", {}, {}, world.cart("soup"))
        key = str(priced["data"]["previewOrderId"])
        status, placed = await self.call("payments_place_order_without_payment", {}, {}, {"previewOrderId": key})
        assert status == 200, placed
        return str(placed["orderId"])

    def _device(self, ids: Mapping[str, str], key: str, role: str, token: str) -> dict[str, Any]:
        return {
            "_id": ObjectId(key),
            "restaurantId": ids["restaurantId"],
            "locationId": ids["locationId"],
            "name": "Screen",
            "role": role,
            "stationIds": [ids["stationId"]] if role == "kitchen" else [],
            "tokenHashes": [token_hash(token)],
            "createdAt": self.app.clock.now(),
        }

    async def _person(self, user_id: str, place: str, role: Any, locations: list[str] | None) -> dict[str, str]:
        return await staff.signed_in_as(self.app, place, role, locations, user_id=user_id)

    async def _people(self) -> None:
        place, at = self.here["restaurantId"], self.here["locationId"]
        actors = self.actors
        actors["nobody"] = {}
        actors["nonsense"] = {"authorization": "Bearer nonsense"}
        core = Core(self.app.settings.supertokens_connection_uri or "")
        core.add_user("walk-tired", "walk-tired@example.com")
        actors["expired session"] = core.expired("walk-tired").bearer
        actors["device that never was"] = {"authorization": "Device nonsense"}
        actors["owner"] = await self._person("walk-owner", place, "owner", None)
        for role in LADDER:
            actors[f"{role} here"] = await self._person(f"walk-{role}-here", place, role, [at])
        actors["owner there"] = await self._person("walk-owner-there", place, "owner", [self.other["locationId"]])
        actors["owner of another restaurant"] = await self._person(
            "walk-f", self.foreign["restaurantId"], "owner", None
        )
        for name, change in (
            ("person who was removed", {"restaurants": [], "memberships": []}),
            ("person without a restaurant", {"restaurants": []}),
            ("unknown role", {"memberships.0.role": "chef"}),
        ):
            key = f"walk-{ObjectId()}"
            actors[name] = await self._person(key, place, "owner", None)
            await self.app.db.users.update_one({"userId": key}, {"$set": change})
        await self.app.db.users.update_one(
            {"email": {"$regex": "."}, "restaurants": [], "memberships.0": {"$exists": True}},
            {"$unset": {"memberships": ""}},
        )
        for name, ids, role in (
            ("kitchen device here", self.here, "kitchen"),
            ("expo device here", self.here, "expo"),
            ("kitchen device there", self.other, "kitchen"),
            ("expo device there", self.other, "expo"),
            ("device of another restaurant", self.foreign, "expo"),
            ("revoked device", self.here, "expo"),
        ):
            device = self._device(ids, str(ObjectId()), role, name)
            if name == "revoked device":
                device["revokedAt"] = self.app.clock.now()
            await self.app.db.devices.insert_one(device)
            actors[name] = {"authorization": f"Device {name}"}

    def ids_for(self, case: Case) -> dict[tuple[str, str], str]:
        """The ids that are not one's own, by where they stand and their names."""
        return {(part, name): self.whose(whose, name) for part, name, whose in case.ids}

    def whose(self, whose: str, name: str) -> str:
        """An id: of the other location, of the foreign restaurant, or of nothing."""
        if whose == "unknown":
            return UNKNOWN.get(name, "0" * 23 + "1")
        ids = self.other if whose == "other" else self.foreign
        return ids[name[:-1] if name.endswith("Ids") else name]

    async def call(
        self, route: Route | str, headers: Mapping[str, str], path: Mapping[str, str], body: Any, query: str = ""
    ) -> tuple[int, Any]:
        """Call a route as a process that remembers nothing; the status and the answer."""
        found = ROUTES.named(route) if isinstance(route, str) else route
        given = {"content-type": "application/json", "idempotency-key": str(ObjectId()), **headers}
        raw = b""
        if found.body is not None and issubclass(found.body, Multipart):
            raw, given["content-type"] = multipart(body), MULTIPART
        elif body is not None:
            raw = json.dumps(body).encode()
        if found.body is not None and issubclass(found.body, Form):
            raw = urlencode(body).encode()
            given["content-type"] = "application/x-www-form-urlencoded"
        sent: func.HttpRequest = request(found.method, f"/api/v1/x?{query}", raw, headers=given, path=dict(path))
        response = await found.handle(sent, app=replace(self.app, memory=Memory()))
        try:
            return response.status_code, content(response)
        except ValueError:
            return response.status_code, response.get_body().decode(errors="replace")


Body = Callable[[Stage], Any]
