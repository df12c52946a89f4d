"""The day of a location by mail to its owners: after its end, once, and only where it is wanted (rules 24.2)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.clock import FixedClock
from shared.memory.slots import Memory
from shared.services.upkeep import daily_summaries
from tests.integration.crew import Crew
from tests.integration.mails.post import Post

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
async def crew(post: Post) -> Crew:
    """A restaurant with one owner, whose address is the post's; its day begins at four in the morning."""
    made = await Crew.of(post.app, post.world)
    status, answer = await made.call(
        "manager",
        "location_settings_change_details",
        {"dailySummary": True, "businessDayStartsAt": "04:00"},
        **made.here,
    )
    assert status == 200 and answer["data"]["dailySummary"] is True
    owner = {"memberships": {"$elemMatch": {"restaurantId": post.world.restaurant_id, "role": "owner"}}}
    changed = await post.app.db.users.update_one(owner, {"$set": {"email": post.address}})
    assert changed.modified_count == 1
    return made


def at(post: Post, hour: int, minute: int = 0) -> None:
    """Go on to the next time at which Chicago's wall shows this."""
    now = post.clock.now().astimezone(CHICAGO)
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if then <= now:
        then = (then + timedelta(days=1)).replace(tzinfo=CHICAGO)
    post.clock.advance(seconds=(then.astimezone(UTC) - post.clock.now()).total_seconds())


async def test_each_owner_gets_the_day_once_after_its_end(post: Post, crew: Crew) -> None:
    at(post, 12)
    day = post.clock.now().astimezone(CHICAGO).date()
    await post.order("soup", "soup", "tea")
    await post.sweep()
    at(post, 4, 59)
    assert await daily_summaries.begin(post.app) == 0
    at(post, 5, 11)
    others = [replace(post.app, memory=Memory()) for _ in range(3)]
    assert await asyncio.gather(*(daily_summaries.begin(app) for app in others)) == [1, 1, 1]
    await post.sweep()
    at(post, 6, 11)
    await daily_summaries.begin(post.app)
    await post.sweep()
    _, summary = post.mails()
    assert "Old Town: your day" in summary["subject"] and str(day.year) in summary["subject"]
    lines = summary["text"].splitlines()
    assert {
        "Orders: 1",
        "Gross sales: $25.00",
        "Net sales: $25.00",
        "Tax: $2.50",
        "Total: $27.50",
        "Tips: $0.00",
    } < set(lines)
    assert "2 x Soup" in lines and "1 x Tea" in lines and "Switch it off" in summary["text"]
    duties = await post.app.db.duties.find({"kind": "summary"}).to_list()
    assert [(one["state"], one["about"]) for one in duties] == [("sent", day.isoformat())]
    assert post.address not in str(duties)


async def test_who_wants_no_more_or_is_no_owner_any_more_gets_none(post: Post, crew: Crew) -> None:
    at(post, 5, 11)
    await daily_summaries.begin(post.app)
    await crew.call("manager", "location_settings_change_details", {"dailySummary": False}, **crew.here)
    await post.sweep()
    assert (await daily_summaries.begin(post.app), post.mails()) == (0, [])
    assert [one["state"] async for one in post.app.db.duties.find({"kind": "summary"})] == ["dropped"]


async def test_a_day_that_ended_long_ago_is_left_to_the_reports(post: Post, crew: Crew, clock: FixedClock) -> None:
    at(post, 16, 11)
    assert await daily_summaries.begin(post.app) == 0


async def test_a_day_without_orders_says_so_and_a_failure_is_in_the_list(post: Post, crew: Crew) -> None:
    at(post, 5, 11)
    post.breaks(mode="error", status=400)
    await daily_summaries.begin(post.app)
    await post.sweep()
    [entry] = await post.attention()
    assert entry["count"] == 1
    post.fault(mode="ok", match=post.address)
    at(post, 5, 11)
    await daily_summaries.begin(post.app)
    await post.sweep()
    [mail] = post.mails()
    assert "No orders on this day." in mail["text"] and isinstance(mail["at"], str)
    assert datetime.fromisoformat(mail["at"]).tzinfo is not None
