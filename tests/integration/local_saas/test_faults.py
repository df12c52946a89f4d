"""What goes wrong on purpose: by test card, and by the fault switch."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.started import until

from .clients import Merchant, StandIn, line_after, new_id, said

HELD_SECONDS = 2
"""Long enough to be seen while it is held, also on a busy machine."""

CUT = (httpx.RemoteProtocolError, httpx.ReadError)


def raw_checkout(merchant: Merchant, token: str, external_id: str) -> bytes:
    """A checkout as it goes over the line."""
    data = {"transactionData": {"amount": "5.00", "externalTransactionId": external_id}}
    body = json.dumps(data).encode()
    head = (
        f"PUT /emergepay/v1/orgs/{merchant.oid}/transactions/checkout/{token} HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthorization: Bearer test-key-{merchant.oid}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def eventually_charged(merchant: Merchant, external_id: str) -> None:
    until(lambda: [row["externalTransactionId"] for row in merchant.rows()] == [external_id])


def while_it_is_held(merchant: Merchant) -> None:
    """Wait until the stand-in has a call of this merchant that it has not answered."""
    until(lambda: any("checkout" in call["path"] and call["answered"] is None for call in merchant.calls()))


def hung_up_while_held(merchant: Merchant, stand_in: StandIn, token: str, external_id: str) -> None:
    """Ask for a checkout, and hang up once it is held."""
    with socket.create_connection(("127.0.0.1", stand_in.port)) as line:
        line.sendall(raw_checkout(merchant, token, external_id))
        while_it_is_held(merchant)


@pytest.mark.parametrize(("number", "charged"), [("4000000000000051", False), ("4000000000000077", True)])
def test_a_card_that_drops_the_line_gives_no_byte_of_an_answer(
    merchant: Merchant, stand_in: StandIn, number: str, charged: bool
) -> None:
    external_id = new_id()
    assert line_after(stand_in.port, raw_checkout(merchant, merchant.start(number), external_id)) == b""
    assert merchant.calls()[-1]["answered"] is None
    assert [row["amountCents"] for row in merchant.rows()] == ([500] if charged else [])
    assert merchant.look_up(external_id).status_code == (200 if charged else 404)


def test_a_card_that_fails_is_not_charged(merchant: Merchant) -> None:
    for answer in (
        merchant.checkout(merchant.start("4000000000000500"), new_id()),
        merchant.wallet("4000000000000500", new_id()),
    ):
        assert answer.status_code == 500
        assert answer.json()["message"]
    assert merchant.rows() == []


def test_a_card_that_stalls_drops_in_the_end(merchant: Merchant) -> None:
    token, external_id = merchant.start("4000000000000044", seconds=0.2), new_id()
    with ThreadPoolExecutor(1) as calling:
        held = calling.submit(merchant.checkout, token, external_id)
        while_it_is_held(merchant)
        with pytest.raises(CUT):
            held.result()
    assert merchant.rows() == []
    assert merchant.look_up(external_id).status_code == 404


def test_a_late_card_is_charged_when_nobody_listens_any_more(merchant: Merchant, stand_in: StandIn) -> None:
    token, external_id = merchant.start("4000000000000101", seconds=HELD_SECONDS), new_id()
    hung_up_while_held(merchant, stand_in, token, external_id)
    eventually_charged(merchant, external_id)
    assert said(merchant.look_up(external_id))["resultMessage"] == "Approved"


def test_a_hidden_charge_is_found_after_a_while(merchant: Merchant) -> None:
    for seconds in (600, 0.1):
        token, external_id = merchant.start("4000000000000093", seconds=seconds), new_id()
        with pytest.raises(CUT):
            merchant.checkout(token, external_id)
        assert merchant.rows()[-1]["externalTransactionId"] == external_id
        if seconds == 600:
            assert merchant.look_up(external_id).status_code == 404
    until(lambda: merchant.look_up(external_id).status_code == 200)
    assert said(merchant.look_up(external_id))["transactionStatus"] == "Open"


def test_an_error_comes_as_often_as_told(merchant: Merchant, stand_in: StandIn) -> None:
    stand_in.fault(mode="error", status=429, times=2, match=merchant.oid)
    token = merchant.call("POST", "start", {})
    assert token.status_code == 429
    assert merchant.look_up("x").status_code == 429
    assert merchant.look_up("x").status_code == 404


@pytest.mark.parametrize(
    ("mode", "charged"), [("drop_before", False), ("drop_after", True), ("error", False), ("garble", True)]
)
def test_a_fault_before_or_after_the_charge(merchant: Merchant, stand_in: StandIn, mode: str, charged: bool) -> None:
    token, external_id = merchant.start(), new_id()
    stand_in.fault(mode=mode, match="checkout")
    heard = line_after(stand_in.port, raw_checkout(merchant, token, external_id)) if "drop" in mode else None
    if heard is None:
        answer = merchant.checkout(token, external_id, "5.00")
        assert answer.status_code == (200 if charged else 503)
        if charged:
            with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
                answer.json()
    else:
        assert heard == b""
    assert [row["amountCents"] for row in merchant.rows()] == ([500] if charged else [])


@pytest.mark.parametrize(("mode", "charged"), [("stall", False), ("late", True)])
def test_a_held_call_of_a_caller_who_left(merchant: Merchant, stand_in: StandIn, mode: str, charged: bool) -> None:
    token, external_id = merchant.start(), new_id()
    stand_in.fault(mode=mode, seconds=HELD_SECONDS, times=1, match=external_id)
    hung_up_while_held(merchant, stand_in, token, external_id)
    # One that is held as long, and later, is let go later.
    other = new_id()
    stand_in.fault(mode="late", seconds=HELD_SECONDS, times=1, match=other)
    merchant.checkout(token, other)
    assert [row["externalTransactionId"] for row in merchant.rows()] == [external_id, other][0 if charged else 1 :]


@pytest.mark.parametrize("mode", ["stall", "late"])
def test_a_held_call_of_a_caller_who_waits_is_done(merchant: Merchant, stand_in: StandIn, mode: str) -> None:
    stand_in.fault(mode=mode, seconds=0.1, match="checkout")
    assert said(merchant.checkout(merchant.start(), new_id()))["resultMessage"] == "Approved"


def test_a_decline_without_a_match_is_for_charges(merchant: Merchant, stand_in: StandIn) -> None:
    unique_id = said(merchant.checkout(merchant.start(), new_id()))["uniqueTransId"]
    stand_in.fault(mode="decline", message="Do not honor", times=2)
    token = merchant.start()
    for answer in (merchant.checkout(token, new_id()), merchant.wallet("w", new_id())):
        assert said(answer)["resultMessage"] == "Do not honor"
    stand_in.fault(mode="decline", message="Do not honor")
    assert said(merchant.void(unique_id, new_id()))["resultStatus"] == "true"
    assert [row["kind"] for row in merchant.rows()] == ["capture", "void"]


def test_a_decline_that_names_voids_refuses_them(merchant: Merchant, stand_in: StandIn) -> None:
    unique_id, void = said(merchant.checkout(merchant.start(), new_id()))["uniqueTransId"], new_id()
    stand_in.fault(mode="decline", message="Not now", match="transactions/void")
    assert said(merchant.void(unique_id, void))["resultMessage"] == "Not now"
    assert said(merchant.look_up(void))["resultStatus"] == "false"
    stand_in.fault(mode="ok", match="transactions/void")
    assert said(merchant.void(unique_id, new_id()))["resultStatus"] == "true"


def test_look_ups_are_hidden_beside_another_fault(merchant: Merchant, stand_in: StandIn) -> None:
    external_id, other = new_id(), new_id()
    for each in (external_id, other):
        merchant.checkout(merchant.start(), each)
    stand_in.fault(mode="hide", match=external_id)
    stand_in.fault(mode="error", times=1, match=external_id)
    assert merchant.look_up(external_id).status_code == 503
    assert merchant.look_up(external_id).status_code == 404
    assert merchant.look_up(other).status_code == 200
    stand_in.fault(mode="ok", match=external_id)
    assert merchant.look_up(external_id).status_code == 200


def test_hiding_ends_by_itself(merchant: Merchant, stand_in: StandIn) -> None:
    external_id = new_id()
    merchant.checkout(merchant.start(), external_id)
    stand_in.fault(mode="hide", seconds=600, match=external_id)
    assert merchant.look_up(external_id).status_code == 404
    stand_in.fault(mode="hide", seconds=0.1, match=external_id)
    until(lambda: merchant.look_up(external_id).status_code == 200)


def test_faults_stand_side_by_side_and_go_one_by_one(merchant: Merchant, stand_in: StandIn) -> None:
    one, other = new_id(), new_id()
    stand_in.fault(mode="error", status=500)
    stand_in.fault(mode="error", status=501, match=one)
    stand_in.fault(mode="error", status=502, match=other)
    stand_in.fault(mode="error", status=504, match=other)

    def answered() -> list[int]:
        return [merchant.look_up(each).status_code for each in (one, other, new_id())]

    assert answered() == [501, 504, 500]
    stand_in.fault(mode="ok", match=other)
    assert answered() == [501, 500, 500]
    stand_in.fault(mode="ok", match="")
    assert answered() == [501, 404, 404]
    stand_in.fault(mode="hide")
    stand_in.fault(mode="ok")
    assert answered() == [404, 404, 404]


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"mode": "perhaps"},
        {"mode": "error", "status": 200},
        {"mode": "stall", "seconds": "long"},
        {"mode": "stall", "seconds": 601},
        {"mode": "error", "times": 0},
        {"mode": "error", "match": 5},
        {"mode": "decline", "message": ["no"]},
        {"mode": "error", "colour": "red"},
    ],
)
def test_a_wrong_fault_is_refused_in_words(stand_in: StandIn, fault: dict[str, Any]) -> None:
    answer = stand_in.http.post(f"{stand_in.url}/_local/fault", json=fault)
    assert answer.status_code == 400
    assert answer.json()["message"]
