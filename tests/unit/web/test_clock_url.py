"""CLOCK_URL moves the app's time: only the local stack may, and only by an address of this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from shared.clock import FixedClock, MovedClock
from shared.settings import Settings

URL = "http://127.0.0.1:7080/api/clock"


def made(**more: str) -> Settings:
    return Settings.read({"MONGODB_URI": "mongodb://127.0.0.1:1/?replicaSet=rs0", **more})


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_the_clock_is_moved_in_no_deployment(env: str) -> None:
    with pytest.raises(ValidationError, match="unless APP_ENV is local") as refused:
        made(APP_ENV=env, CLOCK_URL=URL)
    assert [row["loc"] for row in refused.value.errors()] == [("clock_url",)]
    assert made(APP_ENV=env).clock_url is None


def test_it_is_not_moved_where_nothing_says_which_deployment_this_is() -> None:
    with pytest.raises(ValidationError, match="unless APP_ENV is local"):
        made(CLOCK_URL=URL)


@pytest.mark.parametrize("url", ["http://clock.example/", "https://127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1:1"])
def test_it_is_told_by_this_machine_alone(url: str) -> None:
    with pytest.raises(ValidationError, match="address of this machine"):
        made(APP_ENV="local", CLOCK_URL=url)
    assert made(APP_ENV="local", CLOCK_URL=URL).clock_url == URL


def test_a_moved_clock_stands_or_runs_ahead_of_the_real_one() -> None:
    real = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock = MovedClock(real)
    assert clock.now() == real.now()
    clock.move(ahead_seconds=3600, frozen=None)
    real.advance(seconds=1)
    assert clock.now() == real.now() + timedelta(hours=1)
    clock.move(ahead_seconds=0, frozen=datetime(2030, 5, 5, tzinfo=UTC))
    real.advance(days=1)
    assert clock.now() == datetime(2030, 5, 5, tzinfo=UTC)
