"""What the original server and imports wrote goes through every route that reads, in the shape that clients demand."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import function_app
from shared.app import App
from shared.services.origins import scanning
from shared.web.front_door import FrontDoor
from shared.web.routes import API_PREFIX, ROUTES
from shared.web.runtime import Given
from tests.fixtures import zod
from tests.fixtures.old_documents import KINDS, OldRestaurant
from tests.integration import staff
from tests.web_calls import content, request

OWNER = "u-of-the-original"
door = FrontDoor()


@pytest.fixture
async def old(app: App) -> OldRestaurant:
    restaurant = OldRestaurant()
    for collection, documents in restaurant.documents().items():
        await app.db[collection].insert_many(documents)
    # A restaurant that stands there without a membership is an owner's: only the original makes such rows.
    await app.db.users.insert_one({"userId": OWNER, "restaurants": [restaurant.restaurant_id]})
    return restaurant


async def ask(app: App, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Ask at the original's address and at ours, which must say the same of what only reads."""
    answers = []
    for url in (f"/{path}", f"/{API_PREFIX}{path}") if method == "GET" else (f"/{path}",):
        headers = {"content-type": "application/json"} | staff.headers_of(app, OWNER)
        response = await door.answer(request(method, url, body or b"", headers=headers), Given(app))
        answers.append((response.status_code, content(response)))
    assert answers[0] == answers[-1] or answers[0][0] >= 400
    return answers[0]


async def shaped(app: App, shape: zod.Check, path: str) -> Any:
    status, answer = await ask(app, "GET", path)
    assert status == 200, (path, answer)
    assert shape(answer, path) == []
    return answer


async def test_places(app: App, old: OldRestaurant) -> None:
    for restaurant_id in (old.restaurant_id, f"{old.restaurant_id}-bare"):
        await shaped(app, zod.RESTAURANT, f"order-app/restaurants/{restaurant_id}")
        await shaped(app, zod.RESTAURANT, f"menu-app/{restaurant_id}")
    here = f"order-app/restaurants/{old.restaurant_id}/locations"
    is_open = {}
    for location_id in (old.location_id, old.fresh_id, old.bare_id, old.slug_location):
        answer = await shaped(app, zod.LOCATION, f"{here}/{location_id}")
        is_open[location_id] = answer["data"]["isOpen"]
        assert "secret" not in str(answer)
    assert is_open == {old.location_id: True, old.fresh_id: False, old.bare_id: False, old.slug_location: False}


async def test_origins_and_campaigns(app: App, old: OldRestaurant) -> None:
    for origin_id in (old.origin_id, old.bare_origin_id, ObjectId(), "web", "undefined"):
        await shaped(app, zod.ORIGIN, f"order-app/restaurants/origins/{origin_id}")
    here = f"order-app/restaurants/{old.restaurant_id}/locations/{old.location_id}/origins"
    campaign = await shaped(app, zod.CAMPAIGN, f"{here}/{old.origin_id}/campaign")
    assert campaign["data"] == {"name": "Happy hour", "type": "flat", "reward": {"flatOffCents": 300}}
    await shaped(app, zod.CAMPAIGN, f"{here}/{old.bare_origin_id}/campaign")
    for origin_id in (ObjectId(), "web"):
        answer = await shaped(app, zod.NO_CAMPAIGN, f"{here}/{origin_id}/campaign")
        assert answer == {"data": None}


async def test_menus(app: App, old: OldRestaurant) -> None:
    here = f"order-app/restaurants/{old.restaurant_id}/locations"
    listed = await shaped(app, zod.MENUS, f"{here}/{old.location_id}/menus")
    assert [menu["_id"] for menu in listed["data"]] == [str(old.menu_id), str(old.broken_menu_id)]
    assert [menu["available"] for menu in listed["data"]] == [True, False]
    assert (await shaped(app, zod.MENUS, f"{here}/{old.bare_id}/menus"))["data"] == []
    await shaped(app, zod.MENUS, f"{here}/{old.slug_location}/menus")
    await shaped(app, zod.MENU, f"{here}/{old.location_id}/menus/{old.broken_menu_id}")
    slug = (await shaped(app, zod.MENU, f"{here}/{old.slug_location}/menus/{old.slug_menu}"))["data"]
    assert slug["name"] == {"en": "Menú", "es": "Menú", "pt": "Menú"}
    assert (slug["salesTax"], slug["items"][0]["priceCents"]) == (8.875, 350)


