"""A file is imported over a menu that managers edit: their word holds, and the import is a change like theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.api.base import iso
from shared.app import App
from shared.clock import FixedClock
from shared.store import menu_import
from tests.integration.cli import orderbuddy
from tests.integration.crew import Crew
from tests.integration.world import World

DISHES = [{"name": "Carbonara", "offers": {"price": "18.50"}}, {"name": "Gricia", "offers": {"price": "16.00"}}]


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def imported(crew: Crew, path: Path, dishes: list[dict[str, Any]]) -> dict[str, Any]:
    """Import a menu called Dinner; it is returned as it is stored then."""
    menu = {"@context": "https://schema.org", "@type": "Menu", "name": "Dinner"}
    path.write_text(json.dumps({**menu, "hasMenuSection": {"name": "Pasta", "hasMenuItem": dishes}}))
    place = ("--restaurant", crew.world.restaurant_id, "--location", str(crew.world.location_id))
    ran = await orderbuddy(crew.app.settings, "menu", "import", str(path), *place, "--tax", "8")
    assert ran.code == 0, ran
    stored = await menu_import.stored_menu(crew.app.db, crew.world.restaurant_id, crew.world.location_id, "dinner")
    assert stored is not None
    return stored


async def test_what_managers_set_holds_and_what_they_delete_stays_away(
    crew: Crew, clock: FixedClock, tmp_path: Path
) -> None:
    first = await imported(crew, tmp_path / "menu.jsonld", DISHES)
    carbonara, gricia = first["items"]
    path = {"menuId": str(first["_id"]), **crew.here}
    dearer = {"id": carbonara["id"], "name": {"en": "Carbonara"}, "price": 20, "categoryId": carbonara["categoryId"]}
    assert (await crew.call("manager", "menu_editing_save_item", dearer, **path))[0] == 200
    until = clock.now() + timedelta(hours=1)
    off = {"isAvailable": False, "until": iso(until)}
    name = "restaurant_menus_item_availability"
    assert (await crew.call("kitchen", name, off, **path, itemId=carbonara["id"]))[0] == 200
    assert (await crew.call("manager", "menu_editing_delete_item", **path, itemId=gricia["id"]))[0] == 200
    new = {"name": {"en": "Amatriciana"}, "price": 17, "categoryId": carbonara["categoryId"]}
    made = (await crew.call("manager", "menu_editing_save_item", new, **path))[1]["id"]
    cheaper = [{**DISHES[0], "offers": {"price": "17.00"}}, {**DISHES[1], "offers": {"price": "15.00"}}]
    second = await imported(crew, tmp_path / "menu.jsonld", cheaper)
    assert [(item["id"], item["priceCents"]) for item in second["items"]] == [(carbonara["id"], 2000), (made, 1700)]
    assert (second["items"][0]["soldOutUntil"], second["items"][0]["isAvailable"]) == (until, True)
    assert second["version"] == 4


async def test_an_import_counts_as_a_change_and_diners_hear_of_it(crew: Crew, tmp_path: Path) -> None:
    first = await imported(crew, tmp_path / "menu.jsonld", DISHES)
    again = await imported(crew, tmp_path / "menu.jsonld", DISHES)
    assert (first.get("version", 0), again.get("version", 0)) == (0, 0)
    changed = await imported(crew, tmp_path / "menu.jsonld", DISHES[:1])
    assert changed["version"] == 1
    duty = await crew.app.db.duties.find_one({"_id": f"menu_changed:{first['_id']}"})
    assert duty is not None and duty["locationId"] == crew.world.location_id


async def test_nothing_is_put_over_a_menu_in_the_archive(crew: Crew, tmp_path: Path) -> None:
    file = tmp_path / "menu.jsonld"
    first = await imported(crew, file, DISHES)
    path = {"menuId": str(first["_id"]), **crew.here}
    assert (await crew.call("manager", "menu_keeping_archive", **path))[0] == 200
    place = ("--restaurant", crew.world.restaurant_id, "--location", str(crew.world.location_id))
    for more in ((), ("--dry-run",)):
        ran = await orderbuddy(crew.app.settings, "menu", "import", str(file), *place, *more)
        assert (ran.code, "in the archive" in ran.err) == (1, True)
    ran = await orderbuddy(crew.app.settings, "menu", "import", str(file), *place, "--tax", "8", "--menu-slug", "new")
    assert ran.code == 0, ran
    assert (await crew.call("manager", "menu_keeping_restore", **path))[0] == 200
    assert (await imported(crew, file, DISHES[:1]))["_id"] == first["_id"]
