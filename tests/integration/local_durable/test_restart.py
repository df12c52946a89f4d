"""Everything that an instance can be in the middle of, with kill -9 and a restart there. All cases share one kill."""

from collections.abc import AsyncGenerator

import pytest

from . import cases_ending, cases_waiting
from .process import EngineProcess
from .story import Cases, Story, told

CASES = Cases({**cases_waiting.CASES, **cases_ending.CASES})


@pytest.fixture(scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Story]:
    engine = EngineProcess(tmp_path_factory.mktemp("restart"))
    cases_waiting.write_unstarted(engine)
    async with told(engine, CASES) as story:
        yield story


def test_no_case_hides_another_one() -> None:
    assert len(CASES) == len(cases_waiting.CASES) + len(cases_ending.CASES)


@pytest.mark.parametrize("name", CASES)
async def test_goes_on_after_kill(name: str, story: Story) -> None:
    await story.second_half(name)
