"""Mails to a restaurant's people: codes to hang up, invitations, codes to sign in with (contract 41, rules 24.2)."""

from __future__ import annotations

import base64
import io
import secrets
from dataclasses import replace
from typing import Any

import pytest
import zxingcpp
from bson import ObjectId
from PIL import Image

from shared.integrations.identity import Target
from shared.services.messages import sign_in_codes
from shared.services.origins import mailing as code_mails
from shared.services.staff import inviting_by_mail
from tests.integration.core import Core, Visitor
from tests.integration.crew import Crew
from tests.integration.mails.post import Post, with_mail
from tests.patience import eventually


@pytest.fixture
async def crew(post: Post) -> Crew:
    await post.app.db.locations.update_one({"_id": post.world.location_id}, {"$set": {"contact.email": post.address}})
    return await Crew.of(post.app, post.world)


async def place(crew: Crew, name: str = "Table 4") -> dict[str, Any]:
    status, made = await crew.call("manager", "origins_create", {"name": name, "type": "table"}, **crew.here)
    assert status == 201
    return dict(made["data"])


async def send_link(crew: Crew, origin_id: str, who: str = "manager") -> tuple[int, Any]:
    return await crew.call(who, "origins_send_link", **crew.here, originId=origin_id)


async def test_a_place_s_code_comes_by_mail_as_a_link_and_as_a_picture_that_phones_read(post: Post, crew: Crew) -> None:
    made = await place(crew, "Patio/../<b>4</b>")
    assert await send_link(crew, made["_id"]) == (200, {"data": None, "message": "QR code link sent"})
    [mail] = post.mails()
    url = f"https://codes.example/q/{made['qrCodeId']}"
    assert url in mail["text"] and f'href="{url}"' in mail["html"] and "cid:qr" in mail["html"]
    assert "<b>4</b>" not in mail["html"] and mail["subject"] == "QR code for Patio/../<b>4</b> at Nonna - Old Town"
    whole = post.http.get(f"{post.url}/mails/{mail['id']}").json()
    file, shown = whole["attachments"]
    assert file["filename"] == "Patio-..-b-4-b.png" and file["disposition"] == "attachment"
    assert (shown["disposition"], shown["content_id"]) == ("inline", "qr")
    for one in (file, shown):
        picture = Image.open(io.BytesIO(base64.b64decode(one["content"])))
        assert [found.text for found in zxingcpp.read_barcodes(picture)] == [url]
    row = await post.app.db.trail.find_one({"action": "origin.link_mailed"})
    assert row is not None and row["target"]["id"] == made["_id"]


async def test_what_keeps_a_code_from_being_mailed_is_told(post: Post, crew: Crew) -> None:
    made = await place(crew)
    assert (await send_link(crew, str(ObjectId())))[0] == 404
    assert (await send_link(crew, made["_id"], who="kitchen"))[0] == 403
    post.breaks(mode="error", status=503)
    assert (await send_link(crew, made["_id"]))[1]["code"] == "MAIL_NOT_SENT"
    post.fault(mode="ok", match=post.address)
    unset = replace(crew, app=with_mail(post.app, post.url, sendgrid_api_key=None))
    status, answer = await send_link(unset, made["_id"])
    assert (status, answer["code"]) == (503, "MAILS_NOT_SET_UP")
    await post.app.db.locations.update_one({"_id": post.world.location_id}, {"$set": {"contact.email": ""}})
    status, answer = await send_link(crew, made["_id"])
    assert status == 400 and answer["detail"][0]["field"] == "contact.email"
    assert post.mails() == []


async def test_a_location_s_codes_are_mailed_so_often_in_an_hour(
    post: Post, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_mails, "MOST_AN_HOUR", 2)
    made = await place(crew)
    post.clock.advance(minutes=60 - post.clock.now().minute)
    assert [(await send_link(crew, made["_id"]))[0] for _ in range(3)] == [200, 200, 429]
    post.clock.advance(hours=1)
    assert (await send_link(crew, made["_id"]))[0] == 200
    assert len(post.mails()) == 3


async def invite(crew: Crew, address: str) -> dict[str, Any]:
    body = {"address": address, "role": "service", "locationIds": None}
    status, made = await crew.call("owner", "people_invite", body, restaurantId=crew.world.restaurant_id)
    assert status == 201, made
    return dict(made["data"])


async def test_an_invitation_goes_to_its_address_and_the_link_is_in_the_answer_all_the_same(
    post: Post, crew: Crew
) -> None:
    made = await invite(crew, post.address)
    assert made["mailed"] is True and made["link"].endswith(made["token"])
    [mail] = post.mails()
    assert mail["subject"] == "You are invited to Nonna" and made["link"] in mail["text"]
    assert (await invite(crew, "+15125550123"))["mailed"] is False


async def test_an_invitation_that_cannot_be_mailed_is_made_all_the_same(
    post: Post, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.breaks(mode="error", status=500)
    made = await invite(crew, post.address)
    assert made["mailed"] is False and made["token"]
    post.fault(mode="ok", match=post.address)
    monkeypatch.setattr(inviting_by_mail, "MOST_TO_ADDRESS", 2)
    post.clock.advance(minutes=60 - post.clock.now().minute)
    assert [(await invite(crew, post.address))["mailed"] for _ in range(3)] == [True, True, False]
    monkeypatch.setattr(inviting_by_mail, "MOST_OF_RESTAURANT", 3)
    assert (await invite(crew, f"bob-{post.address}"))["mailed"] is False


async def test_a_code_to_sign_in_with_goes_out_by_mail_and_opens_the_door(post: Post, core: Core) -> None:
    app = with_mail(post.app, post.url, sign_in_sender=None)
    visitor = Visitor(app, core)
    await visitor.asks(email=post.address)
    [mail] = await eventually(lambda: _arrived(post))
    code = mail["text"].split()[0]
    assert code.isdecimal() and code not in mail["subject"]
    assert code == core.code(post.address)


async def _arrived(post: Post) -> list[dict[str, Any]]:
    return post.mails()


async def test_whoever_asks_is_answered_alike_whatever_becomes_of_the_mail(
    post: Post, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_codes, "PAUSE_SECONDS", 0.0)
    app = with_mail(post.app, post.url, sign_in_sender=None)
    visitor = Visitor(app, core)
    post.breaks(mode="error", status=500, times=2)
    answers = [await visitor.asks(email=post.address)]
    await eventually(lambda: _arrived(post))
    assert len(post.calls()) == 3
    post.breaks(mode="error", status=400)
    other = f"{secrets.token_hex(4)}-{post.address}"
    answers.append(await visitor.asks(email=other))
    await eventually(lambda: _idle(app))
    assert [sorted(one) for one in answers] == [sorted(answers[0])] * 2
    assert post.mails(other) == []


async def _idle(app: Any) -> bool:
    return not app.memory[sign_in_codes.RUNNING]


async def test_where_nothing_sends_texts_a_number_is_told_so_and_an_address_is_not(post: Post, core: Core) -> None:
    app = with_mail(post.app, post.url, sign_in_sender=None)
    assert not sign_in_codes.reaches(app, Target("phone", "+15125550123"))
    answer = await Visitor(app, core).call("signinup/code", {"phoneNumber": "+15125550123"})
    assert answer.status_code == 503
