"""What Twilio tells its customers: what became of a text, and what a phone sent. Each call is signed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from local.saas.twilio import wire
from local.saas.twilio.books import Books, Message
from local.saas.twilio.vendor import ACCOUNT_SID, AUTH_TOKEN
from local.standin.outward import TO_THIS_MACHINE, Outward

_STATUS, _MESSAGE = "/status", "/message"


class Telling:
    """Tells of texts, one thing after the other for each text."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._outward = Outward()
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
        if not url.endswith(_MESSAGE) or not TO_THIS_MACHINE.fullmatch(url):
            raise ValueError("nobody listens yet: send a text first, or give the url of .../inbound/twilio/message")
        form = {
            **_who(text),
            "Body": text.body,
            "NumMedia": "0",
            "NumSegments": str(wire.segments(text.body)),
            "SmsStatus": "received",
        }
        return await self._post(url, form) or 0

    async def close(self) -> None:
        """Stop telling."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(list(self._running))
        await self._outward.close()

    async def _follow(self, text: Message, way: Sequence[tuple[str, int]]) -> None:
        for status, code in way:
            self._books.ended(text.sid, status)
            await self._books.written()
            if TO_THIS_MACHINE.fullmatch(text.told_at):
                error = {"ErrorCode": str(code)} if code else {}
                form = {**_who(text), "MessageStatus": status, "SmsStatus": status, **error}
                await self._post(text.told_at, form)

    async def _post(self, url: str, form: dict[str, str]) -> int | None:
        signature = wire.signature(url, form, AUTH_TOKEN)
        return await self._outward.post(url, {"x-twilio-signature": signature}, data=form)


def _who(text: Message) -> dict[str, str]:
    return {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "From": text.sender,
        "To": text.to,
    }
