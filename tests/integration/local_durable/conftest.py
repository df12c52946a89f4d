"""One engine for all tests that share it, and engines of a test's own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.durable.host import Host, serving

from .process import EngineProcess


@pytest.fixture(scope="module")
def killable_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    engine = EngineProcess(tmp_path_factory.mktemp("killable"))
    yield engine
    if engine.running:
        engine.kill()


@pytest.fixture
def own_engine(killable_engine: EngineProcess) -> EngineProcess:
    """An engine that one file's tests have for themselves: each may kill it, and finds it running."""
    if not killable_engine.running:
        killable_engine.start()
    return killable_engine


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A running engine that no test kills; tests use ids of their own."""
    engine = EngineProcess(tmp_path_factory.mktemp("durable"))
    engine.start()
    yield engine
    assert engine.stop() == 0


@pytest.fixture(scope="session")
async def real_host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    """A host with the functions of the comparison with the real engine; tests use ids of their own."""
    async with serving(tmp_path_factory.mktemp("real")) as host:
        yield host
