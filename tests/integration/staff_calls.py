"""A call that works for each route of staff that changes something: what it needs is made first.

Whoever writes such a route adds a call here: the walks fail for a route without one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bson import ObjectId

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.api.examples import origins, pushes
from shared.api.origins import StyleChange
from shared.api.pushes import SubscribeScreen
from shared.domain.roles import Role
from shared.services.ordering import steps
from shared.services.paying import returning
from shared.services.support.voiding import abandon
from shared.store import checkouts
from shared.store.support import attention_entries
from shared.web.access import ThisPrinter, anyone
from shared.web.routes import ROUTES, Route
from tests.integration import staff_menus
from tests.integration.core import Core
from tests.integration.shelf import Shelf
from tests.integration.till import Till
from tests.pictures import plain
from tests.web_calls import content, filled, request

Headers = dict[str, str]


_CAMPAIGN = {"name": "Ten percent", "type": "percent", "reward": {"percentOff": 10}}

_BROWSER = pushes.EXAMPLES[SubscribeScreen]["tablet"]


@dataclass(frozen=True)
class Sent:
    """One call. `restaurants`: those that it changes; None: the till's own."""

    who: Headers
    body: Mapping[str, Any] | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    restaurants: list[str] | None = None


@dataclass(frozen=True)
class Stage:
    """A till with people who work there."""

    till: Till
    core: Core
    owner: Headers

    @staticmethod
    async def of(till: Till, core: Core) -> Stage:
        load_app(PROJECT, {})
        stage = Stage(till, core, {})
        return replace(stage, owner=await stage.person("olga", "owner"))

    @property
    def restaurant_id(self) -> str:
        return self.till.world.restaurant_id

    @property
    def here(self) -> dict[str, str]:
        return {"restaurantId": self.restaurant_id, "locationId": str(self.till.world.location_id)}

    async def person(self, user_id: str, role: Role) -> Headers:
        """One of the restaurant's people, signed in; the address is `<user_id>@example.com`."""
        membership = {"restaurantId": self.restaurant_id, "role": role, "locationIds": None}
        return await self.stranger(user_id, restaurants=[self.restaurant_id], memberships=[membership])

    async def stranger(self, user_id: str, **more: Any) -> Headers:
        """Somebody with an account, signed in; with `more` stored of them."""
        email = f"{user_id}@example.com"
        self.core.add_user(user_id, email)
        await self.till.app.db.users.insert_one({"userId": user_id, "email": email, "restaurants": [], **more})
        return self.core.session(user_id).bearer

    def sent(self, body: Mapping[str, Any] | None = None, **path: str) -> Sent:
        """A call of the owner that names the till's location in its path."""
        return Sent(self.owner, body, {**self.here, **path})

    def sent_once(self, body: Mapping[str, Any], **path: str) -> Sent:
        """Like `sent`, with a key of its own."""
        return replace(self.sent(body, **path), who={**self.owner, "idempotency-key": str(ObjectId())})

    def sent_whole(self, body: Mapping[str, Any] | None = None, **path: str) -> Sent:
        """A call of the owner that names the restaurant only in its path."""
        return Sent(self.owner, body, {"restaurantId": self.restaurant_id, **path})

    async def answer(self, route: str, sent: Sent) -> Any:
        """What a call answers that must work."""
        found = ROUTES.named(route)
        body = b"" if sent.body is None else sent.body
        raw, headers = filled(found, body, sent.who)
        response = await found.handle(
            request(found.method, "/x", raw, headers=headers, path=sent.path), app=self.till.app
        )
        assert response.status_code == found.status, (route, response.get_body())
        return content(response)

    async def order(self, *dishes: str) -> dict[str, Any]:
        """An order at the counter that the kitchen has accepted, as it is stored."""
        order_id = await self.answer("pos_restaurant_order", Sent(self.owner, self.till.world.cart(*dishes)))
        order = await self.till.app.db.orders.find_one({"_id": ObjectId(order_id)})
        assert order is not None
        return dict(order)

    async def paid(self) -> str:
        """An order that was paid by card; its id."""
        key = await self.till.preview("soup", "tea")
        assert (await self.till.pay(key, self.till.token())).placed
        return str(key)

    async def upload(self) -> str:
        """A picture that came through a door; the upload's id."""
        made = await self.answer("files_begin_upload", self.sent_whole({"folder": "menu"}))
        key = str(made["data"]["uploadId"])
        assert isinstance(self.till.app.files, Shelf)
        self.till.app.files.inbox[f"{self.restaurant_id}/{key}"] = plain(colour="navy")
        return key

    async def origin(self) -> dict[str, Any]:
        """An origin with a code, as it is answered."""
        made = await self.answer("origins_create", self.sent({"name": f"Place {ObjectId()}", "type": "table"}))
        return dict(made["data"])

    async def campaign(self) -> dict[str, Any]:
        """A campaign, as it is answered."""
        return dict(await self.answer("campaigns_create", self.sent(_CAMPAIGN)))

    async def member(self, name: str) -> str:
        """Somebody of the kitchen; the id."""
        await self.person(name, "kitchen")
        return name

    async def claimed(self) -> str:
        """A paid claim that needs a person; the id of its entry."""
        key = await self.till.preview()
        await self.till.claim(key, self.till.token())
        await steps.run(self.till.app, "take_payment", key)
        await checkouts.flag(self.till.app.db, key, "paid, and not placed")
        return f"checkout:{key}"

    async def declined(self) -> str:
        """A payment whose refund was declined; the id of its entry."""
        [payment] = await self.till.attempts(ObjectId((await self.claimed()).partition(":")[2]))
        await abandon(self.till.app, payment.preview_id, by="ann", reason="r")
        self.till.gateway.fault(mode="settle", match=payment.id)
        self.till.gateway.fault(mode="decline", match="tokenizedRefund", times=1)
        await returning.return_money(self.till.app, payment.id)
        return f"payment:{payment.id}"

    async def hours(self) -> str:
        """An entry about the location's hours; its id."""
        world, now = self.till.world, self.till.clock.now()
        await attention_entries.write(
            self.till.app.db,
            "hours",
            world.location_id,
            restaurant_id=world.restaurant_id,
            location_id=world.location_id,
            reason="they cannot be read",
            count=1,
            at=now,
        )
        return f"hours:{world.location_id}"

    async def printer(self) -> str:
        """A printer that asks for its tickets; its id."""
        made = await self.answer("printers_cloud_add", self.sent({"name": "Grill", "type": "epson"}))
        return str(made["data"]["printer"]["id"])

    async def station(self) -> str:
        """A station that nothing names; its id."""
        made = await self.answer("stations_create", Sent(self.owner, {**self.here, "name": "Grill", "tags": ["grill"]}))
        return str(made["data"]["_id"])

    async def special_day(self) -> str:
        """A date with hours of its own."""
        await self.answer("hours_put_special_day", self.sent({"closed": True}, day="2099-12-26"))
        return "2099-12-26"

    async def spare(self) -> str:
        """A location where nobody orders; its id."""
        made = await self.answer("restaurant_create_location", self.sent_whole({"name": "Spare"}))
        return str(made["data"]["_id"])

    async def device(self) -> tuple[str, Headers]:
        """A paired screen: its id, and what it shows."""
        made = (await self.answer("devices_make", self._new_device()))["data"]
        claim = {"code": made["code"], "model": "Tab", "appVersion": "1"}
        paired = (await self.answer("devices_claim", Sent({"x-forwarded-for": "10.0.0.1"}, claim)))["data"]
        return made["deviceId"], {"authorization": f"Device {paired['token']}"}

    async def webhook(self) -> dict[str, Any]:
        """A webhook that leads to nobody."""
        body = {"url": "https://nobody.invalid/events"}
        return dict((await self.answer("webhooks_create", self.sent_whole(body)))["data"])

    async def delivery(self) -> dict[str, str]:
        """What was sent to a webhook: the names in the path of its routes."""
        webhook_id = (await self.webhook())["webhookId"]
        sent = await self.answer("webhooks_send_test", self.sent_whole(webhookId=webhook_id))
        return {"webhookId": webhook_id, "deliveryId": sent["data"]["deliveryId"]}

    def _new_device(self) -> Sent:
        return Sent(self.owner, {**self.here, "name": "Pass", "role": "expo", "stationIds": []})


