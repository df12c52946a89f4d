"""What tests start is gone when it does not start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from tests import started
from tests.integration.local_host.process import HostProcess


def test_a_part_that_does_not_say_ready_is_ended() -> None:
    code = "import time; print('not yet', flush=True); time.sleep(600)"
    with pytest.raises(AssertionError, match="said 'not yet"):
        started.start([sys.executable, "-c", code], os.environ)
    assert not [child for child in psutil.Process().children() if code in child.cmdline()]


def test_a_host_that_does_not_start_is_ended_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text("raise ValueError('no setting')")
    host = HostProcess(tmp_path, tmp_path / "data")
    with pytest.raises(AssertionError, match="ValueError: no setting"), host:
        pass
    assert not host.running
