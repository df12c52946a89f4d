"""Every query of the store is served by an index: each public function runs, and what it sent is explained.

A new function of `shared/store` that is not in the table below fails the test, and so does one that sends nothing.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

import shared.store
from cli.demo import documents as demo
from shared.documents.checkouts import Claim, Decision, Refusal, Taken, TakenPortions
from shared.documents.duties import OrderDuty
from shared.documents.keys import KeptKey
from shared.documents.payments import Payment, Refund
from shared.documents.trail import TrailEntry, TrailRefusal
from shared.domain.roles import Actor, Membership
from shared.ids import attempt_id
from shared.settings import Settings
from shared.store import (
    board,
    checkout_views,
    checkouts,
    closings,
    devices,
    duties,
    invitations,
    keys,
    limits,
    locations,
    menu_import,
    menus,
    merchants,
    order_events,
    orders,
    payment_tokens,
    payments,
    places,
    previews,
    refunds,
    restaurants,
    stations,
    stock,
    trail,
    users,
)
from shared.store.mongo import indexes
from shared.store.mongo.client import Database, Session, connect, transaction
from shared.store.support import attention, attention_entries
from tests.integration.explained import Captured, faults
from tests.integration.world import World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = KeptKey(id="k", body_hash="h", state="running", run="r", taken_at=NOW, purge_at=NOW + timedelta(days=36500))
OWED = Refund(id="refund", state="owed", amount_cents=1, at=NOW, by="r")
FAR = NOW + timedelta(days=36500)
"""Until then nothing is purged under the test's hands."""

ELSEWHERE = 30
"""Other locations, with as much in them."""

COLD = {
    "support.audit": "a person asks for it, and it reads everything",
    "support.audit_trail": "a person asks for it, and it reads everything",
    "support.audit_payments": "a person asks for it, and it reads everything",
    "credentials": "a person sets them, one page of locations after the other",
    "mongo.client": "sends no query of its own",
    "support.checkup": "a person asks for it, and a timer now and then, and it reads everything",
    "support.finding": "a person asks for it; it reads two days of orders, as a test of its own sees",
    "support.restoring": "a person asks for it, once after a restore",
    "mongo.duplicates": "sends no query",
    "mongo.indexes": "made at a deployment",
    "mongo.validators": "made at a deployment",
    "support.payment_days": "once a day, and it adds up the whole day",
    "mongo.topology": "reads no collection",
}
"""Modules whose functions are on no request's way, and on no timer's that runs often."""


@dataclass(frozen=True)
class Seeded:
    """A database of some thousand documents, and the ids of those that the calls are about."""

    db: Database
    world: World
    captured: Captured
    order_id: ObjectId
    checkout_ids: list[ObjectId]

    @property
    def here(self) -> tuple[str, ObjectId]:
        return self.world.restaurant_id, self.world.location_id

    @property
    def device_id(self) -> str:
        return f"{self.world.location_id}.device.1"

    async def checkout(self, index: int, **change: Any) -> Any:
        """One of the open checkouts, changed first."""
        key = self.checkout_ids[index]
        if change:
            await self.db.checkouts.update_one({"_id": key}, {"$set": change})
        found = await checkouts.get(self.db, key)
        assert found is not None
        return found

    async def payment(self) -> Payment:
        """The payment of the order."""
        found = await payments.get(self.db, attempt_id(self.order_id, 1))
        assert found is not None
        return found

    async def committed(self, work: Callable[[Session], Awaitable[Any]]) -> None:
        """Run `work` in a transaction."""

        async def body(session: Session) -> None:
            await work(session)

        await transaction(self.db, body)


@pytest.fixture
async def seeded(mongo_uri: str, db_name: str) -> AsyncIterator[Seeded]:
    captured = Captured()
    settings = Settings.model_validate({"app_env": "local", "mongodb_uri": mongo_uri, "db_name": db_name})
    db = connect(settings, event_listeners=[captured])
    await indexes.ensure(db)
    world = World()
    order_ids = await _fill(db, [world, *(World() for _ in range(ELSEWHERE))])
    yield Seeded(db, world, captured, order_ids[0], order_ids[1:])
    await db.client.close()