async def test_a_menu_reads_every_number_and_hides_what_was_hidden(app: App, old: OldRestaurant) -> None:
    path = f"order-app/restaurants/{old.restaurant_id}/locations/{old.location_id}/menus/{old.menu_id}"
    menu = (await shaped(app, zod.MENU, path))["data"]
    assert menu["salesTax"] == 10.25
    assert [category["name"]["pt"] for category in menu["categories"]] == ["Coffee", "Cakes", ""]
    assert [category["sortOrder"] for category in menu["categories"]] == [1, 2, 0]
    bowl, tea, nameless = menu["items"]
    assert (bowl["priceCents"], bowl["makingCostCents"], bowl["name"]["pt"]) == (995, 0, "Bowl")
    assert [(variant["name"], variant["priceCents"]) for variant in bowl["variants"]] == [
        ("small", 795),
        ("large", 1195),
    ]
    toppings = bowl["modifiers"][0]
    assert (toppings["maxChoices"], toppings["freeChoices"], toppings["extraChoicePriceCents"]) == (5, 3, 50)
    assert [option["name"]["es"] for option in toppings["options"]] == ["Avocado", "Beans"]
    assert (tea["name"]["en"], tea["priceCents"], nameless["id"]) == ("Té", 500, "")


def cart(old: OldRestaurant, **changed: Any) -> dict[str, Any]:
    """$11.95 and $5.00, as the diner's app sends them."""
    return {
        "restaurantId": old.restaurant_id,
        "locationId": str(old.location_id),
        "locationSlug": "main-location",
        "origin": {"id": str(old.origin_id), "name": "Poster"},
        "customer": {"name": "Ann", "phone": ""},
        "items": [
            {"id": str(ObjectId()), "menuItemId": "i1", "name": "Bowl", "variants": [{"id": "l", "name": "large"}]},
            {"id": str(ObjectId()), "menuItemId": "i2", "name": "Té"},
        ],
        "getSms": False,
    } | changed


async def test_a_cart_is_priced_from_an_old_menu(app: App, old: OldRestaurant) -> None:
    status, answer = await ask(app, "POST", "order-app/cart/preview-order", cart(old))
    assert status == 200, answer
    assert zod.PREVIEW(answer, "preview") == []
    # Taxed at 10.25 %, less $3.00.
    assert answer["data"]["totalPriceCents"] == 1569
    sent = {"previewOrderId": answer["data"]["previewOrderId"]}
    status, placed = await ask(app, "POST", "payments/place-order-without-payment", sent)
    assert (status, zod.PLACED(placed, "placed")) == (200, [])
    await shaped(app, zod.ORDER, f"menu-app/order/{placed['orderId']}")


async def test_staff_order_from_an_old_menu(app: App, old: OldRestaurant) -> None:
    at_counter = cart(old, origin={"id": "", "name": "pos"}, paymentId="")
    status, order_id = await ask(app, "POST", "menu-app/restaurant/order", at_counter)
    assert (status, ObjectId.is_valid(order_id)) == (201, True), order_id
    order = await shaped(app, zod.ORDER, f"menu-app/order/{order_id}")
    assert order["totalPriceCents"] == 1869


