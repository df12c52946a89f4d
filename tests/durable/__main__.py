"""`python -m tests.durable`: compare the engine with the recorded answers, and print what differs."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.durable.comparison import compare
from tests.durable.listed import listed


def main() -> int:
    """Compare and print; 1 where the page does not list what differs, or lists what does not."""
    parser = argparse.ArgumentParser(prog="python -m tests.durable", description=__doc__)
    parser.parse_args()
    rows = listed()
    with tempfile.TemporaryDirectory() as folder:
        comparison = asyncio.run(compare(Path(folder), rows))
    print("| case | what differs | in the page |\n|---|---|---|")
    right = True
    for name, words in comparison.found.items():
        row = rows.get(name)
        if words or (row and not row.at_times):
            same = row is not None and row.fits(words)
            right = right and same
            print(f"| `{name}` | {', '.join(words) or 'nothing any more'} | {'the same' if same else 'NOT SO'} |")
    for name, words in comparison.with_faults.items():
        right = right and not words
        print(f"with its fault, {name}: {', '.join(words) or 'the same as the real engine'}")
    print(comparison.summary())
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
