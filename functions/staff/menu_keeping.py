"""A location's menus: made, copied, changed, put into the archive and restored (rules 16)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff.menu_calls import MANAGER, MENU, MENUS, asked
from shared.api import menu_edits as api
from shared.services.menu import keeping
from shared.services.menu.editing import Changed
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()


@endpoint(bp, "POST", MENUS, allow=MANAGER, errors=keeping.MAKE_REFUSALS, status=201)
async def make(call: Call[api.NewMenu]) -> Data[api.MenuHead]:
    """Make a menu (rules 16)."""
    return Data(data=await keeping.make(call.app, asked(call), call.body))


@endpoint(bp, "PATCH", MENU, allow=MANAGER, errors=keeping.REFUSALS, versioned=True)
async def change(call: Call[api.MenuChange]) -> Reply[Data[api.MenuHead]]:
    """Change a menu's name, tax, address, or whether it is available (rules 16)."""
    return _head(await keeping.change(call.app, asked(call), call.body))


@endpoint(bp, "POST", MENU + "/archive", allow=MANAGER, errors=keeping.REFUSALS, versioned=True)
async def archive(call: Call[None]) -> Reply[Data[api.MenuHead]]:
    """Put a menu into the archive: nothing can be ordered from it, and it is in no list (rules 16)."""
    return _head(await keeping.archive(call.app, asked(call)))


@endpoint(bp, "POST", MENU + "/restore", allow=MANAGER, errors=keeping.REFUSALS, versioned=True)
async def restore(call: Call[None]) -> Reply[Data[api.MenuHead]]:
    """Take a menu out of the archive (rules 16)."""
    return _head(await keeping.restore(call.app, asked(call)))


@endpoint(
    bp,
    "POST",
    MENU + "/copy",
    allow=MANAGER,
    errors=keeping.COPY_REFUSALS,
    status=201,
    replies={200: Data[api.CopiedMenu]},
    versioned=True,
)
async def copy(call: Call[api.MenuCopy]) -> Reply[Data[api.CopiedMenu]]:
    """Copy a menu, also to another location that the caller manages; a dry run (200) only says what comes of it
    (rules 16)."""
    made = await keeping.copy(call.app, asked(call), call.staff, call.body)
    return Reply(Data(data=made), status=200 if call.body.dry_run else 201)


def _head(changed: Changed) -> Reply[Data[api.MenuHead]]:
    head = keeping.head_of({**changed.menu, "version": changed.version})
    return tagged(head, changed.version)
