"""The gateway as merchants know it: start, checkout, wallets, look-up, void, refund, acknowledgement."""

from __future__ import annotations

from typing import Any

import pytest

from .clients import Merchant, StandIn, new_id, said


def test_a_card_is_charged_and_looked_up(merchant: Merchant) -> None:
    token, external_id = merchant.start("4111111111111111"), new_id()
    more = {"tipAmount": "1.00", "taxAmount": "0.89", "transactionReference": "A7"}
    charged = said(merchant.checkout(token, external_id, "12.34", **more))
    assert {**charged, "uniqueTransId": "", "approvalNumberResult": "", "transactionDateTime": ""} == {
        "externalTransactionId": external_id,
        "transactionType": "CreditSale",
        "resultStatus": "true",
        "resultMessage": "Approved",
        "uniqueTransId": "",
        "amount": "12.34",
        "amountProcessed": "12.34",
        "amountTaxed": "0.89",
        "amountTipped": "1.00",
        "maskedAccount": "************1111",
        "accountCardType": "VISA",
        "approvalNumberResult": "",
        "transactionReference": "A7",
        "transactionDateTime": "",
    }
    assert charged["uniqueTransId"]
    assert charged["approvalNumberResult"]
    assert said(merchant.look_up(external_id)) == {**charged, "transactionStatus": "Open"}
    (row,) = merchant.rows()
    assert {**row, "at": ""} == {
        "externalTransactionId": external_id,
        "kind": "capture",
        "amountCents": 1234,
        "at": "",
        "oid": merchant.oid,
        "uniqueTransId": charged["uniqueTransId"],
        "tipCents": 100,
        "taxCents": 89,
        "ofExternalTransactionId": None,
    }


def test_a_token_without_a_card_is_approved(merchant: Merchant) -> None:
    assert said(merchant.checkout(merchant.start(), new_id()))["maskedAccount"] == "************1111"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("4000000000000002", "Decline"),
        ("4000000000000010", "Do not honor"),
        ("4000000000009995", "Insufficient funds"),
        ("4000000000000069", "Expired card"),
    ],
)
def test_a_refused_card_is_not_charged_and_the_refusal_is_found(merchant: Merchant, number: str, message: str) -> None:
    by_card, by_wallet = new_id(), new_id()
    for external_id, answer in (
        (by_card, merchant.checkout(merchant.start(number), by_card)),
        (by_wallet, merchant.wallet(f"{number}:{by_wallet}", by_wallet)),
    ):
        refused = said(answer)
        assert (refused["resultStatus"], refused["resultMessage"]) == ("false", message)
        assert refused["amountProcessed"] == "0.00"
        assert said(merchant.look_up(external_id)) == refused
    assert merchant.rows() == []


def test_a_wallet_is_charged_whatever_its_token_says(merchant: Merchant) -> None:
    for token in ("eyJhbGciOi", "4111111111111111", {"signed": "blob"}):
        assert said(merchant.wallet(token, new_id(), "1.00"))["resultMessage"] == "Approved"
    assert [row["amountCents"] for row in merchant.rows()] == [100, 100, 100]


def test_nothing_is_taken_for_the_same_call(merchant: Merchant) -> None:
    token, external_id = merchant.start(), new_id()
    first = said(merchant.checkout(token, external_id))
    second = said(merchant.checkout(token, external_id))
    assert first["uniqueTransId"] != second["uniqueTransId"]
    assert [row["uniqueTransId"] for row in merchant.rows()] == [first["uniqueTransId"], second["uniqueTransId"]]
    assert said(merchant.look_up(external_id))["uniqueTransId"] == first["uniqueTransId"]


def test_an_approval_is_found_before_a_refusal_of_the_same_id(merchant: Merchant) -> None:
    external_id = new_id()
    merchant.checkout(merchant.start("4000000000000002"), external_id)
    charged = said(merchant.checkout(merchant.start(), external_id))
    assert said(merchant.look_up(external_id))["uniqueTransId"] == charged["uniqueTransId"]


