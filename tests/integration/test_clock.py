"""All hosts go by the database's time, whatever their own clock says (checkout rules 10)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.app import App
from shared.clock import DatabaseClock
from shared.services import audit, placement, previews, sweeper
from shared.store.client import refresh_clock
from tests.integration.world import World


async def test_the_clock_takes_over_the_databases_time(app: App) -> None:
    clock = DatabaseClock()
    clock.set(datetime.now(UTC) + timedelta(hours=1), asked_at=0.0, answered_at=0.0)
    await refresh_clock(app.db, clock)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert not clock.stale
    assert clock.now().microsecond % 1000 == 0


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)], ids=["fast", "slow"])
async def test_one_hosts_clock_an_hour_off_changes_nothing(app: App, world: World, off: timedelta) -> None:
    wrong = DatabaseClock()
    wrong.set(datetime.now(UTC) + off, asked_at=time.monotonic(), answered_at=time.monotonic())
    await refresh_clock(app.db, wrong)
    right = DatabaseClock()
    await refresh_clock(app.db, right)
    hosts = [replace(app, clock=wrong), replace(app, clock=right)]
    for first, second in (hosts, reversed(hosts)):
        made = await previews.preview(first, world.request("soup"), request_id="r")
        assert abs(made.expires_at - timedelta(minutes=30) - right.now()) < timedelta(seconds=5)
        await sweeper.sweep(second)
        placed = await placement.place_without_payment(second, made.preview_order_id, request_id="r")
        stored = await app.db.orders.find_one({"_id": placed.order_id})
        assert stored is not None
        assert abs(stored["startedAt"] - right.now()) < timedelta(seconds=5)
    report = await audit.audit(app.db, right)
    assert (report.differences, report.compared["orders"]) == (0, 2)
