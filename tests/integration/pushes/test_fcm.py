"""Pushes by Firebase's own SDK, over HTTP to its stand-in: each answer belongs to its own token (rules 24.3)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.integrations.fcm import client, sdk
from shared.integrations.fcm.client import Fcm
from shared.integrations.push import Note
from shared.settings import Settings
from tests.integration.pushes.phones import Pushes, new_token, push_settings

NOTE = Note("New Order", "Order #K7M received!", tag="order-1", data={"orderId": "1"})
PATIENCE = 2.0
"""For how long an answer that does not come is waited for: less than in earnest, and enough for those that come."""


async def test_a_push_arrives_as_it_was_written(fcm: Fcm, pushes: Pushes) -> None:
    token = new_token()
    came = await fcm.send([token], NOTE)
    assert (came.sent, list(came.gone), list(came.again)) == (1, [], [])
    [shown] = pushes.to(token)
    assert (shown["title"], shown["body"], shown["data"]) == ("New Order", "Order #K7M received!", {"orderId": "1"})
    assert shown["android"]["priority"] == "high"
    assert shown["android"]["notification"] == {
        "channel_id": "order_notifications",
        "sound": "default",
        "tag": "order-1",
    }


async def test_one_access_token_serves_many_pushes(fcm: Fcm, pushes: Pushes) -> None:
    before = pushes.token_calls()
    for _ in range(3):
        assert (await fcm.send([new_token()], NOTE)).sent == 1
    assert pushes.token_calls() == before + 1


async def test_each_answer_belongs_to_the_token_in_its_place_also_across_batches(
    fcm: Fcm, pushes: Pushes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "AT_ONCE", 3)
    tokens = [new_token() for _ in range(10)]
    for number, state in ((1, "unregistered"), (4, "mismatch"), (8, "invalid")):
        pushes.tell(tokens[number], state)
    pushes.breaks(tokens[2], mode="error", status=429)
    pushes.breaks(tokens[5], mode="error", status=500)
    pushes.breaks(tokens[9], mode="error", status=403)
    came = await fcm.send([*tokens[:6], "no token at all", *tokens[6:]], NOTE)
    assert list(came.gone) == [tokens[1], tokens[4], "no token at all", tokens[8]]
    assert list(came.again) == [tokens[2]] and came.retry_after == 7
    assert list(came.unsure) == [tokens[5]]
    assert came.refused == "PERMISSION_DENIED"
    assert came.sent == 4
    assert [len(pushes.to(each)) for each in tokens] == [1, 0, 0, 1, 0, 0, 1, 1, 0, 0]
    # The SDK would try 500, 503 and a cut line again by itself.
    assert {pushes.calls(each) for each in tokens} == {1}


@pytest.mark.parametrize(
    ("fault", "what", "arrived"),
    [
        ({"mode": "error", "status": 503}, "again", 0),
        ({"mode": "error", "status": 502}, "unsure", 0),
        ({"mode": "drop_before"}, "unsure", 0),
        ({"mode": "drop_after"}, "unsure", 1),
        ({"mode": "stall", "seconds": 600}, "unsure", 0),
    ],
)
async def test_one_token_that_fails_leaves_the_others_their_answers(
    fcm: Fcm, pushes: Pushes, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any], what: str, arrived: int
) -> None:
    monkeypatch.setattr(sdk, "HTTP_SECONDS", PATIENCE)
    good, bad = new_token(), new_token()
    pushes.breaks(bad, **fault)
    came = await fcm.send([bad, good], NOTE)
    assert came.sent == 1 and list(getattr(came, what)) == [bad]
    assert (len(pushes.to(good)), len(pushes.to(bad)), pushes.calls(bad)) == (1, arrived, 1)


async def test_no_answer_at_all_is_in_doubt(fcm: Fcm, pushes: Pushes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk, "HTTP_SECONDS", PATIENCE)
    tokens = [new_token(), new_token()]
    for token in tokens:
        pushes.breaks(token, mode="stall", seconds=600)
    with pytest.raises(InDoubt) as told:
        await fcm.send(tokens, NOTE)
    assert not any(token in str(told.value) for token in tokens)


async def test_where_nobody_listens_nothing_was_taken(settings: Settings, pushes: Pushes) -> None:
    nowhere = push_settings(settings, pushes.base, firebase_send_url="http://127.0.0.1:9")
    for made in (nowhere, push_settings(settings, pushes.base, firebase_token_uri="http://127.0.0.1:9/token")):
        lost = Fcm(made)
        with pytest.raises(NotTaken):
            await lost.send([new_token()], NOTE)
        await lost.close()


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"mode": "error", "status": 503}, NotTaken),
        ({"mode": "drop_before"}, NotTaken),
        ({"mode": "error", "status": 400}, Refused),
    ],
)
async def test_without_an_access_token_nothing_is_sent(
    fcm: Fcm, pushes: Pushes, fault: dict[str, Any], raised: type[Exception]
) -> None:
    token = new_token()
    pushes.breaks("/token", **fault)
    with pytest.raises(raised):
        await fcm.send([token], NOTE)
    assert pushes.calls(token) == 0
    pushes.mend()
    assert (await fcm.send([token], NOTE)).sent == 1


async def test_a_key_that_is_none_is_refused_and_not_repeated(settings: Settings, pushes: Pushes) -> None:
    broken = Fcm(push_settings(settings, pushes.base, firebase_private_key="-----BEGIN PRIVATE KEY-----\\nsecret"))
    with pytest.raises(Refused) as told:
        await broken.send([new_token()], NOTE)
    assert "secret" not in str(told.value)
    assert "BEGIN" not in repr(push_settings(settings, pushes.base).firebase_private_key)


@pytest.mark.long
async def test_five_hundred_go_out_at_once_and_the_next_in_a_batch_of_its_own(fcm: Fcm, pushes: Pushes) -> None:
    tokens = [new_token() for _ in range(501)]
    pushes.tell(tokens[500], "unregistered")
    pushes.tell(tokens[499], "mismatch")
    came = await fcm.send(tokens, NOTE)
    assert (came.sent, list(came.gone), list(came.unsure)) == (499, tokens[499:], [])