async def _fill(db: Database, worlds: list[World]) -> list[ObjectId]:
    """Some thousand documents; returns the ids of an order, and of open checkouts, of the first world."""
    mine: list[ObjectId] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    for world in worlds:
        for collection, documents in world.documents().items():
            rows.setdefault(collection, []).extend(documents)
        here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
        for number in range(5):
            reward = {"name": "C", "type": "flat", "reward": {"flatOffCents": 100}, "isActive": number == 0}
            origin = {"_id": ObjectId(), **here, "label": f"Table {number}", "type": "table"}
            rows["origins"].append(origin)
            rows.setdefault("campaigns", []).append({"_id": ObjectId(), **here, "originId": origin["_id"], **reward})
        rows.setdefault("users", []).append(
            {"userId": world.restaurant_id, "email": world.restaurant_id, "restaurants": [world.restaurant_id]}
        )
        for number in range(5):
            name = f"{world.location_id}.device.{number}"
            device = {"_id": name, **here, "role": "expo", "tokenHashes": [name]}
            rows.setdefault("devices", []).append(device | ({"codeHash": name} if number == 0 else {}))
            rows.setdefault("invitations", []).append(_invitation(world.restaurant_id, number))
        for number in range(80):
            key = ObjectId()
            _add_order(rows, here, key, number)
            if world is worlds[0] and not mine:
                mine.append(key)
        for number in range(40):
            key = ObjectId()
            expires_at = NOW + timedelta(minutes=number)
            checkout = checkouts.opened(key, world.restaurant_id, world.location_id, expires_at, str(key))
            rows["checkouts"].append(checkout)
            rows["orders_preview"].append({"_id": key, **here, "items": [], "totalPriceCents": 0})
            if world is worlds[0]:
                mine.append(key)
        for number in range(60):
            kind, ended = ("declines", "hours")[number % 2], {} if number == 0 else {"endedAt": NOW}
            entry = {"_id": f"{kind}:{world.location_id}.{number}", **here, "kind": kind, "at": NOW, **ended}
            rows.setdefault("attention", []).append(entry)
        rows.setdefault("trail", []).extend(_entry(world.restaurant_id, number) for number in range(1, 60))
        for number in range(20):
            count = {"n": 1, "purgeAt": FAR}
            for counters in ("stock", "order_counters", "request_counters"):
                rows.setdefault(counters, []).append({"_id": f"{world.location_id}.day.{number}", **count})
    for collection, documents in rows.items():
        await db[collection].insert_many(documents)
    assert sum(map(len, rows.values())) > 10_000
    return mine


def _entry(restaurant_id: str, number: int) -> dict[str, Any]:
    key = f"{restaurant_id}:2026-11-24:{number}"
    return {"_id": key, "restaurantId": restaurant_id, "at": NOW, "day": "2026-11-24", "seq": number}


def _add_order(rows: dict[str, list[dict[str, Any]]], here: dict[str, Any], key: ObjectId, number: int) -> None:
    at = NOW - timedelta(minutes=number)
    status = ("CREATED", "ACCEPTED", "READY_FOR_PICKUP", "PICKED_UP", "PICKED_UP", "PICKED_UP", "PICKED_UP")[number % 7]
    order = {"_id": key, **here, "status": status, "startedAt": at, "version": 2, "items": [{"id": str(key)}]}
    rows.setdefault("orders", []).append(order)
    done = {} if number < 20 else {"state": "done"}
    rows.setdefault("duties", []).append(duties.due("waiting", key, at) | done)
    for seq in (1, 2):
        row = order_events.row(order, seq, "created", {}, by="diner", at=at)
        told = {} if number == 0 else {"publishedAt": at}
        rows.setdefault("order_events", []).append(row | told)
    placed = {"state": "placed", "placedAt": at, "heldLines": [str(key)], "nextWakeAt": None, "purgeAt": FAR}
    checkout = checkouts.opened(key, here["restaurantId"], here["locationId"], at, None)
    rows.setdefault("checkouts", []).append(checkout | placed)
    rows.setdefault("orders_preview", []).append({"_id": key, **here, "items": [], "totalPriceCents": 0})
    rows.setdefault("payments", []).append(_payment((here["restaurantId"], here["locationId"]), key, at))


def _payment(here: tuple[str, ObjectId], key: ObjectId, at: datetime) -> dict[str, Any]:
    """The one attempt to pay for an order. Some are looked at again, and some need a person."""
    unknown = at.minute == 30
    return {
        "_id": attempt_id(key, 1),
        "previewId": key,
        "restaurantId": here[0],
        "locationId": here[1],
        "merchantOid": "oid",
        "attempt": 1,
        "beganAt": at,
        "kind": "card",
        "tokenHash": str(key),
        "state": "unknown" if unknown else "ordered",
        "amountCents": 100,
        "tipCents": 0,
        "taxCents": 0,
        "externalTransactionId": attempt_id(key, 1),
        "gatewayId": f"g-{key}",
        "nextLookAt": at if unknown else None,
        "history": [{"state": "intent", "at": at, "by": "diner"}],
        **({"needsAttention": "why"} if at.minute == 31 else {}),
    }


CLAIM = Claim(kind="none", attempt=0, request_id="r", at=NOW)


async def _place(s: Seeded) -> None:
    claimed = await s.checkout(0, state="claimed", claim=CLAIM.model_dump(by_alias=True))
    await s.committed(
        lambda session: checkouts.place(
            s.db, [claimed], placed_at=NOW, duties=[], next_wake_at=None, purge_at=NOW, session=session
        )
    )


