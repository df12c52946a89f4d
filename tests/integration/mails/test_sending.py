"""Mails by SendGrid's own SDK, over HTTP to its stand-in: whatever goes wrong, the order is unharmed (rules 24.2)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from shared.app import App
from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.integrations.mail import Attachment, Letter
from shared.integrations.sendgrid_mail import client
from shared.memory.slots import Memory
from shared.services.messages import mails
from shared.services.support.audit import database
from shared.services.upkeep import sweeper
from tests.integration.crew import Crew
from tests.integration.mails.post import Post, with_mail


def letter(post: Post, **more: Any) -> Letter:
    return Letter(**{"to": post.address, "subject": "Hello", "text": "plain", "html": "<p>rich</p>", **more})


async def test_a_mail_arrives_as_it_was_written_with_its_files_and_tags(post: Post) -> None:
    picture = Attachment("code.png", "image/png", b"\x89PNG", content_id="qr")
    made = await post.app.mail.send(letter(post, attachments=[picture], tags={"duty": "mail:1"}, sender_name="Nonna"))
    [mail] = post.mails()
    assert mail["id"] == made
    assert (mail["subject"], mail["text"], mail["html"]) == ("Hello", "plain", "<p>rich</p>")
    assert mail["from"]["name"] == "Nonna" and mail["custom_args"] == {"duty": "mail:1"}
    assert mail["attachments"] == [{"filename": "code.png", "type": "image/png", "content_id": "qr"}]
    [call] = post.calls()
    assert call["headers"]["authorization"] == "***" and call["headers"]["user-agent"].startswith("sendgrid/")
    assert call["body"]["tracking_settings"]["click_tracking"]["enable"] is False


async def test_a_subject_is_one_line_whatever_stands_in_it(post: Post) -> None:
    await post.app.mail.send(letter(post, subject="Hello\r\nBcc: everybody@example.com"))
    [mail] = post.mails()
    assert "\n" not in mail["subject"] and "\r" not in mail["subject"] and mail["to"] == [post.address]


@pytest.mark.parametrize(
    ("fault", "raised", "says"),
    [
        ({"mode": "error", "status": 400}, Refused, "400"),
        ({"mode": "error", "status": 401}, Refused, "401"),
        ({"mode": "error", "status": 403}, Refused, "403"),
        ({"mode": "error", "status": 413}, Refused, "413"),
        ({"mode": "error", "status": 429}, NotTaken, "429"),
        ({"mode": "error", "status": 500}, InDoubt, "500"),
        ({"mode": "error", "status": 502}, InDoubt, "502"),
        ({"mode": "error", "status": 503}, NotTaken, "503"),
        ({"mode": "drop_before"}, InDoubt, "cut"),
        ({"mode": "drop_after"}, InDoubt, "cut"),
    ],
)
async def test_each_answer_says_whether_the_mail_may_be_out(
    post: Post, fault: dict[str, Any], raised: type[Exception], says: str
) -> None:
    post.breaks(**fault, times=1)
    with pytest.raises(raised, match=says) as told:
        await post.app.mail.send(letter(post))
    assert post.address not in str(told.value)
    if fault.get("status") == 429:
        assert isinstance(told.value, NotTaken) and told.value.retry_after == 7
    assert len(post.calls()) == 1
    assert len(post.mails()) == (1 if fault["mode"] == "drop_after" else 0)


async def test_what_nobody_listens_to_or_knows_is_not_taken(post: Post) -> None:
    for url in ("http://127.0.0.1:9", "https://nowhere.invalid"):
        other = with_mail(post.app, url)
        with pytest.raises(NotTaken, match="cannot be reached"):
            await other.mail.send(letter(post))
        await other.mail.close()


async def test_a_call_that_takes_too_long_is_in_doubt_and_its_thread_comes_back(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CALL_SECONDS", 0.3)
    post.breaks(mode="stall", seconds=600, times=1)
    with pytest.raises(InDoubt, match="did not answer"):
        await post.app.mail.send(letter(post))
    await post.app.mail.send(letter(post))
    assert len(post.mails()) == 1


async def test_an_order_is_unharmed_while_its_mail_hangs(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "CALL_SECONDS", 0.3)
    post.breaks(mode="stall", seconds=600)
    order_id = await post.order()
    for _ in range(4):
        await post.sweep()
        post.clock.advance(minutes=3)
    order = await post.app.db.orders.find_one({"_id": order_id})
    assert order is not None and order["status"] == "ACCEPTED"
    assert ((await post.duty(order_id))["state"], len(post.calls()), post.mails()) == ("doubtful", 3, [])
    assert [one["count"] for one in await post.attention()] == [1]


async def test_the_receivers_words_are_not_repeated_but_the_field_is(post: Post) -> None:
    with pytest.raises(Refused) as told:
        await post.app.mail.send(letter(post, to="no address"))
    assert told.value.code == "400 personalizations.0.to.0.email"


async def test_a_receipt_goes_out_once_however_many_see_to_it(post: Post) -> None:
    order_id = await post.order("soup", "tea")
    post.clock.advance(seconds=6)
    others: list[App] = [replace(post.app, memory=Memory()) for _ in range(4)]
    await asyncio.gather(*(sweeper.sweep(app) for app in others))
    await post.sweep()
    [mail] = post.mails()
    duty = await post.duty(order_id)
    assert (duty["state"], duty["providerId"], duty["about"]) == ("sent", mail["id"], "created")
    assert post.address not in str(duty)
    assert mail["custom_args"] == {"duty": duty["_id"]}
    assert "Nonna" in mail["subject"] and "\n" not in mail["subject"]


@pytest.mark.parametrize(
    ("to", "says"),
    [("REJECTED", "The restaurant could not take your order"), ("CANCELLED", "Your order was cancelled")],
)
async def test_a_second_receipt_says_that_the_order_was_given_up(post: Post, to: str, says: str) -> None:
    await post.app.db.locations.update_one({"_id": post.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    order_id = await post.order()
    await post.sweep()
    crew = await Crew.of(post.app, post.world)
    assert (await crew.move("manager", str(order_id), to, reason="No bread left"))[0] == 200
    await post.sweep()
    ends = await post.app.db.duties.find({"orderId": order_id, "kind": "mail"}).sort("seq", 1).to_list()
    assert [(one["about"], one["state"]) for one in ends] == [("created", "sent"), (to.lower(), "sent")]
    placed, given_up = post.mails()
    assert placed["text"].startswith("Thank you") and given_up["text"].startswith(says)


async def test_nobodys_address_is_flooded_with_receipts_and_each_that_goes_out_counts_once(post: Post) -> None:
    few = replace(post, app=with_mail(post.app, post.url, receipts_per_address_and_hour=2))
    post.clock.advance(minutes=60 - post.clock.now().minute)  # the next hour of the clock begins
    post.breaks(mode="error", status=503, times=1)
    orders = []
    for dish in ("soup", "tea", "bread"):
        orders.append(await few.order(dish))
        await few.sweep()
        post.clock.advance(minutes=3)
        await few.sweep()
    ends = [await few.duty(one) for one in orders]
    assert [one["state"] for one in ends] == ["sent", "sent", "given_up"]
    assert ends[2]["outcome"] == mails.TOO_MANY and await few.attention() == []
    assert len(post.mails()) == 2 and len(post.calls()) == 3
    post.clock.advance(minutes=60)
    later = await few.order("soup")
    await few.sweep()
    assert (await few.duty(later))["state"] == "sent"


async def test_without_an_address_there_is_no_receipt(post: Post) -> None:
    order_id = await post.order(customer={"email": ""})
    await post.sweep()
    assert await post.app.db.duties.find_one({"orderId": order_id, "kind": "mail"}) is None


@pytest.mark.parametrize(
    ("fault", "tries", "end", "arrived"),
    [
        ({"mode": "error", "status": 400}, 1, "given_up", 0),
        ({"mode": "error", "status": 500}, 3, "doubtful", 0),
        ({"mode": "drop_before"}, 3, "doubtful", 0),
        ({"mode": "drop_after"}, 3, "doubtful", 3),
        ({"mode": "error", "status": 500, "times": 2}, 3, "sent", 1),
        ({"mode": "error", "status": 429, "times": 1}, 2, "sent", 1),
        ({"mode": "error", "status": 503, "times": 2}, 3, "sent", 1),
    ],
)
async def test_whatever_the_provider_does_the_order_is_unharmed(
    post: Post, fault: dict[str, Any], tries: int, end: str, arrived: int
) -> None:
    post.breaks(**fault)
    order_id = await post.order()
    for _ in range(tries + 2):
        await post.sweep()
        post.clock.advance(minutes=3)
    order = await post.app.db.orders.find_one({"_id": order_id})
    assert order is not None and order["status"] == "ACCEPTED"
    duty = await post.duty(order_id)
    assert (duty["state"], len(post.calls()), len(post.mails())) == (end, tries, arrived)
    entries = await post.attention()
    assert [one["count"] for one in entries] == ([1] if end != "sent" else [])
    assert (await database.audit(post.app.db, post.clock)).listed == []


async def test_what_nobody_takes_for_an_hour_is_given_up_and_one_entry_counts_all_of_an_hour(post: Post) -> None:
    post.clock.advance(minutes=59 - post.clock.now().minute, seconds=30)  # all of it ends within one hour of the clock
    nowhere = replace(post, app=with_mail(post.app, "http://127.0.0.1:9"))
    orders = [await nowhere.order(dish, lines=None) for dish in ("soup", "tea", "bread")]
    for _ in range(4):
        await nowhere.sweep()
    assert {(await nowhere.duty(one))["state"] for one in orders} == {"due"}
    post.clock.advance(minutes=61)
    await nowhere.sweep()
    assert {(await nowhere.duty(one))["state"] for one in orders} == {"given_up"}
    [entry] = await nowhere.attention()
    assert entry["count"] == 3 and entry["_id"].startswith("message:mails:")
    await nowhere.app.mail.close()
