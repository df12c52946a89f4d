"""Those changes of a draft of which not everything is a draft's: a menu's own fields, and batches (rules 16)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from shared.api import menu_batch, menu_edits
from shared.app import App
from shared.domain.menu_edits import batches, content, heads
from shared.domain.menu_edits.content import Faults
from shared.services.menu import drafts
from shared.services.menu.editing import Ask, Changed

REFUSALS = (*drafts.EDIT_REFUSALS, *content.REFUSALS, *batches.REFUSALS)

_LIVE_ONLY = "This is no part of a draft: change it in the live menu."


async def change(app: App, ask: Ask, sent: menu_edits.MenuChange) -> Changed:
    """Change the name or the tax of a draft. Raises Problem (REFUSALS): INVALID_REQUEST for its address and for whether
    it is available, which only the live menu has."""
    faults = Faults()
    faults.unless(sent.menu_slug is None, "menuSlug", _LIVE_ONLY)
    faults.unless(sent.available is None, "available", _LIVE_ONLY)
    faults.raise_if_any()
    return await drafts.edit(app, ask, partial(heads.changed, sent=sent))


async def batch(app: App, ask: Ask, sent: menu_batch.ItemsBatch) -> tuple[Changed, menu_batch.BatchResult]:
    """Change many dishes of a draft at once; one result for each row. Raises Problem (REFUSALS): INVALID_REQUEST for
    rows that say what is sold out."""
    faults = Faults()
    for number, row in enumerate(sent.rows):
        faults.unless(row.availability is None, f"rows.{number}.availability", _LIVE_ONLY)
    faults.raise_if_any()
    all_or_nothing = sent.on_error == "none" and not sent.dry_run
    edit = partial(batches.batched, rows=sent.rows, until={}, all_or_nothing=all_or_nothing)
    changed = await drafts.edit(app, ask, edit, dry_run=sent.dry_run)
    if sent.dry_run and changed.written:
        changed = replace(changed, version=changed.version - 1)
    applied = changed.written and not sent.dry_run
    return changed, menu_batch.BatchResult(applied=applied, results=changed.result)
