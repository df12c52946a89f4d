"""How Twilio's SDK calls: each call on a line of its own, to the host that the setting names, bounded in time and size.

A line that is kept open may be cut by the other side at any moment, and then nobody knows whether the call was taken.
On a new line it is certain: what fails before the line stands was not taken.
"""

from __future__ import annotations

import logging
import ssl
import time
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError

from shared.integrations.delivery import CALL_SECONDS, InDoubt, NotTaken, retry_after
from shared.telemetry import traces

CONNECT_SECONDS = 3.0
MAX_ANSWER_BYTES = 64 * 1024
_ITS_HOST = "https://api.twilio.com"
_CHUNK = 4096
_TRY_AGAIN = (429, 503)
_SERVER_ERROR = 500

_quiet = logging.getLogger("orderbuddy.twilio")
"""The SDK would log numbers and texts: this client gives it nothing to log."""


class OneCall(HttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's HTTP client. It raises NotTaken and InDoubt; the SDK itself says what other answers mean."""

    def __init__(self, base: str) -> None:
        super().__init__(_quiet, False, CALL_SECONDS)
        self._base = base

    def request(  # noqa: PLR0917 - as the SDK calls it
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One call, made once."""
        until = time.monotonic() + CALL_SECONDS
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.request(
                    method,
                    _elsewhere(uri, self._base),
                    params=params,  # type: ignore[arg-type]
                    data=data,
                    headers={**(headers or {}), **traces.header()},
                    auth=auth,
                    timeout=(CONNECT_SECONDS, CALL_SECONDS),
                    allow_redirects=False,
                    stream=True,
                )
                body = _read(answer, until)
            except requests.RequestException as error:
                raise _what_it_means(error) from None
        _check(answer)
        return Response(answer.status_code, body, answer.headers)


def _elsewhere(uri: str, base: str) -> str:
    """The address that the SDK calls, at another host."""
    if not uri.startswith(_ITS_HOST + "/"):
        raise NotTaken("the SDK calls another host than it did")
    there, path = urlsplit(base), urlsplit(uri)
    return urlunsplit((there.scheme, there.netloc, there.path.rstrip("/") + path.path, path.query, ""))


def _read(answer: requests.Response, until: float) -> str:
    """The body. Raises InDoubt where it is too long, or comes too slowly."""
    body = b""
    for chunk in answer.iter_content(_CHUNK):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES or time.monotonic() > until:
            raise InDoubt("Twilio's answer is too long, or too slow")
    return body.decode("utf-8", errors="replace")


def _check(answer: requests.Response) -> None:
    """Raises NotTaken and InDoubt for what the SDK would take for a refusal."""
    status = answer.status_code
    if status in _TRY_AGAIN:
        raise NotTaken(f"Twilio answered {status}", retry_after(answer.headers.get("retry-after")))
    if status >= _SERVER_ERROR:
        raise InDoubt(f"Twilio answered {status}")


def _what_it_means(error: requests.RequestException) -> Exception:
    """NotTaken where no line came about, so that nothing was written; else InDoubt."""
    cause: object = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    refused = isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
    unverified = _is_caused_by(reason, ssl.SSLCertVerificationError)
    if refused or unverified:
        return NotTaken(f"Twilio cannot be reached: {type(error).__name__}")
    return InDoubt(f"Twilio did not answer: {type(error).__name__}")


def _is_caused_by(error: object, kind: type[BaseException]) -> bool:
    """Whether an error is of this kind, or wraps one."""
    return isinstance(error, kind) or any(isinstance(one, kind) for one in getattr(error, "args", ()))
