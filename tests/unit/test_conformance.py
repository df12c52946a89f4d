"""docs/conformance.md is what came of the checks, and says where they were never run."""

from __future__ import annotations

from local.conformance import results
from local.conformance.checks import CHECKS


def test_the_page_is_made_from_what_came_of_the_checks() -> None:
    assert results.PAGE.read_text() == results.page(results.read())


def test_every_check_was_run_against_its_stand_in_and_passes() -> None:
    kept = results.read()
    for check in CHECKS:
        assert kept[check.key]["stand-in"].startswith("passes ("), check.key


def test_where_a_check_was_never_run_the_page_says_so() -> None:
    text = results.page({})
    without = sum(check.service not in results.SDKS for check in CHECKS)
    assert text.count(results.NO_SDK) == without
    assert text.count(results.NEVER) == len(CHECKS) * len(results.TARGETS) - without


def test_no_two_checks_have_one_name() -> None:
    assert len({check.key for check in CHECKS}) == len(CHECKS)
