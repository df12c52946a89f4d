"""The gateway's JSON: what callers send, read strictly, and what they are answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

from local.saas.emergepay.books import Charge, Transaction
from local.standin.received import moment

_AMOUNT = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
_MAX_TEXT = 200
_TYPES = {"capture": "CreditSale", "void": "Void", "refund": "CreditReturn"}


def transaction_data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object that every call of the gateway carries. Raises HTTPException 400, as all of these do."""
    data = body.get("transactionData")
    if not isinstance(data, dict):
        raise HTTPException(400, "transactionData is required")
    return data


def charge(data: Mapping[str, Any]) -> Charge:
    """What a charge is asked for."""
    asked = Charge(
        external_id=text(data, "externalTransactionId"),
        cents=amount(data, "amount"),
        tip_cents=_part(data, "tipAmount"),
        tax_cents=_part(data, "taxAmount"),
        reference=_optional(data, "transactionReference"),
    )
    if asked.tip_cents + asked.tax_cents > asked.cents:
        raise HTTPException(400, "tipAmount and taxAmount are parts of amount")
    return asked


def text(data: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise HTTPException(400, f"{name} is required")
    return value


def amount(data: Mapping[str, Any], name: str) -> int:
    """Cents, of a decimal text with two places that is not zero."""
    cents = _cents(data.get(name))
    if not cents:
        raise HTTPException(400, f'{name} must be a text like "12.34", and more than "0.00"')
    return cents


def sale(transaction: Transaction, condition: str | None = None) -> dict[str, Any]:
    """What is answered about a transaction; `condition` for a capture that is looked up."""
    approved = transaction.approved
    response = {
        "externalTransactionId": transaction.external_id,
        "transactionType": _TYPES[transaction.kind],
        "resultStatus": "true" if approved else "false",
        "resultMessage": transaction.message,
        "uniqueTransId": transaction.unique_id,
        "amount": decimal(transaction.cents),
        "amountProcessed": decimal(transaction.cents if approved else 0),
        "amountTaxed": decimal(transaction.tax_cents),
        "amountTipped": decimal(transaction.tip_cents),
        "maskedAccount": transaction.card,
        "accountCardType": transaction.brand,
        "approvalNumberResult": transaction.approval,
        "transactionReference": transaction.reference,
        "transactionDateTime": moment(transaction.at),
    }
    if condition is not None:
        response["transactionStatus"] = condition
    return {"transactionResponse": response}


def ledger_row(transaction: Transaction) -> dict[str, Any]:
    """A line of the ledger."""
    return {
        "externalTransactionId": transaction.external_id,
        "kind": transaction.kind,
        "amountCents": transaction.cents,
        "at": moment(transaction.at),
        "oid": transaction.oid,
        "uniqueTransId": transaction.unique_id,
        "tipCents": transaction.tip_cents,
        "taxCents": transaction.tax_cents,
        "ofExternalTransactionId": transaction.of_external_id,
    }


def decimal(cents: int) -> str:
    """1234 as "12.34"."""
    return f"{cents // 100}.{cents % 100:02}"


def _cents(value: object) -> int | None:
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        return None
    return int(value.replace(".", ""))


def _part(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    cents = 0 if value is None else _cents(value)
    if cents is None:
        raise HTTPException(400, f'{name} must be a text like "1.00"')
    return cents


def _optional(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise HTTPException(400, f"{name} must be a text of at most {_MAX_TEXT} characters")
    return value
