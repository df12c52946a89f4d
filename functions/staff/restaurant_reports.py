"""The same over all locations of a restaurant, for its owners (rules 19)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff.location_reports import (
    CSV,
    CsvQuery,
    DaysQuery,
    RowsQuery,
    TableQuery,
    asked,
    csv_of,
    is_owner,
    page_of,
    table_of,
)
from shared.api import sales as api
from shared.api import today as today_api
from shared.services.reports import rows, sales
from shared.services.support import today
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_OWNER = staff_of(in_path("restaurantId"), least="owner")
_REPORTS = "restaurant/{restaurantId}/reports"


@endpoint(bp, "GET", _REPORTS + "/sales", allow=_OWNER, errors=sales.REFUSALS)
async def sales_report(call: Call[None, DaysQuery]) -> Data[api.SalesReport]:
    """What all locations sold, took and gave back, each by its own business days."""
    return Data(data=await sales.report(call.app, asked(call), for_owner=is_owner(call)))


@endpoint(bp, "GET", _REPORTS + "/sales.csv", allow=_OWNER, errors=sales.REFUSALS, media=CSV)
async def sales_table(call: Call[None, TableQuery]) -> Reply[bytes]:
    """One part of the report over all locations as CSV."""
    return await table_of(call)


@endpoint(bp, "GET", _REPORTS + "/orders", allow=_OWNER, errors=rows.REFUSALS)
async def order_rows(call: Call[None, RowsQuery]) -> api.OrderRows:
    """One row for each order of all locations, the oldest first, location by location."""
    return await page_of(call, rows.orders, api.OrderRows)


@endpoint(bp, "GET", _REPORTS + "/orders.csv", allow=_OWNER, errors=rows.REFUSALS, media=CSV)
async def order_table(call: Call[None, CsvQuery]) -> Reply[bytes]:
    """The same as CSV, at most 20 MB; where there is more, the header `link` says where it goes on."""
    return await csv_of(call, "orders", rows.orders, api.OrderRow)


@endpoint(bp, "GET", _REPORTS + "/payments", allow=_OWNER, errors=rows.REFUSALS)
async def payment_rows(call: Call[None, RowsQuery]) -> api.PaymentRows:
    """One row for each payment of the orders of all locations, location by location."""
    return await page_of(call, rows.payments, api.PaymentRows)


@endpoint(bp, "GET", _REPORTS + "/payments.csv", allow=_OWNER, errors=rows.REFUSALS, media=CSV)
async def payment_table(call: Call[None, CsvQuery]) -> Reply[bytes]:
    """The same as CSV, at most 20 MB; where there is more, the header `link` says where it goes on."""
    return await csv_of(call, "payments", rows.payments, api.PaymentRow)


@endpoint(bp, "GET", _REPORTS + "/refunds", allow=_OWNER, errors=rows.REFUSALS)
async def refund_rows(call: Call[None, RowsQuery]) -> api.RefundRows:
    """One row for each refund at all locations, on the day it was made, with the day of the sale."""
    return await page_of(call, rows.refunds, api.RefundRows)


@endpoint(bp, "GET", _REPORTS + "/refunds.csv", allow=_OWNER, errors=rows.REFUSALS, media=CSV)
async def refund_table(call: Call[None, CsvQuery]) -> Reply[bytes]:
    """The same as CSV, at most 20 MB; where there is more, the header `link` says where it goes on."""
    return await csv_of(call, "refunds", rows.refunds, api.RefundRow)


@endpoint(bp, "GET", _REPORTS + "/today", allow=_OWNER, errors=today.REFUSALS)
async def today_now(call: Call[None]) -> Data[today_api.Today]:
    """The day of all locations as it stands now, each by its own, and the last 30 days."""
    return Data(data=await today.today(call.app, call.path["restaurantId"], None))
