"""What Twilio tells us: where, and whether it is Twilio that tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.settings import Settings

STATUS_PATH = "inbound/twilio/status"
MESSAGE_PATH = "inbound/twilio/message"
MAX_SIGNATURE = 64
_PREFIX = "/api/v1/"


def public_url(settings: Settings, path: str) -> str | None:
    """The address at which Twilio reaches a route of ours; None where nobody has said where we are."""
    return None if settings.api_endpoint is None else f"{settings.api_endpoint}{_PREFIX}{path}"


def is_from_twilio(settings: Settings, path: str, form: Mapping[str, Sequence[str]], signature: str) -> bool:
    """Whether Twilio sent this form to us, of our account: it is signed with the account's secret.

    The signature covers the address by which Twilio knows us, so the request's own Host header does not count.
    """
    url, token = public_url(settings, path), settings.twilio_auth_token
    if url is None or token is None or not 0 < len(signature) <= MAX_SIGNATURE:
        return False
    from twilio.request_validator import RequestValidator

    # What is not ASCII is no signature, and the SDK compares texts letter by letter.
    genuine = signature.isascii() and RequestValidator(token.get_secret_value()).validate(url, _Form(form), signature)
    return bool(genuine) and list(form.get("AccountSid", ())) == [settings.twilio_account_sid]


class _Form(dict[str, Sequence[str]]):
    """A form as the SDK reads it."""

    def getlist(self, name: str) -> Sequence[str]:
        """All values of a field."""
        return self[name]
