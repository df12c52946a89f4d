"""What stand-ins were sent by the vendors' SDKs, or by our own calls, is listed once after kill -9 and a restart."""

from __future__ import annotations

import base64
import secrets
import signal
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.saas.sendgrid.vendor import API_KEY, FROM, SENDGRID
from local.saas.twilio.vendor import ACCOUNT_SID, AUTH_TOKEN, PHONE_NUMBER, TWILIO
from shared.integrations.fcm.client import Fcm
from shared.integrations.mail import Attachment, Letter
from shared.integrations.push import Note
from shared.integrations.sendgrid_mail.client import SendGridMail
from shared.integrations.sms import OptedOut
from shared.integrations.twilio_texts.client import TwilioTexts
from shared.integrations.web_push.client import WebPush
from shared.settings import Settings
from tests.integration.local_saas.clients import StandIn
from tests.integration.pushes.phones import Pushes, new_token, push_settings
from tests.started import until

NOTE = Note("New Order", "Order #K7M received!", tag="order-1", data={"orderId": "1"})


@dataclass
class Vendors:
    """The stand-ins of one process, what sends to each, and what each lists."""

    stand_in: StandIn
    pushes: Pushes
    texts: TwilioTexts
    mail: SendGridMail
    fcm: Fcm
    web_push: WebPush

    def lists(self, vendor: str, what: str) -> list[dict[str, Any]]:
        """What a stand-in lists, the first first."""
        return list(self.stand_in.http.get(f"{self.pushes.base}/{vendor}/_local/{what}").json())

    def does(self, vendor: str, what: str, **body: Any) -> dict[str, Any]:
        """A switch of a stand-in."""
        answer = self.stand_in.http.post(f"{self.pushes.base}/{vendor}/_local/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def killed(self) -> None:
        """Their process is killed, and started again on the same data."""
        self.stand_in.stop(signal.SIGKILL)
        self.stand_in.start()


@pytest.fixture
async def vendors(own_stand_in: StandIn, settings: Settings) -> AsyncIterator[Vendors]:
    base = f"http://127.0.0.1:{own_stand_in.port}"
    told = {**TWILIO.settings(f"{base}/twilio"), **SENDGRID.settings(f"{base}/sendgrid")}
    sends = push_settings(settings, base, **{name.lower(): value for name, value in told.items()})
    senders = TwilioTexts(sends), SendGridMail(sends), Fcm(sends), WebPush(sends)
    yield Vendors(own_stand_in, Pushes.at(base), *senders)
    for sender in senders:
        await sender.close()


async def test_texts_and_who_wants_none(vendors: Vendors) -> None:
    number, other = "+12025550141", "+12025550142"
    vendors.does("twilio", "reply", **{"from": other, "text": "STOP", "url": "http://127.0.0.1:9/message"})
    sid = await vendors.texts.send(number, "Your order is ready", followed=False)
    # What becomes of a text comes after it was taken, and is kept, too.
    until(lambda: vendors.lists("twilio", "texts")[-1]["status"] == "delivered")
    until(lambda: "delivered" in (vendors.stand_in.data_dir / "twilio.jsonl").read_text())
    before = vendors.lists("twilio", "texts")
    vendors.killed()
    assert vendors.lists("twilio", "texts") == before
    assert [(text["way"], text["sid"] == sid) for text in before] == [("in", False), ("out", True)]
    with pytest.raises(OptedOut):
        await vendors.texts.send(other, "Your order is ready", followed=False)
    assert await vendors.texts.send(number, "Come and get it", followed=False) != sid


async def test_mails_with_their_attachments_and_events(vendors: Vendors) -> None:
    picture = Attachment("soup.png", "image/png", b"soup", "soup")
    letter = Letter("ann@diner.example", "Receipt", "Soup", "<p>Soup</p>", [picture], {"duty": "d"})
    mail_id = await vendors.mail.send(letter)
    vendors.does("sendgrid", "event", id=mail_id, event="delivered", to="http://127.0.0.1:9/api/v1/mail/events")
    [before], whole = vendors.lists("sendgrid", "mails"), _mail(vendors, mail_id)
    vendors.killed()
    assert vendors.lists("sendgrid", "mails") == [before] and _mail(vendors, mail_id) == whole
    assert base64.b64decode(whole["attachments"][0]["content"]) == b"soup"
    assert before["told"] == [{"kind": "delivered", "answered": None}]


async def test_pushes_to_phones_dead_tokens_and_who_may_send(vendors: Vendors) -> None:
    token, dead = new_token(), new_token()
    assert (await vendors.fcm.send([token], NOTE)).sent == 1
    vendors.pushes.tell(dead, "unregistered")
    before = vendors.lists("fcm", "pushes")
    vendors.killed()
    assert vendors.lists("fcm", "pushes") == before and len(vendors.pushes.to(token)) == 1
    # The same SDK, with the access token that it got before.
    came = await vendors.fcm.send([token, dead], NOTE)
    assert (came.sent, list(came.gone)) == (1, [dead])
    assert vendors.pushes.token_calls() == 0 and len(vendors.pushes.to(token)) == 2


async def test_browsers_that_subscribed_or_left_and_their_pushes(vendors: Vendors) -> None:
    (there, there_at), (gone, gone_at) = vendors.pushes.browser(), vendors.pushes.browser()
    vendors.pushes.leave(gone)
    assert (await vendors.web_push.send([there_at], NOTE)).sent == 1
    before = vendors.lists("web_push", "pushes")
    vendors.killed()
    assert vendors.lists("web_push", "pushes") == before
    assert [one["shown"]["title"] for one in vendors.pushes.shown(there)] == ["New Order"]
    # A browser keeps the keys with which it reads.
    came = await vendors.web_push.send([there_at, gone_at], NOTE)
    assert (came.sent, list(came.gone)) == (1, [gone_at])
    assert len(vendors.pushes.shown(there)) == 2 and vendors.pushes.shown(gone) == []


def _mail(vendors: Vendors, mail_id: str) -> dict[str, Any]:
    return dict(vendors.stand_in.http.get(f"{vendors.pushes.base}/sendgrid/mails/{mail_id}").json())


@dataclass(frozen=True)
class Rush:
    """How one stand-in is called on and on. `call` sends a word, and `word` finds it in what is listed."""

    vendor: str
    what: str
    path: str
    call: Callable[[str], dict[str, Any]]
    word: Callable[[dict[str, Any]], str]


def _text_of(word: str) -> dict[str, Any]:
    form = {"To": "+12025550143", "From": PHONE_NUMBER, "Body": word}
    return {"data": form, "auth": (ACCOUNT_SID, AUTH_TOKEN)}


def _mail_of(word: str) -> dict[str, Any]:
    mail = {
        "from": {"email": FROM},
        "subject": word,
        "personalizations": [{"to": [{"email": "ann@example.com"}]}],
        "content": [{"type": "text/plain", "value": "Hello"}],
    }
    return {"json": mail, "headers": {"authorization": f"Bearer {API_KEY}"}}


RUSHES = (
    Rush("twilio", "texts", f"2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", _text_of, lambda row: str(row["body"])),
    Rush("sendgrid", "mails", "v3/mail/send", _mail_of, lambda row: str(row["subject"])),
)


@pytest.mark.parametrize("rush", RUSHES, ids=lambda rush: rush.vendor)
def test_whatever_was_answered_is_there_once_after_kill_9_among_many_calls(own_stand_in: StandIn, rush: Rush) -> None:
    base, mine = f"http://127.0.0.1:{own_stand_in.port}/{rush.vendor}", secrets.token_hex(4)
    asked: list[str] = []
    answered: list[str] = []
    killed = threading.Event()

    def send_on_and_on(caller: int) -> None:
        # Fewer than the stand-in keeps.
        for number in range(20):
            word = f"{mine}-{caller}-{number}"
            if killed.is_set():
                return
            asked.append(word)
            try:
                if own_stand_in.http.post(f"{base}/{rush.path}", **rush.call(word)).is_success:
                    answered.append(word)
            except httpx.HTTPError:
                return

    with ThreadPoolExecutor(8) as callers:
        for caller in range(8):
            callers.submit(send_on_and_on, caller)
        until(lambda: len(answered) >= 30)
        own_stand_in.stop(signal.SIGKILL)
        killed.set()
    own_stand_in.start()
    found = [rush.word(row) for row in own_stand_in.http.get(f"{base}/_local/{rush.what}").json()]
    kept = [word for word in found if word.startswith(mine)]
    assert len(kept) == len(set(kept)) and set(answered) <= set(kept) <= set(asked)
