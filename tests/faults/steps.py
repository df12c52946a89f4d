"""The steps of a paid checkout, as they can be told from the commands that reach MongoDB and the gateway.

The product knows nothing of this: its steps are recognised by what they write.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOMENTS: Mapping[str, tuple[str, ...]] = {
    "claim": ("before", "after"),
    "sent": ("before", "after"),
    "call": ("before", "heard", "after"),
    "approved": ("before", "after"),
    "declined": ("before", "after"),
    "cancelled": ("before", "after"),
    "unknown": ("before", "after"),
    "look-up": ("before", "after"),
    "lost": ("before", "after"),
    "placed": ("before", "after"),
    "published": ("before", "after"),
    "voiding": ("before", "after"),
    "void": ("before", "heard", "after"),
    "voided": ("before", "after"),
    "expired": ("before", "after"),
    "owed": ("before", "after"),
    "refund-sent": ("before", "after"),
    "refund": ("before", "heard", "after"),
    "refund-done": ("before", "after"),
    "part-refunded": ("before", "after"),
}
"""Every step, and the moments around it. Before: the command or request is not sent yet. Heard: the gateway has the
whole request, and we have no answer. After: the database has acknowledged the step, or the call has ended somehow."""

_ATTEMPT_STATES = {
    "sent": "sent",
    "approved": "approved",
    "declined": "declined",
    "cancelled": "cancelled",
    "unknown": "unknown",
    "lost": "lost",
    "voiding": "voiding",
    "voided": "voided",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A step that a command takes, and what it takes it for: ids of previews and payments."""

    step: str
    ids: frozenset[str]


def of_command(command: Mapping[str, Any]) -> Seen | None:
    """The step that a command of MongoDB's takes by itself or as a part of a transaction."""
    match next(iter(command), None):
        case "insert":
            return _of_insert(str(command["insert"]), command.get("documents") or ())
        case "update":
            return _of_update(str(command["update"]), command.get("updates") or ())
    return None


def _of_insert(collection: str, documents: Iterable[Mapping[str, Any]]) -> Seen | None:
    if collection == "payments":
        return Seen("claim", frozenset(str(one["previewId"]) for one in documents))
    if collection == "orders":
        return Seen("placed", frozenset(str(one["_id"]) for one in documents))
    return None


def _of_update(collection: str, updates: Iterable[Mapping[str, Any]]) -> Seen | None:
    for update in updates:
        change = update["u"]
        if not isinstance(change, Mapping):
            continue
        written = change.get("$set", {})
        if collection == "payments" and (step := _of_refund(change)) is not None:
            return Seen(step, _ids(update["q"]))
        if collection == "payments" and written.get("state") in _ATTEMPT_STATES:
            return Seen(_ATTEMPT_STATES[written["state"]], _ids(update["q"]))
        if collection == "checkouts" and written.get("state") == "expired":
            return Seen("expired", _ids(update["q"]))
        if collection == "order_events" and "publishedAt" in written:
            return Seen("published", _ids(update["q"]))
    return None


def _of_refund(change: Mapping[str, Any]) -> str | None:
    written = change.get("$set", {})
    if "refunds" in change.get("$push", {}) or written.get("state") == "refunding":
        return "owed"
    if written.get("state") == "part_refunded":
        return "part-refunded"
    return {"sent": "refund-sent", "done": "refund-done"}.get(written.get("refunds.$.state", ""))


def _ids(query: Mapping[str, Any]) -> frozenset[str]:
    """The ids that a query names; those of an order's rows are its own, a colon and a number."""
    asked = query.get("_id")
    found = asked.get("$in", ()) if isinstance(asked, Mapping) else (asked,)
    return frozenset(str(one).partition(":")[0] for one in found)


def is_of_gateway(path: str) -> bool:
    """Whether a request's path is one of the gateway's."""
    return "/transactions/" in path


def of_request(method: str, path: str, body: bytes) -> Seen | None:
    """The step that a request to the gateway takes."""
    tail = path.partition("/transactions/")[2]
    match method, tail.split("/"):
        case ("PUT", ["checkout", _]) | ("POST", ["wallets"]):
            return Seen("call", _external_id(body))
        case "PUT", ["tokenizedRefund"]:
            return Seen("refund", _external_id(body))
        case "PUT", ["void"]:
            return Seen("void", _external_id(body))
        case "GET", [external_id]:
            return Seen("look-up", frozenset({external_id}))
    return None


def _external_id(body: bytes) -> frozenset[str]:
    return frozenset({str(json.loads(body)["transactionData"]["externalTransactionId"])})
