"""A phone reads our codes, whatever their style, and a sheet takes whatever somebody calls a table."""

from __future__ import annotations

import base64
import io
import re
import zlib

import pytest
import zxingcpp
from PIL import Image

from shared.documents.origins import QrStyle
from shared.domain import code_sheet, qr_drawing
from shared.domain.code_sheet import Card
from shared.domain.new_locations import QR_CODE_STYLE
from shared.domain.qr_styles import BLACK, PLAIN, WHITE, contrast, look_of

URL = "https://codes.example/q/k7m2p9xw4d"


def picture(width: int, height: int, kind: str = "PNG") -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "orange").save(drawn, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(drawn.getvalue()).decode()}"


def style(**more: object) -> QrStyle:
    return QrStyle.model_validate(QR_CODE_STYLE | more)


def read(png: bytes) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))]


def test_a_code_as_the_staffs_app_shows_it_holds_the_whole_address() -> None:
    head, _, data = qr_drawing.data_url(URL).partition(",")
    assert head == "data:image/png;base64"
    assert read(base64.b64decode(data)) == [URL]


@pytest.mark.parametrize("size", [qr_drawing.SMALLEST, 333, qr_drawing.LARGEST])
def test_a_code_is_read_in_every_size(size: int) -> None:
    drawn = qr_drawing.png(URL, look_of(style()), size)
    assert read(drawn) == [URL]
    assert Image.open(io.BytesIO(drawn)).width <= size


@pytest.mark.parametrize("image", [picture(300, 300), picture(400, 120), picture(90, 400, "JPEG")])
def test_a_code_is_read_with_a_picture_in_its_middle(image: str) -> None:
    wanted = style(image=image, imageOptions={"imageSize": 1}, dotsOptions={"color": "#123456", "type": "dots"})
    drawn = qr_drawing.png(URL, look_of(wanted))
    assert read(drawn) == [URL]
    whole = Image.open(io.BytesIO(drawn)).convert("RGB")
    red, green, blue = whole.getpixel((whole.width // 2, whole.height // 2))
    assert red > 230 and 140 < green < 190 and blue < 30
    assert b"<image " in qr_drawing.svg(URL, look_of(wanted))


@pytest.mark.parametrize(
    "image",
    [
        "https://elsewhere.example/logo.png",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,AAAA",
        "data:image/png;base64,====",
        picture(2001, 2001),
    ],
)
def test_a_picture_that_is_none_is_left_out_and_nothing_is_fetched(image: str) -> None:
    drawn = qr_drawing.png(URL, look_of(style(image=image)))
    assert read(drawn) == [URL]
    assert b"<image" not in qr_drawing.svg(URL, look_of(style(image=image)))


def test_colours_that_no_phone_tells_apart_become_black_on_white() -> None:
    for dark, light in (("#ffff00", "#ffffff"), ("#ffffff", "#000000"), ("red", "#ffffff"), ("#777", "#777")):
        look = look_of(style(dotsOptions={"color": dark}, backgroundOptions={"color": light}))
        assert (look.dark, look.light) == (BLACK, WHITE)
        assert read(qr_drawing.png(URL, look)) == [URL]
    mine = look_of(style(dotsOptions={"color": "#036"}, backgroundOptions={"color": "#FFFFEE"}))
    assert (mine.dark, mine.light) == ("#003366", "#ffffee")
    assert contrast("#000", "#fff") == pytest.approx(21)


def test_a_code_always_has_the_quiet_border_that_readers_need() -> None:
    assert look_of(style(margin=0)).border == 4
    assert look_of(style(margin=4000)).border == 12
    assert look_of(QrStyle()) == PLAIN


@pytest.mark.parametrize(
    "label", ["Table 1", "Térrasse – 3", "テーブル 4", "طاولة ٥", "שולחן 3", "🍕", "x" * 100, "桌" * 100, "\x00", " "]
)
def test_a_sheet_takes_any_label(label: str) -> None:
    drawn = code_sheet.sheet([Card(label, "k7m2p9xw4d", URL)], label, PLAIN, "a4")
    assert drawn.startswith(b"%PDF-")


def test_a_label_with_marks_piled_up_covers_no_code() -> None:
    drawn = code_sheet.sheet([Card("A" + "\u0300" * 98, "k7m2p9xw4d", URL)], "", PLAIN, "a4")
    pictures = re.findall(rb"q ([\d.]+) 0 0 ([\d.]+) [\d.]+ [\d.]+ cm /I\d+ Do Q", _content(drawn))
    assert len(pictures) == 2
    assert min(float(high) for _, high in pictures) <= 6 * 72 / 25.4 + 0.1


def _content(pdf: bytes) -> bytes:
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"".join(map(_inflated, streams))


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_a_sheet_has_twelve_codes_a_page_on_the_paper_that_is_asked_for() -> None:
    cards = [Card(f"Table {number}", "k7m2p9xw4d", URL) for number in range(13)]
    letter, a4 = (code_sheet.sheet(cards, "Nonna", PLAIN, paper) for paper in ("letter", "a4"))
    assert letter.count(b"/Type /Page\n") == 2
    assert b"[0 0 612.00 792.00]" in letter
    assert b"[0 0 595.28 841.89]" in a4
    assert code_sheet.sheet([], "Nonna", PLAIN, "a4").count(b"/Type /Page\n") == 1
