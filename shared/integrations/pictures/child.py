"""The process that makes one picture: the file comes on standard input, the renditions go to standard output.

It has none of the app's settings, opens no file to write, and ends by the system's hand where a picture takes too much
memory or time: a decoder that a hostile file leads astray has nothing to take, and takes nobody with it.
"""

from __future__ import annotations

import contextlib
import json
import sys

from shared.domain.pictures import PictureRefusedError

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 15


def main() -> None:
    """Read, make, write. The first line tells the rest: `{"refused": "..."}`, or `{"renditions": [[width, ending,
    length], ...]}`."""
    # Whatever is wrong up to here is our fault, and ends the process with 1.
    import PIL.Image  # noqa: F401

    from shared.integrations.pictures.making import made

    _bound()
    data = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    try:
        renditions = made(data)
    except PictureRefusedError as error:
        out.write(json.dumps({"refused": str(error)}).encode() + b"\n")
        return
    out.write(
        json.dumps({"renditions": [[each.width, each.ending, len(each.content)] for each in renditions]}).encode()
    )
    out.write(b"\n")
    for each in renditions:
        out.write(each.content)


def _bound() -> None:
    import resource

    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Not every system knows each of them.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    main()
