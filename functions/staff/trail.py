"""Who did what in a restaurant, for its owners (rules 15)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

import azure.durable_functions as df
from pydantic import BaseModel, ConfigDict, Field

from shared.api import trail as api
from shared.api.base import Cleaned, Moment
from shared.services.trail import reading
from shared.services.trail.reading import Wanted
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Reply, endpoint

bp = df.Blueprint()

_OWNER = staff_of(in_path("restaurantId"), least="owner")


class TrailQuery(BaseModel):
    """Which rows, and from where on."""

    model_config = ConfigDict(populate_by_name=True)

    after: str | None = Field(None, pattern=reading.CURSOR, description="The `next` of the page before.")
    action: Annotated[str, Field(max_length=128, description="`station.created`, or all of `station`."), Cleaned] = ""
    actor: Annotated[str, Field(max_length=128, description="The id of a user or a device."), Cleaned] = ""
    since: Moment | None = Field(None, alias="from", description="The first moment, with its offset.")
    until: Moment | None = Field(None, alias="to", description="The moment before which the last one is.")

    @property
    def wanted(self) -> Wanted:
        """The same, as the service takes it."""
        return Wanted(self.action, self.actor, self.since, self.until)


class TrailPageQuery(TrailQuery):
    """Which rows, from where on, and how many."""

    limit: int = Field(50, ge=1, le=200, description="How many rows at most.")


@endpoint(bp, "GET", "restaurant/{restaurantId}/trail", allow=_OWNER)
async def page(call: Call[None, TrailPageQuery]) -> api.TrailPage:
    """Who did what in the restaurant, the newest first."""
    query = call.query
    return await reading.page(call.app, call.path["restaurantId"], query.wanted, limit=query.limit, after=query.after)


@endpoint(bp, "GET", "restaurant/{restaurantId}/trail.csv", allow=_OWNER, media=["text/csv"])
async def table(call: Call[None, TrailQuery]) -> Reply[bytes]:
    """The same as CSV, at most 20 MB.

    Where there is more, the header `link` says with `rel="next"` where it goes on, with the same filters.
    """
    made = await reading.table(call.app, call.path["restaurantId"], call.query.wanted, after=call.query.after)
    headers = {"content-type": "text/csv; charset=utf-8", "content-disposition": 'attachment; filename="trail.csv"'}
    if made.next is not None:
        following = call.query.model_copy(update={"after": made.next})
        query = urlencode(following.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        headers["link"] = f'<trail.csv?{query}>; rel="next"'
    return Reply(made.body, headers=headers)
