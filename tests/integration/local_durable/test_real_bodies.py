"""Bodies and paths that nobody should send."""

from __future__ import annotations

import json

import pytest

from tests.durable.host import Host

from .real import HISTORY, completed, get, new_id, post, start


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "[1e999]"])
async def test_a_number_that_json_has_not_leaves_a_status_that_is_json(real_host: Host, number: str) -> None:
    id_ = new_id("number")
    if (await post(real_host, f"/orchestrators/Echo/{id_}", number)).status == 400:
        return
    await completed(real_host, id_)
    json.dumps((await get(real_host, f"/instances/{id_}{HISTORY}")).body, allow_nan=False)


@pytest.mark.parametrize("depth", [2_000, 200_000])
async def test_what_is_nested_too_deeply_is_refused(real_host: Host, depth: int) -> None:
    id_ = new_id("deep")
    body = "[" * depth + "]" * depth
    assert (await post(real_host, f"/orchestrators/Echo/{id_}", body)).status == 400
    await start(real_host, "WaitEvent", id_)
    assert (await post(real_host, f"/instances/{id_}/raiseEvent/go", body)).status == 400
    assert (await post(real_host, f"/instances/{id_}/raiseEvent/go", "1")).status == 202
    assert await completed(real_host, id_) == 1


async def test_a_start_names_a_function(real_host: Host) -> None:
    assert (await post(real_host, f"/orchestrators//{new_id('nameless')}", "1")).status == 404


async def test_brackets_within_a_text_are_no_depth(real_host: Host) -> None:
    id_ = new_id("brackets")
    text = ':[ \\" {' * 250
    await start(real_host, "WaitEvent", id_)
    assert (await post(real_host, f"/instances/{id_}/raiseEvent/go", json.dumps(text))).status == 202
    assert await completed(real_host, id_) == text
