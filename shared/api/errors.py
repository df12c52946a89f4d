"""The one shape of every answer that is not a success."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from shared.api.base import Instant, Reply
from shared.api.ordering import Preview


class Error(Reply):
    """Every answer that is not a success. Some codes add a field of their own."""

    model_config = ConfigDict(extra="allow")

    status_code: int = Field(description="The HTTP status once more.")
    message: str = Field(description="A sentence for people.")
    detail: list[dict[str, Any]] = Field(description="What exactly is wrong: for 400 rows of `field` and `message`.")
    code: str = Field(description="Stable and machine-readable.")
    request_id: str = Field(description="Names the request in our logs; also in the header x-request-id.")
    order_id: str = Field("", description="With ORDER_RUNNING: the order that holds these dishes.")
    status: str = Field("", description="With ORDER_MOVED, CANNOT_CANCEL and the like: the order's status now.")
    seq: int = Field(0, description="With ORDER_MOVED: the order's seq now.")
    opens_at: Instant | None = Field(None, description="With LOCATION_CLOSED: when it opens, in UTC, or null.")
    served_at: Instant | None = Field(
        None, description="With MENU_NOT_AVAILABLE and ITEM_SOLD_OUT: when it is served next, in UTC, or null."
    )
    preview: Preview | None = Field(None, description="With PREVIEW_STALE: the cart as it is priced now.")
