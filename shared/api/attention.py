"""What the people of a location must look at, and what they do about it (rules 8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.api.base import Cleaned, Instant, Reply, Request

Act = Literal["advance", "void", "retry", "dismiss"]


class AttentionItem(Reply):
    """One thing that needs a person. `id` names it in the acts. `kind`: `checkout` and `payment` are about money; of
    those `state` and `amountCents` say how it stands (else "" and null). `acts`: what may answer it."""

    id: str
    kind: str
    target_id: str
    reason: str
    count: int
    at: Instant | None
    state: str
    amount_cents: int | None
    acts: list[Act]


class VoidRequest(Request):
    """Why a person gives it up."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S"), Cleaned]
