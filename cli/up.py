"""`orderbuddy up`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def become_local_stack(arguments: list[str]) -> NoReturn:
    """Become `python -m local up`: one process, so that signals and the exit code are the stack's own."""
    os.execv(sys.executable, [sys.executable, "-m", "local", "up", *arguments])  # noqa: S606 - our own program
