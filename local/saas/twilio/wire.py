"""Twilio's words: its errors, the numbers of its test account, how texts are counted, and how it signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.standin.emulation import unknown

MAX_BODY = 1600
STOPS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
STARTS = ("START", "YES", "UNSTOP")

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_GSM = re.compile(r"[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\[~\]|€\f]*")
_TWO_PLACES = re.compile(r"[\^{}\\\[~\]|€\f]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as Twilio answers it."""

    status: int
    code: int
    message: str

    def body(self) -> dict[str, Any]:
        """Its JSON."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more, "status": self.status}


AUTHENTICATE = Refusal(401, 20003, "Authenticate")
OTHER_ACCOUNT = Refusal(404, 20404, "The requested resource was not found")
NO_TO = Refusal(400, 21604, "A 'To' phone number is required.")
NO_FROM = Refusal(400, 21603, "A 'From' phone number is required.")
NO_BODY = Refusal(400, 21602, "Message body is required.")
TOO_LONG = Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
BAD_TO = Refusal(400, 21211, "The 'To' number is not a valid phone number.")
BAD_FROM = Refusal(400, 21606, "The From phone number is not a valid, SMS-capable number of this account.")
STOPPED = Refusal(400, 21610, "Attempt to send to unsubscribed recipient")

MAGIC = {
    "+15005550001": BAD_TO,
    "+15005550002": Refusal(400, 21612, "The 'To' phone number is not currently reachable via SMS"),
    "+15005550003": Refusal(400, 21408, "Permission to send an SMS has not been enabled for the region"),
    "+15005550004": STOPPED,
    "+15005550009": Refusal(400, 21614, "'To' number is not a valid mobile number"),
}
"""What the numbers of Twilio's test account answer."""


def refusal(status: int, message: str) -> Refusal:
    """The answer of a call that fails for no reason of Twilio's own."""
    return Refusal(status, 20000 + status, message)


NOT_THERE = ("MediaUrl", "MessagingServiceSid", "SendAt", "ScheduleType", "ContentSid", "ShortenUrls")
"""What can be asked of Twilio with a text, and not of the stand-in."""


def fault_of(form: Mapping[str, str], own_number: str) -> Refusal | None:
    """What is wrong with a text that is to be sent; None where nothing is."""
    for name in NOT_THERE:
        if name in form:
            return refusal(501, unknown(name))
    to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    checks = (
        (not to, NO_TO),
        (not sender, NO_FROM),
        (not body, NO_BODY),
        (not _NUMBER.fullmatch(to), BAD_TO),
        (sender != own_number, BAD_FROM),
        (len(body) > MAX_BODY, TOO_LONG),
    )
    return next((refusal for wrong, refusal in checks if wrong), MAGIC.get(to))


def is_number(text: str) -> bool:
    """Whether a text is a phone number with its + and country code."""
    return _NUMBER.fullmatch(text) is not None


def is_gsm(text: str) -> bool:
    """Whether a text takes seven bits a letter."""
    return _GSM.fullmatch(text) is not None


def segments(text: str) -> int:
    """How many segments a text is paid for as."""
    gsm = is_gsm(text)
    size = len(text) + len(_TWO_PLACES.findall(text)) if gsm else len(text.encode("utf-16-le")) // 2
    alone, each = (160, 153) if gsm else (70, 67)
    return 1 if size <= alone else -(-size // each)


def answer(account: str, sid: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What Twilio answers for a text that it took."""
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "to": form["To"],
        "from": form["From"],
        "body": form["Body"],
        "status": "queued",
        "direction": "outbound-api",
        "num_segments": str(segments(form["Body"])),
        "num_media": "0",
        "error_code": None,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "date_created": None,
        "date_sent": None,
        "date_updated": None,
        "messaging_service_sid": None,
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
        "subresource_uris": {},
    }


def signature(url: str, form: Mapping[str, str], token: str) -> str:
    """X-Twilio-Signature: the address and the sorted fields, under the account's secret."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
