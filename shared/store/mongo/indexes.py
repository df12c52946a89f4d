"""All indexes, one table: collection, keys, options, and the query or the rule that each serves.

`make run`, the tests and the deployment create them. `health/ready` answers 503 while an index is missing that a
guarantee rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel

from shared.store.mongo.client import Database, piece

ASC = 1
_THERE = {"$exists": True}
_DATE = {"$type": "date"}


@dataclass(frozen=True, slots=True)
class Index:
    """One index. `needed`: a guarantee rests on it, so the app is not ready without it."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    serves: str
    unique: bool = False
    sparse: bool = False
    partial: dict[str, Any] | None = None
    expires: bool = False
    name: str | None = None
    needed: bool = False

    @property
    def title(self) -> str:
        """The index's name in the database."""
        return self.name or "_".join(f"{key}_{order}" for key, order in self.keys)

    def options(self) -> dict[str, Any]:
        """What `create_index` takes beside the keys."""
        options: dict[str, Any] = {"name": self.title}
        if self.unique:
            options["unique"] = True
        if self.sparse:
            options["sparse"] = True
        if self.partial is not None:
            options["partialFilterExpression"] = self.partial
        if self.expires:
            options["expireAfterSeconds"] = 0
        return options


def _keys(*names: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, ASC) for name in names)


