"""What one process remembers: bounded, read once for all who ask, and never older than it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import MENU_NOT_FOUND, Problem
from shared.memory.gathering import Gathering
from shared.memory.kept import Kept
from shared.memory.pool import each
from shared.memory.recent import Recent
from shared.memory.slots import Memory, Slot
from shared.memory.turns import CrowdedError, Turns


class Hours:
    """A clock that a test sets, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    """What is read from: counts the reads, and answers each once it is let go."""

    def __init__(self) -> None:
        self.begun: list[asyncio.Future[str]] = []
        self.before: list[str | None] = []

    async def read(self, before: str | None) -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.begun.append(answer)
        self.before.append(before)
        return await answer


async def _turn() -> None:
    """Let everybody who can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def _kept(hours: Hours, **options: object) -> Kept[str, str]:
    return Kept(1.0, most=10, clock=hours, **options)  # type: ignore[arg-type]


async def test_all_who_ask_at_once_share_one_read() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours)
    asking = [asyncio.create_task(kept.get("a", source.read)) for _ in range(20)]
    await _turn()
    source.begun[0].set_result("first")
    assert await asyncio.gather(*asking) == ["first"] * 20
    assert len(source.begun) == 1
    assert await kept.get("a", source.read) == "first"


async def test_the_age_counts_from_the_start_of_the_read() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours)
    asking = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    hours.now = 0.9
    source.begun[0].set_result("first")
    assert await asking == "first"
    assert kept.fresh("a") == "first"
    hours.now = 1.0
    assert kept.fresh("a") is None
    again = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    source.begun[1].set_result("second")
    assert await again == "second"
    assert source.before == [None, "first"]


async def test_nobody_joins_a_read_that_began_too_long_ago_and_its_answer_is_not_kept() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours)
    first = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    hours.now = 0.5
    joined = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    hours.now = 1.2
    late = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    assert len(source.begun) == 2
    source.begun[1].set_result("new")
    assert await late == "new"
    source.begun[0].set_result("old")
    assert await first == await joined == "old"
    assert kept.fresh("a") == "new"


async def test_what_was_outdated_is_read_anew_also_by_who_asks_during_a_read() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours)
    early = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    kept.outdate("a")
    later = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    source.begun[1].set_result("new")
    source.begun[0].set_result("old")
    assert (await early, await later) == ("old", "new")
    assert kept.fresh("a") == "new"
    kept.outdate("a")
    assert kept.fresh("a") is None


async def test_what_does_not_hold_any_more_is_read_once_for_all_who_ask() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours)
    first = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    source.begun[0].set_result("open")
    await first
    asking = [asyncio.create_task(kept.get("a", source.read, holds=lambda value: value == "closed")) for _ in range(5)]
    await _turn()
    assert len(source.begun) == 2
    source.begun[1].set_result("closed")
    assert await asyncio.gather(*asking) == ["closed"] * 5


async def test_who_gives_up_does_not_take_the_read_from_the_others() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours)
    impatient = asyncio.create_task(kept.get("a", source.read))
    patient = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    impatient.cancel()
    source.begun[0].set_result("first")
    assert await patient == "first"
    assert impatient.cancelled()


async def test_a_failed_read_tells_all_who_wait_and_the_old_value_stays_to_start_from() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours)
    first = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    source.begun[0].set_result("first")
    await first
    hours.now = 2.0
    asking = [asyncio.create_task(kept.get("a", source.read)) for _ in range(3)]
    await _turn()
    source.begun[1].set_exception(TimeoutError("the database is away"))
    for one in asking:
        with pytest.raises(TimeoutError):
            await one
    again = asyncio.create_task(kept.get("a", source.read))
    await _turn()
    source.begun[2].set_result("second")
    assert await again == "second"
    assert source.before == [None, "first", "first"]


async def test_what_is_gone_is_forgotten_and_what_is_not_worth_keeping_leaves_nothing() -> None:
    hours, source = Hours(), Source()
    kept = _kept(hours, keeps=bool)
    for answer in ("first", Problem(MENU_NOT_FOUND), ""):
        asking = asyncio.create_task(kept.get("a", source.read))
        await _turn()
        if isinstance(answer, str):
            source.begun[-1].set_result(answer)
        else:
            source.begun[-1].set_exception(answer)
        await asyncio.wait([asking])
        hours.now += 2.0
        assert len(kept) == (1 if answer == "first" else 0)
        asking.exception()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), max_size=60))
def test_recent_entries_never_weigh_more_than_they_may(puts: list[tuple[int, int]]) -> None:
    recent: Recent[int, int] = Recent(4, most_bytes=1000, weigh=lambda value: value)
    order: list[int] = []
    for key, weight in puts:
        recent.put(key, weight)
        order = [one for one in order if one != key] + [key]
        assert len(recent) <= 4
        assert recent.bytes == sum(recent.values()) <= 1000
        # What stays are the last ones used, in that order.
        assert list(recent) == order[len(order) - len(recent) :]


def test_what_is_used_stays_and_a_value_in_its_own_place_is_counted_once() -> None:
    recent: Recent[str, int] = Recent(2, weigh=lambda value: value)
    recent.put("a", 10)
    recent.put("b", 20)
    assert recent.get("a") == 10
    recent.put("a", 5)
    assert recent.made("c", lambda: 1) == 1
    assert (list(recent), recent.bytes) == (["a", "c"], 6)
    assert recent.pop("b") is None
    assert recent.pop("a") == 5


def test_each_memory_has_what_is_its_own() -> None:
    slot: Slot[list[int]] = Slot(list)
    one, other = Memory(), Memory()
    one[slot].append(1)
    assert (one[slot], other[slot]) == ([1], [])


async def test_turns_are_taken_one_after_the_other_and_a_long_line_refuses() -> None:
    turns = Turns(most=3, seconds=60)
    inside: list[str] = []
    go_on = asyncio.Event()

    async def take(name: str) -> None:
        async with turns.turn("location"):
            inside.append(name)
            await go_on.wait()

    taking = [asyncio.create_task(take(name)) for name in "abc"]
    await _turn()
    assert inside == ["a"]
    with pytest.raises(CrowdedError):
        await take("d")
    async with turns.turn("another location"):
        pass
    taking[1].cancel()
    await _turn()
    go_on.set()
    await asyncio.wait(taking)
    assert inside == ["a", "c"]
    await take("e")
    assert inside == ["a", "c", "e"]


async def test_who_waits_for_a_turn_too_long_is_refused() -> None:
    turns = Turns(most=3, seconds=0.01)
    async with turns.turn("location"):
        with pytest.raises(CrowdedError):
            async with turns.turn("location"):
                pass
    async with turns.turn("location"):
        pass


async def test_what_comes_while_a_group_is_worked_on_is_the_next_group() -> None:
    groups: list[list[int]] = []
    gates = [asyncio.Event() for _ in range(3)]

    async def work(group: Mapping[int, str]) -> Mapping[int, str]:
        groups.append(list(group))
        await gates[len(groups) - 1].wait()
        if 2 in group:
            raise ValueError
        return {key: text.upper() for key, text in group.items() if key != 4}

    gathering: Gathering[int, str, str] = Gathering(work, most=2)
    first = asyncio.create_task(gathering.done(1, "a"))
    await _turn()
    rest = [asyncio.create_task(gathering.done(key, "b")) for key in (4, 5, 5, 6)]
    await _turn()
    assert groups == [[1]]
    for gate in gates:
        gate.set()
    assert await first == "A"
    # 4 was left out, and the second 5 is no piece of its own.
    assert await asyncio.gather(*rest) == [None, "B", None, "B"]
    assert groups == [[1], [4, 5], [6]]


async def test_a_group_that_fails_tells_each_to_go_on_alone_and_the_next_is_done() -> None:
    async def work(group: Mapping[int, str]) -> Mapping[int, str]:
        if 1 in group:
            raise ValueError("this group is lost")
        return group

    gathering: Gathering[int, str, str] = Gathering(work, most=2)
    asked = asyncio.gather(gathering.done(1, "a"), gathering.done(2, "b"), gathering.done(3, "c"))
    assert await asked == [None, None, "c"]
    assert await gathering.done(4, "d") == "d"


async def test_no_more_pieces_are_worked_on_at_a_time_than_may_be_and_a_failure_ends_it() -> None:
    running: list[int] = []
    most = 0
    done: list[int] = []

    async def work(piece: int) -> None:
        nonlocal most
        running.append(piece)
        most = max(most, len(running))
        await asyncio.sleep(0)
        running.remove(piece)
        if piece == 7:
            raise ValueError(piece)
        done.append(piece)

    await each(range(7), work, at_a_time=3)
    assert (most, done) == (3, list(range(7)))
    done.clear()
    with pytest.raises(ValueError, match="7"):
        await each(range(5, 50), work, at_a_time=3)
    # Those under way beside it came to their end, and no other was begun.
    assert running == []
    assert set(done) <= {5, 6, 8, 9}
    await each(range(3), work, at_a_time=3, until=0.0)
    assert 0 not in done
