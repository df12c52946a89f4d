"""Which of an answer's bytes a caller gets: compressed or not, or none where it has them already (RFC 9110)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags

from shared.api.ready import Ready
from shared.web.call import Reply

CACHE_CONTROL = "no-cache"
"""Browsers keep the answer and ask each time whether it still holds: an edit is seen by the next page."""

_REMEMBERED_LENGTH = 200

_TOLD_AT = re.compile(rb'"serverTime":"[^"]*",?')
"""When an answer was made says nothing of whether it changed. No text in JSON holds this: its quotes are escaped."""


def as_reply(ready: Ready[Any], headers: Mapping[str, str]) -> Reply[bytes]:
    """The answer to a GET or HEAD whose request headers (names in lower case) are these: 200 or 304."""
    body, tag = ready.plain, ready.tag
    coded: dict[str, str] = {}
    # Asked before it is read: to look for what is not there costs the mapping an exception.
    if ready.zipped is not None and "accept-encoding" in headers and takes_gzip(headers["accept-encoding"]):
        body, tag, coded = ready.zipped, ready.zipped_tag, {"content-encoding": "gzip"}
    common = {"etag": tag, "vary": "accept-encoding", "cache-control": CACHE_CONTROL}
    if "if-none-match" in headers and has(headers["if-none-match"], tag):
        return Reply(b"", 304, common)
    return Reply(body, headers={**common, **coded})


def unless_known(reply: Reply[bytes], headers: Mapping[str, str]) -> Reply[bytes]:
    """The answer to a GET that is asked again and again: with a weak entity tag, and 304 to who knows it already.

    It is made anew each time, so this spares the line, and not the database.
    """
    digest = hashlib.blake2b(_TOLD_AT.sub(b"", reply.body), digest_size=12).hexdigest()
    tagged = replace(reply, headers={**reply.headers, "etag": f'W/"{digest}"'})
    if "if-none-match" in headers and has(headers["if-none-match"], f'"{digest}"'):
        return replace(tagged, body=b"", status=304)
    return tagged


def has(if_none_match: str, tag: str) -> bool:
    """Whether the caller has what `tag` stands for: `*`, or one of a list, weak or not."""
    return if_none_match == tag or parse_etags(if_none_match).contains_weak(tag[1:-1])


def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip may be sent, and the caller does not like plain bytes better."""
    # Browsers send a handful of values; a long one is nobody's usual one, and not worth remembering.
    return (_takes_gzip if len(accept_encoding) <= _REMEMBERED_LENGTH else _takes_gzip.__wrapped__)(accept_encoding)


@lru_cache(maxsize=256)
def _takes_gzip(accept_encoding: str) -> bool:
    accepted = parse_accept_header(accept_encoding, Accept)
    return accepted.quality("gzip") > 0 and accepted.quality("gzip") >= _quality_of_plain(accepted)


def _quality_of_plain(accepted: Accept) -> float:
    return next((quality for value, quality in accepted if value.lower() == "identity"), 0)
