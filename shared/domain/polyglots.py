"""Files that are a picture and something else besides: a web page, a program, an archive (rules 24.4).

Phones hang much behind a picture that is none of these: a second picture, a film, blocks of their maker's own. So no
file is refused for what it has behind its last pixel, but for what another program would take it for. Each sign is so
long that it stands in no pixels by chance.
"""

from __future__ import annotations

import re

_SIGNS = re.compile(
    rb"<script[\s/>]|<!doctype\s|<html[\s>]|<iframe[\s>]|<svg\s[^>]{0,200}xmlns|<\?php\s|__halt_compiler"
    rb"|%PDF-[12]\.|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c",
    re.IGNORECASE,
)
"""Of what is found wherever it stands in a file: by a browser, PHP, readers of PDF, and unpackers."""

_TAR, _TAR_AT = b"ustar", 257
_ZIP_FILE, _ZIP_LISTED, _ZIP_END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_ZIP_TAIL = 65_535 + 22
"""So far before the end of a file its list of contents may end."""


def is_something_else(data: bytes) -> bool:
    """Whether another program than one for pictures would find its own kind of file here."""
    return _SIGNS.search(data) is not None or data[_TAR_AT:].startswith(_TAR) or _is_zip(data)


def _is_zip(data: bytes) -> bool:
    # Four bytes stand somewhere by chance now and then, all three of them never.
    return _ZIP_END in data[-_ZIP_TAIL:] and _ZIP_LISTED in data and _ZIP_FILE in data
