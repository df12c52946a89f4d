"""Placeholders: our answers are brought into the form that the recorded ones have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.durable.recording import Answer

ROOT = "/runtime/webhooks/durabletask"
LONG = 1500
"""Longer texts are cut: their length, their beginning and their end are kept."""
_PATTERNS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"), "<time>"),
    (re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "<guid>"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"), "<hex32>"),
)


class Placeholders:
    """Puts placeholders into the answers of one host."""

    def __init__(self, origin: str, hub: str) -> None:
        """`origin`: `http://127.0.0.1:PORT`. `hub`: the task hub's name."""
        self._named = {f"{origin}{ROOT}": "<base>", origin: "<origin>", hub: "<hub>"}

    def text(self, text: str) -> str:
        """A text with placeholders, cut when it is long."""
        for found, placeholder in self._named.items():
            text = text.replace(found, placeholder)
        for pattern, placeholder in _PATTERNS:
            text = pattern.sub(placeholder, text)
        return f"<{len(text)} chars: {text[:24]}...{text[-8:]}>" if len(text) > LONG else text

    def value(self, value: Any) -> Any:
        """The same for every text of a JSON value; keys stay as they are."""
        match value:
            case dict():
                return {key: self.value(inner) for key, inner in value.items()}
            case list():
                return [self.value(inner) for inner in value]
            case str():
                return self.text(value)
        return value

    def answer(self, answer: Answer) -> Answer:
        """A whole answer. The usual answer to a start is told in short, as in the recording."""
        headers = {name: self.text(value) for name, value in answer.headers.items()}
        if headers.get("x-ms-continuation-token"):
            headers["x-ms-continuation-token"] = "<token>"
        body = self.value(answer.body)
        if isinstance(body, dict) and headers.get("location") and _is_usual(body):
            if headers["location"] == body["statusQueryGetUri"]:
                headers["location"] = "<statusQueryGetUri>"
            body = {"id": body["id"], "<links>": body["statusQueryGetUri"].partition("?")[0]}
        return Answer(answer.status, headers, body)


def _is_usual(body: Mapping[str, Any]) -> bool:
    """Whether a body is the set of links that the extension gives for a new instance, in its order."""
    base, mark, query = str(body.get("statusQueryGetUri")).partition("?")
    if f"{mark}{query}" != "?taskHub=<hub>&connection=Storage":
        return False
    links = {
        "id": body.get("id"),
        "statusQueryGetUri": f"{base}?{query}",
        "sendEventPostUri": f"{base}/raiseEvent/{{eventName}}?{query}",
        "terminatePostUri": f"{base}/terminate?reason={{text}}&{query}",
        "purgeHistoryDeleteUri": f"{base}?{query}",
        "restartPostUri": f"{base}/restart?{query}",
        "suspendPostUri": f"{base}/suspend?reason={{text}}&{query}",
        "resumePostUri": f"{base}/resume?reason={{text}}&{query}",
    }
    return list(body.items()) == list(links.items())
