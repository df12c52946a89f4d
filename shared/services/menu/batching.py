"""Many dishes of a menu changed at once (rules 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from shared.api import menu_batch as api
from shared.app import App
from shared.domain.menu_edits import batches
from shared.errors import INVALID_REQUEST, Problem
from shared.services.menu import availability, editing
from shared.services.menu.editing import Ask, Changed

REFUSALS = (INVALID_REQUEST, *editing.REFUSALS, *batches.REFUSALS, *availability.REFUSALS)


async def batch(app: App, ask: Ask, sent: api.ItemsBatch) -> tuple[Changed, api.BatchResult]:
    """Change many dishes at once; one result for each row. Raises Problem (REFUSALS)."""
    edit = partial(
        batches.batched,
        rows=sent.rows,
        until=await _untils(app, ask, sent.rows),
        all_or_nothing=sent.on_error == "none" and not sent.dry_run,
    )
    changed = await editing.change(app, ask, edit, dry_run=sent.dry_run)
    if sent.dry_run and changed.written:
        changed = replace(changed, version=changed.version - 1)
    applied = changed.written and not sent.dry_run
    return changed, api.BatchResult(applied=applied, results=changed.result)


async def _untils(app: App, ask: Ask, rows: Sequence[api.BatchRow]) -> dict[int, datetime | Problem | None]:
    """When what each row takes off comes back. The business day's end is looked up once."""
    found: dict[int, datetime | Problem | None] = {}
    ends: datetime | None = None
    for number, row in enumerate(rows):
        sent = row.availability
        if sent is None:
            continue
        if not sent.is_available and isinstance(sent.until, str):
            ends = ends or await availability.end_of_business_day(app, ask)
            found[number] = ends
            continue
        try:
            found[number] = await availability.until_of(app, ask, sent)
        except Problem as problem:
            if problem.code is not INVALID_REQUEST:
                raise
            message = str(problem.detail[0]["message"])
            detail = [{"field": "availability.until", "message": message}]
            found[number] = Problem(INVALID_REQUEST, message, detail=detail)
    return found
