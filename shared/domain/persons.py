"""A diner as their own data names them: whether it is the one who asks, and the same without them (rules 24.6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain import contact_texts

LEAST_LETTERS = 3
"""A shorter text is in too many others by chance to be taken out of them."""

GONE = "***"
_NO_DIGIT = re.compile(r"\D")
_LEAST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: `phone` in E.164, `email` in lower case; one of the two at least."""

    phone: str | None = None
    email: str | None = None

    def is_it(self, customer: Mapping[str, Any]) -> bool:
        """Whether this is the customer of an order, however they typed the number or the address."""
        email, phone = customer.get("email"), customer.get("phone")
        if self.email and isinstance(email, str) and email.strip().casefold() == self.email:
            return True
        return bool(self.phone) and isinstance(phone, str | int) and self._is_phone(str(phone))

    def _is_phone(self, typed: str) -> bool:
        assert self.phone is not None
        digits, wanted = _NO_DIGIT.sub("", typed), self.phone.lstrip("+")
        if len(digits) < _LEAST_DIGITS or (digits[-4:] not in wanted and wanted[-4:] not in digits):
            return False
        # One with an extension is read by its digits: it is the same phone.
        return contact_texts.e164(typed, contact_texts.REGION) == self.phone or national(self.phone) in digits


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


def national(number: str) -> str:
    """A number (E.164) as it is dialled within its country, without a leading zero."""
    import phonenumbers

    return str(phonenumbers.parse(number).national_number)


def words_of(customer: Mapping[str, Any]) -> frozenset[str]:
    """What is to be taken out of every text about an order of this customer."""
    texts = (customer.get(name) for name in ("name", "phone", "email"))
    return frozenset(text.strip() for text in texts if isinstance(text, str) and len(text.strip()) >= LEAST_LETTERS)


def without(value: Any, words: Collection[str]) -> Any:
    """The same value, with each of the words taken out of every text in it, in any case of letters."""
    if isinstance(value, str):
        for word in sorted(words, key=len, reverse=True):
            value = re.sub(re.escape(word), GONE, value, flags=re.IGNORECASE)
        return value
    if isinstance(value, dict):
        return {name: without(one, words) for name, one in value.items()}
    return [without(one, words) for one in value] if isinstance(value, list) else value


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
    for name in ("refunds", "endReason", "lines"):
        if name in order:
            fields[name] = without(order[name], words)
    return fields
