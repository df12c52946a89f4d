"""What a person sees while the stack starts: a line per step with the time it took."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table


class Display(Protocol):
    """Tells a person how the start goes."""

    def begin(self, step: str) -> None:
        """A step begins to be worked on."""

    def done(self, step: str) -> None:
        """A step is done."""

    def say(self, line: str) -> None:
        """One more line, below everything that was said."""

    def fail(self, line: str, more: str) -> None:
        """Say in red why the stack does not start; `more` is what was said about it, below."""

    def close(self) -> None:
        """No step will change any more; lines may still be said."""


def choose(*, verbose: bool, to_errors: bool = False) -> Display:
    """The display: a moving table on a terminal; plain lines elsewhere, and with `verbose`.

    `to_errors`: on standard error, since standard output is for a script.
    """
    if to_errors:
        return PlainDisplay(sys.stderr)
    return TerminalDisplay() if sys.stdout.isatty() and not verbose else PlainDisplay(sys.stdout)


def red(text: str, stream: TextIO) -> str:
    """`text` in red where a person sees colours: on a terminal, unless NO_COLOR is set; anywhere with FORCE_COLOR."""
    wanted = bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and not os.environ.get("NO_COLOR"))
    return f"\x1b[31m{text}\x1b[0m" if wanted else text


class PlainDisplay:
    """Plain lines, for logs and scripts."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began: dict[str, float] = {}

    def begin(self, step: str) -> None:
        self._began[step] = time.monotonic()

    def done(self, step: str) -> None:
        self.say(f"  {step:<10} {time.monotonic() - self._began[step]:5.1f} s")

    def say(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def fail(self, line: str, more: str) -> None:
        self.say(f"\n{red(line, self._stream)}\n{more}")

    def close(self) -> None:
        pass


class TerminalDisplay:
    """A table that moves while steps are under way, and stays as it was at the end."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(highlight=False)
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._live: Live | None = Live(get_renderable=self._table, console=self._console, refresh_per_second=10)
        self._live.start()

    def begin(self, step: str) -> None:
        self._began[step] = time.monotonic()
        self._took.pop(step, None)

    def done(self, step: str) -> None:
        self._took[step] = time.monotonic() - self._began[step]

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def fail(self, line: str, more: str) -> None:
        sys.stdout.write(f"\n{red(line, sys.stdout)}\n{more}\n")
        sys.stdout.flush()

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _table(self) -> Table:
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for step, began in self._began.items():
            took = self._took.get(step)
            mark = Text("✓", style="green") if took is not None else Spinner("dots", style="yellow")
            seconds = took if took is not None else time.monotonic() - began
            table.add_row("", mark, step, Text(f"{seconds:.1f} s", style="dim"))
        return table