def test_an_open_sale_is_voided_once(merchant: Merchant) -> None:
    sale, void, again = new_id(), new_id(), new_id()
    unique_id = said(merchant.checkout(merchant.start(), sale))["uniqueTransId"]
    voided = said(merchant.void(unique_id, void))
    assert (voided["transactionType"], voided["resultStatus"], voided["resultMessage"]) == ("Void", "true", "Approved")
    assert said(merchant.look_up(sale))["transactionStatus"] == "Void"
    assert said(merchant.look_up(void)) == voided
    refused = said(merchant.void(unique_id, again))
    assert (refused["resultStatus"], refused["resultMessage"]) == ("false", "Transaction already voided")
    assert said(merchant.look_up(again)) == refused
    assert said(merchant.refund(unique_id, new_id(), "1.00"))["resultMessage"] == "Transaction already voided"
    assert [(row["kind"], row["amountCents"], row["ofExternalTransactionId"]) for row in merchant.rows()] == [
        ("capture", 1234, None),
        ("void", 1234, sale),
    ]


def test_a_settled_sale_is_refunded_in_parts_up_to_the_whole(merchant: Merchant, stand_in: StandIn) -> None:
    sale, other, refund = new_id(), new_id(), new_id()
    unique_id = said(merchant.checkout(merchant.start(), sale, "10.00"))["uniqueTransId"]
    unsettled = said(merchant.checkout(merchant.start(), other, "10.00"))["uniqueTransId"]
    assert said(merchant.refund(unique_id, new_id(), "1.00"))["resultMessage"] == "Transaction not settled"
    assert stand_in.fault(mode="settle", match=sale)["settled"] == 1
    assert said(merchant.look_up(sale))["transactionStatus"] == "Settled"
    assert said(merchant.look_up(other))["transactionStatus"] == "Open"
    assert said(merchant.void(unsettled, new_id()))["resultStatus"] == "true"
    assert said(merchant.void(unique_id, new_id()))["resultMessage"] == "Transaction already settled"
    refunded = said(merchant.refund(unique_id, refund, "4.00"))
    assert (refunded["transactionType"], refunded["amountProcessed"]) == ("CreditReturn", "4.00")
    assert said(merchant.look_up(refund)) == refunded
    assert said(merchant.refund(unique_id, refund, "4.00"))["resultStatus"] == "true", "twice is twice"
    assert said(merchant.refund(unique_id, new_id(), "2.01"))["resultStatus"] == "false"
    assert said(merchant.refund(unique_id, new_id(), "2.00"))["resultStatus"] == "true"
    refunds = [row["amountCents"] for row in merchant.rows() if row["kind"] == "refund"]
    assert refunds == [400, 400, 200]


def test_what_is_captured_later_is_not_settled(merchant: Merchant, stand_in: StandIn) -> None:
    stand_in.fault(mode="settle")
    external_id = new_id()
    merchant.checkout(merchant.start(), external_id)
    assert said(merchant.look_up(external_id))["transactionStatus"] == "Open"


def test_an_acknowledgement_is_taken_for_what_is_known(merchant: Merchant) -> None:
    external_id = new_id()
    assert merchant.call("PUT", f"acknowledgements/{external_id}", raw=b"{}").status_code == 404
    merchant.checkout(merchant.start(), external_id)
    assert merchant.call("PUT", f"acknowledgements/{external_id}", raw=b"{}").status_code == 200


@pytest.mark.parametrize(
    "amount", ["0.00", "12.3", "12.345", "12", "-1.00", "+1.00", "1e2", " 1.00", "", "١.٠٠", 12.34, None]
)
def test_an_amount_is_a_decimal_text_with_two_places(merchant: Merchant, stand_in: StandIn, amount: Any) -> None:
    token, external_id = merchant.start(), new_id()
    for answer in (
        merchant.checkout(token, external_id, amount),
        merchant.wallet("w", external_id, amount),
    ):
        assert answer.status_code == 400
        assert "amount" in answer.json()["message"]
    unique_id = said(merchant.checkout(token, external_id))["uniqueTransId"]
    stand_in.fault(mode="settle", match=external_id)
    assert merchant.refund(unique_id, new_id(), amount).status_code == 400
    assert len(merchant.rows()) == 1


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "start", None),
        ("POST", "start", {"transactionType": "CreditSale"}),
        ("PUT", "checkout/{token}", {"amount": "1.00"}),
        ("PUT", "checkout/{token}", {"amount": "1.00", "externalTransactionId": ""}),
        ("PUT", "checkout/{token}", {"amount": "1.00", "externalTransactionId": "x", "tipAmount": "1"}),
        ("PUT", "checkout/{token}", {"amount": "1.00", "externalTransactionId": "x", "tipAmount": "1.01"}),
        ("PUT", "checkout/{token}", {"amount": "1.00", "externalTransactionId": "x", "taxAmount": "1.01"}),
        ("POST", "wallets", {"amount": "1.00", "token": {"data": "x"}}),
        ("POST", "wallets", {"amount": "1.00", "externalTransactionId": "x"}),
        ("PUT", "void", {"uniqueTransId": "x"}),
        ("PUT", "tokenizedRefund", {"uniqueTransId": "x", "amount": "1.00"}),
    ],
)
def test_what_is_missing_or_wrong_is_400(merchant: Merchant, method: str, path: str, data: Any) -> None:
    answer = merchant.call(method, path.format(token=merchant.start()), data)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert merchant.rows() == []