Call = Callable[[Stage], Awaitable[Sent]]


async def _of_the_line(s: Stage) -> Sent:
    order = await s.order("soup")
    item = {"itemId": order["items"][0]["id"], "orderItemStatus": "STARTED"}
    return Sent(s.owner, {"orderId": str(order["_id"]), **item})


async def _printed_again(s: Stage) -> Sent:
    order = await s.order("soup")
    return s.sent({"orderId": str(order["_id"])}, printerId=await s.printer())


async def _recalled(s: Stage) -> Sent:
    order_id = str((await s.order("soup"))["_id"])
    await s.answer("orders_order_status", Sent(s.owner, {"orderId": order_id, "orderStatus": "READY_FOR_PICKUP"}))
    return s.sent({}, orderId=order_id)


async def _on_screen(s: Stage) -> Sent:
    order = await s.order("soup")
    return s.sent({"orderId": str(order["_id"])}, stationId=str(s.till.world.kitchen_id))


async def _recalled_on_screen(s: Stage) -> Sent:
    sent = await _on_screen(s)
    await s.answer("kitchen_screens_bump", sent)
    return sent


async def _cleared(s: Stage) -> Sent:
    sent = await _on_screen(s)
    assert sent.body is not None
    return replace(sent, body={"orderIds": [sent.body["orderId"]]})


