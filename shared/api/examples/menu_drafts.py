"""Drafts, schedules and the history of the lunch menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from shared.api import menu, menu_drafts, menu_schedules
from shared.api.examples.menu import EXAMPLES as MENUS
from shared.api.examples.names import OWNER_ID

_STAFF_MENU = MENUS[menu.StaffMenu]["lunch"]
_OWNER = {"kind": "user", "id": OWNER_ID, "role": "owner"}
_AT = "2026-11-24T17:05:00.000Z"
_ENTRY = {"version": 2, "kind": "published", "at": _AT, "by": _OWNER, "note": "Winter prices"}

EXAMPLES: Mapping[type[BaseModel], Mapping[str, Any]] = {
    menu_schedules.ScheduleChange: {
        "lunch": {
            "schedule": {"times": [{"days": ["monday", "tuesday"], "from": "11:00", "to": "15:00"}]},
        },
        "a section of some weeks": {"categoryId": "all", "schedule": {"from": "2026-11-29", "to": "2026-12-24"}},
        "always": {"schedule": None},
    },
    menu_drafts.MenuDraft: {
        "begun": {
            "version": 3,
            "startedAt": _AT,
            "startedBy": _OWNER,
            "changedAt": "2026-11-24T17:20:00.000Z",
            "menu": _STAFF_MENU,
        },
    },
    menu_drafts.DraftChanges: {
        "two prices": {
            "changes": [{"field": "items.soup.priceCents", "before": 1000, "after": 1100}],
            "conflicts": [{"field": "items.tea.priceCents", "base": 500, "draft": 550, "live": 600}],
        },
    },
    menu_drafts.Publish: {
        "now": {"note": "Winter prices"},
        "at a time": {"note": "Winter prices", "at": "2026-12-01T06:00:00Z", "overwrite": False},
    },
    menu_drafts.Published: {"now": {"version": 2}, "at a time": {"at": "2026-12-01T06:00:00.000Z"}},
    menu_drafts.Undo: {"the one before": {"version": 1, "note": "Too dear"}},
    menu_drafts.MenuVersionEntry: {"published": _ENTRY},
    menu_drafts.MenuVersion: {"published": {**_ENTRY, "menu": _STAFF_MENU}},
}

_DONE: Mapping[str, Any] = {"done": {"data": True}}

OF_ROUTES: Mapping[str, Mapping[str, Any]] = {
    "menu_drafts_discard": _DONE,
    "menu_drafts_withdraw": _DONE,
    "menu_schedules_live": _DONE,
    "menu_schedules_draft": _DONE,
    "menu_draft_editing_change": _DONE,
    "menu_draft_editing_sort_category": _DONE,
    "menu_draft_editing_sort": _DONE,
    "menu_draft_editing_delete_category": _DONE,
    "menu_draft_editing_delete_item": _DONE,
    "menu_draft_editing_change_variant": _DONE,
    "menu_draft_editing_delete_variant": _DONE,
    "menu_draft_editing_change_modifier": _DONE,
    "menu_draft_editing_delete_modifier": _DONE,
    "menu_draft_editing_change_option": _DONE,
    "menu_draft_editing_delete_option": _DONE,
}
"""The examples of successes that have no model of their own, by the route's name."""
