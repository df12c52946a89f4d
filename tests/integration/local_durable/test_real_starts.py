"""Starting, reading and listing as the real engine does it, beside the recorded cases that tests/durable compares."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_plus

import pytest

from tests.durable.host import HUB, Host
from tests.durable.placeholders import ROOT

from .real import HISTORY, completed, delete, ended, get, names, new_id, post, start

ODD = [
    "a b",
    "a'b",
    'a"b',
    "a&b",
    "a:b",
    "a;b",
    "a@b",
    "a#b",
    "a?b",
    "a\\b",
    "a%b",
    "a\nb",
    "a\tb",
    "a\x7fb",
    "ż☃",
    "{b}",
    "<b",
    "$",
]


async def test_the_answer_to_a_start_in_full(real_host: Host) -> None:
    id_ = new_id("full")
    answer = await post(real_host, f"/orchestrators/Echo/{id_}", "1")
    base = answer.body["statusQueryGetUri"].partition("?")[0]
    query = f"taskHub={HUB}&connection=Storage"
    assert base.endswith(f"{ROOT}/instances/{id_}")
    assert list(answer.body.items()) == [
        ("id", id_),
        ("statusQueryGetUri", f"{base}?{query}"),
        ("sendEventPostUri", f"{base}/raiseEvent/{{eventName}}?{query}"),
        ("terminatePostUri", f"{base}/terminate?reason={{text}}&{query}"),
        ("purgeHistoryDeleteUri", f"{base}?{query}"),
        ("restartPostUri", f"{base}/restart?{query}"),
        ("suspendPostUri", f"{base}/suspend?reason={{text}}&{query}"),
        ("resumePostUri", f"{base}/resume?reason={{text}}&{query}"),
    ]
    assert (answer.headers["location"], answer.headers["retry-after"]) == (answer.body["statusQueryGetUri"], "10")


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_id_can_be_told_ended_and_purged(real_host: Host, name: str) -> None:
    id_ = f"odd {name}"
    path = quote(id_, safe="")
    started = await post(real_host, f"/orchestrators/WaitEvent/{path}", '"in"')
    assert (started.status, started.body["id"]) == (202, id_)
    linked = re.search(r"/instances/([^/?]+)\?", started.body["statusQueryGetUri"])
    assert linked is not None
    assert unquote_plus(linked[1]) == id_
    assert (await get(real_host, f"/instances/{linked[1]}")).body["instanceId"] == id_
    await real_host.reaches(id_, ["Running"])
    assert [row["instanceId"] for row in (await get(real_host, f"/instances?instanceIdPrefix={path}")).body] == [id_]
    assert (await post(real_host, f"/instances/{path}/suspend?reason=x")).status == 202
    assert (await post(real_host, f"/instances/{path}/resume")).status == 202
    assert (await post(real_host, f"/instances/{path}/raiseEvent/go", "7")).status == 202
    assert await completed(real_host, id_) == 7
    assert (await post(real_host, f"/instances/{path}/terminate")).status == 410
    assert (await post(real_host, f"/instances/{path}/restart?restartWithNewInstanceId=false")).status == 202
    await real_host.reaches(id_, ["Running"])
    assert (await delete(real_host, f"/instances/{path}")).status == 412
    assert (await post(real_host, f"/instances/{path}/terminate?reason=no")).status == 202
    assert (await ended(real_host, id_))["output"] == "no"
    assert (await delete(real_host, f"/instances/{path}")).body == {"instancesDeleted": 1}
    assert (await get(real_host, f"/instances/{path}")).status == 404


async def test_a_path_is_decoded_twice(real_host: Host) -> None:
    word = new_id("twice")
    assert (await post(real_host, f"/orchestrators/Echo/{word}%2520b", "1")).body["id"] == f"{word} b"
    assert (await post(real_host, f"/orchestrators/Echo/{word}%2Bb", "1")).body["id"] == f"{word} b"
    for path in (f"{word}/b", f"{word}%2Fb"):
        assert (await post(real_host, f"/orchestrators/Echo/{path}", "1")).status == 404


async def test_ids_are_read_with_regard_to_capital_letters(real_host: Host) -> None:
    id_ = new_id("Case")
    await start(real_host, "Echo", id_, "1")
    assert (await get(real_host, f"/instances/{id_.lower()}")).status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_only_post_starts(real_host: Host, method: str) -> None:
    from tests.durable.recording import Request

    answer = await real_host.send(Request(method, f"/orchestrators/Echo/{new_id('no')}", "1"))
    assert (answer.status, answer.body) == (404, "")


async def test_a_name_keeps_the_spelling_of_its_caller(real_host: Host) -> None:
    id_ = new_id("spelt")
    await start(real_host, "eCHO", id_, "1")
    status = await ended(real_host, id_)
    assert (status["name"], status["output"]) == ("eCHO", 1)


async def test_a_second_run_is_another_generation(real_host: Host) -> None:
    id_ = new_id("again")
    await start(real_host, "WaitEvent", id_)
    await post(real_host, f"/instances/{id_}/terminate?reason=x")
    await start(real_host, "Echo", id_, '"two"')
    status = await ended(real_host, id_)
    assert (status["output"], names(status)) == ("two", ["ExecutionStarted", "ExecutionCompleted"])
    assert status["historyEvents"][0]["Generation"] == 1


async def test_the_shapes_of_times(real_host: Host) -> None:
    id_ = new_id("times")
    await start(real_host, "Echo", id_, "1")
    status = await ended(real_host, id_)
    for key in ("createdTime", "lastUpdatedTime"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", status[key])
    begun = status["historyEvents"][0]["Timestamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", begun)
    assert status["createdTime"] == f"{begun[:19]}Z"


async def test_a_failure_is_500_where_that_was_asked_for(real_host: Host) -> None:
    id_ = new_id("failed")
    await start(real_host, "Throws", id_)
    await ended(real_host, id_)
    plain, asked = [
        await get(real_host, f"/instances/{id_}{query}") for query in ("", "?returnInternalServerErrorOnFailure=true")
    ]
    assert (plain.status, asked.status) == (200, 500)
    assert plain.body == asked.body


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", True), ("?showInput=False", False), ("?showinput=false", False), ("?showInput=false&showInput=false", True)],
)
async def test_whether_the_input_is_shown(real_host: Host, query: str, shown: bool) -> None:
    id_ = new_id("shown")
    await start(real_host, "Echo", id_, '{"a": 1.50}')
    await ended(real_host, id_)
    assert (await get(real_host, f"/instances/{id_}{query}")).body["input"] == ({"a": 1.5} if shown else None)
    listed = (await get(real_host, f"/instances?instanceIdPrefix={id_}{query.replace('?', '&')}")).body
    assert [row["input"] for row in listed] == [{"a": 1.5} if shown else None]
    assert (await real_host.status(id_, HISTORY))["historyEvents"][0]["Input"] == '{"a": 1.50}'


async def test_how_long_a_start_waits(real_host: Host) -> None:
    async def waits(name: str, query: str) -> tuple[int, object]:
        answer = await post(real_host, f"/orchestrators/{name}/{new_id('waits')}?{query}", '{"a":1}')
        return answer.status, answer.body

    assert await waits("Echo", "timeout=60&pollingInterval=0.1") == (200, {"a": 1})
    status, body = await waits("Throws", "timeout=60&pollingInterval=0.1&returnInternalServerErrorOnFailure=true")
    assert (status, isinstance(body, dict) and body["runtimeStatus"]) == (200, "Failed")
    assert (await waits("WaitEvent", "timeout=0.2&pollingInterval=0.1"))[0] == 202
    assert (await waits("WaitEvent", "pollingInterval=1"))[0] == 202
    assert (await waits("WaitEvent", "timeout=x&pollingInterval=y"))[0] == 202


@pytest.mark.parametrize(
    ("query", "sentence"), [("timeout=1&pollingInterval=2", "1 should be bigger than retry timeout 2")]
)
async def test_who_waits_the_wrong_way_has_started_it_anyway(real_host: Host, query: str, sentence: str) -> None:
    id_ = new_id("anyway")
    answer = await post(real_host, f"/orchestrators/Echo/{id_}?{query}", "1")
    assert answer.status == 400
    assert sentence in str(answer.body)
    assert await completed(real_host, id_) == 1
