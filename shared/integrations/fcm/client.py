"""Firebase Cloud Messaging, as the app sends pushes through it (rules 24.3)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from shared.integrations.delivery import CALL_SECONDS, InDoubt, NotTaken, Refused, Threads
from shared.integrations.push import Note, Pushed
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.integrations.fcm.answers import Answer
    from shared.integrations.fcm.sdk import Sdk

AT_ONCE = 500
"""How many tokens the service takes in one batch."""

MOST_CALLS = 4
"""The SDK has a thread for each token of a batch, so few batches go out at a time."""


class Fcm:
    """Sends to tokens of phones and browsers with the service account that the settings name."""

    def __init__(self, settings: Settings, *, seconds: float = CALL_SECONDS) -> None:
        """`seconds`: how long one call may take."""
        self._settings = settings
        self._seconds = seconds
        self._threads = Threads("Firebase", most=MOST_CALLS)
        self._sdk: Sdk | None = None
        self._making = threading.Lock()

    @property
    def is_set_up(self) -> bool:
        account = (self._settings.firebase_project_id, self._settings.firebase_client_email)
        return None not in account and self._settings.firebase_private_key is not None

    async def send(self, to: Sequence[str], note: Note) -> Pushed[str]:
        if not self.is_set_up:
            raise NotTaken("no pushes are sent here")
        sdk = await self._signed_in()
        answered: list[tuple[str, Answer]] = []
        for at in range(0, len(to), AT_ONCE):
            batch = to[at : at + AT_ONCE]
            try:
                found = await self._threads.run(partial(_send, sdk, batch, note), seconds=self._seconds)
            except (NotTaken, InDoubt) as error:
                if at == 0:
                    raise
                # What came of the batches before it stays true.
                return _pushed(answered, left=batch, is_unsure=isinstance(error, InDoubt), after=to[at + AT_ONCE :])
            answered += zip(batch, found, strict=True)
        return _pushed(answered)

    async def close(self) -> None:
        self._threads.close()
        sdk, self._sdk = self._sdk, None
        if sdk is not None:
            # The SDK runs a loop of its own to close.
            await asyncio.to_thread(sdk.close)

    async def _signed_in(self) -> Sdk:
        """The SDK with an access token. Without one nothing is sent, so raises NotTaken, and Refused for a bad key."""
        if self._sdk is not None and self._sdk.is_signed_in:
            return self._sdk
        try:
            return await self._threads.run(self._sign_in, seconds=self._seconds)
        except InDoubt as error:
            raise NotTaken(f"no access token: {error}") from None

    def _sign_in(self) -> Sdk:
        from google.auth.exceptions import GoogleAuthError, RefreshError

        from shared.integrations.fcm.sdk import Sdk

        with self._making:
            if self._sdk is None:
                try:
                    self._sdk = Sdk(self._settings)
                except ValueError:
                    # Its sentence may hold the key.
                    raise Refused("the service account of Firebase cannot be read", "bad_account") from None
            sdk = self._sdk
        try:
            sdk.sign_in()
        except RefreshError as error:
            if error.retryable:
                raise NotTaken("Firebase gave no access token") from None
            raise Refused("Firebase refuses the service account", "account_refused") from None
        except GoogleAuthError as error:
            raise NotTaken(f"Firebase gave no access token: {type(error).__name__}") from None
        return sdk


def _send(sdk: Sdk, batch: Sequence[str], note: Note) -> list[Answer]:
    """Send a batch, in a thread; the answers are in its order. Where the service answered for none, it raises that."""
    from firebase_admin.exceptions import FirebaseError

    from shared.integrations.fcm.answers import read

    try:
        found = [read(response) for response in sdk.send(batch, note)]
    except FirebaseError as error:
        # It says of none of them what became of it. Its sentence may hold a token.
        raise InDoubt(f"Firebase's answers cannot be read: {error.code}") from None
    if all(each.is_silent for each in found):
        if all(each.meaning == "again" for each in found):
            raise NotTaken("no connection to Firebase")
        raise TimeoutError
    return found


def _pushed(
    answered: Sequence[tuple[str, Answer]],
    *,
    left: Sequence[str] = (),
    is_unsure: bool = False,
    after: Sequence[str] = (),
) -> Pushed[str]:
    """What came of all: each answer belongs to the token in its place (contract I3). `left`: a batch without answers,
    and `after` what was not sent any more."""

    def of(meaning: str) -> list[str]:
        return [token for token, answer in answered if answer.meaning == meaning]

    waits = [answer.retry_after for _, answer in answered if answer.retry_after is not None]
    return Pushed(
        sent=len(of("sent")),
        gone=of("gone"),
        again=[*of("again"), *(() if is_unsure else left), *after],
        unsure=[*of("unsure"), *(left if is_unsure else ())],
        refused=next((answer.word for _, answer in answered if answer.meaning == "refused"), ""),
        retry_after=max(waits, default=None),
    )