async def test_where_hours_cannot_be_read_a_cart_is_priced_and_not_placed(app: App, old: OldRestaurant) -> None:
    lines = [{"id": str(ObjectId()), "menuItemId": "espresso", "name": "Espresso"}]
    away = cart(old, locationId=old.slug_location, origin={"id": "web", "name": "web"}, items=lines)
    status, answer = await ask(app, "POST", "order-app/cart/preview-order", away)
    assert status == 200, answer
    assert zod.PREVIEW(answer, "preview") == []
    # 350 at 8.875 %.
    priced = answer["data"]
    assert (priced["totalPriceCents"], priced["isOpen"], priced["opensAt"]) == (381, False, None)
    sent = {"previewOrderId": priced["previewOrderId"]}
    status, refused = await ask(app, "POST", "payments/place-order-without-payment", sent)
    assert (status, refused["code"], refused["opensAt"]) == (409, "LOCATION_CLOSED", None)


async def test_a_preview_that_the_original_made_can_be_placed(app: App, old: OldRestaurant) -> None:
    for _ in range(2):
        status, placed = await ask(
            app, "POST", "payments/place-order-without-payment", {"previewOrderId": str(old.preview_id)}
        )
        assert status == 200, placed
        assert zod.PLACED(placed, "placed") == []
        assert placed["orderId"] == str(old.preview_id)
    order = await shaped(app, zod.ORDER, f"menu-app/order/{old.preview_id}")
    assert (order["totalPriceCents"], len(order["items"])) == (1973, 2)
    await shaped(app, zod.ORDER_STATUS, f"order-app/orders/{old.preview_id}/status")
    events = await shaped(app, zod.ORDER_EVENTS, f"order-app/orders/{old.preview_id}/events")
    assert events["data"][0]["event"] == "order_received"
    here = f"stations/{old.restaurant_id}/{old.location_id}"
    await shaped(app, zod.STATION_ORDER, f"{here}/orders/{old.preview_id}?stationTags=kitchen")


async def test_a_preview_of_the_original_at_another_price_is_refused(app: App, old: OldRestaurant) -> None:
    await app.db.orders_preview.update_one({"_id": old.preview_id}, {"$set": {"totalPriceCents": 1}})
    sent = {"previewOrderId": str(old.preview_id)}
    status, answer = await ask(app, "POST", "payments/place-order-without-payment", sent)
    assert (status, answer["code"]) == (409, "PREVIEW_STALE")
    assert zod.PREVIEW({"data": answer["preview"]}, "preview") == []


@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_on_the_diner_s_page(app: App, old: OldRestaurant, kind: str) -> None:
    order_id = old.order_ids[kind]
    order = await shaped(app, zod.ORDER, f"menu-app/order/{order_id}")
    assert order["status"] == {"closed": "PICKED_UP", "made-up": "FOO", "legacy": "pending"}.get(kind, "ACCEPTED")
    status = await shaped(app, zod.ORDER_STATUS, f"order-app/orders/{order_id}/status")
    assert (status["status"], status["seq"]) == (order["status"], 0)
    assert await shaped(app, zod.ORDER_EVENTS, f"order-app/orders/{order_id}/events") == {"data": [], "lastSeq": 0}
    if kind == "odd":
        assert [unit["priceCents"] for unit in order["items"]] == [995, 995, 995]
        assert order["items"][1]["startedAt"] == "2024-05-01T17:31:00.000Z"
        assert order["discount"]["amountCents"] == 300
    if kind == "closed":
        assert order["totalPriceCents"] == 1973


@pytest.mark.parametrize("kind", KINDS)
async def test_an_old_order_is_listened_to_waited_for_and_not_cancelled_here(
    app: App, old: OldRestaurant, kind: str
) -> None:
    order_id = str(old.order_ids[kind])
    status, answer = await ask(app, "POST", "realtime/negotiate", {"kind": "order", "orderId": order_id})
    assert (status, answer["groups"], answer["lastSeq"]) == (200, [f"order.{order_id}"], 0)
    await shaped(app, zod.ORDER_STATUS, f"order-app/orders/{order_id}/status?wait=1&after=0")
    status, answer = await ask(app, "POST", f"order-app/orders/{order_id}/cancel")
    assert (status, answer["code"]) == (409, "CANNOT_CANCEL")


