"""Where pictures are made: one process for each, few at a time (rules 24.4)."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from shared.domain.pictures import PictureRefusedError, Rendition

log = logging.getLogger("orderbuddy.files")

AT_A_TIME = 2
MOST_WAITING = 8
SECONDS = 20.0
"""How long one picture may take before its process is ended."""

_CHILD = "shared.integrations.pictures.child"
_TOO_MUCH = "This picture takes too long or too much memory to be read. Send a smaller one."
_HANDED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "SYSTEMROOT")
"""What of our environment the process gets: no setting, and so no secret."""


class CrowdedError(Exception):
    """So many pictures wait already that another one would wait too long."""


class Workshop:
    """Makes pictures, a few at a time."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="pictures")
        self._seconds = seconds
        self._inside = 0

    async def make(self, data: bytes) -> list[Rendition]:
        """The renditions of a picture. Raises PictureRefusedError and CrowdedError."""
        if self._inside >= AT_A_TIME + MOST_WAITING:
            raise CrowdedError
        self._inside += 1
        # Counted until the process has ended, also where the caller has gone.
        work = asyncio.get_running_loop().run_in_executor(self._threads, _made, data, self._seconds)
        work.add_done_callback(self._left)
        return await asyncio.shield(work)

    def _left(self, work: asyncio.Future[list[Rendition]]) -> None:
        self._inside -= 1
        if not work.cancelled():
            work.exception()  # where nobody waits any more, nobody need be told


def _made(data: bytes, seconds: float) -> list[Rendition]:
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    try:
        # The command is ours; the picture comes on standard input.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", _CHILD],
            input=data,
            capture_output=True,
            env=environment,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("a picture of %d bytes took longer than %g s", len(data), seconds)
        raise PictureRefusedError(_TOO_MUCH) from None
    if done.returncode > 0:
        # Not the system's hand: the process itself does not work here.
        raise RuntimeError(f"the process for pictures ended with {done.returncode}: {_last_line(done.stderr)}")
    if done.returncode < 0:
        log.warning("a picture of %d bytes ended its process with %d", len(data), done.returncode)
        raise PictureRefusedError(_TOO_MUCH)
    head, _, rest = done.stdout.partition(b"\n")
    told = json.loads(head)
    if "refused" in told:
        raise PictureRefusedError(told["refused"])
    renditions = []
    for width, ending, length in told["renditions"]:
        renditions.append(Rendition(width, ending, rest[:length]))
        rest = rest[length:]
    return renditions


def _last_line(said: bytes) -> str:
    return said[-2000:].decode(errors="replace").strip().rpartition("\n")[2][:300]
