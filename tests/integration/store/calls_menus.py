"""One call of each function of the store: drafts of menus and their versions."""

from __future__ import annotations

from shared.documents.menu_drafts import MenuDraft, MenuVersion
from shared.store import menu_drafts, menu_edits, menu_versions
from tests.integration.store.seeded import NOW, Calls, Seeded


def _draft(s: Seeded) -> MenuDraft:
    place = {"restaurant_id": s.world.restaurant_id, "location_id": s.world.location_id}
    return MenuDraft(_id="another", **place, base={}, content={}, started_at=NOW)


def _version(s: Seeded) -> MenuVersion:
    place = {"restaurant_id": s.world.restaurant_id, "location_id": s.world.location_id, "menu_id": s.world.menu_id}
    return MenuVersion(_id=f"{s.world.menu_id}:7", **place, number=7, kind="kept", at=NOW)


CALLS: Calls = {
    "menu_drafts.get": lambda s: menu_drafts.get(s.db, *s.here, s.world.menu_id),
    "menu_drafts.insert": lambda s: s.committed(lambda session: menu_drafts.insert(s.db, _draft(s), session)),
    "menu_drafts.write": lambda s: s.committed(
        lambda session: menu_drafts.write(s.db, s.world.menu_id, {"content": {}, "publication": None}, session)
    ),
    "menu_drafts.delete": lambda s: s.committed(lambda session: menu_drafts.delete(s.db, s.world.menu_id, session)),
    "menu_versions.last": lambda s: s.committed(lambda session: menu_versions.last(s.db, s.world.menu_id, session)),
    "menu_versions.add": lambda s: s.committed(lambda session: menu_versions.add(s.db, [_version(s)], session)),
    "menu_versions.one": lambda s: menu_versions.one(s.db, *s.here, s.world.menu_id, number=1),
    "menu_versions.before": lambda s: menu_versions.before(s.db, *s.here, s.world.menu_id, number=9, limit=5),
    "menu_edits.replace": lambda s: s.committed(
        lambda session: menu_edits.replace(
            s.db, {"_id": s.world.menu_id, "schedule": 1}, {"name": {"en": "x"}}, at=NOW, session=session
        )
    ),
}
