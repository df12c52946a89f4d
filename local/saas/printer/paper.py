"""What stands on the paper once a printer has read the bytes: Star's commands, ESC/POS, or plain text.

A real printer prints nonsense, or worse, when it reads a byte that steers and that nobody meant. So what is no command
known here is kept, and told as `strays`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_STAR = re.compile(
    rb"(?P<begin>\x1b@)|\x1b\x1dt.|\x1b\x1da(?P<align>.)|\x1bi(?P<size>..)|\x1b(?P<bold>[EF])|(?P<cut>\x1bd[\x00-\x03])",
    re.DOTALL,
)
_ESCPOS = re.compile(
    rb"(?P<begin>\x1b@)|\x1bt.|\x1ba(?P<align>.)|\x1d!(?P<size>.)|\x1bE(?P<bold>.)|\x1bd.|(?P<cut>\x1dV.)"
    rb"|\x1b[-M{!].|\x1d[bB].",
    re.DOTALL,
)
_PLAIN_BELOW = 0x20


@dataclass(frozen=True, slots=True)
class Row:
    """One line on the paper. `size`: how many times as large as a plain one."""

    text: str
    size: int = 1
    bold: bool = False
    centred: bool = False


@dataclass(slots=True)
class Paper:
    """What came out: its lines, how often it was cut, and the bytes below 0x20 that were no command."""

    rows: list[Row] = field(default_factory=list)
    cuts: int = 0
    strays: int = 0

    def describe(self) -> dict[str, Any]:
        """The paper as JSON."""
        rows = [{"text": row.text, "size": row.size, "bold": row.bold, "centred": row.centred} for row in self.rows]
        return {"rows": rows, "cuts": self.cuts, "strays": self.strays}


def read(kind: str, body: bytes) -> Paper:
    """The paper of some bytes. `kind`: their media type, or `escpos`."""
    if kind.partition(";")[0] == "text/plain":
        paper = Paper(cuts=1)
        paper.strays = sum(byte < _PLAIN_BELOW and byte != 0x0A for byte in body)
        paper.rows = [Row(line) for line in body.decode("ascii", "replace").split("\n")]
        return paper
    return _commands(_ESCPOS if kind == "escpos" else _STAR, body)


def _commands(commands: re.Pattern[bytes], body: bytes) -> Paper:
    paper, line, style, at = Paper(), bytearray(), Row(""), 0
    while at < len(body):
        found = commands.match(body, at)
        if found is not None:
            style = _styled(style, found.groupdict())
            paper.cuts += found["cut"] is not None
            at = found.end()
            continue
        if body[at] == 0x0A:
            paper.rows.append(Row(line.decode("cp1252", "replace"), style.size, style.bold, style.centred))
            line.clear()
        elif body[at] < _PLAIN_BELOW:
            paper.strays += 1
        else:
            line.append(body[at])
        at += 1
    if line:
        paper.rows.append(Row(line.decode("cp1252", "replace"), style.size, style.bold, style.centred))
    return paper


def _styled(style: Row, said: dict[str, bytes | None]) -> Row:
    if said["begin"] is not None:
        return Row("")
    size, bold, centred = style.size, style.bold, style.centred
    if (given := said["size"]) is not None:
        # Star says height and width apart; ESC/POS has both in one byte.
        size = (given[0] if len(given) == 2 else given[0] & 7) + 1
    if (given := said["bold"]) is not None:
        bold = given in (b"E", b"\x01")
    if (given := said["align"]) is not None:
        centred = given == b"\x01"
    return Row("", size, bold, centred)