async def test_orders_on_a_kitchen_s_screen(app: App, old: OldRestaurant) -> None:
    here = f"stations/{old.restaurant_id}/{old.location_id}"
    for station_id in (old.station_id, old.bare_station_id):
        board = (await shaped(app, zod.STATION_ORDERS, f"{here}/{station_id}/orders"))["data"]
        shown = {order["_id"]: len(order["items"]) for order in board["matchedOrders"]}
        assert shown[str(old.order_ids["odd"])] >= 1
    board = (await shaped(app, zod.STATION_ORDERS, f"{here}/{old.station_id}/orders"))["data"]
    usual = next(order for order in board["matchedOrders"] if order["_id"] == str(old.order_ids["usual"]))
    assert len(usual["items"]) == 2
    for kind in ("usual", "odd", "undated"):
        await shaped(app, zod.STATION_ORDER, f"{here}/orders/{old.order_ids[kind]}?stationTags=kitchen")
        await shaped(app, zod.STATION_ORDER, f"{here}/orders/{old.order_ids[kind]}?stationId=expo")
    await shaped(app, zod.STATION_ORDERS, f"{here}/expo/orders")
    await app.db.orders.update_many({"status": "ACCEPTED"}, {"$set": {"status": "READY_FOR_PICKUP"}})
    for screen in (old.station_id, "expo"):
        # The original keeps no time at which an order was ready: that of its last item is long ago.
        assert await ask(app, "GET", f"{here}/{screen}/recallable") == (200, {"data": []})


async def test_orders_on_the_board(app: App, old: OldRestaurant) -> None:
    here = f"{old.restaurant_id}/{old.location_id}"
    await shaped(app, zod.BOARD, f"restaurant/orders/today/{here}?open=true")
    for kind, order_id in old.order_ids.items():
        if kind != "legacy":
            found = await shaped(app, zod.in_data(zod.BOARD_ORDER), f"restaurant/orders/{here}/{order_id}")
            assert "paymentId" not in str(found)
    await app.db.orders.update_many({"status": "ACCEPTED"}, {"$set": {"status": "READY_FOR_PICKUP"}})
    ready = await shaped(app, zod.in_data(zod.BOARD), f"restaurant/{here}/orders/ready")
    assert len(ready["data"]) >= 3


async def test_what_the_restaurant_s_people_read(app: App, old: OldRestaurant) -> None:
    mine = f"restaurant/restaurants/{old.restaurant_id}"
    at = f"{old.restaurant_id}/{old.location_id}"
    # The manager app refuses a location whose id is text; it was never the original's.
    await app.db.locations.delete_one({"_id": old.slug_location})
    found = await shaped(app, zod.LOCATIONS, f"{mine}/locations")
    assert [row["isMobile"] for row in found["data"]] == [False, False, False]
    details = await shaped(app, zod.RESTAURANT_DETAILS, f"{mine}/locationId/undefined/restaurantDetails")
    assert details["data"]["createdAt"] == "2024-01-02T03:04:05.678Z"
    await shaped(app, zod.MENUS, f"{mine}/locations/{old.location_id}/menus")
    menu = await shaped(app, zod.MENU, f"{mine}/locations/{old.location_id}/menus/{old.menu_id}")
    assert any(not item["isAvailable"] for item in menu["data"]["items"])
    await shaped(app, zod.STATIONS, f"stations/{at}")
    for empty in (
        f"stations/{old.restaurant_id}/{old.fresh_id}",
        f"printers/{at}",
        f"cloud-printers/{at}",
        f"restaurant/{at}/attention",
    ):
        assert (await shaped(app, zod.in_data(zod.array(zod.anything)), empty))["data"] == []
    assert len((await shaped(app, zod.in_data(zod.array(zod.anything)), f"restaurant/{OWNER}"))["data"]) == 1
    people = await shaped(app, zod.in_data(zod.anything), f"restaurant/{old.restaurant_id}/people")
    assert [one["role"] for one in people["data"]["people"]] == ["owner"]


