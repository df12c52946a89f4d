"""An answer as ready bytes: plain and compressed, with the entity tag of each."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic_core import to_json

ZIPPED_FROM = 1024
"""Smaller bodies are not worth a gzip header."""

_GZIP_LEVEL = 6

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Ready(Generic[T]):
    """The bytes of `{"data": T}`, plain and compressed, with the entity tag of each, quotes included.

    `zipped`: None where the answer is too small to compress. The two tags are strong, and differ like the bytes.
    """

    plain: bytes
    tag: str
    zipped: bytes | None
    zipped_tag: str


def ready(data: T) -> Ready[T]:
    """The answer that holds `data`."""
    return ready_bytes(to_json({"data": data}, by_alias=True, inf_nan_mode="null"))


def ready_bytes(plain: bytes) -> Ready[Any]:
    """The answer that is these bytes."""
    digest = hashlib.blake2b(plain, digest_size=12).hexdigest()
    zipped = gzip.compress(plain, _GZIP_LEVEL, mtime=0) if len(plain) >= ZIPPED_FROM else None
    return Ready(plain, f'"{digest}"', zipped, f'"{digest}-gzip"')
