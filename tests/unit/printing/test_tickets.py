"""What stands on a ticket, and that no text of a person steers a printer."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from shared.documents.orders import Order
from shared.domain.printable import CodePage, printable, wrapped
from shared.domain.tickets import LETTERS, Line, Paper, ticket
from shared.services.printing import drawing

_STAR = re.compile(rb"\x1b@|\x1b\x1dt.|\x1b\x1da[\x00\x01]|\x1bi[\x00-\x05]{2}|\x1b[EF]|\x1bd\x03", re.DOTALL)
_ESCPOS = re.compile(
    rb"\x1b@|\x1bt.|\x1d!.|\x1bE[\x00\x01]|\x1ba[\x00-\x02]|\x1b[-M{!].|\x1d[bB].|\x1bd\x06|\x1dV.", re.DOTALL
)
ANYTHING = st.text(st.characters(), max_size=60)


def order(**more: Any) -> Order:
    item = {
        "id": "1",
        "menuItemId": "soup",
        "name": "Sopa",
        "staffName": "Soup",
        "notes": "no salt",
        "variants": [{"id": "v", "name": "Grande", "staffName": "Large"}],
        "modifiers": [{"id": "m", "name": "Leche", "staffName": "Milk", "options": [{"id": "o", "name": "Oat"}]}],
        "missing": ["Bread"],
    }
    document = {
        "_id": ObjectId(),
        "orderCode": "K7P",
        "status": "CREATED",
        "customer": {"name": "Ann", "phone": "5550100200"},
        "origin": {"id": "x", "name": "Table 4"},
        "startedAt": datetime(2026, 5, 4, 23, 5, tzinfo=UTC),
        "items": [item, item | {"id": "2"}, {"id": "3", "menuItemId": "tea", "name": "Tea"}],
    }
    return Order.model_validate(document | more)


def paper(**more: Any) -> Paper:
    given: dict[str, Any] = {"width": 80, "language": "en", "page": "cp1252"}
    return Paper(**given | more)


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def test_a_ticket_tells_the_kitchen_all_that_it_needs() -> None:
    made = ticket(order(), "America/Chicago", paper())
    assert texts(made) == [
        "K7P",
        "Table 4",
        "18:05   2026-05-04",
        "Name: Ann",
        "-" * 48,
        "2 x Soup",
        "    Large",
        "    Milk: Oat",
        "    ! Bread: not chosen",
        "    > no salt",
        "1 x Tea",
        "-" * 48,
        "3 items",
    ]
    assert (made[0].size, made[0].bold, made[0].centred) == (3, True, True)


def test_a_diners_phone_is_on_no_ticket() -> None:
    assert not any("5550100200" in text for text in texts(ticket(order(), "UTC", paper())))


def test_what_a_guest_calls_the_place_is_no_table() -> None:
    made = texts(ticket(order(origin={"id": "", "name": "", "note": "Table 9"}), "UTC", paper()))
    assert "Guest says: Table 9" in " ".join(made)


@pytest.mark.parametrize("width", [58, 80])
def test_no_line_is_longer_than_the_paper_is_wide(width: int) -> None:
    long = order(customer={"name": "x" * 200}, origin={"id": "x", "name": "Garden table by the old tree " * 5})
    for line in ticket(long, "UTC", paper(width=width), copy=True):
        assert len(line.text) * line.size <= LETTERS[width], line


def test_a_zone_that_nobody_knows_is_utc() -> None:
    assert "23:05   2026-05-04" in texts(ticket(order(), "Mars/Base", paper()))


@pytest.mark.parametrize(
    ("text", "page", "printed"),
    [
        ("Zoë", "cp1252", "Zoë"),
        ("Zoe\u0308", "cp1252", "Zoë"),
        ("Zoë", "ascii", "Zoe"),
        ("Łukasz Żółć", "cp1252", "Lukasz Zólc"),
        ("straße", "ascii", "strasse"),
        ("“hi” – 5 €…", "ascii", '"hi" - 5 EUR...'),
        ("🍕 pizza 👩🏽‍🍳", "cp1252", " pizza "),
        ("王伟", "cp1252", "??"),
        ("Ｆｕｌｌ", "ascii", "Full"),
        ("½ kg", "ascii", "1/2 kg"),
        ("a\x1b@\x07b", "cp1252", "a@b"),
        ("a\x9bb\x85c", "cp1252", "abc"),
        ("a\tb\u00a0c\u2028d", "cp1252", "a b c\nd"),
        ("a\u202eb\u200dc\u00add", "cp1252", "abcd"),
    ],
)
def test_a_text_becomes_readable_in_the_printers_letters(text: str, page: CodePage, printed: str) -> None:
    assert printable(text, page) == printed


@given(ANYTHING, st.sampled_from(["cp1252", "ascii"]))
def test_no_byte_of_a_persons_text_is_a_command(text: str, page: CodePage) -> None:
    made = printable(text, page).encode(page)
    assert all(byte >= 0x20 or byte == 0x0A for byte in made)
    assert 0x7F not in made


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_whatever_people_type_a_printer_gets_only_our_own_commands(name: str, note: str, dish: str, place: str) -> None:
    item = {"id": "1", "name": dish, "staffName": dish, "notes": note, "variants": [{"name": place}], "missing": [note]}
    typed = order(customer={"name": name}, origin={"id": "", "name": "", "note": place}, items=[item])
    lines = ticket(typed, "UTC", paper(), copy=True)
    plain = ticket(typed, "UTC", paper(page="ascii"))
    for bytes_left in (
        _STAR.sub(b"", drawing.star([lines])),
        _ESCPOS.sub(b"", drawing.escpos([lines])),
        drawing.plain([plain], 48),
    ):
        assert all(byte >= 0x20 or byte == 0x0A for byte in bytes_left), bytes_left


@given(ANYTHING, st.integers(8, 48))
def test_a_wrapped_text_fits(text: str, width: int) -> None:
    assert all(len(line) <= width for line in wrapped(printable(text, "cp1252"), width, indent="  ", further="    "))
