from datetime import UTC, datetime

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import cursors, versions
from shared.errors import INVALID_REQUEST, VERSION_CHANGED, Problem
from shared.web.reading import read_version

MOMENTS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
IDS = st.binary(min_size=12, max_size=12).map(ObjectId)


@given(MOMENTS, IDS, st.text(max_size=40), st.integers(-(2**53), 2**53))
def test_a_list_goes_on_where_its_cursor_says(at: datetime, key: ObjectId, text: str, number: int) -> None:
    sent = cursors.cursor(at, key, text, number, None)
    assert cursors.parts_of(sent, (datetime, ObjectId, str, int, str)) == [at, key, text, number, None]


@pytest.mark.parametrize(
    "sent", ["", "x", "%%%", "W10", cursors.cursor("a"), cursors.cursor(1, 2), "eyJhIjoxfQ", "A" * 500]
)
def test_a_cursor_of_another_list_or_of_nobody_is_refused_by_its_name(sent: str) -> None:
    with pytest.raises(Problem) as refused:
        cursors.parts_of(sent, (datetime,))
    assert refused.value.code is INVALID_REQUEST
    assert refused.value.detail[0]["field"] == "after"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_cursors(sent: str) -> None:
    try:
        cursors.parts_of(sent, (str,))
    except Problem as problem:
        assert problem.code is INVALID_REQUEST


def test_a_screen_that_saw_an_older_version_is_told_the_present_one() -> None:
    versions.hold(3, None)
    versions.hold(3, 3)
    with pytest.raises(Problem) as refused:
        versions.hold(4, 3)
    assert refused.value.code is VERSION_CHANGED
    assert (refused.value.extra, refused.value.headers) == ({"version": 4}, {"etag": '"4"'})


@pytest.mark.parametrize(("sent", "version"), [('"7"', 7), ('W/"7"', 7), ("*", None), (' "0" ', 0)])
def test_an_etag_names_a_version(sent: str, version: int | None) -> None:
    assert read_version({"if-match": sent}) == version
    assert read_version({}) is None


@pytest.mark.parametrize("sent", ["7", '"x"', '"7", "8"', '"-1"', ""])
def test_what_is_no_etag_of_ours_is_refused_by_the_headers_name(sent: str) -> None:
    with pytest.raises(Problem) as refused:
        read_version({"if-match": sent})
    assert refused.value.detail[0]["field"] == "If-Match"
