"""Tie a child process to the process that starts it: the child is killed when its starter is gone, even by kill -9.

`tether.command(...)` makes a command line that runs this file first: it asks the kernel for the signal, then becomes
the command itself. (The request belongs to the process that makes it, and stays through exec.) The starter must spawn
from a thread that lives as long as the starter: Linux sends the signal when the spawning *thread* ends. On other
systems, such as macOS, the command simply runs.
"""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def command(argv: list[str]) -> list[str]:
    """The command line that runs `argv` tied to this process. The process id stays the same through the exec."""
    if not sys.platform.startswith("linux"):
        return list(argv)
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def tie_to_starter(signal_number: int) -> None:
    """Ask the kernel to send `signal_number` to this process when the thread that started it ends. Linux only."""
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def _main() -> None:
    starter, argv = int(sys.argv[1]), sys.argv[2:]
    tie_to_starter(signal.SIGKILL)
    # The starter may have died before the request: then the signal would never come.
    if os.getppid() != starter:
        raise SystemExit(1)
    os.execvp(argv[0], argv)  # noqa: S606 - the point of this script


if __name__ == "__main__":
    _main()
