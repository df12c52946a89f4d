"""All hosts go by the database's time, whatever their own clock says (rules 10)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.app import App
from shared.clock import DOUBTED_SECONDS, DatabaseClock
from shared.memory.slots import Memory
from shared.services.ordering import previewing, unpaid
from shared.services.support.audit import database
from shared.services.upkeep import sweeper
from shared.store.mongo.client import refresh_clock
from tests.integration.world import World


def told(clock: DatabaseClock, off: timedelta) -> None:
    """A node tells a time that is so far off: not the real database, since no test can set a machine's clock."""
    asked_at = time.monotonic()
    database_time = datetime.now(UTC) + off
    clock.set(database_time, asked_at=asked_at, answered_at=time.monotonic())


def ahead(clock: DatabaseClock) -> float:
    """By how many seconds the clock goes before the time, however long this machine pauses meanwhile."""
    before = datetime.now(UTC)
    shown = clock.now()
    after = datetime.now(UTC)
    return (shown - min(max(shown, before), after)).total_seconds()


def is_right(clock: DatabaseClock) -> bool:
    return abs(ahead(clock)) < 1


async def test_the_clock_takes_over_the_databases_time(app: App) -> None:
    clock = DatabaseClock(datetime.now(UTC) + timedelta(hours=1))
    assert clock.stale
    await refresh_clock(app.db, clock)
    assert is_right(clock)
    assert not clock.stale
    assert clock.now().microsecond % 1000 == 0


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1), timedelta(seconds=6)], ids=str)
async def test_a_node_with_a_wrong_clock_moves_nobody_s_time_at_its_first_word(
    app: App, off: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    clock = DatabaseClock()
    await refresh_clock(app.db, clock)
    told(clock, off)
    assert is_right(clock)
    assert [record.message.partition(":")[2] for record in caplog.records] == [" not believed until it is told again"]
    # The primary of before is back.
    await refresh_clock(app.db, clock)
    assert is_right(clock)
    assert caplog.records[-1].message.startswith("the database's time jumps no more")
    # What was told once is forgotten: it is not believed the next time either.
    told(clock, off)
    assert is_right(clock)


async def test_a_jump_that_is_told_twice_is_believed_and_logged(app: App, caplog: pytest.LogCaptureFixture) -> None:
    clock = DatabaseClock()
    told(clock, timedelta(hours=1))
    await refresh_clock(app.db, clock)
    assert ahead(clock) > 59 * 60
    await refresh_clock(app.db, clock)
    assert is_right(clock)
    assert [record.message.partition(":")[2] for record in caplog.records] == [
        " not believed until it is told again",
        " told twice, and believed",
    ]


async def test_two_readings_that_differ_are_no_second_reading() -> None:
    clock = DatabaseClock()
    told(clock, timedelta())
    for hours in (1, 2, 3):
        told(clock, timedelta(hours=hours))
        assert is_right(clock)
    told(clock, timedelta(hours=3))
    assert ahead(clock) > 179 * 60


async def test_a_doubted_time_is_read_again_soon() -> None:
    clock, ago = DatabaseClock(), time.monotonic() - DOUBTED_SECONDS - 1
    clock.set(datetime.now(UTC), asked_at=ago, answered_at=ago)
    assert not clock.stale
    clock.set(datetime.now(UTC) + timedelta(hours=1), asked_at=ago, answered_at=ago)
    assert clock.stale


async def test_drift_and_a_slow_answer_are_no_jump(caplog: pytest.LogCaptureFixture) -> None:
    clock = DatabaseClock()
    told(clock, timedelta())
    told(clock, timedelta(seconds=4))
    assert ahead(clock) > 3
    at = time.monotonic()
    clock.set(datetime.now(UTC) + timedelta(seconds=8), asked_at=at - 8, answered_at=at)
    assert caplog.records == []


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)], ids=["fast", "slow"])
async def test_one_hosts_clock_an_hour_off_changes_nothing(app: App, world: World, off: timedelta) -> None:
    wrong = DatabaseClock(datetime.now(UTC) + off)
    await refresh_clock(app.db, wrong)
    right = DatabaseClock()
    await refresh_clock(app.db, right)
    hosts = [replace(app, clock=wrong, memory=Memory()), replace(app, clock=right, memory=Memory())]
    for first, second in (hosts, reversed(hosts)):
        made = await previewing.preview(first, world.request("soup"), request_id="r")
        assert abs(made.expires_at - timedelta(minutes=30) - right.now()) < timedelta(seconds=5)
        await sweeper.sweep(second)
        placed = await unpaid.place_without_payment(second, made.preview_order_id, request_id="r")
        stored = await app.db.orders.find_one({"_id": placed.order_id})
        assert stored is not None
        assert abs(stored["startedAt"] - right.now()) < timedelta(seconds=5)
    report = await database.audit(app.db, right)
    assert (report.differences, report.compared["orders"]) == (0, 2)
