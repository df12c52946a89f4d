"""One whole stack for each module, and its database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.truth import Truth, audit
from tests.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("e2e")) as running:
        yield running


@pytest.fixture
async def truth(stack: Stack) -> AsyncIterator[Truth]:
    """The database; each test ends with nothing left to do and a clean audit."""
    opened = Truth(stack)
    yield opened
    await opened.settles()
    await opened.nothing_is_stuck()
    await asyncio.to_thread(audit, stack)
    await opened.close()
