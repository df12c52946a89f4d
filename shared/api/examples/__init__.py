"""An example of every body and every answer, for the OpenAPI document: one small restaurant, the same throughout.

A test holds each to the model that it stands for, and names the routes that lack one. The tests from the document
(tests/integration/web/test_schemathesis.py) put this very restaurant into a database, so that the examples work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api.examples import (
    attention,
    campaigns,
    devices,
    files,
    health,
    hours,
    kitchen,
    location_settings,
    menu,
    menu_drafts,
    menu_edits,
    ordering,
    orders,
    origins,
    pace,
    paying,
    people,
    places,
    printing,
    pushes,
    realtime,
    refunds,
    reports,
    sales,
    screens,
    sign_in,
    trail,
    webhooks,
)
from shared.api.examples.errors import ERRORS
from shared.api.examples.names import (
    CAMPAIGN_ID,
    DELIVERY_ID,
    DEVICE_ID,
    ENTRY_ID,
    INVITATION_ID,
    LOCATION_ID,
    MENU_ID,
    ORDER_ID,
    ORIGIN_ID,
    OWNER_ID,
    PERSON_ID,
    PRINTER_ID,
    PRINTER_SECRET,
    REQUEST_ID,
    RESTAURANT_ID,
    STATION_ID,
    WEBHOOK_ID,
)

__all__ = ["ERRORS", "EXAMPLES", "OF_ROUTES", "PATH_VALUES", "REQUEST_ID"]

PATH_VALUES: Mapping[str, tuple[str, str]] = {
    "restaurantId": ("The restaurant's id.", RESTAURANT_ID),
    "locationId": ("The location's id.", LOCATION_ID),
    "menuId": ("The menu's id.", MENU_ID),
    "originId": ("The id of the origin that the scanned code names; diners may also have `web`.", ORIGIN_ID),
    "campaignId": ("The campaign's id.", CAMPAIGN_ID),
    "entryId": ("The id of a thing that needs a person, as the list names it.", ENTRY_ID),
    "itemId": ("The id of a dish of the menu.", "soup"),
    "categoryId": ("The id of a category of the menu.", "starters"),
    "variantId": ("The id of a size of the dish.", "large"),
    "modifierId": ("The id of a group of choices of the dish.", "extras"),
    "optionId": ("The id of a choice of the group.", "croutons"),
    "orderId": ("The order's id; it is its preview's id too.", ORDER_ID),
    "stationId": ("The station's id.", STATION_ID),
    "userId": ("One's own id at the sign-in service.", OWNER_ID),
    "personId": ("The person's id.", PERSON_ID),
    "invitationId": ("The invitation's id.", INVITATION_ID),
    "date": ("A business day of the location such as 2026-05-04, or a moment with its offset.", "2026-05-04"),
    "deviceId": ("The device's id.", DEVICE_ID),
    "printerId": ("The printer's id.", PRINTER_ID),
    "secret": ("The printer's own secret.", PRINTER_SECRET),
    "day": ("A date of the location's calendar.", "2026-12-25"),
    "version": ("The number of a version of the menu.", "1"),
    "webhookId": ("The webhook's id.", WEBHOOK_ID),
    "deliveryId": ("The delivery's id.", DELIVERY_ID),
    "file": ("The file's name.", "docs.js"),
}
"""A parameter in a path -> what it is, and an example."""

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    model: examples
    for area in (
        menu,
        menu_edits,
        menu_drafts,
        ordering,
        orders,
        origins,
        campaigns,
        kitchen,
        paying,
        places,
        printing,
        pushes,
        hours,
        location_settings,
        people,
        devices,
        files,
        realtime,
        refunds,
        reports,
        sales,
        screens,
        trail,
        attention,
        health,
        pace,
        sign_in,
        webhooks,
    )
    for model, examples in area.EXAMPLES.items()
}
"""A model -> its examples by name, as clients send or see them. Envelopes, lists and `| None` are made from these."""

OF_ROUTES: Mapping[str, Mapping[str, Any]] = {
    **menu_edits.OF_ROUTES,
    **menu_drafts.OF_ROUTES,
    "pos_restaurant_order": {"order": ORDER_ID},
    "orders_order_status": {"moved": True},
    "people_remove": {"done": {"data": True}},
    "people_revoke_invitation": {"done": {"data": True}},
    "devices_revoke": {"done": {"data": True}},
    "stations_delete": {"done": {"data": True}},
    "campaigns_delete": {"done": {"data": True}},
    "origins_delete": {"done": {"data": True}},
    "printers_remove": {"done": {"data": True}},
    "printers_revoke_address": {"done": {"data": True}},
    "webhooks_delete": {"done": {"data": True}},
}
"""The examples of a success that has no model of its own, by the route's name."""
