"""The reports that old clients know (contract 51 to 54)."""

from __future__ import annotations

import azure.durable_functions as df
from pydantic import BaseModel, Field

from shared.api import orders as orders_api
from shared.api import reports as api
from shared.domain.cursors import MAX_CURSOR, PATTERN
from shared.services.reports import old_reports
from shared.web.access import staff_here
from shared.web.endpoint import Call, Reply, endpoint

bp = df.Blueprint()

_MANAGER = staff_here(least="manager")
_HERE = "{restaurantId}/{locationId}"


class HistoryQuery(BaseModel):
    """How many orders, and where they go on."""

    limit: int = Field(old_reports.MOST_ORDERS, ge=1, le=old_reports.MOST_ORDERS, description="How many at most.")
    after: str | None = Field(
        None, max_length=MAX_CURSOR, pattern=PATTERN, description="The `x-next` of the answer before."
    )


@endpoint(bp, "GET", f"report/order_history/{_HERE}/{{date}}", allow=_MANAGER, errors=old_reports.REFUSALS)
async def order_history(call: Call[None, HistoryQuery]) -> Reply[list[orders_api.StaffOrder]]:
    """The orders of a business day, whatever their status, the oldest first (contract 51).

    Where there are more, the newest are answered; then `x-truncated` is `true`, and `x-next` says where older ones are.
    """
    path, query = call.path, call.query
    found = await old_reports.order_history(
        call.app, call.staff, *call.place, path["date"], limit=query.limit, after=query.after
    )
    headers = {} if found.next is None else {"x-truncated": "true", "x-next": found.next}
    return Reply(found.orders, headers=headers)


@endpoint(bp, "GET", f"report/sales_summary/{_HERE}", allow=_MANAGER, errors=old_reports.REFUSALS)
async def sales_summary(call: Call[None]) -> api.SalesSummary:
    """Sales and tax of the last seven business days, of orders that were handed over (contract 52)."""
    return await old_reports.sales_summary(call.app, *call.place)


@endpoint(bp, "GET", f"report/sales_by_item/{_HERE}/{{date}}", allow=_MANAGER, errors=old_reports.REFUSALS)
async def sales_by_item(call: Call[None]) -> api.SalesByItem:
    """The dishes of a business day's orders that were handed over, the best sold first (contract 53)."""
    path = call.path
    return await old_reports.sales_by_item(call.app, *call.place, path["date"])


@endpoint(bp, "GET", f"report/sales_by_origin/{_HERE}/{{date}}", allow=_MANAGER, errors=old_reports.REFUSALS)
async def sales_by_origin(call: Call[None]) -> api.SalesByOrigin:
    """The origins of a business day's orders that were handed over, the one that sold most first (contract 54)."""
    path = call.path
    return await old_reports.sales_by_origin(call.app, *call.place, path["date"])
