"""The keys that requests were sent with (Idempotency-Key), each with its answer (rules 14)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.documents.base import Document, Part, Text, Whole


class KeptKey(Document):
    """One key of one person on one address.

    `id`: a digest of person, method, path and key. `body_hash`: of the body that it came with. `run`: who is at it, or
    was. `answer`: of a success, its JSON. `refusal`: of a refusal that is kept, all that makes it. `purge_at`: 24 hours
    after its first use.
    """

    id: str = Field(alias="_id")
    body_hash: Text
    state: Literal["running", "done"]
    run: Text
    taken_at: datetime
    status: Whole = 0
    answer: Text = ""
    refusal: Annotated[dict[str, Any], Part] = Field(default_factory=dict)
    purge_at: datetime