async def test_old_campaigns_are_listed_and_summed_up(app: App, old: OldRestaurant) -> None:
    here = f"campaign/restaurant/{old.restaurant_id}/location/{old.location_id}"
    listed = await shaped(app, zod.array(zod.CAMPAIGN_ROW), here)
    assert "Happy hour" in [row["name"] for row in listed]
    for row in listed:
        await shaped(app, zod.CAMPAIGN_SUMMARY, f"{here}/{row['_id']}/summary")


async def test_old_codes_are_listed_drawn_and_printed(app: App, old: OldRestaurant) -> None:
    here = f"origins/{old.restaurant_id}/{old.location_id}"
    listed = await shaped(app, zod.CODES, here)
    assert "7" in [row["qrCodeId"] for row in listed["data"]["originData"]]
    await shaped(app, zod.in_data(zod.record(scans=zod.number)), f"{here}/scans")
    for path in (f"{here}/{old.origin_id}/qr.png", f"{here}/{old.origin_id}/qr.svg", f"{here}/sheet.pdf"):
        sent = request("GET", f"/{API_PREFIX}{path}", headers=staff.headers_of(app, OWNER))
        assert (await door.answer(sent, Given(app))).status_code == 200, path
    assert f"/entry/{old.origin_id}?" in await scanning.follow(app, "7", address=None, counts=True)


OF_A_LOCATION = (
    "location-settings/restaurant/{restaurantId}/location/{locationId}",
    "location-settings/restaurant/{restaurantId}/location/{locationId}/hours",
    "location-settings/restaurant/{restaurantId}/location/{locationId}/pace",
    "pos/{restaurantId}/locations/{locationId}/menus",
    "report/sales_summary/{restaurantId}/{locationId}",
)
OF_A_MENU = (
    "pos/{restaurantId}/locations/{locationId}/menus/{menuId}",
    "restaurant/{restaurantId}/location/{locationId}/menu/{menuId}/versions",
)
OF_A_DAY = (
    "report/order_history/{restaurantId}/{locationId}/{date}",
    "report/sales_by_item/{restaurantId}/{locationId}/{date}",
    "report/sales_by_origin/{restaurantId}/{locationId}/{date}",
)
REPORTS = ("sales", "orders", "payments", "refunds")
SCOPES = ("restaurant/{restaurantId}/{locationId}/reports", "restaurant/{restaurantId}/reports")


@pytest.mark.parametrize("path", [*OF_A_LOCATION, *OF_A_MENU, *OF_A_DAY, *(f"{scope}/today" for scope in SCOPES)])
async def test_old_places_menus_and_days_are_read(app: App, old: OldRestaurant, path: str) -> None:
    await shaped(app, zod.anything, filled(old, path))


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("report", REPORTS)
async def test_old_orders_are_in_the_reports_of_their_days(
    app: App, old: OldRestaurant, scope: str, report: str
) -> None:
    days = "?from=2024-05-01&to=2024-12-31"
    said = await shaped(app, zod.in_data(zod.anything), filled(old, f"{scope}/{report}") + days)
    sent = request("GET", f"/{API_PREFIX}{filled(old, f'{scope}/{report}.csv')}{days}", headers=owner(app))
    table = await door.answer(sent, Given(app))
    assert table.status_code == 200, table.get_body()
    if report == "orders":
        assert len(said["data"]) == len(table.get_body().splitlines()) - 1


async def test_an_old_menu_gets_a_draft(app: App, old: OldRestaurant) -> None:
    draft = filled(old, "restaurant/{restaurantId}/location/{locationId}/menu/{menuId}/draft")
    status, answer = await ask(app, "POST", draft, {})
    assert status in (200, 201), answer
    await shaped(app, zod.in_data(zod.anything), draft)
    await shaped(app, zod.in_data(zod.anything), f"{draft}/changes")


def filled(old: OldRestaurant, path: str) -> str:
    return path.format(
        restaurantId=old.restaurant_id, locationId=old.location_id, menuId=old.menu_id, date="2024-05-01"
    )