async def _dismissed(s: Stage) -> Sent:
    sent = await _on_screen(s)
    assert sent.body is not None
    await s.answer("orders_order_status", Sent(s.owner, {**sent.body, "orderStatus": "CANCELLED", "reason": "no soup"}))
    return sent


async def _code_moved(s: Stage) -> Sent:
    one, other = await s.origin(), await s.origin()
    return s.sent({"qrCodeId": other["qrCodeId"]}, originId=one["_id"])


async def _link_mailed(s: Stage) -> Sent:
    here = {"_id": s.till.world.location_id}
    await s.till.app.db.locations.update_one(here, {"$set": {"contact.email": "old-town@nonna.example"}})
    return s.sent(originId=(await s.origin())["_id"])


async def _taken(s: Stage) -> Sent:
    body = {"address": "ida@example.com", "role": "service", "locationIds": None}
    made = await s.answer("people_invite", s.sent_whole(body))
    return Sent(await s.stranger("ida"), {"token": made["data"]["token"]})


async def _revoked(s: Stage) -> Sent:
    body = {"address": "kim@example.com", "role": "kitchen", "locationIds": None}
    made = await s.answer("people_invite", s.sent_whole(body))
    return s.sent_whole(invitationId=made["data"]["invitationId"])


async def _made(s: Stage) -> Sent:
    # The restaurant is made by the call itself.
    return Sent(await s.stranger("nora"), path={"userId": "nora"}, restaurants=[])


async def _drafted(s: Stage, **more: Any) -> Sent:
    """A call about the menu's draft, which is there and makes the soup cheaper; nothing is planned."""
    menu_id = s.till.world.menu_id
    await s.till.app.db.menu_drafts.delete_one({"_id": menu_id})
    await s.answer("menu_drafts_begin", s.sent(menuId=str(menu_id)))
    await s.till.app.db.menu_drafts.update_one({"_id": menu_id}, {"$inc": {"content.items.0.priceCents": -1}})
    return s.sent(menuId=str(menu_id), **more)


async def _planned(s: Stage) -> Sent:
    sent = await _drafted(s)
    at = (s.till.clock.now() + timedelta(hours=1)).isoformat()
    await s.answer("menu_drafts_publish", replace(sent, body={"at": at}))
    return sent


