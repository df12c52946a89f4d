"""Pushes to the browsers of kitchen screens (rules 24.3)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from shared.integrations.delivery import CALL_SECONDS, MOST_CALLS, InDoubt, NotTaken, Refused, Threads
from shared.integrations.push import Note, Pushed, Subscription
from shared.integrations.webhooks import Answered, Hooks, WebhookClient
from shared.settings import Settings
from shared.telemetry import traces

T = TypeVar("T")

log = logging.getLogger("orderbuddy.web_push")

AT_A_TIME = 8
_GONE = (404, 410)
_AGAIN = (429, 503)


class WebPush:
    """Sends to the push service of each browser, at an address that is checked as those of webhooks are (rules 21)."""

    def __init__(self, settings: Settings, *, hooks: Hooks | None = None) -> None:
        """`hooks`: for tests."""
        self._settings = settings
        self._hooks = hooks or WebhookClient(settings, seconds=CALL_SECONDS)
        self._threads = Threads("web push", calls_out=False)
        self._sealing = asyncio.Semaphore(MOST_CALLS)

    @property
    def is_set_up(self) -> bool:
        settings = self._settings
        return None not in (settings.vapid_public_key, settings.vapid_private_key, settings.vapid_subject)

    async def send(self, to: Sequence[Subscription], note: Note) -> Pushed[Subscription]:
        if not self.is_set_up:
            raise NotTaken("no pushes are sent to screens here")
        turns = asyncio.Semaphore(AT_A_TIME)

        async def one(subscription: Subscription) -> Answered | None:
            async with turns:
                try:
                    return await self._post(subscription, note)
                except NotTaken:
                    # One that was not sealed says nothing of the others.
                    return Answered(None, 0, is_unsent=True)

        answers = await asyncio.gather(*(one(each) for each in to))
        return _sorted(list(zip(to, answers, strict=True)))

    async def close(self) -> None:
        self._threads.close()
        await self._hooks.close()

    async def _post(self, to: Subscription, note: Note) -> Answered | None:
        """Send to one browser; None where its keys or its address are none. Raises Refused where our key is none, and
        NotTaken."""
        from shared.integrations.web_push import sealing

        private_key, subject = self._settings.vapid_private_key, self._settings.vapid_subject
        assert private_key is not None
        assert subject is not None
        key = private_key.get_secret_value()
        try:
            body = await self._aside(partial(sealing.sealed, to, note))
            headers = await self._aside(partial(sealing.headers, to, note, private_key=key, subject=subject))
        except sealing.BadSubscriptionError:
            return None
        except ValueError:
            # Its sentence may hold the key.
            raise Refused("VAPID_PRIVATE_KEY or VAPID_SUBJECT is none", "bad_key") from None
        with traces.span("send web push", kind="client") as span:
            answered = await self._hooks.post(to.endpoint, body, {**headers, **traces.header()})
            span.note({"http.response.status_code": answered.status})
        return answered

    async def _aside(self, call: partial[T]) -> T:
        try:
            # It takes milliseconds: in a rush one waits for a thread, and is not put off.
            async with self._sealing:
                return await self._threads.run(call)
        except InDoubt as error:
            # Nothing goes out in these threads.
            raise NotTaken(str(error)) from None


def _sorted(answered: Sequence[tuple[Subscription, Answered | None]]) -> Pushed[Subscription]:
    """What came of all; one that nothing can be sealed for is gone."""
    gone = [to for to, one in answered if one is None or one.status in _GONE]
    rest = [(to, one) for to, one in answered if one is not None and one.status not in _GONE]
    again = [to for to, one in rest if one.is_unsent or one.status in _AGAIN]
    unsure = [to for to, one in rest if not one.is_unsent and (one.status is None or one.status >= 500)]
    unsure = [to for to in unsure if to not in again]
    refused = [one.status for to, one in rest if one.status is not None and 300 <= one.status < 500 and to not in again]
    waits = [one.retry_after for _, one in rest if one.retry_after is not None]
    return Pushed(
        sent=sum(one.ok for _, one in rest),
        gone=gone,
        again=again,
        unsure=unsure,
        refused=f"status {refused[0]}" if refused else "",
        retry_after=max(waits, default=None),
    )