def owner(app: App) -> dict[str, str]:
    return staff.headers_of(app, OWNER)


READS_NO_OLD_DOCUMENT = {
    "restaurant/{restaurantId}/location/{locationId}/menu/{menuId}/versions/{version}",
    "restaurant/{restaurantId}/webhooks",
    "restaurant/{restaurantId}/webhooks/{webhookId}/deliveries",
    "restaurant/{restaurantId}/webhooks/events",
    "cloud-printers/{restaurantId}/{locationId}/{printerId}/jobs",
    "devices/{restaurantId}/{locationId}",
    "devices/push",
    "screens/{restaurantId}/{locationId}",
    "printing/{printerId}/{secret}/cloudprnt",
    "restaurant/{restaurantId}/trail",
    "restaurant/{restaurantId}/trail.csv",
    "openapi.json",
    "docs",
    "docs/{file}",
    "redoc",
    "health/live",
    "health/ready",
}


def test_no_route_that_reads_is_forgotten() -> None:
    """A new GET route belongs into this module, or into the list of those that read nothing of the original's."""
    assert function_app.app is not None
    tried = {
        "order-app/restaurants/{restaurantId}",
        "order-app/restaurants/{restaurantId}/locations/{locationId}",
        "order-app/restaurants/origins/{originId}",
        "order-app/restaurants/{restaurantId}/locations/{locationId}/origins/{originId}/campaign",
        "order-app/restaurants/{restaurantId}/locations/{locationId}/menus",
        "order-app/restaurants/{restaurantId}/locations/{locationId}/menus/{menuId}",
        "order-app/orders/{orderId}/status",
        "order-app/orders/{orderId}/events",
        "menu-app/{restaurantId}",
        "menu-app/order/{orderId}",
        "restaurant/orders/today/{restaurantId}/{locationId}",
        "restaurant/orders/{restaurantId}/{locationId}/{orderId}",
        "restaurant/{restaurantId}/{locationId}/orders/ready",
        "restaurant/{userId}",
        "restaurant/{restaurantId}/people",
        "restaurant/{restaurantId}/{locationId}/attention",
        "restaurant/restaurants/{restaurantId}/locations",
        "restaurant/restaurants/{restaurantId}/locationId/{locationId}/restaurantDetails",
        "restaurant/restaurants/{restaurantId}/locations/{locationId}/menus",
        "restaurant/restaurants/{restaurantId}/locations/{locationId}/menus/{menuId}",
        "printers/{restaurantId}/{locationId}",
        "campaign/restaurant/{restaurantId}/location/{locationId}",
        "campaign/restaurant/{restaurantId}/location/{locationId}/{campaignId}/summary",
        "origins/{restaurantId}/{locationId}",
        "origins/{restaurantId}/{locationId}/scans",
        "origins/{restaurantId}/{locationId}/sheet.pdf",
        "origins/{restaurantId}/{locationId}/{originId}/qr.png",
        "origins/{restaurantId}/{locationId}/{originId}/qr.svg",
        "cloud-printers/{restaurantId}/{locationId}",
        "stations/{restaurantId}/{locationId}",
        "stations/{restaurantId}/{locationId}/{stationId}/orders",
        "stations/{restaurantId}/{locationId}/{stationId}/recallable",
        "stations/{restaurantId}/{locationId}/orders/{orderId}",
    }
    tried |= {*OF_A_LOCATION, *OF_A_MENU, *OF_A_DAY}
    tried |= {f"{scope}/{report}{kind}" for scope in SCOPES for report in REPORTS for kind in ("", ".csv")}
    tried |= {f"{scope}/today" for scope in SCOPES}
    tried |= {
        f"restaurant/{{restaurantId}}/location/{{locationId}}/menu/{{menuId}}/draft{part}" for part in ("", "/changes")
    }
    reads = {route.path for route in ROUTES if route.method == "GET"}
    assert reads - tried - READS_NO_OLD_DOCUMENT == set()
    assert tried <= reads
