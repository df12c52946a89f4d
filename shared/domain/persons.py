"""A diner as their own data names them: whether it is the one who asks, and the same without them (rules 24.6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.domain import contact_texts

LEAST_LETTERS = 3
"""A shorter text is in too many others by chance to be taken out of them."""

ERASED = "***"
_LEAST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: `phone` in E.164, `email` in lower case; one of the two at least."""

    phone: str | None = None
    email: str | None = None

    def may_be(self, customer: Mapping[str, Any]) -> bool:
        """Whether a closer look is worth it, which needs the order's place."""
        phone = customer.get("phone")
        if self._is_email(customer):
            return True
        return self.phone is not None and isinstance(phone, str | int) and national(self.phone) in digits_of(str(phone))

    def is_it(self, customer: Mapping[str, Any], region: str = contact_texts.REGION) -> bool:
        """Whether this is the customer of an order, however they typed the number or the address. `region`: the country
        of the place, for a number that names none."""
        phone = customer.get("phone")
        if self._is_email(customer):
            return True
        return self.phone is not None and isinstance(phone, str | int) and self._is_phone(str(phone), region)

    def _is_email(self, customer: Mapping[str, Any]) -> bool:
        email = customer.get("email")
        return bool(self.email) and isinstance(email, str) and email.strip().casefold() == self.email

    def _is_phone(self, typed: str, region: str) -> bool:
        import phonenumbers

        assert self.phone is not None
        try:
            number = phonenumbers.parse(typed, region, keep_raw_input=True)
        except phonenumbers.NumberParseException:
            number = None
        of_the_place = phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
        if number is not None and (phonenumbers.is_valid_number(number) or number.country_code_source != of_the_place):
            # One of another country may have the same digits: it is somebody else's.
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == self.phone
        # No number of that country as it stands: of a guest who typed it as at home.
        return digits_of(typed).endswith(national(self.phone))


def person(phone: str | None, email: str | None) -> Person:
    """Who asks. Raises ValueError, with a sentence, where neither is given or one is none."""
    if not phone and not email:
        raise ValueError("Say who it is: a phone number or an e-mail address.")
    number = contact_texts.e164(phone, contact_texts.REGION) if phone else None
    if phone and number is None:
        raise ValueError(f"{phone!r} is no phone number: use ten digits, or one with its + and country code.")
    if email and not contact_texts.is_email(email.strip()):
        raise ValueError(f"{email!r} is no e-mail address.")
    return Person(number, email.strip().casefold() if email else None)


@lru_cache(maxsize=16)
def national(number: str) -> str:
    """A number (E.164) as it is dialled within its country, without a leading zero."""
    import phonenumbers

    return str(phonenumbers.national_significant_number(phonenumbers.parse(number)))


def digits_of(typed: str) -> str:
    """The digits of what somebody typed, in whatever script."""
    return "".join(str(int(letter)) for letter in typed if letter.isdecimal())


def words_of(customer: Mapping[str, Any]) -> frozenset[str]:
    """What is to be taken out of what staff said of an order of this customer: what they typed, and each word of the
    name, because staff write the first one."""
    name = customer.get("name")
    parts = name.split() if isinstance(name, str) else []
    whole = _typed(customer, "name") | _typed(customer, "phone") | _typed(customer, "email")
    return whole | {part for part in parts if len(part) >= LEAST_LETTERS}


def surely_of(customer: Mapping[str, Any]) -> frozenset[str]:
    """What tells of this customer wherever it stands: a number and an address. What was typed in their place is none of
    both, and a diner types what they like."""
    numbers = {one for one in _typed(customer, "phone") if len(digits_of(one)) >= _LEAST_DIGITS}
    return frozenset(numbers | {one for one in _typed(customer, "email") if contact_texts.is_email(one)})


def full_name_of(customer: Mapping[str, Any]) -> frozenset[str]:
    """A name of more than one word, which tells of this customer in what staff said of anything. A first name may be a
    dish's or a colleague's, and so may two words in the name of a thing."""
    return frozenset(one for one in _typed(customer, "name") if len(one.split()) > 1)


def _typed(customer: Mapping[str, Any], field: str) -> frozenset[str]:
    text = customer.get(field)
    return frozenset({text.strip()} if isinstance(text, str) and len(text.strip()) >= LEAST_LETTERS else ())


def without(value: Any, words: Collection[str]) -> Any:
    """The same value, with each of the words taken out of every text in it: whole words, in any case of letters, and a
    number in any writing."""
    if isinstance(value, str):
        for word in sorted(words, key=len, reverse=True):
            value = _pattern(word).sub(ERASED, value)
        return value
    if isinstance(value, dict):
        return {name: without(one, words) for name, one in value.items()}
    return [without(one, words) for one in value] if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    digits = digits_of(word)
    if len(digits) >= _LEAST_DIGITS and "@" not in word:
        # The country's digits before it, if somebody wrote them.
        return re.compile(r"(?<!\d)\+?(?:\d{1,3}[^\w\n]{0,3})??\(?" + r"[^\w\n]{0,3}".join(digits[-10:]) + r"(?!\d)")
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


SAID = frozenset({"reason", "endReason", "note", "notes"})
"""The fields in which people write what they like. All others are the house's own: ids, states, names of dishes."""


def said_without(value: Any, words: Collection[str]) -> Any:
    """The same value, with each of the words taken out of what people said in it."""
    if isinstance(value, dict):
        return {name: without(one, words) if name in SAID else said_without(one, words) for name, one in value.items()}
    return [said_without(one, words) for one in value] if isinstance(value, list) else value


def order_without(order: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an order, or a preview, has instead once its diner is erased. What it costs, and what it is made
    of, stays."""
    customer = order.get("customer") if isinstance(order.get("customer"), dict) else {}
    words = words_of(customer or {})
    fields: dict[str, Any] = {"customer": {"name": "", "phone": ""}, "getSms": False}
    if isinstance(order.get("items"), list):
        fields["items"] = [{**one, "notes": ""} if isinstance(one, dict) else one for one in order["items"]]
    if isinstance(order.get("origin"), dict) and "note" in order["origin"]:
        fields["origin"] = {name: value for name, value in order["origin"].items() if name != "note"}
    said = {name: order[name] for name in ("refunds", "endReason") if name in order}
    return {**fields, **said_without(said, words)}