async def _reopen(s: Seeded) -> None:
    claimed = await s.checkout(12, state="claimed", claim=CLAIM.model_dump(by_alias=True))
    refusal = Refusal(attempt=1, code="PAYMENT_DECLINED", message="No.", at=NOW)
    await s.committed(lambda session: checkouts.reopen(s.db, claimed, refusal=refusal, expires_at=NOW, session=session))


async def _abandon(s: Seeded) -> None:
    claimed = await s.checkout(13, state="claimed", claim=CLAIM.model_dump(by_alias=True))
    refusal = Refusal(attempt=1, code="PAYMENT_RETURNED", message="No.", at=NOW)
    decision = Decision(by="ann", reason="", at=NOW)
    await s.committed(
        lambda session: checkouts.abandon(
            s.db, claimed, refusal=refusal, decision=decision, purge_at=NOW, session=session
        )
    )


async def _due(s: Seeded) -> None:
    for paying in (False, True):
        await checkouts.due(s.db, NOW + timedelta(minutes=10), 100, paying=paying)


async def _release(s: Seeded, index: int, release: Callable[..., Awaitable[None]]) -> None:
    placed = await s.checkout(index, state="placed", heldLines=[f"line-{index}"])
    await s.committed(lambda session: release(s.db, placed, session))


async def _cancel(s: Seeded) -> None:
    order = await orders.get(s.db, s.order_id)
    assert order is not None
    await s.committed(
        lambda session: orders.change(s.db, order, {"status": "CANCELLED"}, rows=1, at=NOW, session=session)
    )


async def _campaign(s: Seeded) -> dict[str, Any]:
    campaign = await s.db.campaigns.find_one({"restaurantId": s.world.restaurant_id, "isActive": True})
    assert campaign is not None
    return campaign


async def _give_back(s: Seeded) -> None:
    campaign = await _campaign(s)
    portions = [TakenPortions(id=f"{s.world.location_id}.day.1", many=1)]
    taken = Taken(portions=portions, campaign_id=campaign["_id"]).model_dump(by_alias=True)
    checkout = await s.checkout(1, taken=taken)
    await s.committed(lambda session: stock.give_back(s.db, checkout.id, session))


def _invitation(restaurant_id: str, number: int) -> dict[str, Any]:
    key = f"{restaurant_id}.{number}"
    return {
        "_id": key,
        "restaurantId": restaurant_id,
        "address": "ann@example.com",
        "role": "kitchen",
        "tokenHash": key,
        "madeBy": "olga",
        "expiresAt": NOW + timedelta(hours=1),
        **({"takenAt": NOW} if number > 3 else {}),
    }


async def _take_invitation(s: Seeded) -> None:
    found = (await invitations.open_of_restaurant(s.db, s.world.restaurant_id, NOW))[0]
    await s.committed(lambda session: invitations.take(s.db, found, "ann", NOW, session))


async def _closed(s: Seeded) -> None:
    (once,) = await closings.insert(s.db, ["g"], now=NOW, again_at=NOW)
    await closings.closed(s.db, once)
    await closings.closed(s.db, once.model_copy(update={"again_at": None}))


async def _record(s: Seeded) -> None:
    rows = await order_events.unpublished(s.db, s.order_id)
    await order_events.record(s.db, [order_events.Sent(rows[0], ["g"])], rows[1:2], NOW)


async def _use_campaign(s: Seeded) -> None:
    campaign = await _campaign(s)
    await s.committed(lambda session: stock.use_campaign(s.db, campaign["_id"], session))


async def _take_stock(s: Seeded) -> None:
    portions = [stock.Portions(f"{s.world.location_id}.day.{n}", f"{n}", 1, 9) for n in (1, 2)]
    await s.committed(lambda session: stock.take(s.db, portions, session))


def _imported(s: Seeded) -> Any:
    """The demo's café menu, for this location."""
    return demo.read_menu(demo._parsed("cafe.menu.jsonld"), demo.MenuTarget(*s.here, "menu"), demo.is_emoji)


