"""What Twilio tells: STOP and START, and what became of a text. Signed by Twilio's own SDK, or refused."""

from __future__ import annotations

import secrets
from typing import Any

import azure.functions as func
import pytest
from bson import ObjectId

from local.saas.twilio.vendor import ACCOUNT_SID, PHONE_NUMBER
from shared.services.messages import text_events
from shared.services.messages.text_events import LOOKS
from shared.web import text_events as door
from shared.web.runtime import Given
from tests.integration.messages.phones import API, Phones, signed_form

MESSAGE = f"{API}/api/v1/inbound/twilio/message"
STATUS = f"{API}/api/v1/inbound/twilio/status"


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_events, "LOOK_EVERY_SECONDS", 0.0)


def sent(url: str, body: bytes, headers: dict[str, str]) -> func.HttpRequest:
    # The address that a request shows is no matter: proxies stand before the app.
    return func.HttpRequest("POST", f"http://somewhere.example/{url}", headers=headers, body=body)


async def replies(phones: Phones, text: str, *, url: str = MESSAGE, **more: str) -> tuple[int, bytes]:
    """The diner's phone sends a text."""
    form = {"MessageSid": f"SM{secrets.token_hex(16)}", "AccountSid": ACCOUNT_SID, "From": phones.number}
    body, headers = signed_form(url, {**form, "To": PHONE_NUMBER, "Body": text, **more})
    answer = await door.answer_reply(sent(url, body, headers), Given(phones.app))
    return answer.status_code, answer.get_body()


async def tells(phones: Phones, sid: str, status: str, *, url: str = STATUS, **more: str) -> int:
    """Twilio says what became of a text."""
    form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": ACCOUNT_SID, "To": phones.number, **more}
    body, headers = signed_form(url, form)
    return (await door.answer_status(sent(url, body, headers), Given(phones.app))).status_code


async def ordered(phones: Phones) -> dict[str, Any]:
    """Order; the duty to text."""
    return (await phones.settled(await phones.order()))[0]


async def delivery(phones: Phones, order_id: ObjectId) -> str:
    return str((await phones.duties(order_id))[0].get("delivery", ""))


