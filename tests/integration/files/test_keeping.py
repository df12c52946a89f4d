"""Pictures in a real Azurite, by the real SDK: sent through the app, or past it by an address of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from shared.api.files import MOST_BYTES
from shared.app import App
from shared.integrations.files import NoFiles
from shared.services.files import sweeping
from shared.services.support.privacy import forecasting
from tests.integration.files.conftest import Way
from tests.integration.files.counter import Counter, put, seen
from tests.integration.world import World
from tests.pictures import encoded, from_a_phone, opened, photo, plain


@pytest.fixture
async def counter(kept: App, world: World) -> Counter:
    return await Counter.of(kept, world)


async def test_a_picture_is_there_for_everybody_in_each_width_for_ever(counter: Counter) -> None:
    address = await counter.kept(from_a_phone(turned=6))
    assert address.endswith("-1280.jpg") and f"/{counter.world.restaurant_id}/menu/" in address
    for width in (320, 640, 1280):
        for ending, kind in (("jpg", "image/jpeg"), ("webp", "image/webp")):
            answer = await seen(address.replace("-1280.jpg", f"-{width}.{ending}"))
            assert answer.status_code == 200
            assert answer.headers["content-type"] == kind
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert opened(answer.content).size == (width, width * 3 // 4)


async def test_it_leaves_one_row_in_the_trail_and_says_who_kept_it(counter: Counter) -> None:
    first = await counter.kept(plain())
    assert await counter.kept(plain()) == first
    [row] = await counter.trail()
    assert (row["action"], row["after"]["address"]) == ("picture.stored", first)
    [stored] = await counter.stored()
    assert (stored["state"], stored["by"]["kind"], stored["restaurantId"]) == (
        "stored",
        "user",
        counter.world.restaurant_id,
    )


async def test_the_logo_keeps_its_old_shape(counter: Counter) -> None:
    status, said = await counter.ask("files_upload_logo", {"file": plain(200, 100)}, locationId="undefined")
    assert status == 200 and set(said) == {"data", "message"}
    restaurant = await counter.app.db.restaurants.find_one({"_id": counter.world.restaurant_id})
    assert restaurant is not None and restaurant["logo"] == said["data"]
    assert (await seen(said["data"])).status_code == 200
    assert [row["action"] for row in await counter.trail()] == ["restaurant.logo_changed"]


async def test_the_same_picture_of_two_restaurants_is_two_pictures(counter: Counter, kept: App) -> None:
    other = await Counter.of(kept, await World().build(kept))
    addresses = {await counter.kept(plain()), await other.kept(plain())}
    assert len(addresses) == 2
    status, _ = await counter.ask("files_upload", {"file": plain()}, restaurantId=other.world.restaurant_id)
    assert status == 403


async def test_50_mb_are_refused_before_anything_is_read_of_them(counter: Counter) -> None:
    status, said = await counter.ask("files_upload", b"x" * 50 * 1024 * 1024)
    assert (status, said["code"]) == (413, "BODY_TOO_LARGE")
    status, said = await counter.upload(plain() + b"\0" * MOST_BYTES)
    assert (status, said["code"]) == (413, "BODY_TOO_LARGE")
    assert await counter.stored() == []


@pytest.mark.parametrize("folder", ["../other", "menu/../../x", "a/b", "..", "%2e%2e", "a\\b", "", "x" * 41, "a\x00b"])
async def test_a_folder_that_leads_elsewhere_is_refused_by_name(counter: Counter, folder: str) -> None:
    status, said = await counter.upload(plain(), folder)
    assert (status, said["detail"][0]["field"]) == (400, "folder")
    assert await counter.stored() == []


async def test_what_is_no_picture_is_refused_by_name_whatever_it_says_of_itself(counter: Counter) -> None:
    for file in (b"<svg onload=alert(1)>", encoded(photo(), "PNG")[:-200], b"", b"GIF89a/*<script>*/"):
        status, said = await counter.upload(file)
        assert (status, said["code"], said["detail"][0]["field"]) == (400, "INVALID_REQUEST", "file")
    assert await counter.stored() == []
    status, said = await counter.ask("files_upload", {"folder": "menu"})
    assert (status, said["detail"][0]["field"]) == (400, "file")


async def test_a_restaurant_sends_no_flood(counter: Counter) -> None:
    statuses = [(await counter.ask("files_begin_upload", {}))[0] for _ in range(125)]
    assert statuses.count(200) == 120 and statuses[-1] == 429


# Past the app


async def test_a_file_sent_by_its_own_address_is_a_picture_once_it_is_finished(counter: Counter) -> None:
    door = await counter.begun()
    assert set(door) == {"uploadId", "uploadUrl", "headers", "expiresAt"}
    left = datetime.fromisoformat(door["expiresAt"]) - datetime.now(UTC)
    assert 0 < left.total_seconds() <= 600
    status, said = await counter.finish(door["uploadId"])
    assert (status, said["code"]) == (404, "UPLOAD_NOT_FOUND")
    assert await put(door, from_a_phone(turned=8)) == 201
    assert await counter.stored() == []
    status, said = await counter.finish(door["uploadId"])
    assert status == 201
    assert opened((await seen(said["imageUrl"])).content).size == (1280, 960)
    # Once more, also where the first answer was lost; what was sent is gone.
    assert await counter.finish(door["uploadId"]) == (status, said)
    assert [row["action"] for row in await counter.trail()] == ["picture.stored"]
    assert await counter.app.files.sent(f"{counter.world.restaurant_id}/{door['uploadId']}", MOST_BYTES) is None


async def test_the_address_lets_one_do_nothing_else(counter: Counter) -> None:
    door = await counter.begun()
    assert await put(door, plain()) == 201
    assert await put(door, b"another") == 403
    parts = urlsplit(door["uploadUrl"])
    for address in (
        door["uploadUrl"],
        parts._replace(query="").geturl(),
        door["uploadUrl"].replace(door["uploadId"], "another"),
        parts._replace(path=parts.path.rpartition("/")[0], query=f"restype=container&comp=list&{parts.query}").geturl(),
    ):
        assert (await seen(address)).status_code in (403, 404), address
    elsewhere = door["uploadUrl"].replace("/incoming/", "/assets/")
    assert await put({**door, "uploadUrl": elsewhere}, plain()) == 403
    status, said = await counter.finish(door["uploadId"])
    assert status == 201, said


async def test_another_restaurant_cannot_finish_it(counter: Counter, kept: App) -> None:
    door = await counter.begun()
    assert await put(door, plain()) == 201
    other = await Counter.of(kept, await World().build(kept))
    status, said = await other.finish(door["uploadId"])
    assert (status, said["code"]) == (404, "UPLOAD_NOT_FOUND")


@pytest.mark.parametrize(
    ("file", "status"), [(b"", 400), (b"<svg/>", 400), (b"\xff\xd8\xff" + b"\0" * MOST_BYTES, 413)]
)
async def test_what_was_sent_and_is_no_picture_is_deleted(counter: Counter, file: bytes, status: int) -> None:
    door = await counter.begun()
    assert await put(door, file) == 201
    answer, _ = await counter.finish(door["uploadId"])
    assert answer == status
    answer, said = await counter.finish(door["uploadId"])
    assert (answer, said["code"]) == (404, "UPLOAD_NOT_FOUND")
    assert await counter.stored() == []


async def test_of_what_is_too_large_not_a_byte_is_read_and_it_is_deleted(
    on_the_way: App, way: Way, world: World
) -> None:
    counter = await Counter.of(on_the_way, world)
    door = await counter.begun()
    # A file of a gigabyte that nobody need send: pages are empty until they are written.
    pages = {**door["headers"], "x-ms-blob-type": "PageBlob", "x-ms-blob-content-length": str(1024**3)}
    assert await put({**door, "headers": pages}, b"") == 201
    before = len(way.calls())
    status, said = await counter.finish(door["uploadId"])
    assert (status, said["code"]) == (413, "BODY_TOO_LARGE")
    assert way.calls()[before:] == ["HEAD", "DELETE"]
    assert (await counter.finish(door["uploadId"]))[1]["code"] == "UPLOAD_NOT_FOUND"


async def test_a_picture_in_which_a_page_hides_is_refused_by_either_way_and_deleted(counter: Counter) -> None:
    hostile = from_a_phone(turned=1) + b"<script>alert(document.cookie)</script>"
    status, said = await counter.upload(hostile)
    assert (status, said["detail"][0]["field"]) == (400, "file") and "hides" in said["detail"][0]["message"]
    door = await counter.begun()
    assert await put(door, hostile) == 201
    status, said = await counter.finish(door["uploadId"])
    assert (status, said["detail"][0]["field"]) == (400, "uploadId")
    assert (await counter.finish(door["uploadId"]))[1]["code"] == "UPLOAD_NOT_FOUND"
    assert await counter.stored() == []


async def test_what_nobody_finished_sending_goes_after_a_day(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    app, door = counter.app, await counter.begun()
    assert await put(door, plain()) == 201
    name = f"{counter.world.restaurant_id}/{door['uploadId']}"
    assert name not in await sweeping.sweep_incoming(app)
    # The store dates files by the real clock: a day cannot pass here.
    monkeypatch.setattr(sweeping, "SENT_KEPT", -timedelta(minutes=5))
    assert name in await sweeping.sweep_incoming(app, dry_run=True)
    told = {kind.what: kind for kind in (await forecasting.forecast(app, lambda what, done, total: None)).kinds}
    assert (told["files that nobody finished sending"].goes or 0) >= 1
    assert name in await sweeping.sweep_incoming(app)
    assert await sweeping.sweep_incoming(app) == []
    assert (await counter.finish(door["uploadId"]))[1]["code"] == "UPLOAD_NOT_FOUND"


async def test_without_a_store_the_routes_say_so_and_the_rest_works(app: App, world: World) -> None:
    counter = await Counter.of(replace(app, files=NoFiles()), world)
    for name, body in (
        ("files_upload", {"file": plain()}),
        ("files_upload_logo", {"file": plain()}),
        ("files_begin_upload", {}),
        ("files_finish_upload", {"uploadId": "x"}),
    ):
        status, said = await counter.ask(name, body)
        assert (status, said["code"]) == (503, "FILES_NOT_SET_UP")
    status, _ = await counter.ask("restaurant_details", b"")
    assert status == 200
