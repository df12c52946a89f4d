"""Examples of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import reports
from shared.api.examples.names import ORIGIN_ID

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    reports.SalesSummary: {
        "a week": {
            "success": True,
            "data": [{"date": f"2026-05-{day:02}", "grossSales": 17.09, "tax": 1.59} for day in range(1, 8)],
        },
    },
    reports.SalesByItem: {
        "soup": {
            "success": True,
            "data": [{"menuItemId": "soup", "itemName": "Soup of the day", "soldCount": 1, "grossSales": 15.5}],
        },
    },
    reports.SalesByOrigin: {
        "a table": {
            "success": True,
            "data": [{"originId": ORIGIN_ID, "name": "Table 1", "soldCount": 1, "grossSales": 17.09}],
        },
    },
}