CALLS: dict[str, Callable[[Seeded], Awaitable[Any]]] = {
    "support.attention.checkouts_flagged": lambda s: attention.checkouts_flagged(s.db),
    "support.attention.payments_staying": lambda s: attention.payments_staying(s.db, ["unknown"], NOW),
    "support.attention_entries.write": lambda s: attention_entries.write(
        s.db,
        "declines",
        s.world.location_id,
        restaurant_id=s.world.restaurant_id,
        location_id=s.world.location_id,
        reason="why",
        count=1,
        at=NOW,
    ),
    "support.attention_entries.end_older": lambda s: attention_entries.end_older(s.db, "hours", NOW, at=NOW),
    "support.attention_entries.going_on": lambda s: attention_entries.going_on(s.db),
    "support.attention_entries.count_by_kind": lambda s: attention_entries.count_by_kind(s.db),
    "support.attention.dismiss": lambda s: attention.dismiss(s.db, s.order_id),
    "support.attention.count": lambda s: attention.count(s.db, [(["unknown"], NOW), (["voiding", "refunding"], NOW)]),
    "checkout_views.for_claim": lambda s: checkout_views.for_claim(s.db, s.checkout_ids[0], paid=True),
    "checkout_views.for_driver": lambda s: checkout_views.for_driver(s.db, s.checkout_ids[0]),
    "checkout_views.for_drivers": lambda s: checkout_views.for_drivers(s.db, s.checkout_ids[:10]),
    "checkouts.insert": lambda s: checkouts.insert(s.db, checkouts.opened(ObjectId(), *s.here, NOW, "new")),
    "checkouts.get": lambda s: checkouts.get(s.db, s.checkout_ids[0]),
    "checkouts.by_cart_key": lambda s: checkouts.by_cart_key(s.db, f"{s.checkout_ids[0]}"),
    "checkouts.holders": lambda s: checkouts.holders(s.db, s.world.location_id, [f"{s.order_id}", "x"], ObjectId()),
    "checkouts.extend": lambda s: _then(s.checkout(2), lambda found: checkouts.extend(s.db, found, NOW)),
    "checkouts.claim": lambda s: _then(s.checkout(3), lambda found: checkouts.claim(s.db, found, CLAIM, ["l"])),
    "checkouts.release_lines": lambda s: _release(s, 4, checkouts.release_lines),
    "checkouts.release_cart_key": lambda s: _release(s, 5, checkouts.release_cart_key),
    "checkouts.release_cart": lambda s: _release(s, 6, checkouts.release_cart),
    "checkouts.place": _place,
    "checkouts.expire": lambda s: _then(
        s.checkout(7), lambda it: s.committed(lambda session: checkouts.expire(s.db, it, purge_at=NOW, session=session))
    ),
    "checkouts.reopen": _reopen,
    "checkouts.abandon": _abandon,
    "checkouts.due": _due,
    "checkouts.take_due": lambda s: checkouts.take_due(s.db, s.checkout_ids[8], NOW + timedelta(hours=2)),
    "checkouts.flag": lambda s: checkouts.flag(s.db, s.checkout_ids[9], "why"),
    "checkouts.states": lambda s: checkouts.states(s.db, s.checkout_ids[:10]),
    "limits.count_one_more": lambda s: limits.count_one_more(s.db, f"{s.world.location_id}.day.1", "ab", purge_at=NOW),
    "limits.count_in": lambda s: s.committed(
        lambda session: limits.count_in(s.db, f"{s.world.location_id}.day.1", purge_at=NOW, session=session)
    ),
    "limits.counted": lambda s: limits.counted(s.db, f"{s.world.location_id}.day.1"),
    "limits.count_decline": lambda s: limits.count_decline(s.db, f"{s.world.location_id}.day.2", "ab", purge_at=NOW),
    "limits.declines": lambda s: limits.declines(s.db, [f"{s.world.location_id}.day.{n}" for n in (1, 2)]),
    "limits.open_previews": lambda s: limits.open_previews(s.db, s.world.location_id, NOW, 20),
    "menu_import.stored_menu": lambda s: menu_import.stored_menu(s.db, *s.here, "menu"),
    "menu_import.planned": lambda s: menu_import.planned(s.db, _imported(s), replace=True),
    "menu_import.save_imported": lambda s: menu_import.save_imported(s.db, _imported(s), NOW, replace=True),
    "menus.stored_of_location": lambda s: menus.stored_of_location(s.db, *s.here),
    "menus.list_of_location": lambda s: menus.list_of_location(s.db, *s.here),
    "menus.stored_one": lambda s: menus.stored_one(s.db, *s.here, s.world.menu_id),
    "menus.one": lambda s: menus.one(s.db, *s.here, s.world.menu_id),
    "merchants.of_location": lambda s: merchants.of_location(s.db, *s.here),
    "merchants.paying": lambda s: merchants.paying(s.db, s.world.restaurant_id),
    "order_events.insert": lambda s: s.committed(
        lambda session: order_events.insert(
            s.db,
            [
                order_events.row(
                    dict(zip(("_id", "restaurantId", "locationId"), (s.order_id, *s.here), strict=True)),
                    3,
                    "ready",
                    {},
                    by="staff",
                    at=NOW,
                )
            ],
            session,
        )
    ),
    "order_events.after": lambda s: order_events.after(s.db, s.order_id, 1),
    "order_events.unpublished": lambda s: order_events.unpublished(s.db, s.order_id),
    "order_events.record": _record,
    "order_events.orders_waiting": lambda s: order_events.orders_waiting(s.db, NOW, 10, but=[s.order_id]),
    "duties.insert": lambda s: s.committed(
        lambda session: duties.insert(s.db, [duties.due("k", ObjectId(), NOW)], session)
    ),
    "duties.get": lambda s: duties.get(s.db, f"waiting:{s.order_id}"),
    "duties.ids_due": lambda s: duties.ids_due(s.db, ["waiting"], NOW, 100),
    "duties.claim": lambda s: duties.claim(s.db, f"waiting:{s.order_id}", NOW, again_at=NOW),
    "duties.finish": lambda s: duties.finish(
        s.db, OrderDuty(_id=f"waiting:{s.order_id}", order_id=s.order_id, state="claimed", tries=1), NOW
    ),
    "duties.drop": lambda s: s.committed(lambda session: duties.drop(s.db, "waiting", s.order_id, NOW, session)),
    "orders.the": lambda s: orders.the(s.db, s.order_id),
    "orders.get": lambda s: orders.get(s.db, s.order_id),
    "orders.progress": lambda s: orders.progress(s.db, s.order_id),
    "orders.standings": lambda s: orders.standings(s.db, [s.order_id, *s.checkout_ids]),
    "orders.exists": lambda s: orders.exists(s.db, s.order_id),
    "orders.insert": lambda s: s.committed(lambda session: orders.insert(s.db, [{"_id": ObjectId()}], session)),
    "orders.of_location": lambda s: orders.of_location(s.db, *s.here, s.order_id),
    "orders.open_for_location": lambda s: orders.open_for_location(s.db, *s.here, ["CREATED", "ACCEPTED"]),
    "orders.of_kitchen": lambda s: orders.of_kitchen(
        s.db, *s.here, made_since=NOW - timedelta(hours=1), waiting_since=NOW - timedelta(hours=1)
    ),
    "orders.change": _cancel,
    "orders.place_of": lambda s: orders.place_of(s.db, s.order_id),
    "board.of_location": lambda s: board.of_location(s.db, *s.here, NOW - timedelta(hours=26), older=True),
    "board.ready": lambda s: board.ready(s.db, *s.here),
    "orders.placed_among": lambda s: orders.placed_among(s.db, [s.order_id]),
    "orders.take_numbers": lambda s: orders.take_numbers(s.db, s.world.location_id, "day.1", 8, NOW),
    "payment_tokens.keep": lambda s: payment_tokens.keep(s.db, "hash", "oid", NOW),
    "payment_tokens.oid_of": lambda s: payment_tokens.oid_of(s.db, "hash"),
    "payments.insert": lambda s: s.committed(
        lambda session: payments.insert(s.db, _payment(s.here, ObjectId(), NOW), session)
    ),
    "payments.get": lambda s: payments.get(s.db, attempt_id(s.order_id, 1)),
    "payments.by_token_hash": lambda s: payments.by_token_hash(s.db, f"{s.order_id}"),
    "payments.by_gateway_id": lambda s: payments.by_gateway_id(s.db, f"g-{s.order_id}"),
    "payments.of_preview": lambda s: payments.of_preview(s.db, s.order_id),
    "payments.of_previews": lambda s: payments.of_previews(s.db, [s.order_id, *s.checkout_ids[:20]]),
    "payments.move": lambda s: _then(
        s.payment(), lambda found: payments.move(s.db, found, "voiding", at=NOW, by="person", look_at=NOW)
    ),
    "payments.must_move": lambda s: _then(
        s.payment(),
        lambda found: s.committed(
            lambda session: payments.must_move(s.db, found, "refunding", at=NOW, by="r", session=session)
        ),
    ),
    "payments.note": lambda s: _then(s.payment(), lambda found: payments.note(s.db, found, look_at=NOW)),
    "keys.take": lambda s: keys.take(s.db, KEY),
    "keys.take_over": lambda s: keys.take_over(s.db, KEY, "other", NOW),
    "keys.finish": lambda s: keys.finish(s.db, KEY.id, KEY.run, {"status": 200}),
    "keys.drop": lambda s: keys.drop(s.db, KEY.id, KEY.run),
    "refunds.change": lambda s: _then(
        s.payment(),
        lambda found: refunds.change(s.db, found, "refund", "intent", {"state": "sent"}, look_at=NOW),
    ),
    "refunds.send": lambda s: _then(s.payment(), lambda found: refunds.send(s.db, found, OWED, number=1, deadline=NOW)),
    "refunds.must_replace": lambda s: _then(
        s.payment(),
        lambda found: s.committed(
            lambda session: refunds.must_replace(s.db, found, refunds.stored(found), look_at=NOW, session=session)
        ),
    ),
    "refunds.must_add": lambda s: _then(
        s.payment(),
        lambda found: s.committed(
            lambda session: refunds.must_add(s.db, found, OWED.model_dump(by_alias=True), look_at=NOW, session=session)
        ),
    ),
    "orders.follow_payment": lambda s: _then(
        orders.get(s.db, s.order_id),
        lambda found: s.committed(
            lambda session: orders.follow_payment(
                s.db, found, refunded_cents=1, declined=(), more=None, at=NOW, session=session
            )
        ),
    ),
    "orders.keep_refund": lambda s: s.committed(
        lambda session: orders.keep_refund(s.db, s.order_id, {"_id": "refund"}, 100, session=session)
    ),
    "payments.due": lambda s: payments.due(s.db, NOW - timedelta(minutes=70), 100),
    "payments.take_due": lambda s: payments.take_due(s.db, attempt_id(s.order_id, 1), NOW, NOW),
    "payments.flag": lambda s: payments.flag(s.db, attempt_id(s.order_id, 1), "why"),
    "payments.put_off": lambda s: payments.put_off(s.db, attempt_id(s.order_id, 1), NOW),
    "payments.needing_attention": lambda s: payments.needing_attention(s.db),
    "places.restaurant": lambda s: places.restaurant(s.db, s.world.restaurant_id),
    "places.restaurants": lambda s: places.restaurants(s.db, [s.world.restaurant_id, "r"]),
    "places.insert_restaurant": lambda s: s.committed(
        lambda session: places.insert_restaurant(s.db, {"_id": "another"}, session)
    ),
    "places.locations_among": lambda s: places.locations_among(s.db, s.world.restaurant_id, [str(s.world.location_id)]),
    "places.stations_among": lambda s: places.stations_among(s.db, *s.here, [str(s.world.bar_id)]),
    "places.location": lambda s: places.location(s.db, *s.here),
    "places.origin": lambda s: places.origin(s.db, s.world.origin_id),
    "places.running_campaign": lambda s: places.running_campaign(s.db, *s.here, s.world.origin_id),
    "places.change_location": lambda s: s.committed(
        lambda session: places.change_location(s.db, *s.here, {"waitMinutes": 5}, at=NOW, session=session)
    ),
    "places.station": lambda s: places.station(s.db, *s.here, s.world.bar_id),
    "places.location_with_stations": lambda s: places.location_with_stations(s.db, *s.here),
    "places.location_that_sells": lambda s: places.location_that_sells(s.db, *s.here),
    "previews.insert": lambda s: previews.insert(s.db, {"_id": ObjectId()}),
    "previews.get": lambda s: previews.get(s.db, s.order_id),
    "previews.stored": lambda s: previews.stored(s.db, s.order_id),
    "previews.delete_unclaimed": lambda s: previews.delete_unclaimed(s.db, s.checkout_ids[10]),
    "previews.purge_at": lambda s: s.committed(
        lambda session: previews.purge_at(s.db, [s.checkout_ids[11]], NOW, session)
    ),
    "stock.sold": lambda s: stock.sold(s.db, [f"{s.world.location_id}.day.{n}" for n in range(5)]),
    "stock.open_counts": lambda s: stock.open_counts(s.db, [f"{s.world.location_id}.new.{n}" for n in range(3)], NOW),
    "stock.take": _take_stock,
    "stock.use_campaign": _use_campaign,
    "stock.give_back": _give_back,
    "support.attention.checkouts_of": lambda s: attention.checkouts_of(s.db, *s.here),
    "support.attention.payments_of": lambda s: attention.payments_of(s.db, *s.here),
    "support.attention.payments_not_at_rest_of": lambda s: attention.payments_not_at_rest_of(s.db, *s.here),
    "support.attention.unflag_checkout": lambda s: s.committed(
        lambda session: attention.unflag_checkout(s.db, s.checkout_ids[14], session)
    ),
    "support.attention.unflag_payment": lambda s: s.committed(
        lambda session: attention.unflag_payment(s.db, attempt_id(s.order_id, 1), session)
    ),
    "support.attention_entries.one": lambda s: attention_entries.one(s.db, f"declines:{s.world.location_id}.0"),
    "support.attention_entries.of_location": lambda s: attention_entries.of_location(s.db, *s.here),
    "support.attention_entries.end": lambda s: s.committed(
        lambda session: attention_entries.end(s.db, f"declines:{s.world.location_id}.0", NOW, session)
    ),
    "locations.of_restaurant": lambda s: locations.of_restaurant(
        s.db, s.world.restaurant_id, [s.world.location_id, "text"]
    ),
    "locations.count": lambda s: s.committed(lambda session: locations.count(s.db, s.world.restaurant_id, session)),
    "locations.insert": lambda s: s.committed(
        lambda session: locations.insert(s.db, {"_id": ObjectId(), "restaurantId": "new"}, session)
    ),
    "locations.printers": lambda s: locations.printers(s.db, *s.here),
    "locations.add_printer": lambda s: s.committed(
        lambda session: locations.add_printer(s.db, *s.here, {"id": ObjectId(), "name": "$name"}, session)
    ),
    "menus.with_costs": lambda s: menus.with_costs(s.db, *s.here, s.world.menu_id),
    "menus.availability": lambda s: s.committed(
        lambda session: menus.availability(s.db, *s.here, s.world.menu_id, session)
    ),
    "menus.set_available": lambda s: s.committed(
        lambda session: menus.set_available(s.db, s.world.menu_id, [0, 2], False, session)
    ),
    "restaurants.one": lambda s: restaurants.one(s.db, s.world.restaurant_id),
    "restaurants.change": lambda s: s.committed(
        lambda session: restaurants.change(s.db, s.world.restaurant_id, {"name": "Nonna"}, "now", session)
    ),
    "stations.of_location": lambda s: stations.of_location(s.db, *s.here),
    "stations.count": lambda s: s.committed(lambda session: stations.count(s.db, *s.here, session)),
    "stations.insert": lambda s: s.committed(lambda session: stations.insert(s.db, {"_id": ObjectId()}, session)),
    "trail.head": lambda s: s.committed(lambda session: trail.head(s.db, s.world.restaurant_id, session)),
    "trail.append": lambda s: s.committed(
        lambda session: trail.append(s.db, TrailEntry.model_validate(_entry(s.world.restaurant_id, 60)), session)
    ),
    "trail.newest": lambda s: trail.newest(
        s.db, s.world.restaurant_id, 5, below=trail.Position("2026-11-24", 20), days=("2026-11-01", "2026-11-24")
    ),
    "trail.erase_values": lambda s: trail.erase_values(s.db, [f"{s.world.restaurant_id}:2026-11-24:3"], NOW),
    "trail.keep_refusal": lambda s: trail.keep_refusal(
        s.db, Actor("user", "u", "kitchen"), TrailRefusal(at=NOW, status=403, code="FORBIDDEN")
    ),
    "places.restaurant_of": lambda s: places.restaurant_of(s.db, s.world.location_id),
    "closings.insert": lambda s: closings.insert(s.db, ["g"], now=NOW, again_at=NOW),
    "closings.due": lambda s: closings.due(s.db, NOW, 10),
    "closings.closed": _closed,
    "devices.by_token_hash": lambda s: devices.by_token_hash(s.db, "hash"),
    "devices.use_token": lambda s: devices.use_token(s.db, s.device_id, "new"),
    "devices.roll_token": lambda s: devices.roll_token(s.db, s.device_id, "hash", "next", "1"),
    "devices.see": lambda s: devices.see(s.db, s.device_id, NOW),
    "devices.insert": lambda s: s.committed(lambda session: devices.insert(s.db, {"_id": ObjectId()}, session)),
    "devices.count_of_location": lambda s: s.committed(
        lambda session: devices.count_of_location(s.db, *s.here, session)
    ),
    "devices.of_location": lambda s: devices.of_location(s.db, *s.here),
    "devices.by_code_hash": lambda s: s.committed(lambda session: devices.by_code_hash(s.db, "code", session)),
    "devices.claim": lambda s: s.committed(
        lambda session: devices.claim(
            s.db, s.device_id, token_hash="t", model="", app_version="", at=NOW, session=session
        )
    ),
    "devices.revoke": lambda s: s.committed(
        lambda session: devices.revoke(s.db, *s.here, s.device_id, at=NOW, session=session)
    ),
    "invitations.insert": lambda s: s.committed(
        lambda session: invitations.insert(s.db, _invitation(s.world.restaurant_id, 999), session)
    ),
    "invitations.open_of_restaurant": lambda s: invitations.open_of_restaurant(s.db, s.world.restaurant_id, NOW),
    "invitations.by_token_hash": lambda s: s.committed(
        lambda session: invitations.by_token_hash(s.db, f"{s.world.restaurant_id}.1", session)
    ),
    "invitations.take": _take_invitation,
    "invitations.revoke": lambda s: s.committed(
        lambda session: invitations.revoke(s.db, s.world.restaurant_id, f"{s.world.restaurant_id}.1", session)
    ),
    "users.of_restaurant": lambda s: users.of_restaurant(s.db, s.world.restaurant_id),
    "users.hold_people": lambda s: s.committed(lambda session: users.hold_people(s.db, s.world.restaurant_id, session)),
    "users.put_membership": lambda s: s.committed(
        lambda session: users.put_membership(
            s.db, s.world.restaurant_id, "r", Membership("kitchen"), now=NOW, session=session
        )
    ),
    "users.end_memberships": lambda s: s.committed(
        lambda session: users.end_memberships(s.db, s.world.restaurant_id, ["r"], now=NOW, session=session)
    ),
    "users.leaving": lambda s: users.leaving(s.db, 10),
    "users.delete_without_memberships": lambda s: users.delete_without_memberships(s.db, s.world.restaurant_id),
    "users.by_user_id": lambda s: users.by_user_id(s.db, s.world.restaurant_id),
    "users.by_email": lambda s: users.by_email(s.db, s.world.restaurant_id),
    "users.by_phone": lambda s: users.by_phone(s.db, "+12125550100"),
    "users.ensure": lambda s: users.ensure(
        s.db, s.world.restaurant_id, email="a@b.example", phone=None, joined_at=NOW, now=NOW
    ),
}
"""One call of each function; what prepares a call may send queries by `_id`, too."""


