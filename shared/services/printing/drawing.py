"""Tickets in the words of a printer: Star's commands, Epson's in its XML, or plain text (rules 20).

The texts of the lines are printable already; here only our own commands are put between them.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.tickets import Line

_STAR_BEGIN = b"\x1b@" + b"\x1b\x1dt\x20"
"""Begin anew, with code page 1252."""

_STAR_CUT = b"\x1bd\x03"
_EPSON_PROFILE = "TM-T88V"
_EPOS = "http://www.epson-pos.com/schemas/2011/03/epos-print"
_EPSON_TIMEOUT_MS = "10000"


def star(tickets: Sequence[Sequence[Line]]) -> bytes:
    """The commands that Star's line mode and StarPRNT share; the paper is cut after each ticket."""
    made = bytearray()
    for lines in tickets:
        made += _STAR_BEGIN
        for line in lines:
            size = bytes([line.size - 1])
            made += b"\x1b\x1da" + (b"\x01" if line.centred else b"\x00")
            made += b"\x1bi" + size + size + (b"\x1bE" if line.bold else b"\x1bF")
            made += line.text.encode("cp1252") + b"\n"
        made += _STAR_CUT
    return bytes(made)


def plain(tickets: Sequence[Sequence[Line]], letters: int) -> bytes:
    """Text alone, for printers that take nothing else. `letters`: how many a line has."""
    pages = ("".join(f"{_placed(line, letters)}\n" for line in lines) for lines in tickets)
    return "\n\n\n".join(pages).encode("ascii")


def _placed(line: Line, letters: int) -> str:
    return line.text.center(letters).rstrip() if line.centred else line.text


def escpos(tickets: Sequence[Sequence[Line]]) -> bytes:
    """ESC/POS; the paper is cut after each ticket."""
    from escpos.printer import Dummy

    paper = Dummy(profile=_EPSON_PROFILE)
    for lines in tickets:
        paper.hw("INIT")
        paper.charcode("CP1252")
        for line in lines:
            paper.set(
                align="center" if line.centred else "left",
                bold=line.bold,
                custom_size=True,
                width=line.size,
                height=line.size,
            )
            # Not `text`: it would choose another code page for each letter.
            paper._raw(line.text.encode("cp1252") + b"\n")
        paper.cut()
    return bytes(paper.output)


def epos_document(job_id: str, commands: bytes) -> bytes:
    """An Epson printer's answer to its request: one job of ESC/POS commands."""
    from xml.etree import ElementTree  # nosec: it only writes here

    root = ElementTree.Element("PrintRequestInfo", Version="2.00")
    job = ElementTree.SubElement(root, "ePOSPrint")
    about = ElementTree.SubElement(job, "Parameter")
    for name, value in (("devid", "local_printer"), ("timeout", _EPSON_TIMEOUT_MS), ("printjobid", job_id)):
        ElementTree.SubElement(about, name).text = value
    data = ElementTree.SubElement(job, "PrintData")
    epos = ElementTree.SubElement(data, "epos-print", xmlns=_EPOS)
    ElementTree.SubElement(epos, "command").text = commands.hex()
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made
