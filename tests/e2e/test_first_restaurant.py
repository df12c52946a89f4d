"""What docs/first-restaurant.md tells a newcomer to type works, from signing in to a second person."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack

pytestmark = pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash, or no curl")

PAGE = (PROJECT / "docs" / "first-restaurant.md").read_text()


def test_the_page_leads_from_nothing_to_the_days_report_and_a_second_person(stack: Stack, tmp_path: Path) -> None:
    typed = "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
    for address, here in (
        ("http://127.0.0.1:7071", f"http://127.0.0.1:{stack.base}"),
        ("http://127.0.0.1:7080", stack.console_url),
    ):
        assert address in typed
        typed = typed.replace(address, here)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", typed],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "/entry/" in ran.stdout
    assert '"payment":"cash","amountCents":3789' in ran.stdout
    assert ",37.89," in ran.stdout
    assert '"before":1250,"after":1400' in ran.stdout
    assert ran.stdout.rstrip().endswith("which is for managers")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