async def _then(first: Awaitable[Any], work: Callable[[Any], Awaitable[Any]]) -> None:
    await work(await first)


def _functions() -> set[str]:
    """The public coroutines of the store."""
    found = set()
    for module in pkgutil.walk_packages(shared.store.__path__, "shared.store."):
        name_in_store = module.name.removeprefix("shared.store.")
        if module.ispkg or name_in_store in COLD:
            continue
        loaded = importlib.import_module(module.name)
        found |= {
            f"{name_in_store}.{name}"
            for name, value in vars(loaded).items()
            if not name.startswith("_") and inspect.iscoroutinefunction(value) and value.__module__ == loaded.__name__
        }
    return found


def test_every_function_of_the_store_is_called() -> None:
    """A new function belongs into CALLS, so that its queries are explained."""
    assert _functions() == set(CALLS)


_QUERY = re.compile(r"\bdb(\.\w+|\[.+?\])\.(find|aggregate|update|insert|delete|count|distinct|replace|bulk)")


def test_no_query_is_outside_the_store() -> None:
    root = Path(shared.store.__path__[0]).parent
    modules = [*root.rglob("*.py"), *(root.parent / "functions").rglob("*.py")]
    elsewhere = [module for module in modules if root / "store" not in module.parents]
    assert len(elsewhere) > 50
    assert [str(module) for module in elsewhere if _QUERY.search(module.read_text())] == []


