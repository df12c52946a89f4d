"""Which unique index a write ran into."""

from __future__ import annotations

import re

from pymongo.errors import DuplicateKeyError

_NAMED = re.compile(r"collection: \S*?\.(\w+) index: (\S+)")


def index_of(error: DuplicateKeyError) -> tuple[str, str]:
    """The collection and the index. The server names them only in its message; ("", "") where it does not."""
    found = _NAMED.search(str((error.details or {}).get("errmsg", error)))
    return (found[1], found[2]) if found else ("", "")
