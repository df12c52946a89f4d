"""All hosts go by the database's time, whatever their own clock says (checkout rules 10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.app import App
from shared.clock import DatabaseClock
from shared.store.client import refresh_clock


async def test_the_clock_takes_over_the_databases_time(app: App) -> None:
    clock = DatabaseClock()
    clock.set(datetime.now(UTC) + timedelta(hours=1), asked_at=0.0, answered_at=0.0)
    await refresh_clock(app.db, clock)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert not clock.stale
    assert clock.now().microsecond % 1000 == 0