@pytest.mark.parametrize(("body", "status"), [(b"[", 400), (b"[]", 400), (b"[" * 50_000, 400), (b"x" * 70_000, 413)])
def test_a_body_is_a_small_json_object(merchant: Merchant, body: bytes, status: int) -> None:
    assert merchant.call("PUT", "void", raw=body).status_code == status


def test_the_key_must_be_the_merchants(merchant: Merchant, stand_in: StandIn) -> None:
    token, external_id = merchant.start(), new_id()
    unique_id = said(merchant.checkout(token, external_id))["uniqueTransId"]
    for key in ("test-key", "test-key-", "test-key-other", f"test-key-{merchant.oid}x"):
        stranger = Merchant(stand_in, merchant.oid, key)
        for answer in (
            stranger.checkout(token, new_id()),
            stranger.look_up(external_id),
            stranger.void(unique_id, new_id()),
            stranger.call("POST", "start", {}),
        ):
            assert answer.status_code == 401
            assert "key" in answer.json()["message"]


def test_what_is_another_merchants_is_not_found(merchant: Merchant, stand_in: StandIn) -> None:
    token, external_id = merchant.start(), new_id()
    unique_id = said(merchant.checkout(token, external_id))["uniqueTransId"]
    other = Merchant(stand_in)
    for answer in (
        other.checkout(token, new_id()),
        other.look_up(external_id),
        other.void(unique_id, new_id()),
        other.refund(unique_id, new_id(), "1.00"),
        other.checkout("unknown", new_id()),
    ):
        assert answer.status_code == 404
        assert answer.json()["message"]
    assert [row["kind"] for row in merchant.rows()] == ["capture"]


def test_hosted_fields_take_test_cards_only(merchant: Merchant) -> None:
    token = merchant.start()
    assert merchant.type_in("unknown", cardNumber="4111111111111111").status_code == 404
    assert merchant.type_in(token, cardNumber="4242424242424242").status_code == 400
    assert merchant.type_in(token, cardNumber=["4111111111111111"]).status_code == 400
    assert merchant.type_in(token, cardNumber="4111111111111111", seconds=-1).status_code == 400
    assert merchant.type_in(token, cardNumber="5555555555554444").status_code == 200
    assert said(merchant.checkout(token, new_id()))["accountCardType"] == "MASTERCARD"


def test_what_was_received_shows_no_secret(merchant: Merchant) -> None:
    token = merchant.start("4000000000000002")
    merchant.checkout(token, new_id())
    merchant.wallet("4000000000000010:secret-blob", new_id())
    seen = merchant.stand_in.received()
    text = str(seen)
    for secret in (token, f"test-key-{merchant.oid}", "secret-blob", "4000000000000002", "4000000000000010"):
        assert secret not in text
    start, checkout, wallet = merchant.calls()
    assert (start["method"], start["answered"], start["headers"]["authorization"]) == ("POST", 200, "***")
    assert checkout["path"].endswith(f"checkout/***{token[-4:]}")
    assert checkout["body"]["transactionData"]["amount"] == "12.34"
    assert wallet["body"]["transactionData"]["token"] == {"data": "***"}
    typed = next(call for call in seen if f"hosted-fields/***{token[-4:]}" in call["path"])
    assert typed["body"] == {"cardNumber": "************0002"}
