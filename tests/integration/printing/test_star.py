"""A Star printer at its address: what it is offered, what is on the paper, and what a lost answer costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.services.printing import watching
from tests.integration.crew import Crew
from tests.integration.printing.printers import StarDevice, about, jobs, make
from tests.integration.world import World


@pytest.fixture
async def crew(app: App) -> Crew:
    return await Crew.of(app, await World().build(app))


def _advance(app: App, by: timedelta) -> None:
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(seconds=by.total_seconds())


async def test_an_order_is_printed_once_and_then_there_is_nothing_more(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    assert await device.poll() == (200, {"jobReady": False})

    order_id = await crew.order("soup", "tea", "tea")
    token = await device.offered()
    status, paper = await device.fetch(token)
    assert (await crew.stored(order_id))["orderCode"].encode() in paper
    for word in (b"Table 1", b"Ann", b"1 x Soup", b"2 x Tea", b"3 items"):
        assert word in paper, word
    assert (status, b"COPY" in paper) == (200, False)
    assert [job["state"] for job in await jobs(crew, made)] == ["sent"]

    assert await device.confirm(token) == 200
    assert await device.poll() == (200, {"jobReady": False})
    assert [(job["state"], job["orderId"], job["copy"]) for job in await jobs(crew, made)] == [
        ("printed", order_id, False)
    ]
    assert await device.confirm(token) == 200, "heard twice"


async def test_a_confirmation_that_was_lost_gives_one_more_paper_and_it_says_copy(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await crew.order("soup")
    first = await device.prints()
    again = await device.prints()
    assert (b"COPY" in first, b"COPY" in again) == (False, True)
    assert await device.confirm() == 200
    assert (await device.poll())[1] == {"jobReady": False}
    assert [(job["state"], job["copy"], job["tries"]) for job in await jobs(crew, made)] == [("printed", True, 2)]


async def test_a_word_that_comes_late_saves_the_copy(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await crew.order("soup")
    token = await device.offered()
    await device.fetch(token)
    assert await device.offered() == token
    assert await device.confirm(token) == 200
    assert (await device.poll())[1] == {"jobReady": False}


async def test_what_is_offered_and_never_fetched_is_no_copy(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await crew.order("soup")
    assert await device.offered() == await device.offered()
    assert b"COPY" not in (await device.fetch())[1]


async def test_a_ticket_that_is_fetched_twice_says_copy_the_second_time(crew: Crew) -> None:
    device = (await make(crew)).star(crew.app)
    await crew.order("soup")
    token = await device.offered()
    papers = [(await device.fetch(token))[1] for _ in range(2)]
    assert [b"COPY" in paper for paper in papers] == [False, True]


async def test_tickets_come_in_the_order_of_their_orders(crew: Crew) -> None:
    device = (await make(crew)).star(crew.app)
    codes = []
    for _ in range(3):
        codes.append((await crew.stored(await crew.order("soup")))["orderCode"].encode())
        _advance(crew.app, timedelta(seconds=1))
    for code in codes:
        token = await device.offered()
        assert code in (await device.fetch(token))[1]
        await device.confirm(token)


async def test_a_printer_without_paper_is_offered_nothing_and_uses_up_no_try(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await crew.order("soup")
    assert (await device.poll("410%20Out%20of%20paper"))[1] == {"jobReady": False}
    assert ((seen := await about(crew, made))["state"], seen["said"]) == ("paper_out", "410 Out of paper")
    for _ in range(7):
        token = await device.offered()
        await device.fetch(token)
        assert await device.confirm(token, "410 Out of paper") == 200
        assert (await device.poll())[1] == {"jobReady": False}, "it is put off for a while"
        _advance(crew.app, timedelta(seconds=31))
    assert b"COPY" in await device.prints()


async def test_what_could_not_be_read_is_sent_again_without_copy_and_ends_after_five_tries(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await crew.order("soup")
    for _ in range(5):
        token = await device.offered()
        assert b"COPY" not in (await device.fetch(token))[1]
        await device.confirm(token, "511 Media decoding error")
        _advance(crew.app, timedelta(seconds=31))
    assert (await device.poll())[1] == {"jobReady": False}
    [job] = await jobs(crew, made)
    assert (job["state"], job["problem"]) == ("failed", "511 Media decoding error")
    await _told(crew, "ticket", "could not be printed")


async def test_a_ticket_of_which_nobody_ever_hears_is_a_persons_after_five_tries(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await crew.order("soup")
    papers = [await device.prints() for _ in range(5)]
    assert [b"COPY" in paper for paper in papers] == [False, True, True, True, True]
    assert (await device.poll())[1] == {"jobReady": False}
    assert [job["state"] for job in await jobs(crew, made)] == ["doubtful"]
    await _told(crew, "ticket", "Nobody knows")


async def test_a_printer_that_fetches_again_and_again_gets_five_papers_and_then_it_is_a_persons(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await crew.order("soup")
    token = await device.offered()
    assert [(await device.fetch(token))[0] for _ in range(7)] == [200] * 5 + [404] * 2
    assert [(job["state"], job["tries"]) for job in await jobs(crew, made)] == [("doubtful", 5)]
    await _told(crew, "ticket", "Nobody knows")
    await device.confirm(token)
    assert [job["state"] for job in await jobs(crew, made)] == ["printed"]
    assert await _entries(crew) == []


async def test_a_new_order_is_printed_where_an_older_ticket_is_given_up(crew: Crew) -> None:
    device = (await make(crew)).star(crew.app)
    await crew.order("soup")
    for _ in range(5):
        await device.prints()
    _advance(crew.app, timedelta(seconds=1))
    await crew.order("tea")
    assert b"1 x Tea" in await device.prints()


async def test_a_wrong_secret_another_device_and_the_other_protocol_find_nothing(crew: Crew) -> None:
    made = await make(crew)
    await crew.order("soup")
    device = made.star(crew.app)
    assert (await device.poll())[0] == 200
    unknown = (await StarDevice(crew.app, "66f1a0c2d4b8e3f5a7c90099", made.secret).poll())[1]
    others = (
        StarDevice(crew.app, made.id, "wrong"),
        StarDevice(crew.app, made.id, made.secret, "00:11:62:00:00:01"),
        StarDevice(crew.app, "66f1a0c2d4b8e3f5a7c90099", made.secret),
    )
    for other in others:
        status, said = await other.poll()
        assert (status, said["code"], said["message"]) == (404, "NOT_FOUND", unknown["message"])
        assert (await other.fetch())[0] == 404
        assert await other.confirm() == 404
    assert (await made.epson(crew.app).send(ConnectionType="GetRequest"))[0] == 404
    assert (await device.poll())[1]["jobReady"], "it still waits for the right one"


async def test_the_mac_may_be_written_in_another_way(crew: Crew) -> None:
    made = await make(crew)
    assert (await made.star(crew.app, "00:11:62:0D:6B:2A").poll())[0] == 200
    assert (await made.star(crew.app, "00-11-62-0d-6b-2a").poll())[0] == 200


async def test_too_many_wrong_secrets_are_stopped_and_the_right_one_is_not(crew: Crew) -> None:
    made = await make(crew)
    wrong = StarDevice(crew.app, made.id, "wrong")
    limit = crew.app.settings.printer_calls_per_minute
    statuses = [(await wrong.poll())[0] for _ in range(limit + 2)]
    assert statuses == [404] * limit + [429] * 2
    assert (await made.star(crew.app).poll())[0] == 200


async def test_a_printer_that_asks_too_often_is_stopped(crew: Crew) -> None:
    device = (await make(crew)).star(crew.app)
    limit = crew.app.settings.printer_calls_per_minute
    statuses = [(await device.poll())[0] for _ in range(limit + 1)]
    assert (statuses[-2], statuses[-1]) == (200, 429)


async def test_a_printer_that_is_silent_while_tickets_wait_is_told_of_until_it_asks_again(crew: Crew) -> None:
    made = await make(crew)
    device = made.star(crew.app)
    await device.poll()
    await crew.order("soup")
    _advance(crew.app, timedelta(minutes=4))
    assert await watching.look(crew.app) == 0
    _advance(crew.app, timedelta(minutes=2))
    assert await watching.look(crew.app) == 1
    assert (await about(crew, made))["state"] == "silent"
    await _told(crew, "printer", "has not asked for five minutes")
    await device.poll("410 Out of paper")
    await _told(crew, "printer", "has not asked for five minutes")
    await watching.look(crew.app)
    await _told(crew, "printer", "has no paper")
    await device.poll()
    assert await _entries(crew) == []
    assert await watching.look(crew.app) == 0


async def test_a_silent_printer_for_which_nothing_waits_needs_nobody(crew: Crew) -> None:
    await (await make(crew)).star(crew.app).poll()
    _advance(crew.app, timedelta(hours=1))
    assert await watching.look(crew.app) == 0


async def test_a_ticket_is_forgotten_after_a_day(crew: Crew) -> None:
    made = await make(crew)
    await crew.order("soup")
    [stored] = await crew.app.db.print_jobs.find().to_list()
    assert stored["purgeAt"] == stored["createdAt"] + timedelta(days=1)
    _advance(crew.app, timedelta(hours=25))
    assert (await made.star(crew.app).poll())[1] == {"jobReady": False}


async def test_plain_text_is_there_for_printers_that_take_nothing_else(crew: Crew) -> None:
    device = (await make(crew, paperWidth=58)).star(crew.app)
    await crew.order("soup", customer={"name": "Zoë 🍕 王", "phone": ""})
    status, paper = await device.fetch(await device.offered(), "text/plain; charset=utf-8")
    assert (status, "Name: Zoe  ?") == (200, next(line for line in paper.decode("ascii").split("\n") if "Name" in line))
    assert max(map(len, paper.decode("ascii").split("\n"))) <= 32
    assert (await device.fetch(None, "image/png"))[0] == 415


async def test_what_a_diner_typed_steers_no_printer(crew: Crew) -> None:
    device = (await make(crew)).star(crew.app)
    await crew.order("soup", customer={"name": "a\x1b@\x07\x9bb", "phone": ""})
    paper = await device.prints()
    assert b"Name: a@b" in paper


async def _entries(crew: Crew) -> list[dict[str, str]]:
    _, said = await crew.call("manager", "attention_listed", **crew.here)
    return [one for one in said["data"] if one["kind"] in ("printer", "ticket")]


async def _told(crew: Crew, kind: str, reason: str) -> None:
    [entry] = await _entries(crew)
    assert (entry["kind"], reason in entry["reason"]) == (kind, True)
