"""What Twilio tells its customers: what became of a text, and what a phone sent. Each call is signed."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from local.saas.twilio import wire
from local.saas.twilio.books import Books, Message
from local.saas.twilio.vendor import ACCOUNT_SID, AUTH_TOKEN

if TYPE_CHECKING:
    import httpx

ADDRESS = re.compile(r"http://(127\.0\.0\.1|localhost):\d+/\S{1,400}")
"""It calls nobody but this machine."""

SECONDS = 15.0
_STATUS, _MESSAGE = "/status", "/message"

_log = logging.getLogger(__name__)


class Telling:
    """Tells of texts, one thing after the other for each text."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._http: httpx.AsyncClient | None = None
        self._running: set[asyncio.Task[None]] = set()

    def follow(self, text: Message, way: Sequence[tuple[str, int]]) -> None:
        """Tell, without anybody waiting, where a text goes: states with an error's code, 0 for none."""
        task = asyncio.get_running_loop().create_task(self._follow(text, way))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def say(self, text: Message, url: str = "") -> int:
        """Tell of a text that a phone sent; the status of the answer, 0 for none. Raises ValueError where nobody has
        said where."""
        url = url or re.sub(f"{_STATUS}$", _MESSAGE, self._books.told_at)
        if not url.endswith(_MESSAGE) or not ADDRESS.fullmatch(url):
            raise ValueError("nobody listens yet: send a text first, or give the url of .../inbound/twilio/message")
        form = {
            **_who(text),
            "Body": text.body,
            "NumMedia": "0",
            "NumSegments": str(wire.segments(text.body)),
            "SmsStatus": "received",
        }
        return await self._post(url, form)

    async def close(self) -> None:
        """Stop telling."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(list(self._running))
        if self._http is not None:
            await self._http.aclose()

    async def _follow(self, text: Message, way: Sequence[tuple[str, int]]) -> None:
        for status, code in way:
            self._books.ended(text.sid, status)
            if ADDRESS.fullmatch(text.told_at):
                error = {"ErrorCode": str(code)} if code else {}
                form = {**_who(text), "MessageStatus": status, "SmsStatus": status, **error}
                await self._post(text.told_at, form)

    async def _post(self, url: str, form: dict[str, str]) -> int:
        import httpx

        if self._http is None:
            # Addresses are of this machine only, where nothing is encrypted.
            self._http = httpx.AsyncClient(trust_env=False, verify=False, timeout=SECONDS)  # noqa: S501
        headers = {"x-twilio-signature": wire.signature(url, form, AUTH_TOKEN)}
        try:
            return (await self._http.post(url, data=form, headers=headers)).status_code
        except httpx.HTTPError as error:
            _log.warning("nobody heard of a text at %s: %s", url, type(error).__name__)
            return 0


def _who(text: Message) -> dict[str, str]:
    return {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "From": text.sender,
        "To": text.to,
    }
