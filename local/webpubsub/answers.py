"""What the REST API answers, and how it refuses."""

from dataclasses import dataclass
from typing import Any

ERROR_HEADER = "x-ms-error-code"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: `body` goes out as JSON, `code` as the header ERROR_HEADER."""

    status: int
    body: dict[str, Any] | None = None
    code: str | None = None


def refusal(status: int, code: str, message: str, target: str | None = None) -> Answer:
    """An error in the service's own form. `target` names what the error is about, such as User."""
    body = {"code": code, "message": message, "target": target, "details": None, "innererror": None}
    return Answer(status, body, code)


class RefusedError(Exception):
    """The call cannot be done; carries the answer."""

    def __init__(self, status: int, code: str, message: str, target: str | None = None) -> None:
        super().__init__(message)
        self.answer = refusal(status, code, message, target)
