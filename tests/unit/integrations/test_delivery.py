"""The threads in which a service's SDK runs."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from shared.integrations import delivery
from shared.integrations.delivery import InDoubt, NotTaken, Refused, Threads


def raising(error: Exception) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


async def test_a_call_that_hangs_keeps_its_thread_and_holds_up_nobody() -> None:
    threads, over = Threads("texts", most=1), threading.Event()
    try:
        with pytest.raises(InDoubt):
            await threads.run(over.wait, seconds=0.01)
        with pytest.raises(NotTaken, match="1 calls are running"):
            await threads.run(over.wait)
    finally:
        over.set()
        threads.close()


async def refused_three_times(threads: Threads) -> None:
    for _ in range(delivery.REST_AFTER):
        with pytest.raises(NotTaken, match="refused"):
            await threads.run(raising(NotTaken("refused")))


async def test_a_service_that_does_not_answer_is_left_alone() -> None:
    threads = Threads("texts")
    await refused_three_times(threads)
    with pytest.raises(NotTaken, match="left alone") as told:
        await threads.run(lambda: "sent")
    assert told.value.retry_after == delivery.REST_SECONDS
    threads.close()


async def test_a_service_that_is_back_is_back_for_everybody_also_where_it_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "REST_SECONDS", 0.0)
    threads = Threads("texts")
    await refused_three_times(threads)
    monkeypatch.setattr(delivery, "REST_SECONDS", 3600.0)
    with pytest.raises(Refused):
        await threads.run(raising(Refused("no")))
    assert await threads.run(lambda: "sent") == "sent"
    threads.close()


async def test_a_service_that_fails_in_the_middle_each_time_is_left_alone_too() -> None:
    """Every text would be lost as doubtful while it answers 500; at rest they are put off instead."""
    threads = Threads("texts")
    for _ in range(delivery.REST_AFTER):
        with pytest.raises(InDoubt):
            await threads.run(raising(InDoubt("500")))
    with pytest.raises(NotTaken, match="left alone"):
        await threads.run(lambda: "sent")
    threads.close()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), (" 30 ", 30.0), ("99999999999999999999", 3600.0), ("0", 0.0)]
    + [(none, None) for none in (None, "", "soon", "-1", "1.5", "٧", "Wed, 21 Oct 2026 07:28:00 GMT")],
)
def test_a_retry_after_is_seconds_and_an_hour_at_most(said: str | None, seconds: float | None) -> None:
    assert delivery.retry_after(said) == seconds
