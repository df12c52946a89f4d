# ruff: noqa: S603, T201 - a developer's script: it prints, and it runs the interpreters it is given.
"""Resolve requirements.in for each Python given and write requirements.txt with environment markers.

    python infra/pin_requirements.py python3.11 python3.12 python3.13

The interpreters must be able to run a pip of 25 or newer (an older one gives up over packages that share
pre-releases); nothing is installed into them. A package whose version is the same everywhere
gets no marker. Run this on Linux x86_64, as Azure does, since wheels and platform markers are those of this machine.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE, TARGET = ROOT / "requirements.in", ROOT / "requirements.txt"
HEADER = """\
# What Azure installs: the runtime's dependencies, all of them, pinned. Made from requirements.in; do not edit by hand:
#   python infra/pin_requirements.py {commands}
"""


def python_version(interpreter: str) -> str:
    """The interpreter's version as environment markers write it, such as "3.11"."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([interpreter, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def resolve(interpreter: str) -> dict[str, str]:
    """Name -> version of everything pip would install for requirements.in under this interpreter."""
    command = [interpreter, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    done = subprocess.run([*command, "-r", str(SOURCE)], check=True, capture_output=True, text=True, cwd=ROOT)
    metadata = [item["metadata"] for item in json.loads(done.stdout)["install"]]
    return {re.sub(r"[-_.]+", "-", found["name"]).lower(): found["version"] for found in metadata}


def marker(versions: list[str], every: list[str]) -> str:
    """The shortest environment marker that holds for `versions` out of `every` (both sorted); "" for all of them."""
    if versions == every:
        return ""
    first, last = every.index(versions[0]), every.index(versions[-1])
    if every[first : last + 1] != versions:
        return " or ".join(f'python_version == "{version}"' for version in versions)
    parts = [f'python_version >= "{every[first]}"'] if first else []
    if last + 1 < len(every):
        parts.append(f'python_version < "{every[last + 1]}"')
    return " and ".join(parts)


def merge(resolved: dict[str, dict[str, str]]) -> list[str]:
    """Pinned requirement lines out of Python version -> name -> version."""
    every = sorted(resolved, key=lambda version: tuple(map(int, version.split("."))))
    pins: dict[tuple[str, str], list[str]] = {}
    for python in every:
        for name, version in resolved[python].items():
            pins.setdefault((name, version), []).append(python)
    lines = []
    for (name, version), pythons in sorted(pins.items()):
        condition = marker(pythons, every)
        lines.append(f"{name}=={version}" + (f" ; {condition}" if condition else ""))
    return lines


def main(interpreters: list[str]) -> int:
    if not interpreters:
        print(__doc__, file=sys.stderr)
        return 2
    resolved = {python_version(interpreter): resolve(interpreter) for interpreter in interpreters}
    commands = " ".join(f"python{version}" for version in resolved)
    TARGET.write_text(HEADER.format(commands=commands) + "\n".join(merge(resolved)) + "\n")
    print(f"{TARGET.name}: {len(merge(resolved))} lines for Python {', '.join(resolved)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
