"""What becomes of a file that somebody sends as a picture; each is made in the process that makes them for the app."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
import zlib

import PIL.Image
import pytest

from shared.domain import pictures
from shared.domain.pictures import PictureRefusedError, Rendition
from shared.integrations.pictures.workshop import AT_A_TIME, MOST_WAITING, CrowdedError, Workshop
from tests.pictures import encoded, from_a_phone, opened, photo, plain, png_that_claims

SCRIPT = b"<script>alert(document.cookie)</script>"


async def made(data: bytes) -> list[Rendition]:
    return await Workshop().make(data)


async def refused(data: bytes) -> str:
    with pytest.raises(PictureRefusedError) as caught:
        await made(data)
    return str(caught.value)


def of(renditions: list[Rendition], width: int, ending: str) -> PIL.Image.Image:
    [found] = [each for each in renditions if (each.width, each.ending) == (width, ending)]
    return opened(found.content)


async def test_a_picture_is_kept_in_a_few_widths_each_in_two_formats() -> None:
    renditions = await made(encoded(photo(), "JPEG"))
    assert [(each.width, each.ending) for each in renditions] == [
        (width, ending) for width in (320, 640, 1280) for ending in ("webp", "jpg")
    ]
    for each in renditions:
        kept = opened(each.content)
        assert kept.size == (each.width, each.width * 3 // 4)
        assert kept.format == {"webp": "WEBP", "jpg": "JPEG"}[each.ending]


async def test_a_small_picture_is_not_blown_up() -> None:
    assert {each.width for each in await made(plain(500, 300))} == {320, 500}
    assert {each.width for each in await made(plain(10, 10))} == {10}


@pytest.mark.parametrize("turned", [1, 3, 6, 8])
async def test_a_picture_from_a_phone_stands_upright(turned: int) -> None:
    kept = of(await made(from_a_phone(turned=turned)), 640, "jpg")
    assert kept.size == (640, 480)
    top, left, right = (kept.getpixel(at) for at in ((320, 10), (100, 300), (540, 300)))
    assert isinstance(top, tuple) and min(top) > 200
    assert isinstance(left, tuple) and left[0] > 200 > left[2] + 100
    assert isinstance(right, tuple) and right[2] > 200 > right[0] + 100


async def test_nothing_but_pixels_is_kept() -> None:
    for each in await made(from_a_phone(turned=6)):
        kept = opened(each.content)
        assert not dict(kept.getexif()) and "icc_profile" not in kept.info and "comment" not in kept.info
        assert b"secret maker" not in each.content and b"Exif" not in each.content


async def test_a_transparent_logo_stays_transparent() -> None:
    logo = PIL.Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    logo.paste("green", (100, 50, 300, 150))
    renditions = await made(encoded(logo, "PNG"))
    assert {each.ending for each in renditions} == {"webp", "png"}
    for ending in ("webp", "png"):
        corner, middle = (of(renditions, 320, ending).convert("RGBA").getpixel(at) for at in ((5, 5), (160, 80)))
        assert isinstance(corner, tuple) and corner[3] == 0
        assert isinstance(middle, tuple) and middle[3] == 255 and middle[1] > 90


async def test_one_that_could_be_transparent_and_is_not_becomes_a_jpeg() -> None:
    assert {each.ending for each in await made(encoded(PIL.Image.new("RGBA", (40, 40), "red"), "PNG"))} == {
        "webp",
        "jpg",
    }


@pytest.mark.parametrize(
    ("mode", "format_name"),
    [("L", "PNG"), ("1", "PNG"), ("P", "GIF"), ("LA", "PNG"), ("CMYK", "JPEG"), ("I;16", "PNG"), ("RGB", "WEBP")],
)
async def test_each_way_to_store_colours_is_read(mode: str, format_name: str) -> None:
    assert await made(encoded(PIL.Image.new(mode, (33, 21)), format_name))


async def test_sixteen_bits_a_pixel_keep_their_grey() -> None:
    kept = of(await made(encoded(PIL.Image.new("I;16", (40, 40), 0x8000), "PNG")), 40, "jpg")
    grey = kept.convert("L").getpixel((20, 20))
    assert isinstance(grey, int | float) and 120 < grey < 136


async def test_of_a_moving_picture_the_first_is_kept() -> None:
    frames = [PIL.Image.new("RGB", (50, 50), colour) for colour in ("red", "blue", "green")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    red = of(await made(file.getvalue()), 50, "jpg").getpixel((25, 25))
    assert isinstance(red, tuple) and red[0] > 200 and red[2] < 60


async def test_the_same_picture_has_the_same_name_and_another_one_another() -> None:
    first, again, other = [pictures.hash_of(await made(data)) for data in (plain(), plain(), plain(colour="gold"))]
    assert first == again != other


# Hostile files


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("index.txt", "x" * 2000)
    return file.getvalue()


HIDDEN = {
    "a script": b"\n" + SCRIPT,
    "a page": b"<!DOCTYPE html><p>",
    "a page in capitals": b"*/ <HTML><BODY>",
    "a drawing": b"<svg width='1' xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a program": b"<?php system($_GET[0]); __HALT_COMPILER(); ?>",
    "an archive": archive(),
    "an archive with a comment": archive()[:-2] + b"\x04\x00note",
    "a document": b"%PDF-1.7\n1 0 obj",
    "another archive": b"Rar!\x1a\x07\x01\x00",
}


@pytest.mark.parametrize(
    ("format_name", "hidden"),
    [
        # Each format and each thing once; all of both is long.
        pytest.param(name, HIDDEN[what], id=f"{name}-{what}", marks=() if turn % 4 == number else pytest.mark.long)
        for number, name in enumerate(["PNG", "JPEG", "GIF", "WEBP"])
        for turn, what in enumerate(HIDDEN)
    ],
)
async def test_a_picture_with_something_else_behind_it_is_refused(format_name: str, hidden: bytes) -> None:
    picture = encoded(photo(100, 80), format_name)
    assert await made(picture)
    assert "hides in this picture" in await refused(picture + hidden)
    assert "hides in this picture" in await refused(picture + b"\0" * 5000 + hidden)


async def test_one_with_something_else_in_its_comments_is_refused_and_one_with_words_is_not() -> None:
    from PIL.PngImagePlugin import PngInfo

    for text, is_good in ((SCRIPT, False), (archive(), False), (b"5 < 6, says <b>Ann</b>", True)):
        info = PngInfo()
        info.add_text("Comment", text.decode("latin-1"))
        for data in (encoded(photo(60, 60), "PNG", pnginfo=info), encoded(photo(60, 60), "JPEG", comment=text)):
            assert text in data
            if is_good:
                assert all(text not in each.content for each in await made(data))
            else:
                assert "hides in this picture" in await refused(data)


async def test_an_archive_that_begins_before_the_picture_s_pixels_is_refused() -> None:
    whole = encoded(photo(60, 60), "JPEG", comment=b"x" * 400)
    at = 257 - whole.index(b"x" * 400)
    assert "hides in this picture" in await refused(encoded(photo(60, 60), "JPEG", comment=b"x" * at + b"ustar\x0000"))


def film() -> bytes:
    return b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x10\x00mdat" + bytes(range(256)) * 16


def makers_block() -> bytes:
    """What a Samsung hangs behind a picture: named parts, and their list at the very end."""
    name = b"MotionPhoto_Data"
    part = b"\x00\x00\x30\x0a" + len(name).to_bytes(4, "little") + name + film()
    listed = b"SEFH" + (106).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\x00\x00\x30\x0a"
    listed += len(part).to_bytes(4, "little") * 2
    return part + listed + len(listed).to_bytes(4, "little") + b"SEFT"


async def test_what_phones_hang_behind_their_pictures_is_taken_and_not_kept() -> None:
    plain_one = encoded(photo(400, 300), "JPEG", quality=90)
    xmp = (
        b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF/></x:xmpmeta>"
    )
    with_words = encoded(photo(400, 300), "JPEG", quality=90, xmp=xmp)
    two = io.BytesIO()
    photo(400, 300).save(two, "MPO", save_all=True, append_images=[photo(200, 150)])
    for data in (
        plain_one + film(),
        plain_one + makers_block(),
        plain_one + b"\0" * 4096,
        with_words + plain_one + film(),
        two.getvalue(),
        two.getvalue() + makers_block(),
        encoded(photo(400, 300), "PNG") + b"\0" * 100,
    ):
        for each in await made(data):
            assert opened(each.content).size[0] in (320, 400)
            assert b"ftyp" not in each.content and b"SEFT" not in each.content


async def test_pixels_alone_are_never_taken_for_something_else() -> None:
    for _ in range(3):
        assert await made(encoded(PIL.Image.frombytes("RGB", (900, 900), os.urandom(900 * 900 * 3)), "PNG"))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"GIF89a=1;/*", "damaged"),
        (b"\xff\xd8\xff\xe0 and no more", "damaged"),
        (b"GIF89a=1;/*" + SCRIPT + b"*/", "hides"),
        (b"\xff\xd8\xff\xe0" + SCRIPT, "hides"),
        (b"\x89PNG\r\n\x1a\n" + SCRIPT, "hides"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + SCRIPT, "hides"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
        (b"<?xml version='1.0'?><!-- x -->\n<svg><script>alert(1)</script></svg>", "SVG"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"%PDF-1.7", "JPEG, PNG, WebP or GIF"),
        (b"MZ\x90\x00", "JPEG, PNG, WebP or GIF"),
        (b"II*\x00\x08\x00\x00\x00", "JPEG, PNG, WebP or GIF"),
        (b"8BPS\x00\x01", "JPEG, PNG, WebP or GIF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "JPEG, PNG, WebP or GIF"),
        (b"<html>" + SCRIPT, "JPEG, PNG, WebP or GIF"),
        (b"PK\x03\x04", "JPEG, PNG, WebP or GIF"),
    ],
)
async def test_what_is_no_picture_is_refused_with_a_sentence(data: bytes, word: str) -> None:
    assert word in await refused(data)


@pytest.mark.parametrize(
    "share", [pytest.param(0.1, marks=pytest.mark.long), 0.6, pytest.param(0.99, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_part_of_a_picture_is_refused(format_name: str, share: float) -> None:
    whole = encoded(PIL.Image.effect_noise((300, 300), 90).convert("RGB"), format_name)
    assert "damaged" in await refused(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("side", [5001, 60_000, 2**31 - 1])
async def test_a_picture_that_would_unpack_to_too_much_is_refused_by_its_head(side: int) -> None:
    assert "million pixels" in await refused(png_that_claims(side, side))


async def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = zlib.compress(b"\x00" * 200_000_000, 9)
    assert len(bomb) < 1_000_000
    assert "million pixels" in await refused(png_that_claims(30_000, 30_000, data=bomb))
    # The head claims few pixels, and the data hold many more: they are left where they are.
    assert await made(png_that_claims(100, 100, data=bomb))


async def test_a_picture_as_thin_as_a_thread_is_refused() -> None:
    assert "times as long" in await refused(plain(1, 20_000))


async def test_a_picture_that_takes_too_long_is_given_up_and_its_process_ends() -> None:
    with pytest.raises(PictureRefusedError, match="too long"):
        await Workshop(seconds=0.001).make(plain())


async def test_a_process_that_does_not_work_here_is_not_the_picture_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.integrations.pictures.workshop._CHILD", "shared.integrations.pictures.nowhere")
    with pytest.raises(RuntimeError, match="No module named"):
        await made(plain())


async def test_a_process_that_the_system_ends_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.integrations.pictures.workshop._CHILD", "tests.unit.files.ended_child")
    assert "too much memory" in await refused(plain())


async def test_the_process_has_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    seen: list[dict[str, str]] = []
    run = subprocess.run

    def look(*arguments: object, **options: object) -> object:
        seen.append(dict(options["env"]))  # type: ignore[call-overload]
        return run(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setenv("MONGODB_URI", "mongodb://secret")
    monkeypatch.setattr(subprocess, "run", look)
    assert await made(plain())
    assert set(seen[0]) <= {"PATH", "LD_LIBRARY_PATH", "LANG", "SYSTEMROOT", "PYTHONPATH"}


async def test_only_so_many_wait() -> None:
    workshop = Workshop()
    ends = await asyncio.gather(
        *(workshop.make(plain()) for _ in range(AT_A_TIME + MOST_WAITING + 3)), return_exceptions=True
    )
    assert sum(isinstance(end, CrowdedError) for end in ends) == 3
    assert sum(isinstance(end, list) for end in ends) == AT_A_TIME + MOST_WAITING
    assert await workshop.make(plain())


# Names


def test_an_address_leads_to_its_picture_whoever_serves_it() -> None:
    name = "0123456789abcdef0123456789abcdef"
    for host in (
        "https://x.blob.core.windows.net/assets",
        "https://cdn.example",
        "http://127.0.0.1:1/devstoreaccount1/assets",
    ):
        for rest in ("-1280.jpg", "-320.webp", "-900.png", "-640.jpg?x=1"):
            assert pictures.picture_in(f"{host}/store-1/menu/{name}{rest}") == f"store-1/menu/{name}"
    assert pictures.picture_in(f"https://cdn.example/caf%C3%A9/menu/{name}-320.jpg") == f"café/menu/{name}"
    for other in ("", "https://x/assets/store-1/menu/507f1f77bcf86cd799439011.jpg", f"https://x/{name}-320.jpg"):
        assert pictures.picture_in(other) is None


def test_old_clients_are_shown_the_widest_that_is_no_webp() -> None:
    names = [f"r/menu/h-{width}.{ending}" for width in (320, 640, 1280) for ending in ("webp", "jpg")]
    assert pictures.shown(names) == "r/menu/h-1280.jpg"
