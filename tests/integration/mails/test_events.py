"""What SendGrid tells of mails: only what it signed, lately; each however often; and no more mails where they are
unwanted (rules 24.2)."""

from __future__ import annotations

import json
import secrets
from typing import Any

import azure.functions as func
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from local.saas.sendgrid import signing
from shared.integrations.delivery import Refused
from shared.services.messages import mailing
from shared.web import mail_events
from shared.web.runtime import Given
from tests.integration.cli import orderbuddy
from tests.integration.mails.post import Post
from tests.web_calls import content, request


def event(post: Post, kind: str, **more: Any) -> dict[str, Any]:
    return {"email": post.address, "event": kind, "sg_event_id": secrets.token_hex(8), **more}


def at(post: Post) -> int:
    return int(post.clock.now().timestamp())


async def tell(post: Post, events: Any, *, headers: dict[str, str] | None = None) -> func.HttpResponse:
    raw = json.dumps(events).encode() if not isinstance(events, bytes) else events
    signed = signing.signed(raw, at(post)) if headers is None else headers
    asked = request("POST", "/api/v1/mail/events", raw, headers=signed)
    return await mail_events.answer(asked, Given(post.app))


async def is_blocked(post: Post) -> bool:
    return await mailing.is_blocked(post.app, post.address)


@pytest.mark.parametrize(
    ("kind", "more", "blocks"),
    [
        ("bounce", {"type": "bounce"}, True),
        ("bounce", {"type": "blocked"}, False),
        ("dropped", {"reason": "Bounced Address"}, True),
        ("dropped", {"reason": "Recipient List over Package Quota"}, False),
        ("spamreport", {}, True),
        ("unsubscribe", {}, True),
        ("delivered", {}, False),
        ("deferred", {}, False),
        ("open", {}, False),
    ],
)
async def test_what_says_that_mails_are_unwanted_ends_them(
    post: Post, kind: str, more: dict[str, str], blocks: bool
) -> None:
    assert (await tell(post, [event(post, kind, **more)])).status_code == 204
    assert await is_blocked(post) is blocks


async def test_who_had_enough_of_receipts_still_gets_what_they_ask_for(post: Post) -> None:
    """A stranger may give anybody's address: what its owner calls spam must not lock them out."""
    assert (await tell(post, [event(post, "spamreport")])).status_code == 204
    written = mailing.Written("s", "t", "h")
    with pytest.raises(Refused):
        await mailing.send(post.app, post.address, written)
    assert await mailing.send(post.app, post.address, written, asked_for=True)
    assert len(post.mails()) == 1


async def test_what_cannot_arrive_is_not_sent_even_where_it_is_asked_for(post: Post) -> None:
    assert (await tell(post, [event(post, "bounce")])).status_code == 204
    with pytest.raises(Refused):
        await mailing.send(post.app, post.address, mailing.Written("s", "t", "h"), asked_for=True)


async def test_a_blocked_address_gets_nothing_and_nobody_is_called(post: Post) -> None:
    address = post.address.upper()
    assert (await tell(post, [event(post, "bounce", email=address)])).status_code == 204
    order_id = await post.order()
    await post.sweep()
    duty = await post.duty(order_id)
    assert (duty["state"], duty["outcome"]) == ("given_up", "suppressed")
    assert post.calls() == [] and await post.attention() == []
    stored = str(await post.app.db.mail_blocks.find().to_list())
    assert post.address not in stored.lower()
    with pytest.raises(Refused):
        await mailing.send(post.app, post.address, mailing.Written("s", "t", "h"))
    ran = [await orderbuddy(post.app.settings, "mails", "allow", address) for _ in range(2)]
    assert [one.code for one in ran] == [0, 1] and not await is_blocked(post)
    assert (await orderbuddy(post.app.settings, "mails", "allow", "nobody")).code == 2


async def test_the_stand_ins_own_events_come_through_and_are_kept_on_the_duty(post: Post) -> None:
    order_id = await post.order()
    await post.sweep()
    duty = await post.duty(order_id)
    story = [event(post, kind, duty=duty["_id"]) for kind in ("processed", "delivered", "deferred")]
    for one in story:
        await tell(post, [one])
    assert (await post.duty(order_id))["delivery"] == "delivered"
    await tell(post, [event(post, "spamreport", duty=duty["_id"]), story[1]])
    assert (await post.duty(order_id))["delivery"] == "spamreport"


async def test_a_replay_changes_nothing(post: Post) -> None:
    raw = json.dumps([event(post, "bounce")]).encode()
    headers = signing.signed(raw, at(post))
    assert (await tell(post, raw, headers=headers)).status_code == 204
    before = await post.app.db.mail_blocks.find().to_list()
    post.clock.advance(minutes=5)
    assert (await tell(post, raw, headers=headers)).status_code == 204
    assert await post.app.db.mail_blocks.find().to_list() == before
    post.clock.advance(minutes=6)
    assert (await tell(post, raw, headers=headers)).status_code == 403


async def test_what_sendgrid_has_not_signed_is_refused(post: Post) -> None:
    raw = json.dumps([event(post, "bounce")]).encode()
    good = signing.signed(raw, at(post))
    other = ec.generate_private_key(ec.SECP256R1()).sign(str(at(post)).encode() + raw, ec.ECDSA(hashes.SHA256()))
    forged = {**good, signing.SIGNATURE_HEADER: __import__("base64").b64encode(other).decode()}
    for headers in (
        {},
        forged,
        {**good, signing.SIGNATURE_HEADER: "no base64!"},
        {**good, signing.SIGNATURE_HEADER: ""},
        {**good, signing.TIME_HEADER: str(at(post) + 1)},
        {**good, signing.TIME_HEADER: "now"},
        signing.signed(raw, at(post) + 3600),
        signing.signed(b"[]", at(post)),
    ):
        answer = await tell(post, raw, headers=headers)
        assert (answer.status_code, content(answer)["code"]) == (403, "FORBIDDEN"), headers
    assert not await is_blocked(post)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{}", 400),
        (b"not json", 400),
        (b"\xff", 403),
        (b"[" + b"1," * 3000 + b"1]", 400),
        (b"[" + b" " * (1024 * 1024) + b"]", 413),
        (b'[1, null, {"event": 5, "sg_event_id": {}}, {"email": ["x"]}]', 204),
    ],
)
async def test_what_is_no_list_of_events_is_refused(post: Post, raw: bytes, status: int) -> None:
    assert (await tell(post, raw)).status_code == status


async def test_a_duty_of_another_kind_is_nothing_that_a_mail_tells_of(post: Post) -> None:
    order_id = await post.order()
    await post.app.db.duties.insert_one({"_id": "waiting:x", "orderId": order_id, "kind": "waiting", "state": "done"})
    await tell(post, [event(post, "delivered", duty="waiting:x"), event(post, "delivered", duty="mail:nowhere:1")])
    assert "delivery" not in (await post.app.db.duties.find_one({"_id": "waiting:x"}) or {})
    assert await post.app.db.duties.find_one({"_id": "mail:nowhere:1"}) is None
