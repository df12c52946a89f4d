"""`orderbuddy menu import`, run as an owner runs it, over a real database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.app import App
from shared.domain.menu_import import MenuTarget, parse, read_menu
from shared.store import menu_import
from tests.integration.cli import Ran, orderbuddy
from tests.integration.world import World

MENU = {
    "@context": "https://schema.org",
    "@type": "Menu",
    "name": "Dinner",
    "hasMenuSection": {
        "@type": "MenuSection",
        "name": "Pasta",
        "hasMenuItem": [
            {"name": {"en": "Carbonara", "es": "Carbonara", "pt": "Carbonara"}, "offers": {"price": "18.50"}},
            {"name": "Cacio e pepe", "offers": {"price": "16.00"}},
            {"name": "Lobster", "offers": {"price": "market price"}},
        ],
    },
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "menu.jsonld", MENU)


def write(path: Path, menu: dict[str, Any]) -> Path:
    path.write_text(json.dumps(menu), encoding="utf-8")
    return path


async def imports(app: App, world: World, file: Path, *options: str) -> Ran:
    place = ("--restaurant", world.restaurant_id, "--location", str(world.location_id))
    return await orderbuddy(app.settings, "menu", "import", str(file), *place, *options)


async def imported(app: App, world: World) -> dict[str, Any] | None:
    return await menu_import.stored_menu(app.db, world.restaurant_id, world.location_id, "dinner")


async def test_a_dry_run_tells_everything_and_changes_nothing(app: App, world: World, file: Path) -> None:
    ran = await imports(app, world, file, "--tax", "8.875", "--dry-run")
    assert ran.code == 0, ran
    assert "Read 1 section, 2 items, 0 variants, 0 modifiers with 0 options." in ran.out
    assert "Spanish: 1 text, 4 missing and filled from another language" in ran.out
    assert "$.hasMenuSection.hasMenuItem[2]  Lobster: 'market price' is not a price" in ran.out
    assert "2 new: Carbonara, Cacio e pepe" in ran.out
    assert "Nothing was changed" in ran.out
    assert await app.db.menus.count_documents({}) == 1


async def test_a_second_import_updates_and_keeps_ids_and_sold_out_dishes(app: App, world: World, file: Path) -> None:
    assert (await imports(app, world, file, "--tax", "8.875")).code == 0
    first = await imported(app, world)
    assert first is not None
    assert (first["salesTax"], [item["priceCents"] for item in first["items"]]) == (8.875, [1850, 1600])
    await app.db.menus.update_one({"_id": first["_id"]}, {"$set": {"items.0.isAvailable": False}})
    dearer = json.loads(json.dumps(MENU))
    dearer["hasMenuSection"]["hasMenuItem"][0]["offers"]["price"] = "19.50"
    ran = await imports(app, world, write(file, dearer))
    assert ran.code == 0, ran
    assert "1 changed: Carbonara" in ran.out
    second = await imported(app, world)
    assert second is not None
    assert (second["_id"], second["createdAt"], second["salesTax"]) == (first["_id"], first["createdAt"], 8.875)
    assert [item["id"] for item in second["items"]] == [item["id"] for item in first["items"]]
    assert [(item["priceCents"], item["isAvailable"]) for item in second["items"]] == [(1950, False), (1600, True)]
    assert await app.db.menus.count_documents({}) == 2


async def test_the_same_file_again_writes_nothing(app: App, world: World, file: Path) -> None:
    await imports(app, world, file, "--tax", "8.875")
    first = await imported(app, world)
    ran = await imports(app, world, file)
    assert "Every item is as it was." in ran.out
    assert await imported(app, world) == first


async def test_a_dish_sold_out_while_the_file_is_read_stays_sold_out(app: App, world: World, file: Path) -> None:
    await imports(app, world, file, "--tax", "8.875")
    read = read_menu(parse(file.read_bytes()), MenuTarget(world.restaurant_id, world.location_id))
    planned = await menu_import.planned(app.db, read)
    await app.db.menus.update_one({"_id": planned.document["_id"]}, {"$set": {"items.1.isAvailable": False}})
    saved = await menu_import.save_imported(app.db, read, app.clock.now())
    assert [item["isAvailable"] for item in saved.document["items"]] == [True, False]


async def test_nothing_usable_is_an_error(app: App, world: World, file: Path) -> None:
    empty = json.loads(json.dumps(MENU))
    del empty["hasMenuSection"]["hasMenuItem"][:2]
    ran = await imports(app, world, write(file, empty), "--tax", "8.875")
    assert ran.code == 1
    assert "Nothing in the file can be ordered" in ran.err
    file.write_text("<html>", encoding="utf-8")
    ran = await imports(app, world, file)
    assert (ran.code, ran.out) == (1, "")
    assert "not JSON" in ran.err
    assert await app.db.menus.count_documents({}) == 1


async def test_what_the_command_line_gets_wrong_is_said(app: App, world: World, file: Path) -> None:
    assert "--tax" in (await imports(app, world, file)).err
    for wrong in ("101", "-1", "eight", "nan"):
        refused = await imports(app, world, file, "--tax", wrong)
        assert (refused.code, "is not a percentage" in refused.err) == (2, True)
    unknown = await orderbuddy(
        app.settings, "menu", "import", str(file), "--restaurant", "nobody", "--location", str(world.location_id)
    )
    assert (unknown.code, "has no location" in unknown.err) == (1, True)
    assert (
        await orderbuddy(app.settings, "menu", "import", "no-such-file", "--restaurant", "r", "--location", "l")
    ).code == 2