async def _undone(s: Stage) -> Sent:
    sent = await _drafted(s)
    made = await s.answer("menu_drafts_publish", replace(sent, body={}))
    return replace(sent, body={"version": made["data"]["version"] - 1})


async def _undrafted(s: Stage) -> Sent:
    await s.till.app.db.menu_drafts.delete_one({"_id": s.till.world.menu_id})
    return s.sent(menuId=str(s.till.world.menu_id))


def _plain(make: Callable[[Stage], Sent]) -> Call:
    async def call(s: Stage) -> Sent:
        return make(s)

    return call


def _of_menu(name: str) -> Call:
    async def call(s: Stage) -> Sent:
        ids = await staff_menus.dish(s.till.app, s.till.world)
        if name == "menu_editing_delete_category":
            await s.answer("menu_editing_delete_item", s.sent(**ids))
        if name.startswith("menu_keeping_"):
            shelved = {"archivedAt": s.till.clock.now()} if name == "menu_keeping_restore" else {}
            ids |= await staff_menus.spare(s.till.app, s.till.world, **shelved)
        return s.sent(staff_menus.BODIES[name](ids), **ids)

    return call


def _of_draft(name: str) -> Call:
    async def call(s: Stage) -> Sent:
        ids = await staff_menus.dish(s.till.app, s.till.world)
        await _drafted(s)
        if name == "menu_draft_editing_delete_category":
            await s.answer("menu_draft_editing_delete_item", s.sent(**ids))
        return s.sent(staff_menus.OF_DRAFTS[name](ids), **ids)

    return call


