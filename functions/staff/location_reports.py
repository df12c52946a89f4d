"""What a location sold, took and gave back in some business days, for its managers (rules 19)."""

from __future__ import annotations

from typing import Protocol, TypeVar

import azure.durable_functions as df
from pydantic import BaseModel, ConfigDict, Field

from shared.api import sales as api
from shared.api import today as today_api
from shared.api.base import Reply as Row
from shared.app import App
from shared.domain.csv_lines import BOM
from shared.domain.cursors import MAX_CURSOR, PATTERN
from shared.services.reports import rows, sales
from shared.services.reports.rows import Groups
from shared.services.reports.scope import Asked
from shared.services.staff.admitting import role_of
from shared.services.support import today
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_MANAGER = staff_here(least="manager")
_REPORTS = "restaurant/{restaurantId}/{locationId}/reports"
CSV = ["text/csv"]

_DATE = r"^\d{4}-\d{2}-\d{2}$"
RowT = TypeVar("RowT", bound=Row)
PageT = TypeVar("PageT", bound=Row)


class RowsOf(Protocol[RowT]):
    """What makes the rows of a list: `rows.orders` and its siblings."""

    def __call__(self, app: App, asked: Asked, *, after: str | None, most: int = ...) -> Groups[RowT]: ...


class DaysQuery(BaseModel):
    """Which business days."""

    model_config = ConfigDict(populate_by_name=True)

    first: str | None = Field(None, alias="from", pattern=_DATE, description="The first date; without it, today.")
    last: str | None = Field(None, alias="to", pattern=_DATE, description="The last date; without it, today.")


QueryT = TypeVar("QueryT", bound=DaysQuery)


class RowsQuery(DaysQuery):
    """Which days, from where on, and how many."""

    limit: int = Field(200, ge=1, le=rows.MOST_ROWS, description="Of how many orders or refunds at most.")
    after: str | None = Field(
        None, max_length=MAX_CURSOR, pattern=PATTERN, description="The `next` of the page before."
    )


class CsvQuery(DaysQuery):
    """Which days, from where on, and how it is written."""

    after: str | None = Field(None, max_length=MAX_CURSOR, pattern=PATTERN, description="From the header `link`.")
    bom: bool = Field(False, description="With a mark before the first line that says that it is UTF-8.")


class TableQuery(DaysQuery):
    """Which days, which part of the report, and how it is written."""

    table: sales.Table = Field("days", description="Which part of the report.")
    bom: bool = Field(False, description="With a mark before the first line that says that it is UTF-8.")


def asked(call: Call[None, QueryT]) -> Asked:
    """What a call asks for: of the location in its path, else of all."""
    return Asked(call.path["restaurantId"], call.path.get("locationId"), call.query.first, call.query.last)


def is_owner(call: Call[None, QueryT]) -> bool:
    """Whether an owner of the restaurant calls."""
    return role_of(call.staff, call.path["restaurantId"]) == "owner"


async def table_of(call: Call[None, TableQuery]) -> Reply[bytes]:
    """A part of the report as CSV."""
    query = call.query
    body = await sales.table(call.app, asked(call), query.table, for_owner=is_owner(call))
    return _csv(BOM + body if query.bom else body, f"{query.table}.csv")


async def page_of(call: Call[None, RowsQuery], rows_of: RowsOf[RowT], page: type[PageT]) -> PageT:
    """A page of rows, and where they go on."""
    query = call.query
    groups = rows_of(call.app, asked(call), after=query.after, most=query.limit + 1)
    found, more = await rows.page(groups, query.limit)
    return page.model_validate({"data": found, "next": more})


async def csv_of(call: Call[None, CsvQuery], name: str, rows_of: RowsOf[RowT], model: type[RowT]) -> Reply[bytes]:
    """Rows as CSV; the header `link` says where they go on."""
    query = call.query
    made = await rows.table(rows_of(call.app, asked(call), after=query.after), model, bom=query.bom)
    reply = _csv(made.body, f"{name}.csv")
    if made.next is None:
        return reply
    given = {"from": query.first, "to": query.last, "bom": "true" if query.bom else None, "after": made.next}
    words = "&".join(f"{key}={value}" for key, value in given.items() if value is not None)
    return Reply(reply.body, headers={**reply.headers, "link": f'<{name}.csv?{words}>; rel="next"'})


def _csv(body: bytes, name: str) -> Reply[bytes]:
    told = {"content-type": "text/csv; charset=utf-8", "content-disposition": f'attachment; filename="{name}"'}
    return Reply(body, headers=told)


@endpoint(bp, "GET", _REPORTS + "/sales", allow=_MANAGER, errors=sales.REFUSALS)
async def sales_report(call: Call[None, DaysQuery]) -> Data[api.SalesReport]:
    """What was sold, taken and given back in some business days."""
    return Data(data=await sales.report(call.app, asked(call), for_owner=is_owner(call)))


@endpoint(bp, "GET", _REPORTS + "/sales.csv", allow=_MANAGER, errors=sales.REFUSALS, media=CSV)
async def sales_table(call: Call[None, TableQuery]) -> Reply[bytes]:
    """One part of the sales report as CSV."""
    return await table_of(call)


@endpoint(bp, "GET", _REPORTS + "/orders", allow=_MANAGER, errors=rows.REFUSALS)
async def order_rows(call: Call[None, RowsQuery]) -> api.OrderRows:
    """One row for each order, the oldest first."""
    return await page_of(call, rows.orders, api.OrderRows)


@endpoint(bp, "GET", _REPORTS + "/orders.csv", allow=_MANAGER, errors=rows.REFUSALS, media=CSV)
async def order_table(call: Call[None, CsvQuery]) -> Reply[bytes]:
    """The same as CSV, at most 20 MB; where there is more, the header `link` says where it goes on."""
    return await csv_of(call, "orders", rows.orders, api.OrderRow)


@endpoint(bp, "GET", _REPORTS + "/payments", allow=_MANAGER, errors=rows.REFUSALS)
async def payment_rows(call: Call[None, RowsQuery]) -> api.PaymentRows:
    """One row for each payment of the orders, the oldest order first."""
    return await page_of(call, rows.payments, api.PaymentRows)


@endpoint(bp, "GET", _REPORTS + "/payments.csv", allow=_MANAGER, errors=rows.REFUSALS, media=CSV)
async def payment_table(call: Call[None, CsvQuery]) -> Reply[bytes]:
    """The same as CSV, at most 20 MB; where there is more, the header `link` says where it goes on."""
    return await csv_of(call, "payments", rows.payments, api.PaymentRow)


@endpoint(bp, "GET", _REPORTS + "/refunds", allow=_MANAGER, errors=rows.REFUSALS)
async def refund_rows(call: Call[None, RowsQuery]) -> api.RefundRows:
    """One row for each refund, on the day it was made, with the day of the sale."""
    return await page_of(call, rows.refunds, api.RefundRows)


@endpoint(bp, "GET", _REPORTS + "/refunds.csv", allow=_MANAGER, errors=rows.REFUSALS, media=CSV)
async def refund_table(call: Call[None, CsvQuery]) -> Reply[bytes]:
    """The same as CSV, at most 20 MB; where there is more, the header `link` says where it goes on."""
    return await csv_of(call, "refunds", rows.refunds, api.RefundRow)


@endpoint(bp, "GET", _REPORTS + "/today", allow=_MANAGER, errors=today.REFUSALS)
async def today_now(call: Call[None]) -> Data[today_api.Today]:
    """The location's day as it stands now, and its last 30 days."""
    return Data(data=await today.today(call.app, *call.place))
