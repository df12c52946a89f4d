"""Pushes to browsers: only the browser can read them, and no address leads anywhere that it must not (rules 24.3)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from local.saas.web_push import reading
from local.saas.web_push.vendor import PRIVATE_KEY, PUBLIC_KEY
from shared.integrations.delivery import CALL_SECONDS, Refused
from shared.integrations.push import Note
from shared.integrations.web_push import sealing
from shared.integrations.web_push.client import WebPush
from shared.integrations.webhooks import WebhookClient
from shared.settings import Settings
from tests.integration.cli import orderbuddy
from tests.integration.pushes.phones import Pushes, push_settings

NOTE = Note("New Order", "Order #K7M received!", tag="order-1", data={"orderId": "1"})


async def test_the_browser_reads_what_was_sealed_for_it(web_push: WebPush, pushes: Pushes) -> None:
    browser, to = pushes.browser()
    came = await web_push.send([to], NOTE)
    assert came.sent == 1
    [shown] = pushes.shown(browser)
    assert shown["shown"] == {
        "title": "New Order",
        "body": "Order #K7M received!",
        "tag": "order-1",
        "data": {"orderId": "1"},
    }
    assert shown["headers"]["urgency"] == "high" and int(shown["headers"]["ttl"]) == sealing.KEPT_SECONDS
    assert shown["headers"]["content-encoding"] == "aes128gcm"


async def test_in_a_rush_each_browser_gets_each_push_once(web_push: WebPush, pushes: Pushes) -> None:
    screens = [pushes.browser() for _ in range(6)]
    came = await asyncio.gather(*(web_push.send([to for _, to in screens], NOTE) for _ in range(8)))
    assert [(one.sent, list(one.again)) for one in came] == [(6, [])] * 8
    assert [len(pushes.shown(browser)) for browser, _ in screens] == [8] * 6


async def test_a_browser_that_is_gone_is_named_and_the_others_get_theirs(web_push: WebPush, pushes: Pushes) -> None:
    gone, gone_at = pushes.browser()
    there, there_at = pushes.browser()
    _, unknown_at = pushes.browser()
    pushes.leave(gone)
    unknown = replace(unknown_at, endpoint=f"{unknown_at.endpoint}0")
    keyless = replace(there_at, p256dh="no key")
    came = await web_push.send([gone_at, there_at, unknown, keyless], NOTE)
    assert list(came.gone) == [gone_at, unknown, keyless] and came.sent == 1
    assert len(pushes.shown(there)) == 1 and pushes.shown(gone) == []


@pytest.mark.parametrize(
    ("fault", "what", "arrived"),
    [
        ({"mode": "error", "status": 429}, "again", 0),
        ({"mode": "error", "status": 503}, "again", 0),
        ({"mode": "error", "status": 500}, "unsure", 0),
        ({"mode": "drop_before"}, "unsure", 0),
        ({"mode": "drop_after"}, "unsure", 1),
        ({"mode": "stall", "seconds": 600}, "unsure", 0),
        ({"mode": "error", "status": 400}, "refused", 0),
    ],
)
async def test_each_failure_says_whether_the_push_may_be_there(
    sends: Settings, pushes: Pushes, fault: dict[str, Any], what: str, arrived: int
) -> None:
    hasty = WebPush(sends, hooks=WebhookClient(sends, seconds=2.0))
    browser, to = pushes.browser()
    other, other_at = pushes.browser()
    pushes.screen_breaks(browser, **fault)
    came = await hasty.send([to, other_at], NOTE)
    await hasty.close()
    assert came.sent == 1 and len(pushes.shown(other)) == 1
    assert len(pushes.shown(browser)) == arrived and pushes.screen_calls(browser) == 1
    if what == "refused":
        assert came.refused == "status 400" and not (came.again or came.unsure or came.gone)
    else:
        assert list(getattr(came, what)) == [to]
    if what == "again":
        assert came.retry_after == 7


async def test_a_push_follows_no_redirect(web_push: WebPush, pushes: Pushes) -> None:
    browser, to = pushes.browser("elsewhere")
    came = await web_push.send([to], NOTE)
    assert (came.sent, came.refused) == (0, "status 307")
    assert pushes.shown(browser) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://10.0.0.7/x",
    ],
)
async def test_nothing_goes_to_addresses_inside(settings: Settings, pushes: Pushes, endpoint: str) -> None:
    outside = push_settings(settings, pushes.base, webhooks_to_this_machine=False)
    guarded = WebPush(outside, hooks=WebhookClient(outside, seconds=CALL_SECONDS))
    browser, to = pushes.browser()
    came = await guarded.send([replace(to, endpoint=endpoint)], NOTE)
    assert came.sent == 0 and len(came.again) + len(came.gone) == 1
    assert pushes.screen_calls(browser) == 0


async def test_our_own_key_that_is_none_is_refused_and_not_repeated(settings: Settings, pushes: Pushes) -> None:
    broken = WebPush(push_settings(settings, pushes.base, vapid_private_key="a-secret-that-is-no-key"))
    _, to = pushes.browser()
    with pytest.raises(Refused) as told:
        await broken.send([to], NOTE)
    assert "a-secret" not in str(told.value)


async def test_a_pair_that_the_command_makes_is_good_to_sign_with(pushes: Pushes) -> None:
    said = (await orderbuddy(None, "push", "keys")).out
    made = dict(line.split("=", 1) for line in said.splitlines())
    assert sealing.public_key_of(made["VAPID_PRIVATE_KEY"]) == made["VAPID_PUBLIC_KEY"]
    _, to = pushes.browser()
    signed = sealing.headers(to, NOTE, private_key=made["VAPID_PRIVATE_KEY"], subject="mailto:a@b.example")
    audience = pushes.base
    assert reading.is_signed(signed["authorization"], made["VAPID_PUBLIC_KEY"], audience)
    assert not reading.is_signed(signed["authorization"], PUBLIC_KEY, audience)
    assert not reading.is_signed(signed["authorization"], made["VAPID_PUBLIC_KEY"], "https://push.example")


def test_the_public_key_is_found_from_the_private_one() -> None:
    assert sealing.public_key_of(PRIVATE_KEY) == PUBLIC_KEY
