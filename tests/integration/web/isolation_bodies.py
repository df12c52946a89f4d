"""A good body for each route that staff send one to, by the function's name; of several kinds, one a kind."""

from __future__ import annotations

from typing import Any

from shared.api.examples import origins, pushes
from shared.api.origins import StyleChange
from shared.api.pushes import SubscribeScreen
from shared.web.routes import Route
from tests.integration import staff_menus
from tests.integration.web.isolation_stage import Stage
from tests.pictures import plain


def body_of(stage: Stage, route: Route, kind: str = "") -> Any:
    """The body of a good call of this route; None for one without. Raises KeyError where nobody wrote one."""
    if route.body is None:
        return None
    ids = stage.here
    here = {"restaurantId": ids["restaurantId"], "locationId": ids["locationId"]}
    bodies: dict[str, Any] = {
        "orders_order_status": {"orderId": ids["orderId"], "orderStatus": "ACCEPTED"},
        "orders_recall": {},
        "pos_restaurant_order": {
            **here,
            "locationSlug": "old-town",
            "origin": {"id": "", "name": "pos"},
            "customer": {"name": "Ann", "phone": ""},
            "items": [
                {
                    "id": "6b0c4bfcd11e9fe1006aa5ba",
                    "menuItemId": "soup",
                    "name": "Soup",
                    "price": 1000,
                    "notes": "",
                    "variants": [],
                    "modifiers": [],
                    "stationTags": [],
                }
            ],
            "getSms": False,
        },
        "stations_order_item": {"orderId": ids["orderId"], "itemId": "nothing", "orderItemStatus": "STARTED"},
        "kitchen_screens_bump": {"orderId": ids["orderId"]},
        "kitchen_screens_recall": {"orderId": ids["orderId"]},
        "kitchen_screens_rush": {"orderId": ids["orderId"], "rush": False},
        "kitchen_screens_dismiss": {"orderId": ids["orderId"]},
        "kitchen_screens_clear": {"orderIds": [ids["orderId"]]},
        "stations_change": {"name": "Grill"},
        "printers_change": {"name": "orders"},
        "stations_create": {**here, "name": "Grill", "tags": ["grill"]},
        "devices_make": {**here, "name": "Screen", "stationIds": [ids["stationId"]], "role": "kitchen"},
        "devices_roll": {},
        "pushes_subscribe": {"restaurantId": ids["restaurantId"], "token": "phone:1", "platform": "web"},
        "pushes_unsubscribe": {"token": "phone:1"},
        "pushes_subscribe_screen": pushes.EXAMPLES[SubscribeScreen]["tablet"],
        "people_delete_user": {"userId": "walk-owner"},
        "people_change": {"role": "kitchen", "locationIds": [ids["locationId"]]},
        "people_invite": {"address": "new@example.com", "role": "kitchen", "locationIds": [ids["locationId"]]},
        "people_take_invitation": {"token": "nonsense"},
        "campaigns_create": {"name": "Three off", "type": "flat", "reward": {"flatOffCents": 300}},
        "campaigns_change": {"isActive": False},
        "origins_create": {"name": "Table 9", "type": "table"},
        "origins_create_range": {"type": "table", "from": 1, "to": 3, "label": "Place {n}"},
        "origins_change": {"label": "Table 9"},
        "origins_change_style": origins.EXAMPLES[StyleChange]["blue"],
        "origins_move_code": {"qrCodeId": ids["qrCodeId"]},
        "printers_cloud_add": {"name": "Pass", "type": "cloudprnt", "stationIds": [ids["stationId"]]},
        "printers_cloud_change": {"copies": 2, "stationIds": [ids["stationId"]]},
        "printers_print_again": {"orderId": ids["orderId"]},
        "printing_star_poll": {"printerMAC": "00:11:62:0d:6b:2a"},
        "printing_epson_call": {"ConnectionType": "GetRequest", "ID": "pass"},
        "printers_add": {"ip": "10.0.0.7", "name": "orders"},
        "restaurant_change_details": {"name": "Nonna"},
        "restaurant_menus_item_availability": {"isAvailable": True},
        "menu_drafts_publish": {"note": "Winter"},
        "menu_drafts_undo": {"version": 1},
        "menu_schedules_live": {"categoryId": ids["categoryId"], "schedule": None},
        "menu_schedules_draft": {"categoryId": ids["categoryId"], "schedule": None},
        "attention_void": {"reason": "Nobody came"},
        "location_settings_change_pace": {"waitMinutes": 5},
        "location_settings_change_acceptance": {"acceptWithinMinutes": 5},
        "location_settings_change_ageing": {"warnMinutes": 5, "lateMinutes": 8},
        "location_settings_change": {"address": "1 Main Street"},
        "location_settings_change_details": {"name": "Old Town"},
        "location_settings_change_activity": {"isActive": True},
        "location_settings_change_payment": {"acceptPayment": False},
        "hours_change": {"workingHours": []},
        "hours_change_special_days": {"specialDays": []},
        "hours_put_special_day": {"closed": True},
        "hours_change_pace_schedule": {"paceSchedule": []},
        "restaurant_create_location": {},
        "refunds_refund": {"amountCents": 100, "reason": "Cold"},
        "refunds_cancel": {"reason": "Closing"},
        "refunds_payment": {"payment": "cash"},
        "webhooks_create": {"url": "https://nobody.invalid/events", "locationIds": [ids["locationId"]]},
        "webhooks_change": {"locationIds": [ids["locationId"]]},
        "files_upload_logo": {"file": plain()},
        "files_upload": {"file": plain(), "folder": "menu"},
        "files_begin_upload": {"folder": "menu"},
        "files_finish_upload": {"uploadId": ids["uploadId"]},
        "users_create_user": {"userId": "walk-owner", "email": "walk-owner@example.com", "createdAt": 1},
        "screens_seen": {"screenId": "walked-screen", "drawn": [{"orderId": ids["orderId"], "seq": 1}]},
        "realtime_negotiate": {
            "order": {"kind": "order", "orderId": ids["orderId"]},
            "location": {"kind": "location", **here},
            "station": {"kind": "station", **here, "stationId": ids["stationId"]},
            "menu": {"kind": "menu", **here},
        },
    }
    bodies |= {name: body(ids) for name, body in {**staff_menus.BODIES, **staff_menus.OF_DRAFTS}.items()}
    found = bodies[route.name]
    return found[kind] if route.name == "realtime_negotiate" else found
