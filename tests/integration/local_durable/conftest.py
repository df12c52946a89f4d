"""One engine for all tests that share it, and engines of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .process import EngineProcess


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine for one test; not started."""
    engine = EngineProcess(tmp_path)
    yield engine
    if engine.running:
        engine.kill()


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A running engine that no test kills; tests use ids of their own."""
    engine = EngineProcess(tmp_path_factory.mktemp("durable"))
    engine.start()
    yield engine
    assert engine.stop() == 0
