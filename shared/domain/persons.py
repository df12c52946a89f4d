"""A diner as their own data names them: whether it is the one who asks, and the same without them (rules 24.6)."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
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

    @property
    def words(self) -> frozenset[str]:
        """The number as it is dialled at home, and the address: what tells of this person in any text."""
        return frozenset(one for one in (national(self.phone) if self.phone else "", self.email or "") if one)

    def may_stand_in(self, texts: Sequence[str]) -> bool:
        """Whether a closer look at these texts is worth it, which needs the order's place."""
        return any(
            (self.email is not None and self.email in text.casefold())
            or (self.phone is not None and national(self.phone) in digits_of(text))
            for text in texts
        )

    def stands_in(self, texts: Sequence[str], region: str = contact_texts.REGION) -> bool:
        """Whether the number or the address stands in one of these texts. `region`: as of `is_it`."""
        import phonenumbers

        if self.email is not None and without(list(texts), {self.email}) != list(texts):
            return True
        return self.phone is not None and any(
            phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164) == self.phone
            for text in texts
            for found in phonenumbers.PhoneNumberMatcher(text, region, phonenumbers.Leniency.POSSIBLE)
        )

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
    # The original stored what it was sent: a number may be one.
    text = str(text) if isinstance(text, int) and not isinstance(text, bool) else text
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


@lru_cache(maxsize=1)
def _digits() -> list[str]:
    """A pattern for each digit from 0 to 9, in all scripts: a keyboard may write others than these."""
    written = [""] * 10
    for letter in map(chr, range(sys.maxunicode + 1)):
        if letter.isdecimal():
            written[int(letter)] += letter
    return [f"[{letters}]" for letters in written]


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    digits = digits_of(word)
    if len(digits) >= _LEAST_DIGITS and "@" not in word:
        # The country's digits before it, if somebody wrote them.
        written = r"[^\w\n]{0,3}".join(_digits()[int(digit)] for digit in digits[-10:])
        return re.compile(r"(?<!\d)\+?(?:\d{1,3}[^\w\n]{0,3})??\(?" + written + r"(?!\d)")
    if "@" in word:
        # The same letters may be the end of another address, or its beginning.
        return re.compile(rf"(?<![\w.+-]){re.escape(word)}(?!\w|[.-]\w)", re.IGNORECASE)
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


SAID = frozenset({"reason", "endReason", "note", "notes"})
"""The fields in which people write what they like. All others are the house's own: ids, states, names of dishes."""


def said_without(value: Any, words: Collection[str]) -> Any:
    """The same value, with each of the words taken out of what people said in it."""
    if isinstance(value, dict):
        return {name: without(one, words) if name in SAID else said_without(one, words) for name, one in value.items()}
    return [said_without(one, words) for one in value] if isinstance(value, list) else value


def order_without(order: Mapping[str, Any], besides: Collection[str] = ()) -> dict[str, Any]:
    """The fields that an order, or a preview, has instead once its diner is erased. What it costs, and what it is made
    of, stays. `besides`: words that tell of the diner, and stand nowhere in the order's own fields for them."""
    customer = order.get("customer") if isinstance(order.get("customer"), dict) else {}
    words = words_of(customer or {}) | frozenset(besides)
    fields: dict[str, Any] = {"customer": {"name": "", "phone": ""}, "getSms": False}
    if isinstance(order.get("items"), list):
        fields["items"] = [{**one, "notes": ""} if isinstance(one, dict) else one for one in order["items"]]
    if isinstance(order.get("origin"), dict) and "note" in order["origin"]:
        fields["origin"] = {name: value for name, value in order["origin"].items() if name != "note"}
    return {**fields, **said_without(_said(order), words)}


def mention_without(order: Mapping[str, Any], words: Collection[str]) -> dict[str, Any]:
    """The fields that somebody else's order, or preview, has instead once nobody says these words in it any more."""
    fields = {name: order[name] for name in ("items", "origin") if name in order}
    if isinstance(order.get("customer"), dict):
        named = order["customer"]
        fields["customer"] = {**named, "name": without(named.get("name", ""), words)}
    return said_without({**fields, **_said(order)}, words)  # type: ignore[no-any-return]


def _said(order: Mapping[str, Any]) -> dict[str, Any]:
    return {name: order[name] for name in ("refunds", "endReason") if name in order}


def written_in(order: Mapping[str, Any]) -> list[str]:
    """The texts that people wrote in an order or a preview, but its diner's number and address."""
    return list(_written(order))


def _written(order: Mapping[str, Any]) -> Iterator[str]:
    customer, origin = order.get("customer"), order.get("origin")
    found = [
        customer.get("name") if isinstance(customer, dict) else None,
        origin.get("note") if isinstance(origin, dict) else None,
        order.get("endReason"),
    ]
    for field, text in (("items", "notes"), ("refunds", "reason")):
        rows = order.get(field)
        found += [row.get(text) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    yield from (one for one in found if isinstance(one, str) and one)


def names_nobody(customer: Mapping[str, Any]) -> bool:
    """Whether an order has no number and no address of its diner: then whoever stands in its texts ordered it."""
    return not surely_of(customer)