class TestStop:
    @pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "Stop.", "ALTO"])
    async def test_ends_texts_without_bothering_anybody_and_start_begins_them_again(
        self, phones: Phones, word: str
    ) -> None:
        status, said = await replies(phones, word)
        assert (status, said) == (200, b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>')
        duty = await ordered(phones)
        assert (duty["state"], duty["outcome"]) == ("given_up", "opted out")
        assert phones.calls() == []
        assert await phones.attention() == []
        assert (await replies(phones, "start"))[0] == 200
        assert (await ordered(phones))["state"] == "sent"

    async def test_is_kept_without_the_number(self, phones: Phones) -> None:
        await replies(phones, "STOP")
        [kept] = await phones.app.db.text_opt_outs.find().to_list()
        assert kept["stopped"] is True
        assert phones.number[2:] not in str(kept)
        assert "purgeAt" not in kept

    async def test_goes_by_what_twilio_took_it_for(self, phones: Phones) -> None:
        await replies(phones, "basta", OptOutType="STOP")
        assert (await ordered(phones))["outcome"] == "opted out"

    async def test_is_not_what_somebody_says_in_passing(self, phones: Phones) -> None:
        for text in ("Where do I stop?", "", "HELP", "yes please"):
            assert (await replies(phones, text))[0] == 200
        assert (await ordered(phones))["state"] == "sent"

    async def test_to_another_number_of_the_account_is_not_said_to_ours(self, phones: Phones) -> None:
        await replies(phones, "STOP", To="+12025550199")
        assert (await ordered(phones))["state"] == "sent"

    async def test_that_twilio_alone_has_heard_is_kept_too(self, phones: Phones) -> None:
        phones.told("fault", mode="ok", match=phones.number[1:])
        # The stand-in hears it, and nobody listens here.
        phones.told("reply", **{"from": phones.number, "text": "STOP", "url": MESSAGE})
        first, second = await ordered(phones), await ordered(phones)
        assert [(one["state"], one["outcome"]) for one in (first, second)] == [("given_up", "opted out")] * 2
        # Twilio refused the first (21610); of the second it was not asked.
        assert [call["answered"] for call in phones.calls() if "Body" in call["body"]] == [400]
        assert await phones.attention() == []

    async def test_that_is_sent_again_by_whoever_kept_it_changes_nothing(self, phones: Phones) -> None:
        sid = f"SM{secrets.token_hex(16)}"
        for _ in range(2):
            assert (await replies(phones, "STOP", MessageSid=sid))[0] == 200
        await replies(phones, "START")
        assert (await replies(phones, "STOP", MessageSid=sid))[0] == 200
        assert (await ordered(phones))["state"] == "sent"


class TestDelivery:
    async def test_is_kept_on_the_duty_and_goes_only_forward(self, phones: Phones) -> None:
        duty = await ordered(phones)
        sid, order_id = duty["providerId"], duty["orderId"]
        for status, kept in (
            ("sent", "sent"),
            ("queued", "sent"),
            ("delivered", "delivered"),
            ("sent", "delivered"),
            ("delivered", "delivered"),
            ("undelivered", "delivered"),
            ("nonsense", "delivered"),
        ):
            assert await tells(phones, sid, status) == 204
            assert await delivery(phones, order_id) == kept

    async def test_that_failed_is_kept_with_its_code(self, phones: Phones) -> None:
        duty = await ordered(phones)
        assert await tells(phones, duty["providerId"], "undelivered", ErrorCode="30003") == 204
        assert await tells(phones, duty["providerId"], "sent") == 204
        assert await delivery(phones, duty["orderId"]) == "undelivered 30003"

    async def test_of_a_text_that_nobody_knows_is_heard_and_changes_nothing(self, phones: Phones) -> None:
        duty = await ordered(phones)
        assert LOOKS > 1
        assert await tells(phones, f"SM{secrets.token_hex(16)}", "delivered") == 204
        assert await delivery(phones, duty["orderId"]) == ""

    async def test_that_tells_of_a_stop_is_one(self, phones: Phones) -> None:
        duty = await ordered(phones)
        await tells(phones, duty["providerId"], "failed", ErrorCode="21610")
        assert (await ordered(phones))["outcome"] == "opted out"

    async def test_that_tells_of_a_stop_and_is_sent_again_ends_nothing_for_who_wants_texts_by_now(
        self, phones: Phones
    ) -> None:
        refused, later = (await ordered(phones))["providerId"], (await ordered(phones))["providerId"]
        for _ in range(2):
            assert await tells(phones, refused, "failed", ErrorCode="21610") == 204
        await replies(phones, "START")
        assert await tells(phones, refused, "failed", ErrorCode="21610") == 204
        assert (await ordered(phones))["state"] == "sent"
        # Another text's refusal is news.
        assert await tells(phones, later, "failed", ErrorCode="21610") == 204
        assert (await ordered(phones))["outcome"] == "opted out"


class TestWhoTells:
    async def refused(self, phones: Phones, form: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        for answer in (door.answer_reply, door.answer_status):
            response = await answer(sent(MESSAGE, body, headers), Given(phones.app))
            assert response.status_code == 403, form
        assert await phones.app.db.text_opt_outs.count_documents({}) == 0

    @pytest.mark.parametrize("signature", ["", "x", "ä" * 28, "A" * 5000, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="])
    async def test_must_sign_it(self, phones: Phones, signature: str) -> None:
        form = {"MessageSid": "SM1", "AccountSid": ACCOUNT_SID, "From": phones.number, "To": PHONE_NUMBER}
        body, headers = signed_form(MESSAGE, {**form, "Body": "STOP"})
        if signature:
            headers["x-twilio-signature"] = signature
        else:
            del headers["x-twilio-signature"]
        await self.refused(phones, form, headers, body)

    async def test_must_sign_it_with_our_secret_for_our_address_as_our_account(self, phones: Phones) -> None:
        form = {"MessageSid": "SM1", "AccountSid": ACCOUNT_SID, "From": phones.number, "To": PHONE_NUMBER}
        form |= {"Body": "STOP"}
        body, headers = signed_form(MESSAGE, form, token="another")
        await self.refused(phones, form, headers, body)
        body, headers = signed_form("https://another.example/api/v1/inbound/twilio/message", form)
        await self.refused(phones, form, headers, body)
        # A subaccount's calls are another's.
        other = {**form, "AccountSid": "AC00000000000000000000000000000002"}
        body, headers = signed_form(MESSAGE, other)
        await self.refused(phones, other, headers, body)

    async def test_signs_all_of_it(self, phones: Phones) -> None:
        form = {"MessageSid": "SM1", "AccountSid": ACCOUNT_SID, "From": phones.number, "To": PHONE_NUMBER}
        body, headers = signed_form(MESSAGE, {**form, "Body": "START"})
        for forged in (body.replace(b"START", b"STOP"), body + b"&Body=STOP", body + b"&OptOutType=STOP"):
            await self.refused(phones, form, headers, forged)

    async def test_may_not_send_at_will(self, phones: Phones) -> None:
        for body, status in ((b"x" * 40_000, 413), (b"&".join(b"a=b" for _ in range(500)), 400), (b"\xff=1", 400)):
            response = await door.answer_reply(sent(MESSAGE, body, {}), Given(phones.app))
            assert response.status_code == status
