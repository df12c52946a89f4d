"""Mails by SendGrid's own SDK (v3), in a few threads of its own (rules 24.2).

The API has no idempotency key. What the service certainly did not take is NotTaken; what nobody knows is InDoubt.
"""

from __future__ import annotations

import base64
import errno
import http.client
import logging
import re
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError

import orjson

from shared.integrations.delivery import CALL_SECONDS, InDoubt, NotTaken, Refused, Threads, retry_after
from shared.integrations.mail import Letter
from shared.settings import Settings
from shared.text import one_line

MAX_SUBJECT = 200

_ACCEPTED = 202
_TOO_MANY, _UNAVAILABLE = 429, 503
_NEVER_REACHED = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
_NO_WAY_THERE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
_FIELD = re.compile(r"[A-Za-z0-9_.\[\]]{1,80}")


class SendGridMail:
    """Sends mails where the settings have a key and a sender's address."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.sendgrid_api_key
        self._from = settings.from_email
        self._host = settings.sendgrid_api_url
        self._threads = Threads("SendGrid")
        self._client: Any = None

    @property
    def is_set_up(self) -> bool:
        """Whether this deployment sends mails."""
        return self._key is not None and self._from is not None

    async def send(self, letter: Letter) -> str:
        """Send one mail; returns SendGrid's id of it. Raises NotTaken, Refused and InDoubt."""
        if self._key is None or self._from is None:
            raise NotTaken("no mails are sent here")
        body = _body(letter, self._from)
        return await self._threads.run(lambda: self._post(body))

    async def close(self) -> None:
        """Let go of the threads."""
        self._threads.close()

    def _post(self, body: dict[str, Any]) -> str:
        """One call, in a thread. What takes too long is left to `Threads`: it raises TimeoutError."""
        from python_http_client.exceptions import HTTPError

        try:
            answer = self._sdk().send(body)
        except HTTPError as error:
            raise _told(error.status_code, error.headers, error.body) from None
        except URLError as error:
            raise _not_reached(error.reason) from None
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise InDoubt(f"the line to SendGrid was cut ({type(error).__name__})") from None
        if answer.status_code != _ACCEPTED:
            raise InDoubt(f"SendGrid answered {answer.status_code}")
        return str(answer.headers.get("x-message-id") or "")

    def _sdk(self) -> Any:
        if self._client is None:
            from sendgrid import SendGridAPIClient

            # At level DEBUG the SDK would write down the key and every mail.
            logging.getLogger("python_http_client").setLevel(logging.WARNING)
            assert self._key is not None
            made = SendGridAPIClient(self._key.get_secret_value(), host=self._host)
            made.client.timeout = CALL_SECONDS
            self._client = made
        return self._client


def _not_reached(reason: Any) -> Exception:
    """What became of a call that broke before its answer began. Raises nothing; a timeout is TimeoutError."""
    if isinstance(reason, TimeoutError):
        return TimeoutError()
    no_way = isinstance(reason, OSError) and reason.errno in _NO_WAY_THERE
    if no_way or isinstance(reason, _NEVER_REACHED):
        return NotTaken(f"SendGrid cannot be reached ({type(reason).__name__})")
    return InDoubt(f"the line to SendGrid was cut ({type(reason).__name__})")


def _told(status: int, headers: Mapping[str, str] | None, body: bytes) -> Exception:
    """What an answer of SendGrid says. Its sentences are left out: they repeat addresses."""
    if status in (_TOO_MANY, _UNAVAILABLE):
        return NotTaken(f"SendGrid answered {status}", retry_after((headers or {}).get("retry-after")))
    if status >= http.client.INTERNAL_SERVER_ERROR:
        return InDoubt(f"SendGrid answered {status}")
    code = " ".join(part for part in (str(status), _field(body)) if part)
    return Refused(f"SendGrid refused it: {code}", code)


def _field(body: bytes) -> str:
    """Which field of the mail is wrong, "" where the answer names none."""
    try:
        named = orjson.loads(body)["errors"][0]["field"]
    except (ValueError, LookupError, TypeError):
        return ""
    return named if isinstance(named, str) and _FIELD.fullmatch(named) else ""


def _body(letter: Letter, sender: str) -> dict[str, Any]:
    """A mail as the API takes it. Plain text stands first; no link leads through SendGrid, and no picture counts who
    reads it."""
    named = {"name": one_line(letter.sender_name)[:MAX_SUBJECT]} if letter.sender_name else {}
    body: dict[str, Any] = {
        "from": {"email": sender, **named},
        "subject": one_line(letter.subject)[:MAX_SUBJECT],
        "personalizations": [{"to": [{"email": letter.to}]}],
        "content": [
            {"type": "text/plain", "value": letter.text},
            {"type": "text/html", "value": letter.html},
        ],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
        },
    }
    if letter.attachments:
        body["attachments"] = [
            {
                "content": base64.b64encode(one.content).decode(),
                "type": one.media_type,
                "filename": one.name,
                **(
                    {"disposition": "attachment"}
                    if one.content_id is None
                    else {"disposition": "inline", "content_id": one.content_id}
                ),
            }
            for one in letter.attachments
        ]
    if letter.tags:
        body["custom_args"] = dict(letter.tags)
    return body
