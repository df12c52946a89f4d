"""The kitchen display's modules that need no browser, by Node's own test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENCE_SECONDS

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
@pytest.mark.parametrize("file", sorted(Path(__file__).parent.glob("*.test.js")), ids=lambda file: file.name)
def test_in_node(file: Path) -> None:
    assert NODE is not None
    ran = subprocess.run(
        [NODE, "--experimental-detect-module", "--test", str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout
    assert "# fail 0" in ran.stdout and "# pass 0" not in ran.stdout
