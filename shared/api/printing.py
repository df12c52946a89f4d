"""Printers that ask for their tickets: what managers set, what devices say (rules 20)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.api.base import Cleaned, Echo, Form, Id, Instant, Reply, Request, RequestPart, is_empty
from shared.api.places import Named

Kind = Literal["cloudprnt", "epson"]
PrintsWhen = Literal["created", "accepted"]
Width = Literal[58, 80]
Language = Literal["en", "es", "pt"]
Copies = Annotated[int, Field(ge=1, le=5)]
StationIds = Annotated[list[Id], Field(max_length=50)]


class NewCloudPrinter(Request):
    """A printer that asks for its tickets: `cloudprnt` by Star's protocol, `epson` by Server Direct Print.

    `stationIds`: it prints the orders of these stations, and of each what they cook; none: all of the location.
    `language`: of the words on the ticket; null: the location's. `paperWidth`: millimetres. `when`: at creation, or
    once the order is accepted.
    """

    name: Named
    type: Kind
    station_ids: StationIds = Field(default_factory=list)
    copies: Copies = 1
    language: Language | None = None
    paper_width: Width = 80
    when: PrintsWhen = "created"


class PrinterChange(Request):
    """What changes of such a printer; what is left out or null stays."""

    name: Named | None = None
    station_ids: StationIds | None = None
    copies: Copies | None = None
    language: Language | None = None
    paper_width: Width | None = None
    when: PrintsWhen | None = None


class CloudPrinter(Reply):
    """A printer that asks for its tickets. `hasAddress`: whether it has one to ask at. `device`: the MAC, or the id, of
    the device that was the first to ask; "" before.

    `state`: `new` (nobody has asked yet), `ok`, `paper_out`, `cover_open`, `error`, or `silent` (it has not asked for
    five minutes). `said`: its own word. `waiting`: how many tickets wait for it.
    """

    id: str
    type: str
    name: str
    station_ids: list[str]
    copies: int
    language: str | None
    paper_width: int
    when: str
    has_address: bool
    device: str
    state: str
    said: str
    last_poll_at: Instant | None
    waiting: int


class PrinterAddress(Reply):
    """A printer with the address that it is to ask at: shown only now. `url` is null where this API does not know its
    own address; `path` follows that."""

    printer: CloudPrinter
    path: str
    url: str | None


class PrintJob(Reply):
    """A ticket. `state`: `queued`, `offered`, `sent`, `printed`, `doubtful` (nobody knows), `failed` (not printed),
    `dropped` (its printer was removed). `copy`: it has COPY on it, or would have. `tries`: how often it was sent.
    `problem`: what the printer said last."""

    id: str
    order_id: str
    order_code: str
    state: str
    copy_: bool = Field(alias="copy")
    tries: int
    problem: str
    created_at: Instant
    printed_at: Instant | None


class PrintAgain(Request):
    """The order whose ticket is to be printed again."""

    order_id: Id


class StarPoll(RequestPart):
    """What a Star printer says when it asks. More of it is ignored."""

    printer_mac: Echo = Field(alias="printerMAC")
    status_code: Echo = Field("", alias="statusCode")
    printing_in_progress: bool = Field(False, alias="printingInProgress")


class StarOffer(Reply):
    """Whether there is a ticket; if so, as what it can be had, and its name in the requests that follow."""

    job_ready: bool
    media_types: list[str] | None = Field(None, exclude_if=is_empty)
    job_token: str | None = Field(None, exclude_if=is_empty)


class StarFetch(BaseModel):
    """Which ticket a Star printer fetches, and as what."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore")

    mac: Echo = Field(description="The device's MAC.")
    token: Echo = Field("", description="The ticket's `jobToken`; without one, that which was offered.")
    type: Echo = Field("", description="One of `mediaTypes`.")


class StarConfirm(BaseModel):
    """Of which ticket a Star printer says what."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore")

    mac: Echo = Field(description="The device's MAC.")
    token: Echo = Field("", description="The ticket's `jobToken`; without one, that which was sent.")
    code: Echo = Field("", description="`200 OK`, or what went wrong.")


class EpsonCall(Form):
    """What an Epson printer sends: a request for a ticket, or the result of one."""

    connection_type: Echo = Field(alias="ConnectionType")
    id: Echo = Field(alias="ID")
    response_file: Annotated[str, Field(max_length=100_000), Cleaned] = Field("", alias="ResponseFile")


class Heard(Reply):
    """The device's word was taken."""

    heard: bool
