"""What FCM refuses, in its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_PAYLOAD = 4096

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}:[A-Za-z0-9_-]{1,400}")
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"} | {
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_CODES = {400: "INVALID_ARGUMENT", 429: "QUOTA_EXCEEDED", 500: "INTERNAL", 503: "UNAVAILABLE"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a push is not taken. `code`: FCM's own word beside Google's status."""

    status: int
    message: str
    code: str = ""

    def told(self) -> dict[str, Any]:
        """The body that says so."""
        code = self.code or _CODES.get(self.status, "")
        error: dict[str, Any] = {
            "code": self.status,
            "message": self.message,
            "status": _STATUSES.get(self.status, "UNKNOWN"),
        }
        if code:
            error["details"] = [{"@type": _FCM_ERROR, "errorCode": code}]
        return {"error": error}


TOLD = {
    "unregistered": Fault(404, "Requested entity was not found.", "UNREGISTERED"),
    "mismatch": Fault(403, "SenderId mismatch", "SENDER_ID_MISMATCH"),
    "invalid": Fault(400, "The registration token is not a valid FCM registration token", "INVALID_ARGUMENT"),
}
"""What is answered for a token that was told to be so."""


def fault_of(message: Mapping[str, Any]) -> Fault | None:
    """What is wrong with a message; None for one that is taken."""
    token = message.get("token")
    if not isinstance(token, str) or not token:
        return Fault(400, "Recipient of the message is not set.")
    if not _TOKEN.fullmatch(token):
        return TOLD["invalid"]
    notification = message.get("notification") or {}
    if not isinstance(notification, dict) or not all(isinstance(value, str) for value in notification.values()):
        return Fault(400, "Invalid value at 'message.notification'")
    data = message.get("data") or {}
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        return Fault(400, "Invalid value at 'message.data'")
    if len(json.dumps([notification, data], ensure_ascii=False).encode()) > MAX_PAYLOAD:
        return Fault(400, "Android message is too big")
    return None
