"""A phone scans a code: where it gets to, and what of it is counted (rules 18)."""

from __future__ import annotations

from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.settings import Settings
from tests.integration.origins.counter import Manager, scan
from tests.integration.world import World
from tests.patience import eventually


def with_settings(app: App, **more: object) -> App:
    return App.over(app.db, app.clock, Settings.model_validate({**app.settings.model_dump(), **more}))


async def test_a_scan_leads_to_the_entry_page_and_greets_with_the_restaurants_name(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    made = await manager.origin()
    await app.db.restaurants.update_one({"_id": world.restaurant_id}, {"$set": {"name": "Café & Söhne/1?"}})
    answer = await scan(app, made["qrCodeId"])
    assert answer.status_code == 302
    where = f"http://localhost:5173/entry/{made['_id']}?name=Caf%C3%A9%20%26%20S%C3%B6hne%2F1%3F"
    assert answer.headers["location"] == where
    assert answer.headers["cache-control"] == "no-store"
    assert answer.get_body() == b""


async def test_a_code_that_nobody_knows_is_a_page_for_people_and_is_sent_nowhere(app: App, world: World) -> None:
    elsewhere = with_settings(app, smart_scan_url="https://short.example")
    place = await app.db.locations.find_one({"_id": world.location_id})
    assert place is not None
    for code in ("nosuchcode", str(world.origin_id), "..%2f..", "a b", "x" * 65, ""):
        answer = await scan(elsewhere, code)
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), code
        assert "location" not in answer.headers
        assert b"Please ask the staff" in answer.get_body()


async def test_only_codes_of_the_originals_short_link_service_are_sent_on_to_it(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    ours = await manager.origin()
    await app.db.origins.update_one({"_id": world.origin_id}, {"$set": {"qrCodeId": "Ab3x"}})
    elsewhere = with_settings(app, smart_scan_url="https://short.example/")
    assert (await scan(elsewhere, "Ab3x")).headers["location"] == "https://short.example/Ab3x"
    assert (await scan(elsewhere, ours["qrCodeId"])).headers["location"].startswith("http://localhost:5173/entry/")
    assert f"/entry/{world.origin_id}?" in (await scan(app, "Ab3x")).headers["location"]


async def test_of_two_rows_with_the_same_old_code_the_older_one_counts(app: App, world: World) -> None:
    second = {
        "_id": ObjectId("ffffffffffffffffffffffff"),
        "restaurantId": "r",
        "locationId": ObjectId(),
        "qrCodeId": "Z",
    }
    await app.db.origins.insert_one(second)
    await app.db.origins.update_one({"_id": world.origin_id}, {"$set": {"qrCodeId": "Z"}})
    assert f"/entry/{world.origin_id}?" in (await scan(app, "Z")).headers["location"]


async def test_scans_are_counted_by_place_and_day_of_the_location(app: App, world: World, clock: FixedClock) -> None:
    manager = await Manager.of(app, world)
    one, other = await manager.origin("One"), await manager.origin("Other")
    for _ in range(3):
        await scan(app, one["qrCodeId"])
    await scan(app, one["qrCodeId"], method="HEAD")
    await scan(app, other["qrCodeId"])

    async def counted() -> bool:
        rows = await app.db.origin_scans.find({"locationId": world.location_id}).to_list()
        return sum(row["n"] for row in rows) == 4

    await eventually(counted)
    clock.advance(days=1)
    await scan(app, one["qrCodeId"])

    async def next_day() -> bool:
        return await app.db.origin_scans.count_documents({"locationId": world.location_id}) == 3

    await eventually(next_day)
    status, told = await manager.call("origins_scans")
    assert status == 200
    assert told["data"]["scans"] == 5
    first, second = told["data"]["origins"]
    assert (first["label"], first["scans"], [day["scans"] for day in first["days"]]) == ("One", 4, [3, 1])
    assert (second["label"], second["scans"]) == ("Other", 1)
    status, _ = await manager.call("origins_scans", query="from=2026-01-01&to=2026-03-01")
    assert status == 400
    for wrong in ("0001-01-03", "86400"):
        assert (await manager.call("origins_scans", query=f"to={wrong}"))[0] == 400
    assert (await manager.call("origins_scans", query="from=2026-01-01&to=2026-01-31"))[1]["data"]["origins"] == []


async def test_one_address_that_scans_too_often_is_told_to_wait(app: App, world: World) -> None:
    made = await (await Manager.of(app, world)).origin()
    strict = with_settings(app, scans_per_address_and_minute=3)
    answers = [await scan(strict, made["qrCodeId"], address="10.1.1.1") for _ in range(5)]
    assert [one.status_code for one in answers] == [302, 302, 302, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].mimetype == "text/html"
    assert (await scan(strict, made["qrCodeId"], address="10.1.1.2")).status_code == 302


async def test_without_the_address_of_the_diners_app_a_person_reads_to_try_again(app: App, world: World) -> None:
    made = await (await Manager.of(app, world)).origin()
    answer = await scan(with_settings(app, menu_endpoint=None), made["qrCodeId"])
    assert (answer.status_code, answer.mimetype) == (503, "text/html")


async def test_a_code_that_was_moved_leads_to_its_new_place(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    one, other = await manager.origin("One"), await manager.origin("Other")
    await manager.call("origins_move_code", {"qrCodeId": other["qrCodeId"]}, originId=one["_id"])
    assert f"/entry/{one['_id']}?" in (await scan(app, other["qrCodeId"])).headers["location"]
    assert f"/entry/{other['_id']}?" in (await scan(app, one["qrCodeId"])).headers["location"]
