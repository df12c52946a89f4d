"""A manager reads what was sold, taken and given back; an owner over all locations (rules 19)."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bson import ObjectId

from shared.app import App
from shared.domain import csv_lines
from shared.services.reports import rows, sales
from shared.services.reports.scope import Asked
from shared.web.routes import ROUTES
from tests.integration.crew import Crew
from tests.integration.till import Till
from tests.integration.world import World
from tests.web_calls import request

JULY_1 = "from=2026-07-01&to=2026-07-01"


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


def sale(world: World, at: str, **more: Any) -> dict[str, Any]:
    """An order of 10.00 with a tax of 1.00, unpaid and handed over."""
    return {
        "_id": ObjectId(),
        "restaurantId": world.restaurant_id,
        "locationId": world.location_id,
        "orderCode": "X1",
        "status": "PICKED_UP",
        "startedAt": datetime.fromisoformat(at),
        "items": [{"id": "u1", "menuItemId": "soup", "name": "Soup", "staffName": "Soup", "priceCents": 1000}],
        "subtotalCents": 1000,
        "taxCents": 100,
        "taxPercent": "10",
        "totalPriceCents": 1100,
        **more,
    }


async def stored(crew: Crew, *orders: dict[str, Any]) -> None:
    await crew.app.db.orders.insert_many(list(orders))


async def report(crew: Crew, who: str = "manager", query: str = JULY_1) -> dict[str, Any]:
    status, found = await crew.call(who, "location_reports_sales_report", **crew.here, query=query)
    assert status == 200, found
    return dict(found["data"])


async def table(crew: Crew, route: str, query: str, who: str = "manager") -> tuple[list[list[str]], dict[str, str]]:
    """The lines of a table, and the headers of the answer."""
    body, headers = await raw(crew, route, query, who)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))), headers


async def raw(crew: Crew, route: str, query: str, who: str = "manager") -> tuple[bytes, dict[str, str]]:
    found = ROUTES.named(f"location_reports_{route}")
    response = await found.handle(
        request("GET", f"/x?{query}", headers=crew.headers[who], path=crew.here), app=crew.app
    )
    assert response.status_code == 200, response.get_body()
    return response.get_body(), {"content-type": response.mimetype, **dict(response.headers)}


async def test_a_day_by_hand(crew: Crew) -> None:
    """Chicago: card 11.00 + 2.00 tip, of which 5.00 goes back the day after; cash 5.50 less 1.00; one cancelled."""
    world = crew.world
    refund = {"_id": "r1", "amountCents": 500, "tipCents": 0, "units": ["u1"], "by": "user:bea", "reason": "cold"}
    card = sale(
        world,
        "2026-07-01T17:05:00Z",
        paymentId="p1",
        paidWith="card",
        tipCents=200,
        refunds=[refund | {"at": datetime(2026, 7, 2, 15, tzinfo=UTC)}],
        refundedCents=500,
    )
    cash = sale(
        world,
        "2026-07-01T18:30:00Z",
        subtotalCents=500,
        taxCents=50,
        discountCents=100,
        totalPriceCents=450,
        counter={"kind": "cash", "amountCents": 450, "history": [{"kind": "cash", "by": "user:ann"}]},
        items=[{"id": "u1", "menuItemId": "tea", "name": "Té", "staffName": "Tea", "priceCents": 500}],
    )
    cancelled = sale(world, "2026-07-01T19:00:00Z", status="CANCELLED")
    await stored(crew, card, cash, cancelled, sale(world, "2026-07-02T05:00:00Z"))
    row = {"orderId": cancelled["_id"], "seq": 3, "type": "cancelled", "by": "user:bea"}
    await crew.app.db.order_events.insert_one({"_id": f"{cancelled['_id']}:3", **row})

    found = await report(crew)
    assert found["totals"] == {
        "orders": 2,
        "grossCents": 1500,
        "discountCents": 100,
        "netCents": 1400,
        "taxCents": 150,
        "totalCents": 1550,
        "tipCents": 200,
        "refunds": 0,
        "refundedCents": 0,
        "voids": 1,
        "voidedCents": 1100,
        "voidTakenCents": 0,
        "voidReturnedCents": 0,
    }
    tenders = {row["tender"]: (row["orders"], row["amountCents"], row["tipCents"]) for row in found["tenders"]}
    nothing = (0, 0, 0)
    assert tenders == {
        "card": (1, 1300, 200),
        "wallet": nothing,
        "cash": (1, 450, 0),
        "card_at_counter": nothing,
        "unknown": nothing,
        "unpaid": nothing,
    }
    assert [(row["taxPercent"], row["orders"], row["netCents"], row["taxCents"]) for row in found["taxes"]] == [
        ("10", 2, 1400, 150)
    ]
    assert [(row["name"], row["soldCount"], row["refundedCount"]) for row in found["items"]] == [
        ("Soup", 1, 1),
        ("Tea", 1, 0),
    ]
    busy = {row["hour"]: (row["minutes"], row["orders"], row["totalCents"]) for row in found["hours"] if row["orders"]}
    assert busy == {12: (60, 1, 1100), 13: (60, 1, 450)}
    staff = {row["actor"]: (row["orders"], row["orderTotalCents"], row["cancels"]) for row in found["staff"]}
    assert staff == {"user:ann": (1, 450, 0), "user:bea": (0, 0, 1)}

    after = await report(crew, query="from=2026-07-02&to=2026-07-02")
    assert (after["totals"]["orders"], after["totals"]["refundedCents"]) == (1, 500)
    assert [row["refundedCents"] for row in after["staff"]] == [500]
    status, refunds = await crew.call(
        "manager", "location_reports_refund_rows", **crew.here, query="from=2026-07-02&to=2026-07-02"
    )
    assert status == 200
    [made] = refunds["data"]
    assert (made["businessDate"], made["saleDate"], made["amountCents"]) == ("2026-07-02", "2026-07-01", 500)


@pytest.mark.parametrize(
    ("day", "hour", "minutes"), [("2026-03-08", 2, 0), ("2026-11-01", 1, 120), ("2026-07-01", 2, 60)]
)
async def test_an_hour_that_is_skipped_or_shown_twice_says_so(crew: Crew, day: str, hour: int, minutes: int) -> None:
    found = (await report(crew, query=f"from={day}&to={day}"))["hours"]
    assert found[hour]["minutes"] == minutes
    assert sum(row["minutes"] for row in found) == 24 * 60 - 60 + minutes


async def test_stations_tell_their_median_and_their_slowest_tenth(crew: Crew) -> None:
    kitchen = str(crew.world.kitchen_id)
    at = datetime(2026, 7, 1, 17, tzinfo=UTC)
    orders = [
        sale(
            crew.world,
            at.isoformat(),
            meta={"acceptedAt": at.isoformat()},
            items=[{"id": "u1", "priceCents": 1000, "completedAt": at + timedelta(minutes=minutes)}],
            routing=[{"stationId": kitchen, "itemIds": ["u1"]}],
        )
        for minutes in (2, 4, 6, 8, 10, 12, 14, 16, 18, 60)
    ]
    await stored(crew, *orders, sale(crew.world, at.isoformat(), routing=[{"stationId": kitchen, "itemIds": ["u1"]}]))
    [row] = (await report(crew))["prepTimes"]
    assert (row["name"], row["orders"], row["medianMinutes"], row["p90Minutes"]) == ("Kitchen", 10, 10.0, 18.0)


async def test_real_orders_come_to_what_the_gateway_has_taken(till: Till) -> None:
    """Paid by card with a tip, given back in part and in whole, cancelled, and taken at the counter."""
    crew = await Crew.of(till.app, till.world)
    keys = []
    for _ in range(3):
        keys.append(await till.preview("soup", "tea"))
        assert (await till.pay(keys[-1], till.token())).placed
    order = await till.order(keys[0])
    assert order is not None and (order["paidWith"], order["businessDate"] != "") == ("card", True)
    crew.headers["manager"]["idempotency-key"] = "k1"
    path = {**crew.here, "orderId": str(keys[0])}
    status, _ = await crew.call("manager", "refunds_refund", {"amountCents": 300, "reason": "cold"}, **path)
    assert status == 200
    crew.headers["manager"]["idempotency-key"] = "k2"
    status, _ = await crew.call("manager", "refunds_cancel", {"reason": "no soup"}, **{**path, "orderId": str(keys[1])})
    assert status == 200
    del crew.headers["manager"]["idempotency-key"]
    cart = {**till.world.cart("tea"), "payment": "cash"}
    assert (await crew.call("service", "pos_restaurant_order", cart))[0] == 201
    await till.minutes_pass(2)

    found = await report(crew, query="")
    assert (found["totals"]["totalCents"], found["totals"]["refundedCents"]) == (2 * 1650 + 550, 300)
    assert (found["totals"]["voidTakenCents"], found["totals"]["voidReturnedCents"]) == (1650, 1650)
    tenders = {row["tender"]: row for row in found["tenders"]}
    assert (tenders["card"]["amountCents"], tenders["card"]["returnedCents"]) == (3 * 1650, 1950)
    assert tenders["cash"]["amountCents"] == 550
    cancelled = sum(row["cancels"] for row in found["staff"])
    assert cancelled == 1
    paid = [row async for group in rows.payments(till.app, _all(crew)) for row in group.rows if row.tender == "card"]
    assert sum(row.captured_cents for row in paid) == 3 * 1650
    # What is promised and not sent yet, the gateway still has.
    assert till.kept_cents() == sum(row.captured_cents - row.returned_cents for row in paid)
    assert sum(row.owed_cents for row in paid) == 300


def _all(crew: Crew) -> Asked:
    return Asked(crew.world.restaurant_id, str(crew.world.location_id))


async def test_an_owner_reads_all_locations_each_by_its_own_days(crew: Crew) -> None:
    second = World(restaurant_id=crew.world.restaurant_id)
    place = second.documents()["locations"][0] | {"name": "Beach", "timezone": "America/Los_Angeles"}
    await crew.app.db.locations.insert_one(place)
    # 05:30 UTC on July 2 is the second in Chicago, and still the first in Los Angeles.
    await stored(crew, sale(crew.world, "2026-07-02T05:30:00Z"), sale(second, "2026-07-02T05:30:00Z"))
    path = {"restaurantId": crew.world.restaurant_id}
    status, found = await crew.call("owner", "restaurant_reports_sales_report", **path, query=JULY_1)
    assert status == 200
    assert [(row["name"], row["orders"]) for row in found["data"]["locations"]] == [("Old Town", 0), ("Beach", 1)]
    query = "from=2026-07-01&to=2026-07-02&limit=1"
    seen = []
    while query:
        status, page = await crew.call("owner", "restaurant_reports_order_rows", **path, query=query)
        assert status == 200
        seen += [(row["locationId"], row["businessDate"]) for row in page["data"]]
        query = page["next"] and f"from=2026-07-01&to=2026-07-02&limit=1&after={page['next']}"
    assert seen == [(str(crew.world.location_id), "2026-07-02"), (str(second.location_id), "2026-07-01")]
    assert (await crew.call("manager", "restaurant_reports_sales_report", **path, query=JULY_1))[0] == 403


async def test_who_may_read_what(crew: Crew) -> None:
    assert (await crew.call("service", "location_reports_sales_report", **crew.here))[0] == 403
    history = [{"kind": "cash", "by": "user:ann"}]
    await stored(crew, sale(crew.world, "2026-07-01T17:00:00Z", counter={"kind": "cash", "history": history}))
    person = {"userId": "ann", "email": "ann@example.com", "restaurants": [crew.world.restaurant_id]}
    await crew.app.db.users.insert_one(person)
    assert [row["address"] for row in (await report(crew))["staff"]] == [""]
    assert [row["address"] for row in (await report(crew, "owner"))["staff"]] == ["ann@example.com"]


@pytest.mark.parametrize("query", ["from=2026-07-02&to=2026-07-01", "from=2025-01-01&to=2026-07-01", "to=2026-02-30"])
async def test_days_that_are_none_or_too_many_are_refused(crew: Crew, query: str) -> None:
    status, found = await crew.call("manager", "location_reports_sales_report", **crew.here, query=query)
    assert (status, found["detail"][0]["field"]) == (400, "to")


async def test_tables_hold_decimals_offsets_and_no_formula(crew: Crew) -> None:
    refund = {"_id": "r1", "amountCents": 1, "at": datetime(2026, 7, 1, 18, tzinfo=UTC), "by": "user:ann"}
    origin = {"id": "t", "name": "+Table"}
    more = {"refunds": [refund | {"reason": '=HYPERLINK("x")'}], "refundedCents": 1, "origin": origin}
    await stored(crew, sale(crew.world, "2026-07-01T17:00:00.5Z", paymentId="p", paidWith="card", **more))
    (names, row), headers = await table(crew, "order_table", JULY_1)
    told = dict(zip(names, row, strict=True))
    assert (told["startedAt"], told["total"], told["origin"]) == ("2026-07-01T12:00:00.500-05:00", "11.00", "'+Table")
    assert headers["content-type"].startswith("text/csv")
    (names, row), _ = await table(crew, "refund_table", JULY_1)
    told = dict(zip(names, row, strict=True))
    assert (told["reason"], told["amount"], told["saleDate"]) == ('\'=HYPERLINK("x")', "0.01", "2026-07-01")
    assert (await raw(crew, "order_table", JULY_1 + "&bom=1"))[0].startswith(csv_lines.BOM)
    assert not (await raw(crew, "order_table", JULY_1))[0].startswith(csv_lines.BOM)
    (names, row), _ = await table(crew, "sales_table", JULY_1 + "&table=totals")
    assert dict(zip(names, row, strict=True))["gross"] == "10.00"
    (names, row), _ = await table(crew, "sales_table", JULY_1 + "&table=days&bom=1")
    assert (names[0], row[0]) == ("date", "2026-07-01")
    for part in ("locations", "tenders", "taxes", "items", "hours", "prepTimes", "staff"):
        assert len((await table(crew, "sales_table", f"{JULY_1}&table={part}"))[0]) >= 1


async def test_a_table_that_is_too_long_goes_on_where_its_link_says(crew: Crew) -> None:
    await stored(crew, *(sale(crew.world, f"2026-07-01T17:{minute:02}:00Z") for minute in range(40)))
    asked = Asked(crew.world.restaurant_id, str(crew.world.location_id), "2026-07-01", "2026-07-01")
    from shared.api.sales import OrderRow

    seen: list[bytes] = []
    after, tables = None, 0
    while True:
        made = await rows.table(rows.orders(crew.app, asked, after=after), OrderRow, bom=False, most=2000)
        assert len(made.body) <= 2000
        seen += made.body.splitlines()[1:]
        tables += 1
        if made.next is None:
            break
        after = made.next
    assert (len(seen), len(set(seen)), tables > 2) == (40, 40, True)


async def test_the_link_of_a_long_table_can_be_followed(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows.table, "__kwdefaults__", {"most": 2000})
    await stored(crew, *(sale(crew.world, f"2026-07-01T17:{minute:02}:00Z") for minute in range(20)))
    first, headers = await table(crew, "order_table", JULY_1)
    address = urlsplit(headers["link"].partition("<")[2].partition(">")[0])
    assert parse_qs(address.query)["from"] == ["2026-07-01"]
    second, _ = await table(crew, "order_table", address.query)
    assert first[0] == second[0]
    assert first[-1][4] < second[1][4]


async def test_who_asks_while_many_wait_for_their_report_is_asked_to_come_again(crew: Crew) -> None:
    turns = crew.app.memory[sales.TURNS]
    done = asyncio.Event()

    async def holds() -> None:
        async with turns.turn(crew.world.restaurant_id):
            await done.wait()

    holding = [asyncio.create_task(holds()) for _ in range(sales.MOST_WAITING)]
    await asyncio.sleep(0)
    status, _ = await crew.call("manager", "location_reports_sales_report", **crew.here, query=JULY_1)
    assert status == 429
    done.set()
    await asyncio.gather(*holding)
    assert (await report(crew))["totals"]["orders"] == 0