INDEXES: tuple[Index, ...] = (
    Index(
        "checkouts",
        _keys("cartKey"),
        "the same cart is the same preview: one checkout holds a cartKey",
        unique=True,
        sparse=True,
        needed=True,
    ),
    Index(
        "checkouts",
        _keys("locationId", "heldLines"),
        "a cart's lines are ordered once",
        unique=True,
        partial={"heldLines": _THERE},
        needed=True,
    ),
    Index(
        "checkouts",
        _keys("nextWakeAt", "claim.kind"),
        "the sweeper's due work, unpaid claims apart from those that wait for a payment",
        partial={"nextWakeAt": _DATE},
        needed=True,
    ),
    Index(
        "checkouts",
        _keys("locationId", "state", "expiresAt"),
        "how many previews of a location are open",
        partial={"state": "open"},
    ),
    Index(
        "checkouts",
        _keys("instanceLookAt"),
        "checkouts at rest whose orchestration must have ended",
        partial={"instanceLookAt": _DATE},
    ),
    Index("checkouts", _keys("purgeAt"), "retention: 30 days after placing, 7 after expiry", expires=True),
    Index("orders_preview", _keys("purgeAt"), "retention: a day before its checkout", expires=True),
    Index("order_events", _keys("orderId", "seq"), "an order's history, and what to publish next", needed=True),
    Index("order_events", _keys("publishedAt", "createdAt"), "the sweeper's unpublished rows", needed=True),
    Index(
        "order_events",
        _keys("reach", "createdAt"),
        "the changes of which people are still to be told",
        partial={"reach": True},
    ),
    Index("order_counters", _keys("purgeAt"), "retention: order codes of past days", expires=True),
    Index("request_counters", _keys("purgeAt"), "retention: how often whom was asked in past minutes", expires=True),
    Index("request_keys", _keys("purgeAt"), "retention: keys of requests, for a day", expires=True),
    Index("stock", _keys("purgeAt"), "retention: portions sold on past days", expires=True),
    Index("checkouts", _keys("needsAttention"), "what a person must look at", partial={"needsAttention": _THERE}),
    Index(
        "checkouts",
        _keys("locationId", "needsAttention"),
        "what the people of a location must look at",
        partial={"needsAttention": _THERE},
    ),
    Index("payments", _keys("previewId", "attempt"), "the attempts of a preview, each once", unique=True, needed=True),
    Index("payments", _keys("tokenHash"), "a card's or wallet's token pays once", unique=True, needed=True),
    Index("payments", _keys("nextLookAt"), "the reconciler's due work", partial={"nextLookAt": _DATE}, needed=True),
    Index(
        "payments",
        _keys("locationId", "nextLookAt"),
        "a location's payments that are not at rest",
        partial={"nextLookAt": _DATE},
    ),
    Index("payments", _keys("gatewayId"), "the payment that the gateway's papers name", sparse=True),
    Index("payments", _keys("needsAttention"), "what a person must look at", partial={"needsAttention": _THERE}),
    Index(
        "payments",
        _keys("locationId", "needsAttention"),
        "what the people of a location must look at",
        partial={"needsAttention": _THERE},
    ),
    Index("payments", _keys("beganAt"), "the payments of a day"),
    Index("payments", _keys("state"), "payments that are not at rest"),
    Index("duties", _keys("state", "nextAt"), "what is to be done for orders now"),
    Index("duties", _keys("purgeAt"), "retention: what was done for orders", expires=True),
    Index("duties", _keys("providerId"), "the message that a service tells of", sparse=True),
    Index("text_opt_outs", _keys("purgeAt"), "retention: a year after a number took its STOP back", expires=True),
    Index("attention", _keys("locationId", "endedAt"), "what the people of a location must look at"),
    Index("attention", _keys("endedAt", "kind"), "what goes on at all locations"),
    Index("printers", _keys("restaurantId", "locationId"), "a location's printers that ask for their tickets"),
    Index(
        "print_jobs",
        _keys("printerId", "waitingSince", "_id"),
        "the next ticket of a printer",
        partial={"waitingSince": _DATE},
    ),
    Index(
        "print_jobs",
        _keys("waitingSince", "printerId"),
        "whose tickets wait for long",
        partial={"waitingSince": _DATE},
    ),
    Index("print_jobs", _keys("printerId", "createdAt", "_id"), "a printer's tickets"),
    Index("print_jobs", _keys("purgeAt"), "retention: a day", expires=True),
    Index("payment_tokens", _keys("purgeAt"), "retention: whose card fields were opened lately", expires=True),
    Index("orders", _keys("restaurantId", "locationId", "status", "startedAt"), "open orders of a station or a board"),
    Index(
        "orders",
        _keys("restaurantId", "locationId", "startedAt", "_id"),
        "a location's orders of a day, and its reports",
    ),
    Index(
        "orders",
        _keys("restaurantId", "locationId", "refunds.at"),
        "what a location gave back in some days",
        partial={"refunds.at": _THERE},
    ),
    Index(
        "orders",
        _keys("restaurantId", "locationId", "readyAt"),
        "a location's orders that became ready last",
        partial={"status": "READY_FOR_PICKUP"},
    ),
    Index("orders", _keys("showBy"), "orders that a screen is still to show", partial={"showBy": _DATE}),
    Index("orders", _keys("restaurantId", "locationId", "origin.id"), "the orders that came by a code"),
    Index("locations", _keys("restaurantId"), "a restaurant's locations"),
    Index("locations", _keys("dailySummary"), "whose owners get their day by mail", partial={"dailySummary": True}),
    Index("menus", _keys("restaurantId", "locationId"), "a location's menus"),
    Index("menu_versions", _keys("menuId", "number"), "a menu's versions: each number once", unique=True),
    Index("origins", _keys("restaurantId", "locationId"), "a location's origins"),
    Index("origins", _keys("restaurantId", "locationId", "label"), "which labels a location has already"),
    Index("origins", _keys("qrCodeId"), "the origin behind a code; the original's may stand there twice", sparse=True),
    Index(
        "origins",
        _keys("ownCode", "qrCodeId"),
        "a code of ours leads to one place",
        unique=True,
        partial={"ownCode": True},
        needed=True,
    ),
    Index("origin_scans", _keys("restaurantId", "locationId", "day"), "how often a location's codes were scanned"),
    Index("campaign_uses", _keys("purgeAt"), "retention: a year after a phone number's last use", expires=True),
    Index("origin_scans", _keys("purgeAt"), "retention: scans of the past year", expires=True),
    Index("stations", _keys("restaurantId", "locationId"), "a location's stations"),
    Index("campaigns", _keys("restaurantId", "locationId"), "a location's running campaigns"),
    Index("campaigns", _keys("originId"), "the campaign of an origin", unique=True, name="campaign_origin_lookup"),
    Index("users", _keys("userId"), "who is signed in", unique=True),
    Index("users", _keys("email"), "whether a code goes to somebody with an account", sparse=True),
    Index("users", _keys("phoneNumber"), "the same for phone numbers", sparse=True),
    Index(
        "trail",
        _keys("restaurantId", "day", "seq"),
        "a restaurant's trail: each number of a day once",
        unique=True,
        needed=True,
    ),
    Index("trail_refusals", _keys("purgeAt"), "retention: 90 days", expires=True),
    Index("users", _keys("leavingAt"), "whose account is to go", sparse=True),
    Index("users", _keys("restaurants"), "a restaurant's people"),
    Index("users", _keys("memberships.restaurantId"), "a restaurant's people, whatever the list beside says"),
    Index("invitations", _keys("tokenHash"), "the invitation behind a token", unique=True),
    Index("invitations", _keys("restaurantId", "takenAt"), "the invitations of a restaurant that can be taken"),
    Index("invitations", _keys("purgeAt"), "retention: an invitation is forgotten when it expires", expires=True),
    Index("devices", _keys("tokenHashes"), "the device behind a token", sparse=True),
    Index("devices", _keys("codeHash"), "the device behind a code", unique=True, sparse=True),
    Index("devices", _keys("restaurantId", "locationId", "revokedAt"), "a location's devices"),
    Index("devices", _keys("purgeAt"), "retention: codes that nobody used, devices that were revoked", expires=True),
    Index("screens", _keys("restaurantId", "locationId", "seenAt"), "a location's screens that were seen lately"),
    Index("screens", _keys("purgeAt"), "retention: two days after a screen was seen last", expires=True),
    Index("draws", _keys("orderId"), "which screens have shown an order"),
    Index("draws", _keys("purgeAt"), "retention: a week", expires=True),
    Index("ended_sessions", _keys("purgeAt"), "retention: as long as an access token can be good", expires=True),
    Index("order_events", _keys("restaurantId", "hookedAt", "createdAt"), "rows that are to become events of webhooks"),
    Index("webhooks", _keys("restaurantId"), "a restaurant's webhooks"),
    Index(
        "webhooks",
        _keys("isProven", "dueAt"),
        "webhooks with something to send, the quick ones apart",
        partial={"dueAt": _DATE},
    ),
    Index("webhook_heads", _keys("hasWebhooks", "_id"), "restaurants that have webhooks"),
    Index("webhook_events", _keys("restaurantId", "seq"), "a restaurant's events in order", unique=True, needed=True),
    Index("webhook_events", _keys("purgeAt"), "retention: 30 days", expires=True),
    Index(
        "webhook_deliveries",
        _keys("webhookId", "nextAt", "event.seq"),
        "what a webhook is to be sent now",
        partial={"nextAt": _DATE},
    ),
    Index("webhook_deliveries", _keys("webhookId", "createdAt", "_id"), "the log of a webhook, the newest first"),
    Index("webhook_deliveries", _keys("purgeAt"), "retention: 30 days", expires=True),
    Index("push_tokens", _keys("restaurantIds"), "whose phones get pushes of a restaurant"),
    Index("push_tokens", _keys("userId", "seenAt"), "a person's phones"),
    Index("push_screens", _keys("restaurantId", "locationId"), "a location's screens that get pushes"),
    Index("push_screens", _keys("endpoint"), "whether a browser has pushes as another device"),
    Index("subscriptions", _keys("restaurantId"), "the original's phones of a restaurant"),
    Index("erasures", _keys("digests"), "whether somebody was erased"),
    Index("erasures", _keys("at"), "the last erasures"),
    Index("closings", _keys("nextAt"), "live connections that are to be closed"),
    Index("closings", _keys("group"), "whether a connection that is to be let in is to be closed"),
    Index("live_connections", _keys("purgeAt"), "retention: two days after a connection began or ended", expires=True),
    Index("closings", _keys("purgeAt"), "retention: what cannot be closed for a day", expires=True),
    # Files
    Index("files", _keys("lookAt", "restaurantId"), "the pictures that are to be looked for in menus"),
    Index("files", _keys("restaurantId"), "how many pictures a restaurant has"),
    Index("uploads", _keys("purgeAt"), "retention: a day", expires=True),
)


