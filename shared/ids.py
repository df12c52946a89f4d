"""Ids: unguessable ones for documents, readable ones for people."""

from __future__ import annotations

import re
import secrets
import uuid

from bson import ObjectId

_HEX24 = re.compile(r"[0-9a-fA-F]{24}\Z")
_AT_THE_GATEWAY = uuid.UUID("6f3b6c1e-5d0a-4b7e-9a45-0f8c2f6f7d11")
"""Never change it: what was charged is found again by ids made from it."""

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:\-]{1,100}\Z")

# No vowels (no words), and none of 0 O, 1 I, 2 Z, 5 S, 8 B that a shout across a kitchen confuses.
_CODE_ALPHABET = "34679CDFGHJKLMNPQRTVWXY"
LINK_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""What codes in printed addresses are made of."""

_LINK_CODE = 10
_CODE_SPACES = [(length, len(_CODE_ALPHABET) ** length) for length in (3, 4, 5)]
# Multipliers prime to the alphabet's size (23), so that each space is permuted, and neighbours look unlike.
_CODE_MULTIPLIERS = {3: 7_919, 4: 176_087, 5: 4_256_233}
_CODE_OFFSETS = {3: 5_003, 4: 91_193, 5: 2_750_159}


def new_id() -> ObjectId:
    """A random document id. It tells nothing of time or order: for previews and orders it is the diner's secret."""
    return ObjectId(secrets.token_bytes(12))


def is_hex24(text: object) -> bool:
    """Whether a client-made id has the form of an ObjectId (24 hex digits)."""
    return isinstance(text, str) and _HEX24.match(text) is not None


def object_id(text: str) -> ObjectId | None:
    """The ObjectId that `text` names, or None where it names none."""
    return ObjectId(text) if is_hex24(text) else None


def stored_id(text: str) -> ObjectId | str:
    """An id as MongoDB holds it: an ObjectId, or, in imported data, plain text (contract 2.0)."""
    return ObjectId(text) if is_hex24(text) else text


def external_id(of: str) -> str:
    """The id under which the payment gateway knows something of ours; the same thing always has the same id.

    `of` names the thing: `<preview>:<attempt>` an attempt to pay, `<payment>:void` its void, `<payment>:refund:<n>` a
    refund. So each can be looked up even where the database has lost it.
    """
    return str(uuid.uuid5(_AT_THE_GATEWAY, of))


def attempt_id(preview_id: ObjectId, attempt: int) -> str:
    """The id of an attempt (from 1) to pay for a preview, here and at the gateway."""
    return external_id(f"{preview_id}:{attempt}")


def refund_id(payment_id: str, number: int) -> str:
    """The external id of a payment's refund with this number (from 1), at the gateway."""
    return external_id(f"{payment_id}:refund:{number}")


def request_id(sent: str | None) -> str:
    """The caller's request id where it is sane (1 to 100 letters, digits and `._:-`), else a new UUID."""
    return sent if sent and _SANE_REQUEST_ID.match(sent) else str(uuid.uuid4())


def readable_code(length: int) -> str:
    """A random code of so many characters that a person can read aloud and type."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))


def link_code() -> str:
    """A random code for an address that is printed: ten small letters and digits, 50 bits, so that nobody guesses one.
    None of 0 O, 1 l i is in it: somebody may have to type it."""
    return "".join(secrets.choice(LINK_ALPHABET) for _ in range(_LINK_CODE))


def order_code(n: int) -> str:
    """The n-th order's (0-based) code of a location's day: 3 readable characters, 4 from the 12,168th order on.

    A fixed permutation, so codes of one day never repeat and neighbouring orders do not look alike.
    """
    for length, size in _CODE_SPACES:
        if n < size:
            return _spell((n * _CODE_MULTIPLIERS[length] + _CODE_OFFSETS[length]) % size, length)
        n -= size
    return str(n)


def _spell(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_CODE_ALPHABET))
        letters.append(_CODE_ALPHABET[index])
    return "".join(letters)
