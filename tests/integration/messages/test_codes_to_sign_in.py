"""Codes to sign in with that go by text: what keeps one back, and that no answer tells of it (rules 12, 24.1)."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace

import pytest

from shared.app import App
from shared.integrations.twilio_texts.client import TwilioTexts
from shared.memory.slots import Memory
from shared.services.messages import numbers, sign_in_codes
from shared.store import opt_outs
from tests.integration.core import Core, Visitor
from tests.integration.messages.phones import API, NUMBERS, Phones
from tests.patience import eventually

REPLIES = f"{API}/api/v1/inbound/twilio/message"


def telling(phones: Phones, **more: object) -> App:
    """The restaurant's App, where codes go out."""
    told = phones.app.settings.model_copy(update={"sign_in_sender": None, **more})
    return replace(phones.app, settings=told, sms=TwilioTexts(told), memory=Memory())


async def asked(app: App, core: Core, number: str) -> list[str]:
    """Ask for a code; the names of what is answered, once nothing is on its way any more."""
    answer = await Visitor(app, core).asks(phoneNumber=number)

    async def idle() -> bool:
        return not app.memory[sign_in_codes.RUNNING]

    await eventually(idle)
    return sorted(answer)


def sent(phones: Phones, number: str) -> int:
    """How many texts the service took for a number."""
    return len(phones.texts(number))


async def works_here(phones: Phones, number: str) -> str:
    """Make the number one of the restaurant's people."""
    mine = {"restaurantId": phones.world.restaurant_id, "role": "kitchen", "locationIds": None}
    await phones.app.db.users.insert_one(
        {"userId": secrets.token_hex(8), "phoneNumber": number, "memberships": [mine], "restaurants": []}
    )
    return number


async def test_a_code_stands_first_in_its_text_and_in_no_log(
    phones: Phones, core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await asked(telling(phones), core, phones.number)
    [text] = phones.texts()
    code, _, rest = text.partition(" ")
    assert code.isdecimal() and rest == "is your sign-in code for OrderBuddy. Tell it to nobody."
    assert code == core.code(phones.number)
    assert "StatusCallback" not in phones.calls()[0]["body"]
    said = [one.getMessage() for one in caplog.records if one.levelno >= logging.INFO]
    assert said and not [line for line in said if code in line or phones.number[2:] in line]


async def test_one_that_cannot_be_sent_is_answered_like_those_that_can(phones: Phones, core: Core) -> None:
    app = telling(phones)
    phones.fault("error", status=400)
    assert await asked(app, core, phones.number) == await asked(app, core, next(NUMBERS))
    assert phones.texts() == []


async def test_nobody_who_said_stop_gets_one_and_the_answer_is_as_ever(
    phones: Phones, core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    app, key = telling(phones), numbers.key(phones.app, phones.number)
    await opt_outs.stop(app.db, key, app.clock.now())
    assert await asked(app, core, phones.number) == await asked(app, core, next(NUMBERS))
    assert phones.calls() == []
    assert "opted out" in caplog.text and phones.number[2:] not in caplog.text
    await opt_outs.hear(app.db, key, "SM1", app.clock.now(), stopped=False)
    await asked(app, core, phones.number)
    assert sent(phones, phones.number) == 1


async def test_a_stop_that_twilio_alone_has_heard_is_kept_and_asked_for_once(phones: Phones, core: Core) -> None:
    app = telling(phones)
    phones.told("reply", **{"from": phones.number, "text": "STOP", "url": REPLIES})
    other = await asked(app, core, next(NUMBERS))
    assert [await asked(app, core, phones.number) for _ in range(2)] == [other, other]
    # Twilio refused the first (21610); of the second it was not asked.
    assert [call["answered"] for call in phones.calls() if "Body" in call["body"]] == [400]
    assert await opt_outs.is_stopped(app.db, numbers.key(app, phones.number))


async def test_strangers_get_so_many_by_text_in_an_hour_and_staff_sign_in_all_the_same(
    phones: Phones, core: Core
) -> None:
    app = telling(phones, code_texts_per_hour=2, codes_to_strangers=0)
    phones.clock.advance(minutes=60 - phones.clock.now().minute)
    strangers, staff = [next(NUMBERS) for _ in range(4)], await works_here(phones, next(NUMBERS))
    # Whoever pumps texts has accounts for their numbers soon: an account alone opens nothing.
    await app.db.users.insert_one({"userId": secrets.token_hex(8), "phoneNumber": strangers[3]})
    answers = [await asked(app, core, number) for number in (*strangers, staff)]
    assert answers == [answers[0]] * 5
    assert [sent(phones, number) for number in (*strangers, staff)] == [1, 1, 0, 0, 1]
    phones.clock.advance(hours=1)
    await asked(app, core, strangers[2])
    assert sent(phones, strangers[2]) == 1


async def test_what_was_not_taken_counts_for_nobody(
    phones: Phones, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_codes, "PAUSE_SECONDS", 0.0)
    few = {"code_texts_per_hour": 1, "codes_to_strangers": 0}
    phones.clock.advance(minutes=60 - phones.clock.now().minute)
    phones.fault("error", status=503, times=sign_in_codes.TRIES)
    await asked(telling(phones, **few), core, phones.number)
    assert phones.texts() == []
    # The one that failed thrice is left alone for a while: this is another process.
    await asked(telling(phones, **few), core, phones.number)
    assert sent(phones, phones.number) == 1


@pytest.mark.parametrize("staff", [False, True])
async def test_a_number_gets_so_many_in_an_hour_whoever_asks(phones: Phones, core: Core, *, staff: bool) -> None:
    app = telling(phones, codes_per_target=2, texts_per_number_and_hour=3)
    phones.clock.advance(minutes=60 - phones.clock.now().minute)
    if staff:
        await works_here(phones, phones.number)
    said = []
    for _ in range(3):
        for _ in range(3):
            answer = await Visitor(app, core).call("signinup/code", {"phoneNumber": phones.number})
            said.append((answer.status_code, int(answer.headers.get("retry-after", 0))))
        phones.clock.advance(minutes=10)
    # Two in ten minutes, three in the hour; what was refused does not count.
    ok = (200, 0)
    assert said[:2] == [ok, ok] and said[2][0] == 429 and said[2][1] <= 600
    assert said[3] == ok and [status for status, _ in said[4:]] == [429] * 5
    assert 600 < said[4][1] <= 3000
    phones.clock.advance(minutes=30)
    assert (await Visitor(app, core).call("signinup/code", {"phoneNumber": phones.number})).status_code == 200


async def test_codes_and_texts_about_orders_do_not_silence_one_another(phones: Phones, core: Core) -> None:
    app = telling(phones, texts_per_number_and_hour=1)
    phones.clock.advance(minutes=60 - phones.clock.now().minute)
    await asked(app, core, phones.number)
    few = replace(phones, app=app)
    assert (await few.settled(await few.order()))[0]["state"] == "sent"
    assert sent(phones, phones.number) == 2
