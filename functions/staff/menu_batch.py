"""Many dishes of a menu changed at once (rules 16)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff.menu_calls import MANAGER, MENU, asked
from shared.api import menu_batch as api
from shared.services.menu import batching
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()


@endpoint(bp, "POST", MENU + "/items/batch", allow=MANAGER, errors=batching.REFUSALS, versioned=True)
async def items(call: Call[api.ItemsBatch]) -> Reply[Data[api.BatchResult]]:
    """Change prices, availability, station tags or categories of many dishes at once; a dry run only says what would
    come of it (rules 16)."""
    changed, result = await batching.batch(call.app, asked(call), call.body)
    return tagged(result, changed.version)
