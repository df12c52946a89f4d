"""`orderbuddy menu import`, run as an owner runs it, over a real database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from emoji import is_emoji

from shared.app import App
from shared.documents.menu import Menu
from shared.domain.menu_import import MenuTarget, parse, read_menu
from shared.store import menu_import
from shared.store import menus as stored_menus
from shared.store.mongo import validators
from tests.fixtures.menus import FILES
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


async def imports(app: App, world: World, file: Path | str, *options: str, typed: bytes | None = None) -> Ran:
    place = ("--restaurant", world.restaurant_id, "--location", str(world.location_id))
    return await orderbuddy(app.settings, "menu", "import", str(file), *place, *options, typed=typed)


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
    read = read_menu(parse(file.read_bytes()), MenuTarget(world.restaurant_id, world.location_id), is_emoji)
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


async def menus(app: App) -> list[dict[str, Any]]:
    return await app.db.menus.find({"menuSlug": {"$ne": "menu"}}).sort("_id", 1).to_list()


def lines(ran: Ran) -> list[str]:
    """What was printed, with single spaces: tables are laid out with many."""
    return [" ".join(line.split()) for line in ran.out.splitlines()]


async def test_the_dry_run_shows_lowest_highest_and_changed_prices(app: App, world: World, file: Path) -> None:
    first = await imports(app, world, file, "--tax", "8.875", "--dry-run")
    assert "Pasta 2 $16.00 Cacio e pepe $18.50 Carbonara" in lines(first)
    await imports(app, world, file, "--tax", "8.875")
    dearer = json.loads(json.dumps(MENU))
    dearer["hasMenuSection"]["hasMenuItem"][0]["offers"]["price"] = "19.50"
    dearer["hasMenuSection"]["hasMenuItem"][1]["offers"]["price"] = "1600"
    ran = await imports(app, world, write(file, dearer), "--dry-run")
    assert "Carbonara $18.50 $19.50 +$1.00 +5%" in lines(ran)
    assert "Cacio e pepe $16.00 $1,600.00 +$1,584.00 +9900% look" in lines(ran)
    assert "Pasta 2 $19.50 Carbonara $1,600.00 Cacio e pepe" in lines(ran)
    assert "Sales tax: 8.875 %." in lines(ran)


async def test_a_file_in_cents_shows_a_pizza_of_900_dollars(app: App, world: World) -> None:
    ran = await imports(app, world, FILES / "j24-cents.jsonld", "--menu-slug", "pizzas", "--tax", "8", "--dry-run")
    assert "Pizzas 2 $800.00 Old pizza $900.00 Pizza" in lines(ran)
    assert "are they cents?" in ran.out


async def test_what_a_file_says_never_steers_the_terminal(app: App, world: World, file: Path) -> None:
    evil = json.loads(
        json.dumps(MENU).replace("Cacio e pepe", "Cacio\\u001b[2J").replace("market", "\\u001b]0;x\\u0007")
    )
    evil["\x1b[31m"] = 1
    ran = await imports(app, world, write(file, evil), "--tax", "8", "--dry-run")
    assert ran.code == 0, ran
    assert "\x1b" not in ran.out + ran.err


async def test_lunch_and_dinner_in_chinese_stand_side_by_side(app: App, world: World) -> None:
    lunch, dinner = FILES / "j13-lunch-chinese.jsonld", FILES / "j14-dinner-chinese.jsonld"
    for _ in range(2):
        for file in (lunch, dinner):
            assert (await imports(app, world, file, "--tax", "8")).code == 0
    found = await menus(app)
    assert {menu["name"]["en"] for menu in found} == {"午餐", "晚餐"}
    assert [len(menu["items"]) for menu in found] == [1, 1]


async def test_a_file_of_other_dishes_asks_before_it_takes_a_menus_place(app: App, world: World, file: Path) -> None:
    await imports(app, world, file, "--tax", "8")
    before = await imported(app, world)
    other = json.loads(json.dumps(MENU).replace("Carbonara", "Steak").replace("Cacio e pepe", "Chips"))
    other["hasMenuSection"]["hasMenuItem"][0]["offers"]["price"] = "40"
    other["hasMenuSection"]["hasMenuItem"][1]["offers"]["price"] = "5"
    write(file, other)
    for options in ((), ("--dry-run",), ("--menu-slug", "dinner")):
        refused = await imports(app, world, file, *options)
        assert refused.code == 1
        assert "'Dinner' (dinner) has 2 items, and none of them is in the file" in refused.err
        assert "--menu-slug" in refused.err
        assert "--replace" in refused.err
    assert await imported(app, world) == before
    assert (await imports(app, world, file, "--menu-slug", "Steak house", "--tax", "8")).code == 0
    assert {menu["menuSlug"] for menu in await menus(app)} == {"dinner", "steak-house"}
    ran = await imports(app, world, file, "--replace")
    assert "2 new: Steak, Chips" in ran.out
    assert "2 no longer in the file, kept as sold out: Carbonara, Cacio e pepe" in ran.out


async def test_a_sales_tax_below_one_percent_is_asked_about(app: App, world: World, file: Path) -> None:
    nobody = await imports(app, world, file, "--tax", "0.08875")
    assert (nobody.code, await menus(app)) == (1, [])
    assert "A sales tax of 0.08875 is 0.08875 %. For 8.875 %, write 8.875." in nobody.out
    assert "--yes" in nobody.err
    assert (await imports(app, world, file, "--tax", "0.08875", typed=b"n\n")).code == 1
    assert await menus(app) == []
    assert "For 8.875 %, write 8.875." in (await imports(app, world, file, "--tax", "0.08875", "--dry-run")).out
    assert (await imports(app, world, file, "--tax", "0.5", typed=b"y\n")).code == 0
    assert (await imports(app, world, file)).code == 0, "it is the menu's already"
    assert (await imports(app, world, file, "--tax", "0", "--yes")).code == 0
    (menu,) = await menus(app)
    assert menu["salesTax"] == 0


async def test_a_menu_is_read_from_standard_input(app: App, world: World, file: Path) -> None:
    page = f'<script type="application/ld+json">{file.read_text()}</script>'.encode()
    ran = await imports(app, world, "-", "--tax", "8", typed=page)
    assert ran.code == 0, ran
    assert "2 new: Carbonara, Cacio e pepe" in ran.out


async def test_what_staff_set_over_the_file_stays_and_is_told(app: App, world: World, file: Path) -> None:
    await imports(app, world, file, "--tax", "8")
    first = await imported(app, world)
    assert first is not None
    staffs = {"items.0.priceCents": 2000, "items.0.name.es": "Carbonara nuestra", "items.1.isAvailable": False}
    await app.db.menus.update_one({"_id": first["_id"]}, {"$set": staffs})
    says = json.loads(json.dumps(MENU))
    says["hasMenuSection"]["hasMenuItem"][1]["offers"]["availability"] = "https://schema.org/InStock"
    ran = await imports(app, world, write(file, says))
    assert "Carbonara price $20.00 $18.50" in lines(ran)
    assert "Carbonara name in Spanish Carbonara nuestra Carbonara" in lines(ran)
    assert "Cacio e pepe on sale no yes" in lines(ran)
    second = await imported(app, world)
    assert second is not None
    assert [item["priceCents"] for item in second["items"]] == [2000, 1600]
    assert [item["isAvailable"] for item in second["items"]] == [True, False]
    read = await menus_of_app(app, world)
    assert [item.name.es for item in read.items] == ["Carbonara nuestra", "Cacio e pepe"]


async def menus_of_app(app: App, world: World) -> Menu:
    """The menu as a diner's page reads it."""
    stored = await imported(app, world)
    assert stored is not None
    found = await stored_menus.one(app.db, world.restaurant_id, world.location_id, stored["_id"])
    assert found is not None
    return found


async def test_what_is_kept_of_a_file_fits_its_validator_and_leaves_the_menu_as_it_was(
    app: App, world: World, file: Path
) -> None:
    await validators.ensure(app.db)
    await imports(app, world, file, "--tax", "8")
    rule = next(each.rule() for each in validators.VALIDATORS if each.collection == "menu_imports")
    assert await app.db.menu_imports.count_documents({"$nor": [rule]}) == 0
    (kept,) = await app.db.menu_imports.find().to_list()
    stored = await imported(app, world)
    assert stored is not None
    assert (kept["_id"], kept["slug"]) == (stored["_id"], "dinner")
    assert set(stored) == {
        *("_id", "restaurantId", "locationId", "menuSlug", "name", "available", "salesTax", "categories", "items"),
        *("schedule", "createdAt", "updatedAt"),
    }
