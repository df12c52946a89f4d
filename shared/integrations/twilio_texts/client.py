"""Texts through Twilio's SDK, each sent once: nothing here tries again (rules 24.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.integrations.delivery import InDoubt, NotTaken, Refused, Threads
from shared.integrations.sms import OptedOut
from shared.integrations.twilio_texts.hooks import STATUS_PATH, public_url
from shared.settings import Settings

if TYPE_CHECKING:
    from twilio.rest import Client

TOO_MANY = 20429
"""Twilio's code for: too many requests."""

OPTED_OUT = 21610
"""Twilio's code for: whoever has this number wants no more texts from ours."""


class TwilioTexts:
    """What sends texts through Twilio."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = Threads("Twilio")
        self._client: Client | None = None

    @property
    def is_set_up(self) -> bool:
        """Whether texts are switched on, and the account is known."""
        return self._settings.sends_texts

    async def send(self, to: str, text: str, *, followed: bool = True) -> str:
        """Send one text; returns Twilio's id of it. Raises NotTaken, Refused and InDoubt."""
        if not self.is_set_up:
            raise NotTaken("no texts are sent here")
        return await self._threads.run(lambda: self._send(to, text, followed=followed))

    async def close(self) -> None:
        """Let go of the threads."""
        self._threads.close()

    def _send(self, to: str, text: str, *, followed: bool) -> str:
        from twilio.base.exceptions import TwilioRestException, TwilioServiceException

        told_at = public_url(self._settings, STATUS_PATH) if followed else None
        try:
            made = self._sdk().messages.create(
                to=to,
                from_=self._settings.twilio_phone_number or "",
                body=text,
                status_callback=told_at,
            )
        except (TwilioRestException, TwilioServiceException) as error:
            raise _refusal(error.status, error.code) from None
        except (NotTaken, InDoubt):
            raise
        except Exception as error:
            # It answered as if it had taken it, with what the SDK cannot read.
            raise InDoubt(f"Twilio's answer cannot be read: {type(error).__name__}") from None
        if not made.sid:
            raise InDoubt("Twilio's answer names no text")
        return str(made.sid)

    def _sdk(self) -> Client:
        if self._client is None:
            from twilio.rest import Client

            from shared.integrations.twilio_texts.http import OneCall

            token = self._settings.twilio_auth_token
            self._client = Client(
                self._settings.twilio_account_sid,
                token.get_secret_value() if token else "",
                http_client=OneCall(self._settings.twilio_api_base),
                # Settings decide where it calls, and nothing else in the environment does.
                environment={"TWILIO_REGION": ""},
            )
        return self._client


def _refusal(status: int, code: int | None) -> Exception:
    """What an answer that is no 2xx says of the text. (429, 503 and the other 5xx: see http.py.)"""
    if code == TOO_MANY:
        return NotTaken("Twilio takes no more now")
    if code == OPTED_OUT:
        return OptedOut("Twilio keeps the number's STOP", str(code))
    return Refused(f"Twilio answered {status}", str(code or status))
