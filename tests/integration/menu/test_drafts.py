"""A draft beside a live menu that goes on, publishing it, and going back (rules 16)."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import bson
import pytest

from local.supervisor.options import PROJECT
from shared.app import App
from shared.clock import FixedClock
from shared.domain.menu_merge import content_of
from shared.services.duties import seeing
from shared.services.menu import publishing
from shared.services.ordering import previewing
from shared.services.upkeep import sweeper
from shared.store import menu_versions
from tests.integration.menu.desk import Desk
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
async def desk(app: App, world: World) -> Desk:
    return await Desk.of(app, world)


async def test_a_draft_changes_nothing_until_it_is_published_and_then_what_it_changed(desk: Desk) -> None:
    status, begun, etag = await desk.ask("menu_drafts_begin")
    assert (status, begun["data"]["version"], etag) == (201, 0, '"0"')
    await desk.price("soup", 1200, draft=True)
    assert (await desk.prices())["soup"] == 1000
    assert (await desk.done("menu_drafts_read"))["menu"]["items"][0]["priceCents"] == 1200
    told = await desk.done("menu_drafts_changes")
    assert told["changes"] == [{"field": "items.soup.priceCents", "before": 1000, "after": 1200}]
    assert told["conflicts"] == []
    assert await desk.done("menu_drafts_publish", {"note": "Winter"}) == {"version": 2}
    assert (await desk.prices())["soup"] == 1200
    assert (await desk.ask("menu_drafts_read"))[1]["code"] == "DRAFT_NOT_FOUND"


async def test_a_live_edit_while_a_draft_is_open_survives_its_publication(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    await desk.price("soup", 1200, draft=True)
    await desk.price("tea", 650, draft=False)
    shown = await desk.done("menu_drafts_read")
    assert [dish["priceCents"] for dish in shown["menu"]["items"]] == [1200, 650, 300, 900]
    await desk.done("menu_drafts_publish", {})
    assert await desk.prices() == {"soup": 1200, "tea": 650, "bread": 300, "salad": 900}


async def test_where_both_changed_a_price_publishing_says_so_unless_it_may_overwrite(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    await desk.price("soup", 1200, draft=True)
    await desk.price("soup", 1300, draft=False)
    status, refused, _ = await desk.ask("menu_drafts_publish", {})
    assert (status, refused["code"]) == (409, "DRAFT_CONFLICT")
    assert refused["detail"] == [{"field": "items.soup.priceCents", "base": 1000, "draft": 1200, "live": 1300}]
    assert (await desk.done("menu_drafts_changes"))["conflicts"] == refused["detail"]
    assert (await desk.prices())["soup"] == 1300
    await desk.done("menu_drafts_publish", {"overwrite": True})
    assert (await desk.prices())["soup"] == 1200


async def test_an_edit_of_the_original_server_beside_us_survives_or_is_named_too(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    await desk.price("soup", 1200, draft=True)
    change = {"$set": {"items.1.priceCents": 650}}
    await desk.app.db.menus.update_one({"_id": desk.world.menu_id}, change)
    await desk.done("menu_drafts_publish", {})
    assert await desk.prices() == {"soup": 1200, "tea": 650, "bread": 300, "salad": 900}


async def test_a_dish_that_service_marks_as_sold_out_stays_so_whatever_the_draft_says(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    await desk.price("soup", 1200, draft=True)
    _, _, etag = await desk.ask("menu_drafts_read")
    await desk.done("restaurant_menus_item_availability", {"isAvailable": False}, itemId="soup")
    status, _, _ = await desk.seen(etag).ask("menu_drafts_publish", {})
    assert status == 200
    assert (await desk.stored())["items"][0] | {"priceCents": 0} == desk.world.dish(
        "soup", 0, ["kitchen"], isAvailable=False
    )


async def test_two_who_edit_one_draft_at_once_lose_nothing_or_are_told_to_look_again(desk: Desk) -> None:
    other = await Desk.of(desk.app, desk.world, "otto")
    _, _, etag = await desk.ask("menu_drafts_begin")
    await asyncio.gather(desk.price("soup", 1200, draft=True), other.price("tea", 650, draft=True))
    shown = await desk.done("menu_drafts_read")
    assert [dish["priceCents"] for dish in shown["menu"]["items"]] == [1200, 650, 300, 900]
    status, refused, _ = await desk.seen(etag).ask("menu_schedules_draft", {"schedule": {"from": "2026-12-01"}})
    assert (status, refused["code"], refused["version"]) == (412, "VERSION_CHANGED", 2)
    for route, body in (("menu_drafts_publish", {}), ("menu_drafts_discard", None)):
        assert (await desk.seen(etag).ask(route, body))[0] == 412


async def test_a_cart_that_was_priced_before_a_publication_is_stale_after_it(desk: Desk) -> None:
    made = await previewing.preview(desk.app, desk.world.request("soup"), request_id="r")
    await desk.done("menu_drafts_begin")
    await desk.price("soup", 1200, draft=True)
    await desk.done("menu_drafts_publish", {})
    body = {"previewOrderId": made.preview_order_id}
    status, refused, _ = await desk.ask("payments_place_order_without_payment", body)
    assert (status, refused["code"], refused["preview"]["totalPriceCents"]) == (409, "PREVIEW_STALE", 1320)


async def test_a_draft_is_edited_by_the_bodies_of_the_live_menu(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    status, made, etag = await desk.ask("menu_draft_editing_save_category", {"name": {"en": "Soups"}, "sortOrder": 2})
    assert (status, etag) == (200, '"1"')
    dish = {"id": "soup", "name": {"en": "Broth"}, "price": 11.5, "categoryId": made["id"], "isAvailable": False}
    await desk.ask("menu_draft_editing_save_item", dish)
    await desk.done("menu_draft_editing_change", {"salesTax": 7})
    rows = {"rows": [{"itemId": "tea", "price": {"byCents": 50}}]}
    assert (await desk.done("menu_draft_editing_batch", {**rows, "dryRun": True}))["applied"] is False
    assert (await desk.done("menu_draft_editing_batch", rows))["applied"] is True
    assert (await desk.done("menu_draft_editing_delete_item", itemId="bread")) is True
    told = {row["field"] for row in (await desk.done("menu_drafts_changes"))["changes"]}
    assert told == {
        "salesTax",
        f"categories.{made['id']}",
        "items.soup.name",
        "items.soup.priceCents",
        "items.soup.categoryId",
        "items.tea.priceCents",
        "items.bread",
    }
    await desk.done("menu_drafts_publish", {})
    stored = await desk.stored()
    assert (stored["salesTax"], [row["id"] for row in stored["items"]]) == (7, ["soup", "tea", "salad"])
    assert stored["items"][0]["isAvailable"] is True


async def test_what_only_the_live_menu_has_is_refused_of_a_draft_by_its_name(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    sold_out = {"rows": [{"itemId": "tea", "availability": {"isAvailable": False}}]}
    for route, body, field in (
        ("menu_draft_editing_change", {"available": False}, "available"),
        ("menu_draft_editing_change", {"menuSlug": "dinner"}, "menuSlug"),
        ("menu_draft_editing_batch", sold_out, "rows.0.availability"),
    ):
        status, refused, _ = await desk.ask(route, body)
        assert (status, refused["detail"][0]["field"]) == (400, field)


async def test_a_menu_that_is_too_large_to_be_held_twice_has_no_draft(desk: Desk) -> None:
    await desk.app.db.menus.update_one({"_id": desk.world.menu_id}, {"$set": {"name.en": "x" * (8 * 1024 * 1024)}})
    assert (await desk.ask("menu_drafts_begin"))[1]["code"] == "MENU_TOO_LARGE"


async def test_a_menu_has_one_draft(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    status, refused, _ = await desk.ask("menu_drafts_begin")
    assert (status, refused["code"]) == (409, "DRAFT_EXISTS")
    await desk.done("menu_drafts_discard")
    await desk.done("menu_drafts_begin")


async def test_a_draft_that_changes_nothing_is_not_published(desk: Desk) -> None:
    await desk.done("menu_drafts_begin")
    assert (await desk.ask("menu_drafts_publish", {}))[1]["code"] == "DRAFT_EMPTY"
    assert await desk.app.db.menu_versions.count_documents({}) == 0


async def test_a_dish_put_live_into_a_section_that_the_draft_takes_away_is_named(desk: Desk) -> None:
    menus, key = desk.app.db.menus, {"_id": desk.world.menu_id}
    await menus.update_one(key, {"$push": {"categories": {"id": "cold"}}})
    await desk.done("menu_drafts_begin")
    draft = {"$pull": {"content.categories": {"id": "cold"}}}
    await desk.app.db.menu_drafts.update_one(key, draft)
    await menus.update_one(key, {"$set": {"items.3.categoryId": "cold"}})
    status, refused, _ = await desk.ask("menu_drafts_publish", {})
    assert (status, [row["field"] for row in refused["detail"]]) == (409, ["items.salad.categoryId"])


async def test_going_back_brings_the_very_bytes_but_what_is_sold_out_stays_sold_out(desk: Desk) -> None:
    odd: dict[str, Any] = {
        "salesTax": bson.Int64(10),
        "schedule": {"type": "time", "rules": [1.0, bson.Decimal128("2.50")]},
        "items.0.note": None,
    }
    await desk.app.db.menus.update_one({"_id": desk.world.menu_id}, {"$set": odd})
    before = await desk.stored_content()
    await desk.done("menu_drafts_begin")
    await desk.price("soup", 1200, draft=True)
    await desk.done("menu_schedules_draft", {"schedule": {"from": "2020-01-01"}})
    await desk.done("menu_drafts_publish", {})
    assert await desk.done("menu_drafts_undo", {"version": 1, "note": "Too dear"}) == {"version": 3}
    assert await desk.stored_content() == before
    await desk.done("menu_drafts_undo", {"version": 2})
    await desk.done("restaurant_menus_item_availability", {"isAvailable": False}, itemId="soup")
    await desk.app.db.menus.update_one({"_id": desk.world.menu_id}, {"$set": {"items.1.dailyStock": 7}})
    await desk.done("menu_drafts_undo", {"version": 1})
    soup, tea, *_ = (await desk.stored())["items"]
    assert (soup["isAvailable"], soup["priceCents"], tea["dailyStock"]) == (False, 1000, 7)
    history = await desk.done("menu_drafts_history")
    assert [(row["version"], row["kind"], row.get("of")) for row in history] == [
        (5, "undone", 1),
        (4, "undone", 2),
        (3, "undone", 1),
        (2, "published", None),
        (1, "kept", None),
    ]


async def test_what_was_edited_live_since_the_last_version_is_kept_before_it_is_gone(desk: Desk) -> None:
    for cents in (1200, 1400):
        await desk.done("menu_drafts_begin")
        await desk.price("soup", cents, draft=True)
        await desk.done("menu_drafts_publish", {})
        await desk.price("tea", cents, draft=False)
    await desk.done("menu_drafts_undo", {"version": 1})
    history = await desk.done("menu_drafts_history")
    assert [row["kind"] for row in history] == ["undone", "kept", "published", "kept", "published", "kept"]
    kept = await desk.done("menu_drafts_version", version="5")
    assert [dish["priceCents"] for dish in kept["menu"]["items"]][:2] == [1400, 1400]


async def test_only_the_last_versions_are_kept_and_pages_go_through_them(desk: Desk) -> None:
    await desk.app.db.menu_versions.insert_many(
        {
            "_id": f"{desk.world.menu_id}:{number}",
            "menuId": desk.world.menu_id,
            "restaurantId": desk.world.restaurant_id,
            "locationId": desk.world.location_id,
            "number": number,
            "kind": "published",
            "content": content_of(desk.world.documents()["menus"][0]),
            "at": desk.app.clock.now(),
        }
        for number in range(1, menu_versions.KEPT + 1)
    )
    await desk.done("menu_drafts_begin")
    await desk.price("soup", 1200, draft=True)
    assert await desk.done("menu_drafts_publish", {}) == {"version": 201}
    assert await desk.app.db.menu_versions.count_documents({}) == menu_versions.KEPT
    assert (await desk.ask("menu_drafts_version", version="1"))[1]["code"] == "MENU_VERSION_NOT_FOUND"
    found, after = [], ""
    while after is not None:
        page = await publishing_page(desk, after)
        found += page[0]
        after = page[1]
    assert found == list(range(201, 1, -1))


async def publishing_page(desk: Desk, after: str) -> Any:
    from shared.services.menu import draft_pages

    here = desk.world.restaurant_id, str(desk.world.location_id), str(desk.world.menu_id)
    page = await draft_pages.history(desk.app, *here, limit=70, after=after or None)
    return [row.version for row in page.versions], page.next


async def test_a_version_that_never_was_is_no_way_back(desk: Desk) -> None:
    assert (await desk.ask("menu_drafts_undo", {"version": 9}))[1]["code"] == "MENU_VERSION_NOT_FOUND"
    for text in ("0", "x", "99999999999", "²"):
        assert (await desk.ask("menu_drafts_version", version=text))[1]["code"] == "MENU_VERSION_NOT_FOUND"


class TestPlanned:
    """A draft that is to be published at a time."""

    @staticmethod
    async def planned(desk: Desk, **more: Any) -> str:
        await desk.done("menu_drafts_begin")
        await desk.price("soup", 1200, draft=True)
        at = desk.app.clock.now() + timedelta(hours=1)
        await desk.done("menu_drafts_publish", {"at": at.isoformat(), **more})
        return f"menu_publication:{desk.world.menu_id}"

    @staticmethod
    def later(desk: Desk) -> None:
        assert isinstance(desk.app.clock, FixedClock)
        desk.app.clock.advance(hours=1, seconds=1)

    async def test_it_is_published_then_and_once(self, desk: Desk) -> None:
        duty = await self.planned(desk, note="Winter")
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1000
        assert (await desk.done("menu_drafts_read"))["publication"]["note"] == "Winter"
        self.later(desk)
        await asyncio.gather(*(seeing.see_to(desk.app, duty, sweeper.KINDS) for _ in range(5)))
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1200
        history = await desk.done("menu_drafts_history")
        assert [(row["kind"], row["note"], row["by"]["id"]) for row in history] == [
            ("published", "Winter", "mara"),
            ("kept", "", "mara"),
        ]

    async def test_it_is_not_changed_meanwhile_and_can_be_withdrawn(self, desk: Desk) -> None:
        await self.planned(desk)
        body = {"schedule": {"from": "2026-12-01"}}
        assert (await desk.ask("menu_schedules_draft", body))[1]["code"] == "DRAFT_PLANNED"
        await desk.done("menu_drafts_withdraw")
        await desk.done("menu_schedules_draft", body)
        self.later(desk)
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1000

    async def test_discarding_it_ends_the_plan(self, desk: Desk) -> None:
        duty = await self.planned(desk)
        await desk.done("menu_drafts_discard")
        self.later(desk)
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1000
        found = await desk.app.db.duties.find_one({"_id": duty})
        assert found is not None and found["state"] == "dropped"

    async def test_where_it_conflicts_by_then_it_is_not_published_and_people_are_told(self, desk: Desk) -> None:
        await self.planned(desk)
        await desk.price("soup", 1300, draft=False)
        self.later(desk)
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1300
        [entry] = await desk.done("attention_listed")
        assert entry["id"] == f"publication:{desk.world.menu_id}"
        assert "items.soup.priceCents" in entry["reason"]
        assert "publication" not in await desk.done("menu_drafts_read")
        await desk.done("menu_drafts_publish", {"overwrite": True})
        assert await desk.done("attention_listed") == []

    async def test_a_second_plan_takes_the_place_of_the_first(self, desk: Desk) -> None:
        await self.planned(desk)
        at = desk.app.clock.now() + timedelta(hours=3)
        await desk.done("menu_drafts_publish", {"at": at.isoformat()})
        self.later(desk)
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1000
        self.later(desk), self.later(desk)
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1200

    @pytest.mark.parametrize("hours", [-1, 24 * 400])
    async def test_a_time_that_is_past_or_far_away_is_refused_by_its_name(self, desk: Desk, hours: int) -> None:
        await desk.done("menu_drafts_begin")
        at = (desk.app.clock.now() + timedelta(hours=hours)).isoformat()
        status, refused, _ = await desk.ask("menu_drafts_publish", {"at": at})
        assert (status, refused["detail"][0]["field"]) == (400, "at")
        assert publishing.FURTHEST.days == 366

    @pytest.mark.parametrize("where", ["claimed", "committed"])
    async def test_it_survives_that_its_publisher_is_killed_and_is_published_once(
        self, desk: Desk, mongo_uri: str, db_name: str, where: str
    ) -> None:
        duty = await self.planned(desk)
        self.later(desk)
        settings = json.dumps({"app_env": "local", "mongodb_uri": mongo_uri, "db_name": db_name})
        command = [sys.executable, "-m", "tests.integration.menu.killed_publisher"]
        run = [*command, settings, desk.app.clock.now().isoformat(), duty, where]
        killed = await asyncio.to_thread(subprocess.run, run, cwd=PROJECT, timeout=PATIENCE_SECONDS, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert (await desk.prices())["soup"] == (1000 if where == "claimed" else 1200)
        found = await desk.app.db.duties.find_one({"_id": duty})
        # The publication ends its own duty with it.
        assert found is not None and found["state"] == ("claimed" if where == "claimed" else "dropped")
        self.later(desk)
        await sweeper.sweep(desk.app)
        assert (await desk.prices())["soup"] == 1200
        assert [row["kind"] for row in await desk.done("menu_drafts_history")] == ["published", "kept"]
        found = await desk.app.db.duties.find_one({"_id": duty})
        assert found is not None and found["state"] == "dropped"
        assert await desk.app.db.trail.count_documents({"action": "menu.published"}) == 1
