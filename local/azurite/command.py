"""`python -m local azurite`: installs Azurite where it is not there yet, and becomes it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from local.azurite import install


def main(argv: list[str]) -> int:
    """Become Azurite; 1 where it cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m local azurite", description="Azurite's blobs, on this machine only."
    )
    parser.add_argument("--port", type=int, required=True, help="where it listens")
    parser.add_argument("--data-dir", type=Path, required=True, help="where it keeps its data")
    options = parser.parse_args(argv)
    options.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        script = install.installed()
    except install.NotInstalledError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    os.execvp("node", command_line(script, options.port, options.data_dir))  # noqa: S606 - it becomes that program
    raise AssertionError("unreachable: this process is another program now")


def command_line(script: Path, port: int, data: Path) -> list[str]:
    """Azurite's blobs on this machine only. The SDK speaks a newer version than it knows; it sends nothing home."""
    where = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(data)]
    return ["node", str(script), "--silent", *where, "--skipApiVersionCheck", "--disableTelemetry"]
