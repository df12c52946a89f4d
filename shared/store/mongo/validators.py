"""MongoDB's schema validators, one per collection, made from the document classes.

They describe what this project and the original server write; the app reads more than that. They only warn: a stored
document must stay writable, whoever stored it. MongoDB logs a document that does not fit, and
`find({"$nor": [validator]})` lists them. The app guarantees nothing by them.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from bson import ObjectId
from pydantic import BeforeValidator
from pymongo.errors import CollectionInvalid, OperationFailure

from shared.documents.attention import AttentionEntry
from shared.documents.base import Document, StoredAs
from shared.documents.checkouts import Checkout
from shared.documents.counters import Counter
from shared.documents.duties import Duty
from shared.documents.erasures import Erasure, SeenTo
from shared.documents.files import StoredPicture, Upload
from shared.documents.keys import KeptKey
from shared.documents.mail_blocks import MailBlock
from shared.documents.menu import Menu
from shared.documents.menu_drafts import MenuDraft, MenuVersion
from shared.documents.menu_imports import MenuImport
from shared.documents.opt_outs import TextOptOut
from shared.documents.orders import Order, OrderEvent, Preview
from shared.documents.origins import OriginScans, StoredOrigin
from shared.documents.payments import Payment, PaymentDay, PaymentToken
from shared.documents.people import Closing, EndedSession, Invitation, StoredDevice, User
from shared.documents.places import Campaign, Location, Restaurant, Station
from shared.documents.printing import PrinterDoor, PrintJob
from shared.documents.pushes import OldSubscriptions, PushScreen, PushToken
from shared.documents.screens import Draw, LiveConnections, Screen
from shared.documents.trail import TrailEntry, TrailHead, TrailRefusals
from shared.documents.webhooks import Webhook, WebhookDelivery, WebhookEvent, WebhookHead
from shared.store.mongo.client import Database, piece

LEVEL = "moderate"
"""A document that fits must go on fitting; one that does not fit may still be changed."""

ACTION = "warn"

_NOT_ALLOWED = frozenset({13, 59, 115, 303, 8000})
"""Error codes for: no right to, no such command, not supported (also as Atlas says it)."""

_EXISTS = 48
"""The error code for: there is such a collection already."""

_BSON: dict[Any, str] = {
    ObjectId: "objectId",
    str: "string",
    int: "number",
    float: "number",
    bool: "bool",
    datetime: "date",
    dict: "object",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Validator:
    """What the documents of a collection look like.

    `needs`: fields without which a document can be read, but no query finds it or it says nothing.
    `never_null`: fields that are absent where they do not hold: a sparse index does not skip null.
    """

    collection: str
    document: type[Document]
    needs: tuple[str, ...] = ()
    never_null: tuple[str, ...] = ()

    def rule(self) -> dict[str, Any]:
        """The validator as MongoDB takes it."""
        schema = _object(self.document)
        schema["required"] = sorted({*schema.get("required", ()), *self.needs})
        for name in (*self.needs, *self.never_null):
            schema["properties"][name] = _without_null(schema["properties"][name])
        return {"$jsonSchema": schema}


_PLACED = ("restaurantId", "locationId")

VALIDATORS: tuple[Validator, ...] = (
    Validator("restaurants", Restaurant, needs=("name",)),
    Validator("locations", Location, needs=("restaurantId", "timezone")),
    Validator("menus", Menu, needs=(*_PLACED, "name", "salesTax")),
    Validator("menu_imports", MenuImport),
    Validator("origins", StoredOrigin, needs=_PLACED),
    Validator("origin_scans", OriginScans, needs=("day", "n", "purgeAt")),
    Validator("menu_drafts", MenuDraft, never_null=("publication",)),
    Validator("menu_versions", MenuVersion),
    Validator("files", StoredPicture, never_null=("unnamedSince",)),
    Validator("uploads", Upload),
    Validator("stations", Station, needs=(*_PLACED, "tags")),
    Validator("campaigns", Campaign, needs=(*_PLACED, "originId", "isActive")),
    Validator("orders_preview", Preview, needs=(*_PLACED, "items", "totalPriceCents")),
    Validator("orders", Order, needs=(*_PLACED, "orderCode", "status", "items", "startedAt", "totalPriceCents")),
    Validator("order_events", OrderEvent),
    Validator("checkouts", Checkout, never_null=("cartKey", "heldLines", "purgeAt", "instanceLookAt")),
    Validator("payments", Payment, never_null=("sealedToken", "needsAttention")),
    Validator("payment_tokens", PaymentToken),
    Validator("reconciliations", PaymentDay),
    Validator("order_counters", Counter),
    Validator("stock", Counter),
    Validator("campaign_uses", Counter),
    Validator("request_counters", Counter),
    Validator("request_keys", KeptKey),
    Validator("duties", Duty, needs=("kind", "state"), never_null=("nextAt", "purgeAt")),
    Validator("mail_blocks", MailBlock, needs=("at",)),
    Validator("text_opt_outs", TextOptOut, never_null=("purgeAt",)),
    Validator("push_tokens", PushToken, needs=("token", "userId", "restaurantIds", "seenAt")),
    Validator("subscriptions", OldSubscriptions, needs=("restaurantId",)),
    Validator("push_screens", PushScreen, needs=("restaurantId", "locationId", "endpoint", "p256dh", "auth")),
    Validator("attention", AttentionEntry, needs=("restaurantId", "locationId", "kind"), never_null=("endedAt",)),
    Validator("printers", PrinterDoor, needs=(*_PLACED, "type"), never_null=("missedAt", "lastPollAt")),
    Validator("print_jobs", PrintJob, needs=(*_PLACED, "state", "purgeAt"), never_null=("waitingSince",)),
    Validator("screens", Screen, needs=(*_PLACED, "purgeAt")),
    Validator("live_connections", LiveConnections, needs=("purgeAt",)),
    Validator("draws", Draw, needs=(*_PLACED, "purgeAt")),
    Validator("devices", StoredDevice, never_null=("codeHash", "tokenHashes", "purgeAt")),
    Validator("invitations", Invitation, never_null=("purgeAt",)),
    Validator("ended_sessions", EndedSession, needs=("purgeAt",)),
    Validator("retention", SeenTo),
    Validator("erasures", Erasure, needs=("digests",), never_null=("endedAt",)),
    Validator("closings", Closing, never_null=("purgeAt",)),
    Validator("webhooks", Webhook, never_null=("dueAt", "leaseUntil", "failingSince", "pausedAt")),
    Validator("webhook_heads", WebhookHead),
    Validator("webhook_events", WebhookEvent, needs=("seq", "purgeAt")),
    Validator("webhook_deliveries", WebhookDelivery, needs=("state", "purgeAt"), never_null=("nextAt",)),
    Validator("users", User, never_null=("leavingAt",)),
    Validator("trail", TrailEntry),
    Validator("trail_heads", TrailHead),
    Validator("trail_refusals", TrailRefusals, needs=("purgeAt",)),
)


@dataclass(frozen=True, slots=True)
class Applied:
    """The collections by what happened to their validator.

    `changed`: it was set now. `kept`: it was there. `refused`: the database refused it, and why.
    """

    changed: tuple[str, ...]
    kept: tuple[str, ...]
    refused: Mapping[str, str]


async def ensure(db: Database) -> Applied:
    """Set the validators that are missing or differ, and make collections that do not exist yet.

    Several processes may run this, at any time. It takes the rights listCollections, createCollection and collMod.
    Where the database's user lacks them, the answer says so, and nothing else happens: the app works without.
    """
    changed: list[str] = []
    kept: list[str] = []
    refused: dict[str, str] = {}
    for validator in VALIDATORS:
        try:
            done = await _apply(db, validator)
        except OperationFailure as error:
            if error.code not in _NOT_ALLOWED:
                raise
            refused[validator.collection] = str((error.details or {}).get("errmsg") or error)
            continue
        (changed if done else kept).append(validator.collection)
    return Applied(tuple(changed), tuple(kept), refused)


async def _apply(db: Database, validator: Validator) -> bool:
    wanted: dict[str, Any] = {"validator": validator.rule(), "validationLevel": LEVEL, "validationAction": ACTION}
    with piece():
        found = await (await db.list_collections(filter={"name": validator.collection})).to_list(1)
    if not found:
        try:
            with piece():
                await db.create_collection(validator.collection, check_exists=False, **wanted)
        except (CollectionInvalid, OperationFailure) as error:
            if isinstance(error, OperationFailure) and error.code != _EXISTS:
                raise
        else:
            return True
    elif all(found[0].get("options", {}).get(name) == value for name, value in wanted.items()):
        return False
    with piece():
        await db.command({"collMod": validator.collection, **wanted})
    return True


def _object(document: type[Document]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = set()
    for name, info in document.model_fields.items():
        stored = info.alias or name
        properties[stored] = _schema(info.annotation, info.metadata)
        if info.is_required():
            required.add(stored)
    schema: dict[str, Any] = {"bsonType": ["object"], "properties": properties}
    # MongoDB refuses an empty list.
    return schema | ({"required": sorted(required)} if required else {})


def _schema(annotation: Any, metadata: Any = ()) -> dict[str, Any]:
    """What a field's annotation says of how it is stored. A field that is read leniently may hold null, too."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _schema(inner, more)
    marker = next((each for each in metadata if isinstance(each, StoredAs)), None)
    if marker is not None:
        return {"bsonType": list(marker.types)}
    schema = _strict(annotation)
    if "bsonType" in schema and any(isinstance(each, BeforeValidator) for each in metadata):
        schema["bsonType"] = sorted({*schema["bsonType"], "null"})
    return schema


def _strict(annotation: Any) -> dict[str, Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _union([_schema(each) for each in arguments])
    if origin is Literal:
        return {"bsonType": ["string"], "enum": list(arguments)}
    if origin is list:
        return {"bsonType": ["array"], "items": _schema(arguments[0])}
    if isinstance(annotation, type) and issubclass(annotation, Document):
        return _object(annotation)
    return {"bsonType": [_BSON[origin or annotation]]}


def _union(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """A schema for any of these. At most one says more than its type, and that holds for values of its type only."""
    merged: dict[str, Any] = {}
    for schema in schemas:
        merged |= {key: value for key, value in schema.items() if key != "bsonType"}
    return merged | {"bsonType": sorted({each for schema in schemas for each in schema["bsonType"]})}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"bsonType": [each for each in schema["bsonType"] if each != "null"]}
