"""Addresses that no mail goes to any more (rules 24.2)."""

from __future__ import annotations

from pydantic import Field

from shared.documents.base import Document, Moment, Text


class MailBlock(Document):
    """One address, of which a digest alone is kept. `reason`: the service's word, such as bounce. `event_id`: of the
    event that said so first."""

    id: str = Field(alias="_id")
    reason: Text = ""
    event_id: Text = ""
    at: Moment = None