async def test_every_query_has_its_index(seeded: Seeded) -> None:
    found: list[str] = []
    for name, call in CALLS.items():
        seeded.captured.take()
        await call(seeded)
        commands = seeded.captured.take()
        assert commands, f"{name} sent nothing"
        for command in commands:
            found += [f"{name} {fault}" for fault in await faults(seeded.db, command)]
    assert not found, "\n".join(found)


async def test_the_test_sees_what_it_must_refuse(seeded: Seeded) -> None:
    """What would be wrong is told as such: scans, sorts, updates without an index, joins, filters that waste."""
    db = seeded.db
    sort = {"$sort": {"label": 1}}
    here = {"restaurantId": seeded.world.restaurant_id}
    join = {"from": "orders", "localField": "name", "foreignField": "orderCode", "as": "found"}
    inner = {"from": "stations", "let": {"l": "$_id"}, "as": "found"}
    by_name = [{"$match": {"$expr": {"$eq": ["$name", "$$l"]}}}]
    wrong: list[Callable[[], Awaitable[Any]]] = [
        lambda: db.orders.find_one({"orderCode": "X"}),
        lambda: db.origins.find({**here, "locationId": seeded.world.location_id}).sort("label", 1).to_list(5),
        lambda: _all(db.origins.aggregate([{"$match": {**here, "locationId": seeded.world.location_id}}, sort])),
        lambda: db.orders.update_many({"orderCode": "X"}, {"$set": {"seen": True}}),
        lambda: db.orders.delete_one({"orderCode": "X"}),
        lambda: db.orders.find_one_and_update({"orderCode": "X"}, {"$set": {"seen": True}}),
        lambda: _all(db.locations.aggregate([{"$match": {"_id": seeded.world.location_id}}, {"$lookup": join}])),
        lambda: _all(
            db.locations.aggregate(
                [{"$match": {"_id": seeded.world.location_id}}, {"$lookup": inner | {"pipeline": by_name}}]
            )
        ),
        lambda: _all(
            db.origins.aggregate(
                [{"$match": {"_id": seeded.world.origin_id}}, {"$unionWith": {"coll": "orders", "pipeline": [sort]}}]
            )
        ),
        lambda: db.order_events.find_one({"publishedAt": {"$ne": None}, "by": "nobody"}),
    ]
    for index, call in enumerate(wrong):
        seeded.captured.take()
        await call()
        [command] = seeded.captured.take()
        assert await faults(db, command), (index, command)


async def _all(cursor: Awaitable[Any]) -> Any:
    return await (await cursor).to_list(10)
