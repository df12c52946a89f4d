"""What texts say, and that none takes more than two segments (rules 24.1)."""

from __future__ import annotations

import itertools
import re

import pytest

from shared.domain import texts
from shared.domain.contact_texts import e164
from shared.domain.countries import country_of
from shared.domain.gsm import is_gsm, loses_letters, segments, to_gsm
from shared.domain.reaching import TO_DINER, TO_STAFF
from shared.domain.texts import ToDiner, ToStaff

LINK = "https://order.example.com/status/66f1a0c2d4b8e3f5a7c90009/66f1a0c2d4b8e3f5a7c90010"
LONG_LINK = f"https://order.of-a-place-with-a-long-name.example.com/menu/status/{'r' * 64}/66f1a0c2d4b8e3f5a7c90010"
NAMES = (
    *("Nonna", "", "Café Ñandú", "Joe’s 🍔 & Grill", "寿司", "Кафе Пушкинъ на Тверском", "مطعم الشام", "A" * 300),
    *("€" * 90, "[{|}]" * 30, "👩‍🍳" * 40, "Ｓｕｓｈｉ", "a\nb\tc", "  ", "Ő" * 50, "ﬁne", "寿" * 400),
)
REASON = "We are out of soup — sorry! Vuelva más tarde, por favor. " * 6


class TestSegments:
    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("a" * 306, 2),
            ("a" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
            # A euro sign takes two places, and is not torn: 152 fit beside it, and the last place stays empty.
            ("a" * 152 + "€" + "a" * 153, 3),
            ("a" * 152 + "€" + "a" * 151, 2),
            ("寿" * 70, 1),
            ("寿" * 71, 2),
            ("寿" * 134, 2),
            ("寿" * 135, 3),
            ("🍔" * 35, 1),
            ("🍔" * 36, 2),
            # Of 67 places 33 pictures take 66.
            ("🍔" * 66, 2),
            ("🍔" * 67, 3),
        ],
    )
    def test_are_counted_as_the_networks_count(self, text: str, count: int) -> None:
        assert segments(text) == count

    def test_letters_that_gsm_lacks_are_written_without_their_accents(self) -> None:
        assert to_gsm("más tarde, João – “Ñandú”") == 'mas tarde, Joao - "Ñandu"'
        assert is_gsm(to_gsm("Łódź œuf ﬁne"))
        assert to_gsm("e\u0301") == "é"

    def test_a_picture_is_no_letter(self) -> None:
        assert not loses_letters("Joe’s 🍔 Grill™")
        assert loses_letters("寿司 Bar")


class TestEveryText:
    @pytest.mark.parametrize(("about", "language"), list(itertools.product(sorted(TO_DINER), ("en", "es", "pt"))))
    def test_to_a_diner_takes_two_segments_at_most_and_names_the_order(self, about: str, language: str) -> None:
        for name, link in itertools.product(NAMES, (LINK, LONG_LINK, "")):
            text = texts.to_diner(ToDiner(about, name, "A12B", language, link, 123456, REASON))  # type: ignore[arg-type]
            assert segments(text) <= 2, text
            assert text.startswith("OrderBuddy")
            assert "#A12B" in text
            assert text.endswith(link)
            assert "\n" not in text

    @pytest.mark.parametrize(
        ("about", "language"), list(itertools.product(sorted({*TO_STAFF, "not_drawn"}), ("en", "es", "pt")))
    )
    def test_to_staff_takes_two_segments_at_most_and_names_the_order(self, about: str, language: str) -> None:
        for name in NAMES:
            text = texts.to_staff(ToStaff(about, name, name, "A12B", language, 1234))  # type: ignore[arg-type]
            assert segments(text) <= 2, text
            assert "#A12B" in text

    def test_a_link_that_is_too_long_for_two_segments_is_left_out(self) -> None:
        text = texts.to_diner(ToDiner("ready", "Nonna", "A12B", "en", f"https://x.example/{'y' * 400}"))
        assert text == "OrderBuddy: Your order #A12B is ready for pickup."

    @pytest.mark.parametrize(
        "lure",
        ["evil.com", "https://evil.co/x", "evil\uff0ecom", "evil\u3002com", "evil.\U0001f354com", "evil\u2488com"],
    )
    def test_has_no_link_but_ours(self, lure: str) -> None:
        for reason, name in ((lure, "Nonna"), ("No soup", lure), (lure, lure)):
            for said in (
                texts.to_diner(ToDiner("rejected", name, "A12B", "en", LINK, 1234, reason)),
                texts.to_staff(ToStaff("order_waiting", name, reason, "A12B", "en", 1234)),
            ):
                rest = said.replace(LINK, "")
                assert not re.search("\\w[.\uff0e\u3002][a-z]{2}|//", rest), rest


class TestWords:
    def test_a_name_in_latin_letters_makes_a_text_in_gsm(self) -> None:
        for name in ("Café Ñandú", "Joe’s 🍔 & Grill", "Ő" * 50):
            assert is_gsm(texts.to_diner(ToDiner("ready", name, "A12B", "es", LINK)))

    def test_a_name_in_another_alphabet_stays_where_the_whole_fits_and_else_goes(self) -> None:
        short = texts.to_diner(
            ToDiner("ready", "寿司", "A12B", "en", "https://s.example/status/r/66f1a0c2d4b8e3f5a7c90010")
        )
        assert short.startswith("OrderBuddy-寿司: Your order #A12B is ready")
        long = texts.to_diner(ToDiner("order_waiting", "寿司", "A12B", "en", LINK))
        assert long.startswith("OrderBuddy: The restaurant")
        assert is_gsm(long)

    def test_what_goes_back_and_why_is_said(self) -> None:
        text = texts.to_diner(ToDiner("rejected", "Nonna", "A12B", "en", LINK, 1234, "We are out of soup."))
        assert text == (
            "OrderBuddy-Nonna: The restaurant cannot make your order #A12B. You get $12.34 back. "
            f"(We are out of soup.) {LINK}"
        )
        assert "back" not in texts.to_diner(ToDiner("cancelled", "Nonna", "A12B", "en", LINK))

    def test_a_sign_in_code_comes_first(self) -> None:
        assert texts.sign_in("123456").startswith("123456 ")
        assert segments(texts.sign_in("123456")) == 1


class TestNumbers:
    @pytest.mark.parametrize(
        ("typed", "region", "number"),
        [
            ("(512) 555-0123", "US", "+15125550123"),
            ("5125550123", "US", "+15125550123"),
            ("+44 20 7946 0958", "US", "+442079460958"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("abc", "US", None),
            ("555 x12", "US", None),
            ("5125550123 x12", "US", None),
            ("", "US", None),
            ("911", "US", None),
            ("+1 900 555 1234", "US", None),
        ],
    )
    def test_are_read_with_the_locations_country(self, typed: str, region: str, number: str | None) -> None:
        assert e164(typed, region) == number

    def test_a_time_zone_tells_the_country(self) -> None:
        zones = ("America/Chicago", "Europe/London", "US/Central", "America/Sao_Paulo", "UTC", "", "Nowhere/At_All")
        assert [country_of(zone) for zone in zones] == ["US", "GB", "US", "BR", None, None, None]