CALLS: Mapping[str, Call] = {
    **{name: _of_menu(name) for name in staff_menus.BODIES},
    **{name: _of_draft(name) for name in staff_menus.OF_DRAFTS},
    "attention_advance": lambda s: _with(s, s.claimed(), lambda entry: s.sent(entryId=entry)),
    "attention_void": lambda s: _with(s, s.claimed(), lambda entry: s.sent({"reason": "no soup"}, entryId=entry)),
    "attention_retry": lambda s: _with(s, s.declined(), lambda entry: s.sent(entryId=entry)),
    "attention_dismiss": lambda s: _with(s, s.hours(), lambda entry: s.sent(entryId=entry)),
    "devices_make": _plain(lambda s: s._new_device()),
    "devices_roll": lambda s: _with(s, s.device(), lambda made: Sent(made[1], {"appVersion": "2"})),
    "devices_revoke": lambda s: _with(s, s.device(), lambda made: s.sent(deviceId=made[0])),
    "hours_change": lambda s: _with(
        s, s.spare(), lambda place: s.sent({"workingHours": [{"day": "monday", "isOpen": False}]}, locationId=place)
    ),
    "hours_change_special_days": _plain(lambda s: s.sent({"specialDays": [{"date": "2099-12-25", "closed": True}]})),
    "hours_put_special_day": _plain(lambda s: s.sent({"closed": True}, day="2099-12-24")),
    "hours_delete_special_day": lambda s: _with(s, s.special_day(), lambda day: s.sent(day=day)),
    "hours_change_pace_schedule": _plain(
        lambda s: s.sent({"paceSchedule": [{"days": ["friday"], "from": "18:00", "to": "20:00", "waitMinutes": 5}]})
    ),
    "location_settings_change": _plain(lambda s: s.sent({"address": "2 Main Street"})),
    "location_settings_change_details": _plain(lambda s: s.sent({"businessDayStartsAt": "04:00"})),
    "location_settings_change_activity": lambda s: _with(
        s, s.spare(), lambda place: s.sent({"isActive": False}, locationId=place)
    ),
    "location_settings_change_payment": _plain(lambda s: s.sent({"emergepayWalletsPublicId": "w"})),
    "location_settings_change_pace": _plain(lambda s: s.sent({"waitMinutes": 10})),
    "location_settings_change_ageing": _plain(lambda s: s.sent({"warnMinutes": 4, "lateMinutes": 7})),
    "location_settings_change_acceptance": _plain(lambda s: s.sent({"acceptWithinMinutes": 7})),
    "campaigns_create": _plain(lambda s: s.sent(_CAMPAIGN)),
    "campaigns_change": lambda s: _with(s, s.campaign(), lambda one: s.sent({"maxUses": 5}, campaignId=one["_id"])),
    "campaigns_delete": lambda s: _with(s, s.campaign(), lambda one: s.sent(campaignId=one["_id"])),
    "origins_create": _plain(lambda s: s.sent({"name": "Table 9", "type": "table"})),
    "origins_create_range": _plain(lambda s: s.sent({"type": "room", "from": 1, "to": 3, "label": "Room {n}"})),
    "origins_change": lambda s: _with(s, s.origin(), lambda one: s.sent({"label": "Window"}, originId=one["_id"])),
    "origins_change_style": _plain(lambda s: s.sent(origins.EXAMPLES[StyleChange]["blue"])),
    "origins_delete": lambda s: _with(s, s.origin(), lambda one: s.sent(originId=one["_id"])),
    "origins_move_code": _code_moved,
    "origins_send_link": _link_mailed,
    "menu_drafts_begin": _undrafted,
    "menu_drafts_discard": _drafted,
    "menu_drafts_publish": lambda s: _with(s, _drafted(s), lambda sent: replace(sent, body={"note": "Cheaper"})),
    "menu_drafts_withdraw": _planned,
    "menu_drafts_undo": _undone,
    "menu_schedules_live": _plain(
        lambda s: s.sent({"schedule": {"from": "2026-01-01"}}, menuId=str(s.till.world.menu_id))
    ),
    "menu_schedules_draft": lambda s: _with(
        s, _drafted(s), lambda sent: replace(sent, body={"schedule": {"from": "2026-02-02"}})
    ),
    "orders_order_status": lambda s: _with(
        s,
        s.order("soup"),
        lambda order: Sent(s.owner, {"orderId": str(order["_id"]), "orderStatus": "READY_FOR_PICKUP"}),
    ),
    "orders_recall": _recalled,
    "people_create_restaurant": _made,
    "people_delete_user": lambda s: _with(s, s.member("leo"), lambda name: Sent(s.owner, {"userId": name})),
    "people_change": lambda s: _with(s, s.member("ana"), lambda name: s.sent_whole({"role": "service"}, personId=name)),
    "people_remove": lambda s: _with(s, s.member("max"), lambda name: s.sent_whole(personId=name)),
    "people_invite": _plain(
        lambda s: s.sent_whole({"address": "eva@example.com", "role": "kitchen", "locationIds": None})
    ),
    "people_revoke_invitation": _revoked,
    "people_take_invitation": _taken,
    "pos_restaurant_order": _plain(lambda s: Sent(s.owner, s.till.world.cart("soup"))),
    "printers_add": _plain(lambda s: s.sent({"ip": "192.168.0.20", "name": "orders"})),
    "printers_remove": lambda s: _with(s, s.printer(), lambda made: s.sent(printerId=made)),
    "printers_cloud_add": _plain(lambda s: s.sent({"name": "Pass", "type": "cloudprnt"})),
    "printers_cloud_change": lambda s: _with(s, s.printer(), lambda made: s.sent({"copies": 2}, printerId=made)),
    "printers_give_address": lambda s: _with(s, s.printer(), lambda made: s.sent(printerId=made)),
    "printers_revoke_address": lambda s: _with(s, s.printer(), lambda made: s.sent(printerId=made)),
    "printers_print_again": _printed_again,
    "pushes_subscribe": _plain(
        lambda s: Sent(s.owner, {"restaurantId": s.restaurant_id, "token": "phone:1", "platform": "web"})
    ),
    "pushes_unsubscribe": _plain(lambda s: Sent(s.owner, {"token": "phone:1"})),
    "pushes_subscribe_screen": lambda s: _with(s, s.device(), lambda made: Sent(made[1], dict(_BROWSER))),
    "pushes_unsubscribe_screen": lambda s: _with(s, s.device(), lambda made: Sent(made[1])),
    "realtime_negotiate": _plain(lambda s: Sent(s.owner, {"kind": "location", **s.here})),
    "refunds_refund": lambda s: _with(
        s, s.paid(), lambda key: s.sent_once({"amountCents": 500, "reason": "cold"}, orderId=key)
    ),
    "refunds_cancel": lambda s: _with(s, s.paid(), lambda key: s.sent_once({"reason": "no soup"}, orderId=key)),
    "refunds_payment": lambda s: _with(
        s, s.order("soup"), lambda order: s.sent({"payment": "cash"}, orderId=str(order["_id"]))
    ),
    "restaurant_create_location": _plain(lambda s: s.sent_whole()),
    "restaurant_change_details": _plain(lambda s: s.sent({"tagline": "Like at home"})),
    "screens_seen": _plain(lambda s: s.sent({"screenId": "grill-tablet", "drawn": []}, stationId="expo")),
    "stations_change": lambda s: _with(s, s.station(), lambda key: s.sent({"name": "Broiler"}, stationId=key)),
    "stations_delete": lambda s: _with(s, s.station(), lambda key: s.sent(stationId=key)),
    "printers_change": lambda s: _with(s, s.printer(), lambda key: s.sent({"name": "Pass"}, printerId=key)),
    "stations_create": _plain(lambda s: Sent(s.owner, {**s.here, "name": "Grill", "tags": ["grill"]})),
    "stations_order_item": _of_the_line,
    "kitchen_screens_bump": _on_screen,
    "kitchen_screens_recall": _recalled_on_screen,
    "kitchen_screens_rush": lambda s: _with(
        s, _on_screen(s), lambda sent: replace(sent, body={**sent.body, "rush": True})
    ),
    "kitchen_screens_dismiss": _dismissed,
    "kitchen_screens_clear": _cleared,
    "webhooks_create": _plain(lambda s: s.sent_whole({"url": "https://nobody.invalid/events"})),
    "webhooks_change": lambda s: _with(
        s, s.webhook(), lambda made: s.sent_whole({"isActive": False}, webhookId=made["webhookId"])
    ),
    "webhooks_delete": lambda s: _with(s, s.webhook(), lambda made: s.sent_whole(webhookId=made["webhookId"])),
    "webhooks_rotate_secret": lambda s: _with(s, s.webhook(), lambda made: s.sent_whole(webhookId=made["webhookId"])),
    "webhooks_send_test": lambda s: _with(s, s.webhook(), lambda made: s.sent_whole(webhookId=made["webhookId"])),
    "webhooks_send_again": lambda s: _with(s, s.delivery(), lambda path: s.sent_whole(**path)),
    "files_upload_logo": _plain(lambda s: s.sent_whole({"file": plain()})),
    "files_upload": _plain(lambda s: s.sent_whole({"file": plain(colour="gold"), "folder": "menu"})),
    "files_begin_upload": _plain(lambda s: s.sent_whole({"folder": "menu"})),
    "files_finish_upload": lambda s: _with(s, s.upload(), lambda key: s.sent_whole({"uploadId": key})),
    "users_create_user": _plain(
        lambda s: Sent(s.owner, {"userId": "olga", "email": "olga@example.com", "createdAt": 1})
    ),
}
"""A call by the route's name."""


async def _with(s: Stage, made: Awaitable[Any], call: Callable[[Any], Sent]) -> Sent:
    return call(await made)


def routes() -> list[Route]:
    """The routes of staff that change something, or could."""
    load_app(PROJECT, {})
    return [
        route
        for route in ROUTES
        if route.method != "GET" and route.allow is not anyone and not isinstance(route.allow, ThisPrinter)
    ]
