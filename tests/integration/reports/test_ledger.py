"""Whatever happens in some days, the sums of the reports are those of the documents, to the cent (rules 19)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from shared.app import App
from shared.services.reports import rows, sales
from shared.services.reports.scope import Asked
from tests.integration.reports.random_days import DAYS, Ledger, Sale, ledger_of, sums
from tests.integration.world import World

OCTOBER_30 = datetime(2026, 10, 30, 5, tzinfo=UTC)
"""Midnight in Chicago. Clocks go back on November 1."""


def drawn(many: int) -> list[list[Sale]]:
    found: list[list[Sale]] = []

    @settings(max_examples=many, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(DAYS)
    def draw(case: list[Sale]) -> None:
        found.append(case)

    draw()
    return found


@pytest.mark.parametrize("many", [25, pytest.param(500, marks=pytest.mark.long)])
async def test_the_rows_come_to_what_the_documents_say(app: App, many: int) -> None:
    for case in drawn(many):
        world = await World().build(app)
        ledger = ledger_of(world, case)
        await ledger.store(app)
        asked = Asked(world.restaurant_id, str(world.location_id), "2026-10-30", "2026-11-02")
        until = OCTOBER_30 + timedelta(days=4, hours=1)
        await _hold(app, asked, ledger, OCTOBER_30, until)
        single = Asked(world.restaurant_id, None, "2026-11-01", "2026-11-01")
        await _hold(app, single, ledger, OCTOBER_30 + timedelta(days=2), OCTOBER_30 + timedelta(days=3, hours=1))


async def _hold(app: App, asked: Asked, ledger: Ledger, first: datetime, until: datetime) -> None:
    wanted = sums(ledger, first, until)
    found = (await sales.report(app, asked, for_owner=False)).model_dump(by_alias=True)
    _same(found["totals"], wanted)
    for part in ("days", "locations"):
        assert _added(found[part]) == _added([found["totals"]]), part
    tenders = {row["tender"]: row for row in found["tenders"]}
    assert tenders.pop("unpaid")["amountCents"] == wanted["unpaid"]
    assert sum(row["amountCents"] for row in tenders.values()) == wanted["captured"]
    assert sum(row["returnedCents"] for row in tenders.values()) == wanted["refunded"] + wanted["void returned"]
    for name in ("orders", "grossCents", "discountCents", "netCents", "taxCents", "totalCents", "tipCents"):
        assert sum(row[name] for row in found["taxes"]) == found["totals"][name]
    assert sum(row["grossCents"] for row in found["items"]) == wanted["gross"]
    assert sum(row["soldCount"] for row in found["items"]) == wanted["units"]
    assert sum(row["totalCents"] for row in found["hours"]) == wanted["total"]
    assert sum(row["refundedCents"] for row in found["staff"]) == wanted["refunded"] + wanted["void returned"]
    await _hold_rows(app, asked, ledger, wanted, first, until)


async def _hold_rows(app: App, asked: Asked, ledger: Ledger, wanted: Any, first: datetime, until: datetime) -> None:
    made = [row async for group in rows.orders(app, asked, most=3) for row in group.rows]
    assert len(made) == wanted["orders"] + wanted["voids"]
    assert sum(row.total_cents for row in made) == wanted["total"] + wanted["voided"]
    assert all(row.gross_cents - row.discount_cents + row.tax_cents == row.total_cents for row in made)
    paid = [row async for group in rows.payments(app, asked, most=3) for row in group.rows]
    assert sum(row.captured_cents for row in paid) == wanted["captured"]
    promised = sum(refund["amountCents"] for order, refund in ledger.refunds() if first <= order["startedAt"] < until)
    assert sum(row.returned_cents + row.owed_cents for row in paid) == promised
    returned = [row async for group in rows.refunds(app, asked, most=3) for row in group.rows]
    assert len(returned) == wanted["refunds"]
    assert sum(row.amount_cents for row in returned if row.kind == "refund") == wanted["refunded"]
    assert sum(row.amount_cents for row in returned if row.kind == "void") == wanted["void returned"]


def _same(totals: dict[str, int], wanted: Any) -> None:
    names = {
        "orders": "orders",
        "grossCents": "gross",
        "totalCents": "total",
        "tipCents": "tip",
        "refundedCents": "refunded",
        "voids": "voids",
        "voidedCents": "voided",
        "voidTakenCents": "void taken",
        "voidReturnedCents": "void returned",
    }
    assert {name: totals[name] for name in names} == {name: wanted[what] for name, what in names.items()}
    assert totals["grossCents"] - totals["discountCents"] == totals["netCents"]
    assert totals["netCents"] + totals["taxCents"] == totals["totalCents"]


def _added(part: list[dict[str, Any]]) -> dict[str, int]:
    names = [name for name, value in part[0].items() if isinstance(value, int)]
    return {name: sum(row[name] for row in part) for name in names}
