"""When menus and their sections are served (rules 16)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff.menu_calls import DRAFT, DRAFT_REFUSALS, MANAGER, MENU, REFUSALS, asked, done
from shared.api import menu_schedules as api
from shared.domain.menu_edits import schedules
from shared.domain.menu_edits.content import Row
from shared.services.menu import drafts, editing
from shared.services.menu.editing import Edit
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()


@endpoint(bp, "PUT", MENU + "/schedule", allow=MANAGER, versioned=True, errors=REFUSALS)
async def live(call: Call[api.ScheduleChange]) -> Reply[Data[bool]]:
    """Say when a menu, or a section of it, is served; at once. Outside of it diners cannot order it."""
    return done(await editing.change(call.app, asked(call), _edit(call.body)))


@endpoint(bp, "PUT", DRAFT + "/schedule", allow=MANAGER, versioned=True, errors=DRAFT_REFUSALS)
async def draft(call: Call[api.ScheduleChange]) -> Reply[Data[bool]]:
    """The same in the menu's draft."""
    return done(await drafts.edit(call.app, asked(call), _edit(call.body)))


def _edit(body: api.ScheduleChange) -> Edit:
    wanted: Row | None = None if body.schedule is None else body.schedule.model_dump(by_alias=True)
    return lambda menu: schedules.scheduled(menu, body.category_id, wanted)
