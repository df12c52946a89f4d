"""Lists and purges as the real engine does them, beside the recorded cases that tests/durable compares."""

from __future__ import annotations

from typing import Any

import pytest

from tests.durable.host import Host

from .real import delete, ended, get, new_id, post, start

TOKEN = "x-ms-continuation-token"


async def rows(host: Host, query: str) -> list[dict[str, Any]]:
    answer = await get(host, f"/instances?{query}")
    assert answer.status == 200, answer
    return list(answer.body)


@pytest.fixture
async def several(real_host: Host) -> str:
    """The prefix of seven instances: four Completed, two Failed, one Running."""
    prefix = new_id("several")
    for number, name in enumerate(["Echo", "Throws", "Echo", "WaitEvent", "Echo", "Throws", "Echo"]):
        await start(real_host, name, f"{prefix}-{number}", f'"{number}"')
    for number in (0, 1, 2, 4, 5, 6):
        await ended(real_host, f"{prefix}-{number}")
    await real_host.reaches(f"{prefix}-3", ["Running"])
    return prefix


@pytest.mark.parametrize("top", [1, 2, 3, 7, 8])
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "0123456"),
        ("&runtimeStatus=Failed", "15"),
        ("&runtimeStatus=Completed,Running", "02346"),
        ("&runtimeStatus=Canceled", ""),
    ],
)
async def test_pages_are_full_and_miss_nothing(
    real_host: Host, several: str, top: int, query: str, numbers: str
) -> None:
    found, sizes, token = [], [], ""
    while True:
        headers = {TOKEN: token} if token else {}
        page = await get(real_host, f"/instances?instanceIdPrefix={several}&top={top}{query}", headers)
        found += [row["instanceId"] for row in page.body]
        sizes.append(len(page.body))
        token = page.headers.get(TOKEN, "")
        if not token:
            break
    assert found == [f"{several}-{number}" for number in numbers]
    assert all(size == top for size in sizes[:-1])


@pytest.mark.parametrize(
    ("status", "numbers"),
    [
        ("Failed", "15"),
        ("Running,Failed", "135"),
        ("Running&runtimeStatus=Failed", "135"),
        ("3", "15"),
        ("Failed,Nonsense", "15"),
        ("failed", "0123456"),
        ("Nonsense", "0123456"),
        ("", "0123456"),
    ],
)
async def test_states_that_are_asked_for(real_host: Host, several: str, status: str, numbers: str) -> None:
    found = await rows(real_host, f"instanceIdPrefix={several}&runtimeStatus={status}")
    assert [row["instanceId"] for row in found] == [f"{several}-{number}" for number in numbers]


@pytest.mark.parametrize(
    "query", ["top=x", "top=", "top=1.5", "createdTimeFrom=nope", "createdTimeTo=nope", "createdTimeFrom="]
)
async def test_what_cannot_be_read_filters_nothing(real_host: Host, several: str, query: str) -> None:
    assert len(await rows(real_host, f"instanceIdPrefix={several}&{query}")) == 7


@pytest.mark.parametrize(("query", "status"), [("runtimeStatus=Unknown", 400), ("top=-1", 500)])
async def test_what_is_refused(real_host: Host, query: str, status: int) -> None:
    assert (await get(real_host, f"/instances?{query}")).status == status


async def test_a_list_is_sorted_by_code_points_and_has_no_history(real_host: Host) -> None:
    prefix = new_id("sorted")
    for last in ("b", "B", "a", "ż", "é", "_", "1"):
        await start(real_host, "Echo", f"{prefix}{last}", "1")
    found = await rows(real_host, f"instanceIdPrefix={prefix}&showHistory=true&showHistoryOutput=true")
    assert "".join(row["instanceId"].removeprefix(prefix) for row in found) == "1B_abéż"
    assert not any("historyEvents" in row for row in found)


@pytest.mark.parametrize("name", ["Echo", "Throws"])
async def test_a_purge_takes_one_and_leaves_its_child(real_host: Host, name: str) -> None:
    id_ = new_id("purged")
    await start(real_host, "SubWithId" if name == "Echo" else "SubThrows", id_, "1")
    await ended(real_host, id_)
    assert (await delete(real_host, f"/instances/{id_}")).body == {"instancesDeleted": 1}
    assert (await delete(real_host, f"/instances/{id_}")).status == 404
    assert (await get(real_host, f"/instances/{id_}-child")).body["parentInstanceId"] == id_


async def test_who_is_purged_takes_no_event(real_host: Host) -> None:
    id_ = new_id("gone")
    await start(real_host, "Echo", id_, "1")
    await ended(real_host, id_)
    await delete(real_host, f"/instances/{id_}")
    for act in ("raiseEvent/go", "terminate", "suspend", "resume"):
        assert (await post(real_host, f"/instances/{id_}/{act}", "1")).status == 404
