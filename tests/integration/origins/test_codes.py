"""Codes of a location: made, changed, moved, drawn and printed by its people (contract 37 to 39, rules 18)."""

from __future__ import annotations

import asyncio
import base64
import io
import itertools
import re

import zxingcpp
from bson import ObjectId
from PIL import Image

from shared.api.examples import origins as examples
from shared.api.origins import StyleChange
from shared.app import App
from shared.services.origins import reading
from shared.settings import Settings
from tests.fixtures import zod
from tests.integration.origins.counter import Manager
from tests.integration.world import World
from tests.web_calls import content

BLUE = examples.EXAMPLES[StyleChange]["blue"]


def read(png: bytes) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))]


async def test_a_new_table_has_a_code_that_leads_to_the_setting_s_address(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    status, made = await manager.call("origins_create", {"name": " Table 7 ", "type": "table"})
    assert status == 201
    origin = made["data"]
    assert zod.CODE(made["data"], "origin") == []
    assert (origin["label"], origin["type"], origin["locationId"]) == ("Table 7", "table", str(world.location_id))
    assert re.fullmatch("[2-9a-hjkmnp-z]{10}", origin["qrCodeId"])
    shown = base64.b64decode(origin["qrCode"].partition(",")[2])
    assert read(shown) == [f"https://codes.example/q/{origin['qrCodeId']}"]
    [row] = await manager.trail()
    assert (row["action"], row["after"]["label"]) == ("origin.created", "Table 7")


async def test_a_location_without_codes_has_an_empty_list_and_a_style(app: App, world: World) -> None:
    manager = await Manager.of(app, world, "kitchen")
    await app.db.origins.delete_many({"locationId": world.location_id})
    status, listed = await manager.call("origins_listed")
    assert status == 200
    assert zod.CODES(listed, "origins") == []
    assert listed["data"]["originData"] == []
    assert listed["data"]["qrCodeStyle"]["dotsOptions"]["color"] == "#000000"


async def test_the_originals_origins_are_listed_as_they_are(app: App, world: World) -> None:
    manager = await Manager.of(app, world, "kitchen")
    rows = [{"_id": ObjectId(), "label": f"P{n}", "type": "parking", "qrCodeId": "same", "qrCode": ""} for n in (1, 2)]
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    await app.db.origins.insert_many([{**here, **row} for row in rows])
    found = (await manager.call("origins_listed"))[1]["data"]["originData"]
    assert sorted((one["label"], one["qrCodeId"]) for one in found) == [("P1", "same"), ("P2", "same"), ("Table 1", "")]


async def test_no_codes_are_made_where_nobody_said_where_they_lead(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    silent = App.over(app.db, app.clock, app.settings.model_copy(update={"link_base": None}))
    for name, body in (
        ("origins_create", {"name": "T", "type": "table"}),
        ("origins_create_range", {"type": "table", "from": 1, "to": 2, "label": "T{n}"}),
        ("origins_sheet", None),
    ):
        status, refused = await manager.call(name, body, app=silent)
        assert (status, refused["code"]) == (503, "LINKS_NOT_SET_UP")
    assert await app.db.origins.count_documents({"locationId": world.location_id}) == 1


async def test_tables_are_made_in_one_go_and_those_that_are_there_are_named(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    body = {"type": "table", "from": 1, "to": 5, "label": "Table {n}"}
    status, made = await manager.call("origins_create_range", body)
    assert status == 201
    assert made["data"]["skipped"] == ["Table 1"]
    assert [one["label"] for one in made["data"]["created"]] == ["Table 2", "Table 3", "Table 4", "Table 5"]
    assert len({one["qrCodeId"] for one in made["data"]["created"]}) == 4
    assert len(await manager.trail()) == 1
    assert (await manager.call("origins_create_range", body | {"from": 10, "to": 10}))[0] == 201
    listed = (await manager.call("origins_listed"))[1]["data"]["originData"]
    assert [one["label"] for one in listed] == [f"Table {n}" for n in (1, 2, 3, 4, 5, 10)]
    status, again = await manager.call("origins_create_range", body)
    assert (status, again["data"]["created"], len(again["data"]["skipped"])) == (201, [], 5)
    assert len(await manager.trail()) == 2
    for field, wrong in (
        *(("to", {"to": 205}), ("to", {"from": 9}), ("type", {"type": "moon"})),
        *(("label", {"label": "Table"}), ("label", {"label": "{n}{n}"})),
    ):
        status, refused = await manager.call("origins_create_range", body | wrong)
        assert (status, [fault["field"] for fault in refused["detail"]]) == (400, [field]), wrong


async def test_a_location_has_a_thousand_codes_at_most(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id, "type": "table"}
    await app.db.origins.insert_many([{**here, "label": f"{n}"} for n in range(998)])
    body = {"type": "room", "from": 1, "to": 2, "label": "Room {n}"}
    assert (await manager.call("origins_create_range", body))[1]["code"] == "TOO_MANY_OF_THEM"
    await manager.origin("The last")
    status, refused = await manager.call("origins_create", {"name": "One more", "type": "table"})
    assert (status, refused["code"]) == (409, "TOO_MANY_OF_THEM")


async def test_a_table_gets_another_name_and_keeps_its_code(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    made = await manager.origin()
    response = await manager.sent("origins_change", {"label": "Window"}, originId=made["_id"])
    changed = content(response)["data"]
    assert (changed["label"], changed["qrCodeId"], response.headers["etag"]) == ("Window", made["qrCodeId"], '"1"')
    status, moved_on = await manager.call("origins_change", {"label": "Door"}, originId=made["_id"], seen=0)
    assert (status, moved_on["code"]) == (412, "VERSION_CHANGED")
    status, _ = await manager.call("origins_change", {"label": "Door", "type": "room"}, originId=made["_id"], seen=1)
    assert status == 200
    assert (await manager.call("origins_change", {}, originId=made["_id"]))[0] == 400
    assert (await manager.call("origins_change", {"label": "Door"}, originId=str(ObjectId())))[0] == 404
    assert [row["action"] for row in await manager.trail()][1:] == ["origin.changed"] * 2


async def test_a_table_is_deleted_but_not_the_code_of_a_campaign_that_is_on(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    made = await manager.origin("Poster", "campaign")
    campaign = {
        "_id": ObjectId(),
        "restaurantId": world.restaurant_id,
        "locationId": world.location_id,
        "originId": ObjectId(made["_id"]),
        "isActive": True,
    }
    await app.db.campaigns.insert_one(campaign)
    for name, body in (("origins_delete", None), ("origins_change", {"type": "table"})):
        status, refused = await manager.call(name, body, originId=made["_id"])
        assert (status, refused["code"]) == (409, "ORIGIN_OF_CAMPAIGN")
    await app.db.campaigns.update_one({"_id": campaign["_id"]}, {"$set": {"isActive": False}})
    assert await manager.call("origins_delete", originId=made["_id"]) == (200, {"data": True})
    assert (await manager.call("origins_delete", originId=made["_id"]))[0] == 404


async def test_two_tables_whose_prints_were_mixed_up_change_their_codes(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    one, other = await manager.origin("One"), await manager.origin("Other")
    status, moved = await manager.call("origins_move_code", {"qrCodeId": other["qrCodeId"]}, originId=one["_id"])
    assert (status, moved["data"]["qrCodeId"]) == (200, other["qrCodeId"])
    stored = {row["label"]: row async for row in app.db.origins.find({"locationId": world.location_id})}
    for label, had in (("One", other), ("Other", one)):
        row = stored[label]
        assert (row["qrCodeId"], row["qrCode"], row["ownCode"]) == (had["qrCodeId"], had["qrCode"], True)
    again = await manager.call("origins_move_code", {"qrCodeId": other["qrCodeId"]}, originId=one["_id"])
    assert again[0] == 200
    assert [row["action"] for row in await manager.trail()] == ["origin.created", "origin.created", "origin.code_moved"]


async def test_a_code_never_leaves_its_location(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    mine = await manager.origin()
    theirs = await (await Manager.of(app, await World().build(app))).origin()
    answers = [
        await manager.call("origins_move_code", {"qrCodeId": code}, originId=mine["_id"])
        for code in (theirs["qrCodeId"], "neverthere")
    ]
    for status, refused in answers:
        assert (status, refused["detail"][0]["field"]) == (400, "qrCodeId")
    assert {refused["message"] for _, refused in answers} == {"qrCodeId: This location has no such code."}


async def test_a_style_is_stored_and_the_same_again_is_fine(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    status, stored = await manager.call("origins_change_style", BLUE)
    assert (status, stored["data"]) == (200, None)
    assert (await manager.call("origins_change_style", BLUE))[0] == 200
    assert [row["action"] for row in await manager.trail()] == ["location.qr_style_changed"]
    listed = (await manager.call("origins_listed"))[1]["data"]
    assert (listed["qrCodeStyle"], listed["qrCodeImage"]) == (BLUE["qrCodeStyle"], BLUE["qrCodeImage"])


async def test_a_style_may_bring_a_large_picture_along_and_other_bodies_may_not(app: App, world: World) -> None:
    """V12: the original refused the call by its size."""
    manager = await Manager.of(app, world)
    picture = "data:image/png;base64," + "A" * 500_000
    assert (await manager.call("origins_change_style", {**BLUE, "qrCodeImage": picture}))[0] == 200
    assert (await manager.call("origins_change_style", {**BLUE, "qrCodeImage": picture + "A" * 600_000}))[0] in (
        400,
        413,
    )
    assert (await manager.call("origins_create", {"name": "x" * 400_000, "type": "table"}))[0] == 413


async def test_a_style_that_no_phone_can_read_is_refused_by_its_field(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    pale = {**BLUE["qrCodeStyle"], "dotsOptions": {"color": "#ffffaa", "type": "dots"}}
    status, refused = await manager.call("origins_change_style", {**BLUE, "qrCodeStyle": pale})
    assert (status, refused["detail"][0]["field"]) == (400, "qrCodeStyle.dotsOptions.color")
    for field, value in (("dotsOptions", {"color": "url(x)", "type": ""}), ("image", "https://a.example/x.png")):
        wrong = {**BLUE["qrCodeStyle"], field: value}
        assert (await manager.call("origins_change_style", {**BLUE, "qrCodeStyle": wrong}))[0] == 400
    # The original stored it: it is drawn all the same, black on white, and saved again as it is.
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": {"qrCodeStyle": pale}})
    assert (await manager.call("origins_change_style", {**BLUE, "qrCodeStyle": pale}))[0] == 200


async def test_a_code_is_drawn_in_the_locations_style(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    made = await manager.origin()
    await manager.call("origins_change_style", BLUE)
    drawn = await manager.sent("origins_png", query="size=500", originId=made["_id"])
    assert (drawn.status_code, drawn.mimetype) == (200, "image/png")
    picture = Image.open(io.BytesIO(drawn.get_body()))
    assert read(drawn.get_body()) == [f"https://codes.example/q/{made['qrCodeId']}"]
    assert (0x1A, 0x2B, 0x3C) in {color for _, color in picture.convert("RGB").getcolors(1000) or ()}
    lines = await manager.sent("origins_svg", originId=made["_id"])
    assert (lines.mimetype, lines.get_body()[:5]) == ("image/svg+xml", b"<svg ")
    assert (await manager.sent("origins_png", query="size=9999", originId=made["_id"])).status_code == 400
    assert (await manager.sent("origins_png", originId=str(world.origin_id))).status_code == 404, "it has no code"


async def test_all_codes_are_printed_on_sheets(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    body = {"type": "table", "from": 1, "to": 20, "label": "テーブル {n}"}
    await manager.call("origins_create_range", body)
    sheet = await manager.sent("origins_sheet", query="paper=a4")
    assert (sheet.status_code, sheet.mimetype) == (200, "application/pdf")
    assert sheet.get_body().count(b"/Type /Page\n") == 2
    assert "x-truncated" not in sheet.headers
    assert (await manager.sent("origins_sheet", query="paper=a5")).status_code == 400


async def test_a_restaurant_that_wants_many_sheets_at_once_is_asked_to_wait(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    async with app.memory[reading.TURNS].turn(world.restaurant_id):
        asked = [asyncio.create_task(manager.sent("origins_sheet")) for _ in range(reading.MOST_SHEETS + 3)]
        crowd = await asyncio.gather(*itertools.islice(asyncio.as_completed(asked), 4))
    assert [(one.status_code, one.headers["retry-after"]) for one in crowd] == [(429, "10")] * 4
    assert sorted(one.status_code for one in await asyncio.gather(*asked)) == [200] * 3 + [429] * 4


async def test_a_table_that_is_not_among_the_first_two_hundred_is_known_at_the_till(app: App, world: World) -> None:
    manager = await Manager.of(app, world)
    for first in (1, 151):
        body = {"type": "table", "from": first, "to": first + 149, "label": "Place {n}"}
        assert (await manager.call("origins_create_range", body))[0] == 201
    from shared.services.ordering import previewing

    rows = [row["_id"] async for row in app.db.origins.find({"locationId": world.location_id}).sort("_id", 1)]
    assert len(rows) == 301
    made = await previewing.preview(
        app, world.request("soup", origin={"id": str(rows[-1]), "name": "Forged"}), request_id="r"
    )
    stored = await app.db.orders_preview.find_one({"_id": ObjectId(made.preview_order_id)})
    assert stored is not None and stored["origin"]["name"].startswith(("Place ", "Table 1"))


def test_a_short_link_service_at_our_own_address_is_no_setting() -> None:
    given = {"mongodb_uri": "mongodb://x", "link_base": "https://a.example", "smart_scan_url": "https://A.example/q"}
    try:
        Settings.model_validate(given)
    except ValueError as error:
        assert "SMART_SCAN_URL" in str(error)
    else:
        raise AssertionError("a code would be sent around for ever")
