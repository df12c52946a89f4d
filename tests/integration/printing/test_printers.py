"""Managers add printers, change them, and give them addresses; what each prints."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from shared.app import App
from shared.services.menu import catalog
from shared.web.routes import ROUTES
from tests.integration.crew import Crew
from tests.integration.printing.printers import StarDevice, about, jobs, make
from tests.integration.world import World
from tests.web_calls import content, request


@pytest.fixture
async def crew(app: App) -> Crew:
    return await Crew.of(app, await World(auto_accepts=False).build(app))


async def test_an_address_is_shown_once_and_its_secret_is_stored_nowhere(
    crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        made = await make(crew)
        await made.star(crew.app).poll()
        await StarDevice(crew.app, made.id, "guessed-secret").poll()
    assert made.path == f"/api/v1/printing/{made.id}/{made.secret}/cloudprnt"
    everything = [repr(await crew.app.db[name].find().to_list()) for name in await crew.app.db.list_collection_names()]
    everything.append(repr(await crew.call("manager", "printers_cloud_listed", **crew.here)))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("orderbuddy")]
    assert not any(secret in text for secret in (made.secret, "guessed-secret") for text in (*everything, *ours))
    assert any("route=printing/{printerId}/{secret}/cloudprnt" in line for line in ours)


async def test_the_existing_app_sees_every_printer_in_its_own_form(crew: Crew) -> None:
    cloud = await make(crew, name="orders")
    status, lan = await crew.call("manager", "printers_add", {"ip": "10.0.0.7", "name": "Orders"}, **crew.here)
    assert status == 201
    _, listed = await crew.call("kitchen", "printers_listed", **crew.here)
    assert listed["data"] == [lan, {"id": cloud.id, "type": "cloudprnt", "ip": "0.0.0.0", "name": "orders"}]


async def test_a_new_address_shuts_the_old_one_and_takes_another_device(crew: Crew) -> None:
    made = await make(crew)
    old = made.star(crew.app)
    assert (await old.poll())[0] == 200
    status, answer = await crew.call("manager", "printers_give_address", **crew.here, printerId=made.id)
    assert status == 201
    secret = answer["data"]["path"].split("/")[-2]
    new = StarDevice(crew.app, made.id, secret, "00:11:62:00:00:07")
    assert ((await old.poll())[0], (await new.poll())[0]) == (404, 200)
    assert (await about(crew, made))["device"] == "00:11:62:00:00:07"
    status, _ = await crew.call("manager", "printers_revoke_address", **crew.here, printerId=made.id)
    assert (status, (await new.poll())[0], (await about(crew, made))["hasAddress"]) == (200, 404, False)


async def test_a_printer_prints_at_creation_or_once_the_order_is_accepted(crew: Crew) -> None:
    at_once, later = await make(crew), await make(crew, when="accepted")
    order_id = await crew.order("soup")
    assert [len(await jobs(crew, each)) for each in (at_once, later)] == [1, 0]
    assert (await crew.move("kitchen", order_id, "ACCEPTED"))[0] == 200
    assert (await crew.move("kitchen", order_id, "ACCEPTED"))[0] == 200
    assert [len(await jobs(crew, each)) for each in (at_once, later)] == [1, 1]
    assert (await crew.move("kitchen", order_id, "READY_FOR_PICKUP"))[0] == 200
    assert (await crew.move("kitchen", order_id, "RECALL"))[0] == 200
    assert [len(await jobs(crew, each)) for each in (at_once, later)] == [1, 1]


async def test_an_order_that_is_born_accepted_is_printed_at_once_on_both(app: App) -> None:
    crew = await Crew.of(app, await World().build(app))
    at_once, later = await make(crew), await make(crew, when="accepted")
    await crew.order("soup")
    assert [len(await jobs(crew, each)) for each in (at_once, later)] == [1, 1]


async def test_a_stations_printer_prints_what_its_station_cooks(crew: Crew) -> None:
    bar = await make(crew, stationIds=[str(crew.world.bar_id)])
    kitchen = await make(crew, stationIds=[str(crew.world.kitchen_id)], when="accepted")
    mixed, only_soup = await crew.order("soup", "tea"), await crew.order("soup")
    [job] = await jobs(crew, bar)
    assert job["orderId"] == mixed
    paper = await bar.star(crew.app).prints()
    assert (b"Tea" in paper, b"Soup" in paper, b"1 item" in paper) == (True, False, True)
    for order_id in (mixed, only_soup):
        await crew.move("kitchen", order_id, "ACCEPTED")
    assert len(await jobs(crew, kitchen)) == 2
    paper = await kitchen.star(crew.app).prints()
    assert (b"Tea" in paper, b"Soup" in paper) == (False, True)
    nobodys = await crew.order("bread")
    assert {job["orderId"] for job in await jobs(crew, bar)} == {mixed, nobodys}, "what no station cooks, all hear of"


async def test_a_printer_of_a_station_that_was_deleted_prints_all(crew: Crew) -> None:
    made = await make(crew, stationIds=[str(crew.world.bar_id)])
    await crew.app.db.stations.delete_one({"_id": crew.world.bar_id})
    catalog.forget(crew.app, crew.world.restaurant_id, crew.world.location_id)
    await crew.order("soup")
    assert b"1 x Soup" in await made.star(crew.app).prints()


async def test_a_ticket_can_be_printed_again_and_says_copy(crew: Crew) -> None:
    made = await make(crew, language="es")
    device = made.star(crew.app)
    order_id = await crew.order("soup")
    await device.prints()
    await device.confirm()
    status, answer = await crew.call(
        "expo", "printers_print_again", {"orderId": order_id}, **crew.here, printerId=made.id
    )
    assert (status, answer["data"]["state"], answer["data"]["copy"]) == (201, "queued", True)
    paper = await device.prints()
    assert "* COPIA *".encode("cp1252") in paper
    assert "1 artículo".encode("cp1252") in paper
    assert [job["tries"] for job in await jobs(crew, made)] == [1, 1]
    status, _ = await crew.call("bar", "printers_print_again", {"orderId": order_id}, **crew.here, printerId=made.id)
    assert status == 403


async def test_the_ticket_of_an_order_that_was_given_up_says_so(crew: Crew) -> None:
    device = (await make(crew)).star(crew.app)
    await crew.move("manager", await crew.order("soup"), "CANCELLED")
    assert b"CANCELLED" in await device.prints()


async def test_the_list_of_tickets_goes_on_where_its_cursor_says(crew: Crew) -> None:
    made = await make(crew)
    orders = [await crew.order("soup") for _ in range(3)]
    seen: list[str] = []
    query = "limit=2"
    for _ in range(2):
        path = crew.here | {"printerId": made.id}
        sent = request("GET", f"/x?{query}", headers=crew.headers["kitchen"], path=path)
        answer = await ROUTES.named("printers_jobs_listed").handle(sent, app=crew.app)
        seen += [row["orderId"] for row in content(answer)["data"]]
        query = f"limit=2&after={answer.headers.get('x-next')}"
    assert (len(seen), set(seen), answer.headers.get("x-next")) == (3, set(orders), None)
    status, said = await crew.call("kitchen", "printers_jobs_listed", query="after=x", **crew.here, printerId=made.id)
    assert (status, said["detail"][0]["field"]) == (400, "after")


async def test_a_printer_is_changed_and_removed(crew: Crew) -> None:
    made = await make(crew)
    change: dict[str, Any] = {"name": "Grill", "copies": 2, "paperWidth": 58, "stationIds": [str(crew.world.bar_id)]}
    status, answer = await crew.call("manager", "printers_cloud_change", change, **crew.here, printerId=made.id)
    assert (status, {name: answer["data"][name] for name in change}) == (200, change)
    assert {name: (await about(crew, made))[name] for name in change} == change
    catalog.forget(crew.app, crew.world.restaurant_id, crew.world.location_id)
    await crew.order("tea")
    assert (await about(crew, made))["waiting"] == 1
    status, _ = await crew.call("manager", "printers_remove", **crew.here, printerId=made.id)
    assert (status, (await made.star(crew.app).poll())[0]) == (200, 404)
    assert (await crew.call("kitchen", "printers_cloud_listed", **crew.here))[1] == {"data": []}
    assert [row["state"] for row in await crew.app.db.print_jobs.find().to_list()] == ["dropped"]
    rows = await crew.app.db.trail.find({"target.id": made.id}).sort("seq", 1).to_list()
    assert [row["action"] for row in rows] == ["printer.added", "printer.changed", "printer.removed"]


async def test_a_printer_in_the_own_network_has_no_address_and_can_be_removed(crew: Crew) -> None:
    _, lan = await crew.call("manager", "printers_add", {"ip": "10.0.0.7", "name": "orders"}, **crew.here)
    path = crew.here | {"printerId": lan["id"]}
    for route in ("printers_give_address", "printers_revoke_address", "printers_jobs_listed"):
        assert (await crew.call("manager", route, **path))[1]["code"] == "PRINTER_OF_ANOTHER_KIND"
    assert (await crew.call("manager", "printers_cloud_change", {"copies": 2}, **path))[0] == 409
    assert (await crew.call("manager", "printers_remove", **path))[0] == 200
    assert (await crew.call("manager", "printers_remove", **path))[1]["code"] == "PRINTER_NOT_FOUND"


async def test_a_station_of_another_place_is_refused_like_one_that_there_is_not(crew: Crew) -> None:
    for station in (str(crew.world.menu_id), "nothing"):
        body = {"name": "Bar", "type": "epson", "stationIds": [station]}
        status, said = await crew.call("manager", "printers_cloud_add", body, **crew.here)
        assert (status, said["detail"][0]["field"]) == (400, "stationIds.0")


async def test_a_location_without_such_printers_writes_no_ticket(crew: Crew) -> None:
    await crew.call("manager", "printers_add", {"ip": "10.0.0.7", "name": "orders"}, **crew.here)
    await crew.order("soup")
    assert await crew.app.db.print_jobs.count_documents({}) == 0
