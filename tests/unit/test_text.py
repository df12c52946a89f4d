"""Texts of strangers: what is dropped at the border, and what a terminal is shown."""

from __future__ import annotations

import pytest

from shared.text import clean, isolated, masked, one_line, without_links

DIRECTIONS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"]


@pytest.mark.parametrize("character", [*CONTROLS, *DIRECTIONS], ids=lambda character: f"U+{ord(character):04X}")
def test_what_is_no_text_is_dropped_at_the_border_and_spelled_out_in_a_terminal(character: str) -> None:
    assert clean(f"a{character}b") == "ab"
    if character not in "\u2068\u2069":
        assert one_line(f"a{character}b") in (f"a\\x{ord(character):02x}b", f"a\\u{ord(character):04x}b")


@pytest.mark.parametrize(
    "text",
    ["Zoë", "寿司 🍣", "👩\u200d🍳", "עברית\u200f!", "two\nlines\tand a tab", "نجاح", "e\u0301"],
)
def test_what_people_write_stays(text: str) -> None:
    assert clean(text) == text


def test_line_breaks_of_other_systems_are_line_breaks() -> None:
    assert clean("one\r\ntwo\rthree") == "one\ntwo\nthree"
    assert one_line("one\ntwo\u2028three") == "one\\ntwo\\u2028three"


def test_a_name_read_from_the_right_is_a_text_of_its_own_in_a_line() -> None:
    assert isolated("Ada") == "Ada"
    assert isolated("דוד\u2069\u202e 12") == "\u2068דוד 12\u2069"
    assert one_line(isolated("דוד")) == "\u2068דוד\u2069"


def test_of_a_masked_phone_two_digits_are_left() -> None:
    assert [masked(phone) for phone in ("5550100200", "12345", "1234", "")] == ["********00", "***45", "****", ""]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hi evil.com click", "Hi evil com click"),
        ("https://www.evil.co.uk/login?x=1", "https www evil co uk/login?x=1"),
        ("evil\uff0ecom/x", "evil com/x"),
        ("evil\u3002com", "evil com"),
        ("evil\uff61com", "evil com"),
        ("evil\u2024com", "evil com"),
        ("evil\ufe52com", "evil com"),
        ("evil\u200b.\u2060\ufeffcom", "evil com"),
        ("evil.c\u200bom", "evil c\u200bom"),
        ("\u4f8b\u5b50\u3002\u4e2d\u56fd", "\u4f8b\u5b50 \u4e2d\u56fd"),
        ("xn--80ak6aa92e.com:8080", "xn--80ak6aa92e com:8080"),
        ("bit.ly/3xYz", "bit ly/3xYz"),
        ("ann@example.com", "ann@example com"),
        ("http://1.2.3.4/x", "http 1 2 3 4/x"),
        ("\uff1a\uff0f\uff0fevil", " evil"),
        ("//evil", " evil"),
        ("😀.la", "😀 la"),
    ],
)
def test_nothing_that_a_stranger_wrote_is_a_link(written: str, shown: str) -> None:
    assert without_links(written) == shown
    assert without_links(shown) == shown


@pytest.mark.parametrize(
    "text",
    ["St. Louis", "J.R.R. Tolkien", "O'Neil-Smith Jr.", "$5.50", "3.5kg", "1/2 rack, w/o onions", "5 p.m.", "Ann...",
     "No salt. Please!", "Caf\u00e9 4.5\u2605", "\u597d\u5403\u3002", "30.11.2026", ""],
)  # fmt: skip
def test_what_people_write_of_themselves_and_their_food_stays(text: str) -> None:
    assert without_links(text) == text


@pytest.mark.parametrize("part", ["x", ".", "\u200b", "/", "a.", ":", "1."])
def test_a_long_text_takes_no_longer_than_its_length(part: str) -> None:
    assert len(without_links(part * 200_000)) <= len(part) * 200_000
