"""What happens to calls on their way to a stand-in, whatever the service is, and calls that are made again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.started import PATIENCE, until

from .clients import Merchant, StandIn, new_id

CUT = (httpx.RemoteProtocolError, httpx.ReadError)


def deliver(stand_in: StandIn, name: str, number: int = 1, **headers: str) -> httpx.Response:
    """An event for the receiver of webhooks: the plainest service there is."""
    url = f"http://127.0.0.1:{stand_in.port}/webhooks/in/{name}"
    return stand_in.http.post(url, json={"id": str(number), "type": "t"}, headers=headers, timeout=PATIENCE)


def local(stand_in: StandIn, name: str, body: Any = None, service: str = "webhooks") -> Any:
    url = f"http://127.0.0.1:{stand_in.port}/{service}/_local/{name}"
    answer = stand_in.http.get(url) if body is None else stand_in.http.post(url, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(stand_in: StandIn, name: str) -> list[str]:
    """The ids that came to a name, in order."""
    return [event["id"] for event in local(stand_in, "events") if event["name"] == name]


@pytest.fixture
def receiver(stand_in: StandIn) -> Any:
    yield stand_in
    local(stand_in, "fault", {"mode": "ok"})


def test_a_throttled_caller_is_told_when_to_come_again(receiver: StandIn) -> None:
    name = new_id()
    local(receiver, "fault", {"mode": "throttle", "retryAfter": 7, "times": 1, "match": name})
    refused = deliver(receiver, name)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert deliver(receiver, name).status_code == 200
    assert events(receiver, name) == ["1"]


def test_a_call_that_was_duplicated_is_done_twice_and_answered_once(merchant: Merchant) -> None:
    token, external_id = merchant.start(), new_id()
    merchant.stand_in.fault(mode="duplicate", times=1, match=external_id)
    assert merchant.checkout(token, external_id).status_code == 200
    assert [row["externalTransactionId"] for row in merchant.rows()] == [external_id, external_id]


def test_a_call_is_overtaken_by_the_next_one_that_fits(receiver: StandIn) -> None:
    name = new_id()
    local(receiver, "fault", {"mode": "reorder", "seconds": 60, "match": name})
    with ThreadPoolExecutor(1) as sending:
        first = sending.submit(deliver, receiver, name, 1)
        until(lambda: any(fault["met"] for fault in local(receiver, "faults")["standing"] if fault["match"] == name))
        assert deliver(receiver, name, 2).status_code == 200
        assert first.result(PATIENCE).status_code == 200
    assert events(receiver, name) == ["2", "1"]


def test_the_same_seed_chooses_the_same_calls_again(receiver: StandIn) -> None:
    name = new_id()

    def run(**more: Any) -> tuple[list[int], int]:
        fault = {"mode": "error", "status": 500, "chance": 0.5, "match": name, **more}
        seed = int(local(receiver, "fault", fault)["seed"])
        return [deliver(receiver, name).status_code for _ in range(20)], seed

    first, seed = run()
    assert run(seed=seed) == (first, seed)
    assert set(first) == {200, 500}, f"seed {seed}: 20 calls at even chances"


@pytest.mark.parametrize(
    ("header", "status"), [("error; status=502", 502), ("throttle", 429), ("stall; seconds=0", 200)]
)
def test_a_header_is_a_fault_for_its_own_request_alone(receiver: StandIn, header: str, status: int) -> None:
    name = new_id()
    assert deliver(receiver, name, **{"x-orderbuddy-fault": header}).status_code == status
    assert deliver(receiver, name).status_code == 200
    assert len(events(receiver, name)) == (2 if status == 200 else 1)
    seen = [call["answered"] for call in local(receiver, "received") if call["path"].endswith(name)]
    assert seen == [status, 200]


@pytest.mark.parametrize(("mode", "done"), [("drop_before", []), ("drop_after", ["1"])])
def test_a_header_cuts_the_line_of_its_request(receiver: StandIn, mode: str, done: list[str]) -> None:
    name = new_id()
    with pytest.raises(CUT):
        deliver(receiver, name, **{"x-orderbuddy-fault": mode})
    assert events(receiver, name) == done


def test_a_header_that_is_no_fault_is_said_to_be_none(receiver: StandIn) -> None:
    refused = deliver(receiver, new_id(), **{"x-orderbuddy-fault": "explode"})
    assert refused.status_code == 400
    assert "mode must be one of" in refused.json()["message"]


def test_a_call_is_made_again_as_it_came_or_with_another_body(merchant: Merchant) -> None:
    token, first = merchant.start(), new_id()
    merchant.checkout(token, first, "12.34")
    [call] = [call for call in merchant.calls() if first in str(call["body"])]
    assert token not in call["path"]
    again = {"number": call["number"]}
    assert local(merchant.stand_in, "rerun", again, "emergepay")["answered"] == 200
    other = new_id()
    body = {"transactionData": {**call["body"]["transactionData"], "externalTransactionId": other, "amount": "5.00"}}
    assert local(merchant.stand_in, "rerun", {**again, "body": body}, "emergepay")["answered"] == 200
    rows = [(row["externalTransactionId"], row["amountCents"]) for row in merchant.rows()]
    assert rows == [(first, 1234), (first, 1234), (other, 500)]


def test_what_was_masked_is_filled_in_when_a_call_is_made_again(merchant: Merchant) -> None:
    # The wallet's token is masked where the call is shown; the card in it decides what becomes of the charge.
    external_id = new_id()
    merchant.wallet("4000000000000002", external_id)
    [call] = [call for call in merchant.calls() if external_id in str(call["body"])]
    assert "4000000000000002" not in str(call)
    again = {"number": call["number"], "body": call["body"]}
    answer = local(merchant.stand_in, "rerun", again, "emergepay")
    assert "Decline" in str(answer["body"])


def test_a_call_that_nobody_remembers_is_refused(receiver: StandIn) -> None:
    url = f"http://127.0.0.1:{receiver.port}/webhooks/_local/rerun"
    refused = receiver.http.post(url, json={"number": 10**9})
    assert refused.status_code == 400
    assert "cannot be made again" in refused.json()["message"]


def test_what_a_stand_in_does_not_do_is_501_naming_the_page(receiver: StandIn) -> None:
    refused = receiver.http.get(f"http://127.0.0.1:{receiver.port}/emergepay/v1/reports")
    assert refused.status_code == 501
    assert "docs/emulation.md" in refused.json()["message"]
