"""Orders while outside services hang, fail or are gone: none waits for them, none is lost, and pictures say what is."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from local.azurite import install
from tests.e2e.noon import ENVIRONMENT, KINDS, SERVICES, Noon
from tests.patience import eventually
from tests.stack import Stack

ORDERS = 20
HELD_SECONDS = 600

BROKEN: tuple[dict[str, Any], ...] = (
    {"mode": "stall", "seconds": HELD_SECONDS},
    {"mode": "error", "status": 500},
    {"mode": "error", "status": 403},
    {"mode": "throttle", "status": 503, "retryAfter": 17},
    {"mode": "drop_before"},
    {"mode": "drop_after"},
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this file's own, with a store of files, and with telemetry."""
    if not install.is_possible(os.environ):
        pytest.skip("Node.js is not installed")
    try:
        install.installed()
    except install.NotInstalledError as error:
        pytest.skip(str(error))
    with Stack(tmp_path_factory.mktemp("noon"), environment=ENVIRONMENT, telemetry=True) as running:
        yield running


@pytest.fixture(scope="module")
async def noon(stack: Stack) -> AsyncIterator[Noon]:
    made = await Noon.at(stack)
    yield made
    await made.close()


@pytest.fixture(autouse=True)
async def mended(noon: Noon) -> AsyncIterator[None]:
    """No fault is left behind."""
    yield
    await noon.services(mode="ok")


async def met(noon: Noon) -> dict[str, int]:
    """How many calls of each service met a fault that stands."""
    told = (await noon.http.get(f"{noon.stack.console_url}/api/services")).json()
    return {service: sum(fault["met"] for fault in told[service]["standing"]) for service in SERVICES}


@pytest.mark.long
async def test_no_order_waits_for_services_that_hang(noon: Noon) -> None:
    """Each of them is called for these orders, and by nobody between a claim and its answer."""
    await noon.services(mode="stall", seconds=HELD_SECONDS)
    picture = asyncio.create_task(noon.upload())
    assert len(await noon.flow(10.0, ORDERS)) == ORDERS

    async def all_hang() -> bool:
        return all((await met(noon)).values())

    await eventually(all_hang, "not every service was called", every=0.2)
    await noon.services(mode="ok")
    assert (await picture)[0] in (201, 503)
    await noon.settles()
    assert (await noon.outside_calls()).total() == 0
    assert set(await noon.messages()) == set(KINDS)
    await noon.audit()


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: "-".join(map(str, fault.values())))
async def test_a_store_of_files_that_fails_harms_no_order(noon: Noon, fault: dict[str, Any]) -> None:
    await noon.breaks("azurite", **fault)
    assert await noon.upload() == (503, "FILES_UNAVAILABLE")
    assert len(await noon.flow(10.0, 1)) == 1
    await noon.breaks("azurite", mode="ok")
    assert await noon.upload() == (201, "")


async def test_a_store_of_files_that_is_gone_harms_no_order(noon: Noon, stack: Stack) -> None:
    await asyncio.to_thread(stack.kill, "azurite")
    assert await noon.upload() == (503, "FILES_UNAVAILABLE")
    assert len(await noon.flow(10.0, 1)) == 1
    await asyncio.to_thread(stack.start, "azurite")
    assert await noon.upload() == (201, "")


async def test_a_page_shows_a_picture_by_the_way_that_can_be_broken(noon: Noon, stack: Stack) -> None:
    assert await noon.upload() == (201, "")
    stand_ins = stack.description["parts"]["saas"]["url"]
    assert noon.picture.startswith(f"{stand_ins}/")
    page = await noon.http.get(f"{stack.console_url}/order/")
    [shown_from] = re.findall(r"img-src ([^;]*)", page.text)
    assert stand_ins in shown_from.split()
    assert (await noon.http.get(noon.picture)).status_code == 200
    await noon.breaks("azurite", mode="error", match="/assets/")
    assert (await noon.http.get(noon.picture)).status_code == 503


async def test_the_same_seed_fails_the_same_of_the_next_pictures(noon: Noon) -> None:
    async def sent(seed: int) -> list[tuple[int, str]]:
        await noon.breaks("azurite", mode="error", chance=0.3, seed=seed)
        return [await noon.upload() for _ in range(8)]

    first = await sent(7)
    assert set(first) == {(201, ""), (503, "FILES_UNAVAILABLE")}
    assert await sent(7) == first


async def test_in_the_end_all_is_told_and_the_audit_holds(noon: Noon) -> None:
    await noon.settles()
    assert (await noon.outside_calls()).total() == 0
    await noon.messages()
    await noon.audit()
