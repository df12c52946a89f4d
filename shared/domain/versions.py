"""The version of a document: how often it was changed. Callers see it as an `etag` (rules 16)."""

from __future__ import annotations

from shared.errors import VERSION_CHANGED, Problem

REFUSALS = (VERSION_CHANGED,)


def tag(version: int) -> str:
    """The version as the `etag` of an answer."""
    return f'"{version}"'


def hold(stored: int, wanted: int | None) -> None:
    """Raises Problem VERSION_CHANGED, which tells the stored version, where the caller saw another one. None: any."""
    if wanted is not None and wanted != stored:
        raise Problem(VERSION_CHANGED, extra={"version": stored}, headers={"etag": tag(stored)})
