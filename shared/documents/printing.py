"""Printers that ask us for their tickets, and the tickets that wait for them (rules 20)."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from pydantic import Field

from shared.documents.base import Document, Flag, Moment, StoredId, Text, Whole


class PrinterDoor(Document):
    """Where such a printer asks, and what it said last (collection `printers`). What it prints stands at the location.

    `address_hash`: of its address's secret; "" while it has none. `mac`: the device that asked first; only that one may
    ask. `condition`: `ok`, `paper_out`, `cover_open` or `error`. `said`: the device's own word for it. `missed_at`:
    since when the location's people know that it does not print.
    """

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    type: Text = ""
    address_hash: Text = ""
    mac: Text = ""
    condition: Text = ""
    said: Text = ""
    last_poll_at: Moment = None
    missed_at: Moment = None


class PrintJob(Document):
    """One ticket for one printer (collection `print_jobs`).

    `state`: `queued`; `offered`, where a poll was told of it; `sent`, where its bytes went out; `printed`; `doubtful`,
    where nobody could tell after several tries; `failed`, where nothing came out; `dropped`, where its printer was
    removed. `copy`: somebody asked for it again. `doubt`: it may have been printed, so it is sent with COPY on it.
    `sends`: how often its bytes went out. `waiting_since`: when it was made, while it is not at its end. `not_before`:
    when it may be sent again. `problem`: what the printer said last.
    """

    id: ObjectId = Field(alias="_id")
    printer_id: StoredId
    restaurant_id: Text = ""
    location_id: StoredId = ""
    order_id: ObjectId
    order_code: Text = ""
    state: Text = ""
    copy_: Flag = Field(default=False, alias="copy")
    doubt: Flag = False
    sends: Whole = 0
    problem: Text = ""
    by: Text = ""
    created_at: datetime
    waiting_since: Moment = None
    not_before: Moment = None
    sent_at: Moment = None
    printed_at: Moment = None
    purge_at: Moment = None
