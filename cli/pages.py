"""`orderbuddy pages build`: the pages as a static site, ready for Azure Static Web Apps."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import typer

from cli.output import say
from local.pages import FOLDERS, HEADERS, PageSettings, filled, origin, origins

_CLIENTS = Path(__file__).resolve().parents[1] / "clients"

_ENTRY = "order/index.html"
"""The page that a scanned code leads to."""

_SITE = {
    "routes": [
        {"route": "/order/entry/*", "rewrite": f"/{_ENTRY}"},
        {"route": "/order/status/*", "rewrite": "/status/index.html"},
    ],
    "globalHeaders": HEADERS,
    "mimeTypes": {".webmanifest": "application/manifest+json"},
}
"""staticwebapp.config.json: what Azure Static Web Apps reads of a site."""

_BLOCK = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


def run_build(directory: Path, *, api: str, live: str, gateway: str, gateway_frames: str, pictures: str) -> None:
    """Write the site into `directory`, which must be new or empty. Exits with 2 where an address is none."""
    try:
        settings = PageSettings(
            api=api.rstrip("/"),
            servers=(origin(api), origin(live.replace("https://", "wss://", 1))),
            gateway=gateway.rstrip("/") if origins(gateway) else "",
            gateway_frames=origins(gateway_frames),
            pictures=origins(pictures),
        )
        count = build(directory, settings)
    except (ValueError, FileExistsError) as error:
        say(str(error), err=True)
        raise typer.Exit(2) from None
    say(f"{count} files are in {directory}.")


def build(directory: Path, settings: PageSettings) -> int:
    """Write the site, and return how many files it has. Raises FileExistsError, ValueError."""
    if directory.exists() and any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty: a file of another release would stay in it.")
    for folder in FOLDERS:
        shutil.copytree(_CLIENTS / folder, directory / folder, ignore=shutil.ignore_patterns("test*", "node_modules"))
    for page in directory.rglob("*.html"):
        page.write_text(filled(page.read_text(encoding="utf-8"), settings), encoding="utf-8")
    for suffix in ("js", "css"):
        for file in directory.rglob(f"*.{suffix}"):
            file.write_text(smaller(file.read_text(encoding="utf-8")), encoding="utf-8")
    # The host wants a page at its root.
    shutil.copy2(directory / _ENTRY, directory / "index.html")
    (directory / "staticwebapp.config.json").write_text(f"{json.dumps(_SITE, indent=2)}\n", encoding="utf-8")
    return sum(path.is_file() for path in directory.rglob("*"))


def smaller(text: str) -> str:
    """A script or style without the lines that are comments alone, and without what lines begin with: a third less.

    A text over several lines would change with it, so there is none in `clients/` (a test sees to it).
    """
    for nothing in (_BLOCK, _COMMENT, _INDENT):
        text = nothing.sub("", text)
    return text
