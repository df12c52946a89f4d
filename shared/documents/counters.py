"""Counters: order numbers of a day, portions sold, requests of a minute."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.documents.base import Document


class Counter(Document):
    """One count, until `purge_at`. The id is text that says what is counted, where and when."""

    id: str = Field(alias="_id")
    n: int
    purge_at: datetime
