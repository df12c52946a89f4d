"""What Firebase's answer for one token means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from shared.integrations.delivery import retry_after

if TYPE_CHECKING:
    from firebase_admin.messaging import SendResponse

Meaning = Literal["sent", "gone", "again", "unsure", "refused"]
"""What became of the push to one token: see Pushed."""

_OF_THE_TOKEN = ("registration token", "message.token")
"""What an INVALID_ARGUMENT speaks of where the token is at fault, and not the push: one word wrong in ours must not
cost everybody their tokens."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`is_silent`: the service did not answer at all. `word`: its own word for a refusal; never its sentence, which may
    hold the token. `retry_after`: in seconds, where it says so."""

    meaning: Meaning
    is_silent: bool = False
    word: str = ""
    retry_after: float | None = None


def read(response: SendResponse) -> Answer:
    """What the SDK's answer for one token means."""
    from firebase_admin import exceptions, messaging

    error: Any = response.exception
    if error is None:
        return Answer("sent" if response.success else "unsure")
    if isinstance(error, messaging.UnregisteredError | messaging.SenderIdMismatchError):
        return Answer("gone")
    if error.http_response is None:
        return Answer("again" if was_never_sent(error.cause) else "unsure", is_silent=True)
    status, word = error.http_response.status_code, str(error.code)
    if status in (429, 503):
        return Answer("again", retry_after=retry_after(error.http_response.headers.get("retry-after")))
    if isinstance(error, exceptions.InvalidArgumentError) and status == 400:
        body = error.http_response.text.lower()
        return Answer("gone" if any(each in body for each in _OF_THE_TOKEN) else "refused", word=word)
    return Answer("refused" if 400 <= status < 500 else "unsure", word=word)


def was_never_sent(error: BaseException | None) -> bool:
    """Whether a call failed before anything of it was written: no name, no connection, no TLS."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, SSLError

    never = (ConnectTimeout, ConnectTimeoutError, NameResolutionError, NewConnectionError, SSLError)
    while error is not None:
        if isinstance(error, never) or isinstance(getattr(error, "reason", None), never):
            return True
        inner = error.args[0] if error.args else None
        error = inner if isinstance(inner, BaseException) else None
    return False
