"""Who wants no texts any more."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.documents.base import Document, Flag, Moment, Texts


class TextOptOut(Document):
    """What somebody with one number has told one of our numbers: STOP, or that they want texts again.

    `id`: a digest of both numbers. `heard`: the ids of the last messages that counted, so that none counts twice.
    `purge_at`: absent while it is stopped: that is kept for good.
    """

    id: str = Field(alias="_id")
    stopped: Flag = False
    at: datetime
    heard: Texts = Field(default_factory=list)
    purge_at: Moment = None
