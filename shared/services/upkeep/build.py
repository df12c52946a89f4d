"""Which code runs here: a screen that was left open, or kept for times without a network, asks if it still fits."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from pathlib import Path

_APP = Path(__file__).parents[3]
_FOLDERS = ("shared", "functions")
_DIGEST_BYTES = 8


async def build() -> str:
    """A digest of the deployed code, in hex: another one after each deployment that changes any of it."""
    return await asyncio.to_thread(_digest)


@cache
def _digest() -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for file in sorted(file for folder in _FOLDERS for file in (_APP / folder).rglob("*.py")):
        digest.update(f"{file.relative_to(_APP).as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
