"""`orderbuddy reconcile --after-restore` and `checkout show --engine`, with a real engine that remembers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from bson import ObjectId

from local.durable.binding import ROOT
from shared.integrations.durable import admin as engine_admin
from shared.integrations.durable.admin import EngineAdmin, EngineAdminError
from shared.integrations.durable.client import ORCHESTRATOR, DurableEngine
from tests.integration.engines import HUNG, client_of, engine_of
from tests.integration.support.test_cli_paying import run
from tests.integration.till import Till

FORGOTTEN = ("orders_preview", "checkouts", "payments", "orders", "order_events")


@pytest.fixture(scope="module")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real engine."""
    with engine_of(HUNG, tmp_path_factory.mktemp("engine")) as url:
        yield url


@pytest.fixture
def engine(engine_url: str) -> DurableEngine:
    return client_of(engine_url)


async def test_a_charge_that_the_database_forgot_is_given_back(
    till: Till, engine: DurableEngine, engine_url: str
) -> None:
    key = await till.preview()
    await engine.start(str(key))
    assert (await till.pay(key, till.token())).placed
    for name in FORGOTTEN:
        await till.app.db[name].delete_many({})
    since = (till.clock.now() - timedelta(minutes=1)).isoformat()
    after_restore = ("reconcile", "--after-restore", since, "--engine", f"{engine_url}{ROOT}")
    tried = await run(till, *after_restore, "--dry-run")
    assert (tried.code, "Nothing was changed." in tried.out) == (0, True), tried
    assert await till.states(key) == []
    ran = await run(till, *after_restore)
    assert (ran.code, "1 has no order, recorded to be given back" in ran.out) == (0, True), ran
    assert await till.states(key) == ["voiding"]
    again = await run(till, *after_restore)
    assert (again.code, "There was nothing to do." in again.out) == (0, True), again
    await till.app.db.payments.update_many({}, {"$set": {"nextLookAt": till.clock.now() - timedelta(hours=1)}})
    assert (await run(till, "reconcile")).code == 0
    assert (await till.states(key), till.kept_cents()) == (["voided"], 0)


async def test_what_is_missing_is_said(till: Till) -> None:
    ran = await run(till, "reconcile", "--after-restore", "2026-11-24T12:00:00Z")
    assert (ran.code, "--engine URL" in ran.err) == (2, True)
    ran = await run(till, "reconcile", "--after-restore", "yesterday", "--engine", "http://127.0.0.1:1")
    assert (ran.code, "is no moment" in ran.err) == (2, True)
    ran = await run(till, "reconcile", "--after-restore", "2026-11-24", "--engine", "http://127.0.0.1:1/?code=secret")
    assert (ran.code, "cannot be listed: the engine does not answer" in ran.err) == (1, True)
    assert "secret" not in ran.err + ran.out


async def test_show_tells_where_the_instance_stands(till: Till, engine: DurableEngine, engine_url: str) -> None:
    key = await till.preview()
    url = f"{engine_url}{ROOT}"
    ran = await run(till, "checkout", "show", str(key), "--engine", url)
    assert "engine    no instance" in ran.out
    await engine.start(str(key))
    ran = await run(till, "checkout", "show", str(key), ORDERBUDDY_ENGINE_URL=url, ORDERBUDDY_ENGINE_KEY="k")
    assert f"engine    {ORCHESTRATOR}, " in ran.out
    ran = await run(till, "checkout", "show", str(key), "--engine", "http://127.0.0.1:1")
    assert (ran.code, "engine    not known: the engine does not answer" in ran.out) == (0, True)


async def test_every_page_of_instances_is_read(
    till: Till, engine: DurableEngine, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = till.clock.now()
    keys = [str(ObjectId()) for _ in range(5)]
    for key in keys:
        await engine.start(key)
    monkeypatch.setattr(engine_admin, "PAGE", 2)
    async with EngineAdmin(f"{engine_url}{ROOT}") as admin:
        pages = [[one.id for one in page] async for page in admin.created_since(since - timedelta(seconds=2))]
        assert set(keys) <= {key for page in pages for key in page}
        assert len(pages) >= 3
        found = await admin.instance(keys[0])
        assert found is not None
        assert (found.id, found.name) == (keys[0], ORCHESTRATOR)
        assert await admin.instance("nobody") is None
    with pytest.raises(EngineAdminError):
        EngineAdmin("not a URL")
    async with EngineAdmin(engine_url) as elsewhere:
        with pytest.raises(EngineAdminError, match="answered 404"):
            _ = [page async for page in elsewhere.created_since(since)]