async def ensure(db: Database) -> list[str]:
    """Create the indexes that are missing; return the titles of those made now.

    Several processes may run this, at any time. Raises OperationFailure where an index of that name has other keys or
    options: a person must drop it.
    """
    absent = await _absent(db, INDEXES)
    for collection in sorted({index.collection for index in absent}):
        # No deadline: building an index over many orders takes as long as it takes.
        models = [IndexModel(list(index.keys), **index.options()) for index in absent if index.collection == collection]
        await db[collection].create_indexes(models)
    return [f"{index.collection}.{index.title}" for index in absent]


async def missing(db: Database) -> list[str]:
    """The titles of needed indexes that are not there, or not as they must be."""
    absent = await _absent(db, [index for index in INDEXES if index.needed])
    return [f"{index.collection}.{index.title}" for index in absent]


async def absent(db: Database) -> list[str]:
    """The titles of all indexes that are not there, or not as they must be."""
    return [f"{index.collection}.{index.title}" for index in await _absent(db, INDEXES)]


async def _absent(db: Database, indexes: Sequence[Index]) -> list[Index]:
    present = {}
    for collection in sorted({index.collection for index in indexes}):
        with piece():
            present[collection] = await db[collection].index_information()
    return [index for index in indexes if not _is(present[index.collection].get(index.title), index)]


def _is(found: Mapping[str, Any] | None, index: Index) -> bool:
    """Whether the stored index has the keys and the options that its guarantee rests on."""
    if found is None or [(key, int(order)) for key, order in found["key"]] != list(index.keys):
        return False
    return (
        bool(found.get("unique")) == index.unique
        and bool(found.get("sparse")) == index.sparse
        and found.get("partialFilterExpression") == index.partial
        and ("expireAfterSeconds" in found) == index.expires
    )
