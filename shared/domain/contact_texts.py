"""Phone numbers, e-mail and web addresses that somebody typed: whether they are any, and how they are kept."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

REGION = "US"
"""Where a number without a country code is of (contract 46)."""

MAX_EMAIL = 254

_TEN_DIGITS = re.compile(r"\d{10}\Z", re.ASCII)
_EMAIL = re.compile(r"[^\s@\"<>,;:()\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]\Z")
_IN_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f<>\"{}|\\^`]")


def phone(text: str) -> str | None:
    """A phone number as it is kept: one with the country code 1 as its ten digits, any other with its + and country
    code; None for what is none."""
    if _TEN_DIGITS.match(text):
        return text
    # It reads tables of every country, which no cold start needs.
    import phonenumbers

    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    if number.country_code == 1:
        return str(number.national_number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def e164(text: str, region: str) -> str | None:
    """A phone number as a text is sent to it, `+15125550123`; None for what is none. `region`: the country of one that
    names none, such as `US`.

    A number with an extension is none, and so is one that costs whoever calls it.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    if phonenumbers.number_type(number) in (
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
    ):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_email(text: str) -> bool:
    """Whether a text looks like an e-mail address. Only a mail that arrives tells whether it is one."""
    return len(text) <= MAX_EMAIL and _EMAIL.match(text) is not None


def is_web_address(text: str) -> bool:
    """Whether a text is an `http` or `https` address with a host, and without a name and a password in it."""
    if _IN_NO_ADDRESS.search(text):
        return False
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in ("http", "https")
