"""Merchants' credentials: who is paid at a location, and the commands that set and seal them."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pydantic import SecretStr

from local.host.app import load_app
from shared.app import App
from shared.documents.merchants import MerchantLocation
from shared.documents.payments import Payment
from shared.integrations.pay import Merchant
from shared.sealing import PREFIX, Sealer
from shared.services.paying import merchants
from shared.settings import Settings
from shared.store import credentials, places
from shared.web import openapi
from tests.integration.cli import Ran, orderbuddy, orderbuddy_process
from tests.integration.store.test_validators import strict_copy
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS

OLD, NEW = (bytes([number]) * 32 for number in (1, 2))
SEALER = Sealer([NEW, OLD], None)


def keys(*those: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in those)


async def location_with(app: App, world: World, payment: Any, location_id: ObjectId | str | None = None) -> Any:
    """Another location of the world's restaurant, with such payment settings; returns its id."""
    [usual] = world.documents()["locations"]
    location = usual | {"_id": location_id or ObjectId(), "payment": payment}
    await app.db.locations.insert_one(location)
    return location["_id"]


async def stored(app: App, location_id: Any) -> Any:
    found = await app.db.locations.find_one({"_id": location_id})
    assert found is not None
    return found["payment"]


async def who(app: App, world: World, location_id: Any, sealer: Sealer = SEALER, **more: Any) -> Merchant | None:
    return await merchants.of_location(app.db, sealer, world.restaurant_id, location_id, **more)


# Who is paid


async def test_a_merchant_in_clear_or_sealed_is_the_same_merchant(app: App, world: World) -> None:
    expected = Merchant(oid="o-1", auth=SecretStr("token"))
    for sealer in (SEALER, Sealer([OLD], None)):
        key = ObjectId()
        for auth in ("token", sealer.seal("token", f"location:{key}")):
            await app.db.locations.delete_one({"_id": key})
            await location_with(app, world, {"acceptPayment": True, "oid": "o-1", "auth": auth}, key)
            assert await who(app, world, key) == expected
    as_number = await location_with(app, world, {"acceptPayment": True, "oid": 17, "auth": "token"})
    assert await who(app, world, as_number) == Merchant(oid="17", auth=SecretStr("token"))


@pytest.mark.parametrize(
    "payment",
    [
        None,
        {},
        {"acceptPayment": True},
        {"acceptPayment": True, "oid": "o"},
        {"acceptPayment": True, "auth": "token"},
        {"acceptPayment": True, "oid": "", "auth": "token"},
        {"acceptPayment": True, "oid": "o", "auth": None},
        {"acceptPayment": True, "oid": "o", "auth": {"token": 1}},
        {"acceptPayment": False, "oid": "o", "auth": "token"},
        {"acceptPayment": "true", "oid": "o", "auth": "token"},
    ],
)
async def test_without_all_of_it_nobody_is_paid(app: App, world: World, payment: Any) -> None:
    assert await who(app, world, await location_with(app, world, payment)) is None


async def test_another_restaurant_s_location_is_none_of_ours(app: App, world: World) -> None:
    key = await location_with(app, world, {"acceptPayment": True, "oid": "o", "auth": "token"})
    assert await merchants.of_location(app.db, SEALER, "another", key) is None
    assert await who(app, world, ObjectId()) is None


async def test_what_was_taken_is_given_back_where_nothing_is_taken_any_more(app: App, world: World) -> None:
    key = await location_with(app, world, {"acceptPayment": False, "oid": "o", "auth": "token"})
    assert await who(app, world, key) is None
    assert await who(app, world, key, even_if_off=True) == Merchant(oid="o", auth=SecretStr("token"))


async def test_a_payment_stays_with_the_merchant_whom_it_was_to_pay(app: App, world: World) -> None:
    key = await location_with(app, world, {"acceptPayment": False, "oid": "o", "auth": "token"})

    async def behind(oid: str) -> Merchant | None:
        payment = Payment.model_construct(restaurant_id=world.restaurant_id, location_id=key, merchant_oid=oid)
        return await merchants.of_payment(app.db, SEALER, payment)

    assert await behind("o") == Merchant(oid="o", auth=SecretStr("token"))
    # Another merchant's gateway would say "not found" of it, which looks like a charge that was never made.
    assert await behind("earlier") is None


async def test_what_does_not_open_is_told_to_the_log_without_its_content(
    app: App, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = SEALER.seal("token", "location:another")
    key = await location_with(app, world, {"acceptPayment": True, "oid": "o", "auth": elsewhere})
    assert await who(app, world, key) is None
    assert await who(app, world, key, Sealer([], None)) is None
    records = [record for record in caplog.records if record.name == "orderbuddy.merchants"]
    assert [record.levelno for record in records] == [logging.ERROR] * 2
    assert all(str(key) in record.getMessage() and PREFIX not in record.getMessage() for record in records)


async def test_the_paying_locations_of_a_restaurant(app: App, world: World) -> None:
    good = {"acceptPayment": True, "oid": "o", "auth": "token"}
    first, second = sorted([ObjectId(), ObjectId()])
    for key in (second, first, "z-imported"):
        await location_with(app, world, good, key)
    for payment in (None, {"acceptPayment": True}, good | {"acceptPayment": False}):
        await location_with(app, world, payment)
    await location_with(app, World(), good)
    found = await merchants.of_restaurant(app.db, SEALER, world.restaurant_id)
    assert [key for key, _ in found] == [first, second, "z-imported"]
    assert {merchant for _, merchant in found} == {Merchant(oid="o", auth=SecretStr("token"))}
    assert await merchants.of_restaurant(app.db, SEALER, "another") == []


# Where credentials never are


async def test_reading_a_location_reads_no_credentials(app: App, world: World) -> None:
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": {"payment.auth": "SECRET"}})
    here = (world.restaurant_id, world.location_id)
    read = [
        await places.location(app.db, *here),
        await places.location_with_stations(app.db, *here),
        await places.location_that_sells(app.db, *here),
    ]
    assert read[0] is not None and "SECRET" not in repr(read)
    assert not {"payment", "payment.oid", "payment.auth"} & set(places.LOCATION_FIELDS)


def test_no_reply_knows_a_merchant() -> None:
    load_app(Path(__file__).parents[3], {})
    document = openapi.document()
    schemas = document["components"]["schemas"]
    # A browser's subscription to pushes has an `auth` of its own: it is sent, and no answer has it.
    keys = schemas.pop("PushKeys")
    assert set(keys["properties"]) == {"p256dh", "auth"}
    using = {name for name, schema in schemas.items() if "/PushKeys" in json.dumps(schema)}
    assert using == {"SubscribeScreen"}
    answers = json.dumps([one["responses"] for path in document["paths"].values() for one in path.values()])
    assert "SubscribeScreen" not in answers and "PushKeys" not in answers
    for word in ('"auth"', '"oid"', MerchantLocation.__name__, "sealedToken", "tokenHash"):
        assert word not in json.dumps(schemas)


async def test_a_merchant_is_not_shown(app: App, world: World) -> None:
    key = await location_with(app, world, {"acceptPayment": True, "oid": "o", "auth": "SECRET"})
    merchant = await who(app, world, key)
    locations = [location async for location in credentials.with_auth(app.db)]
    assert "SECRET" not in f"{merchant!r} {merchant} {locations!r} {locations[0].model_dump()!r}"


# orderbuddy credentials seal


async def sealed_by(app: App, settings: Settings, *arguments: str, with_keys: str = keys(NEW, OLD)) -> Ran:
    ran = await orderbuddy(settings, "credentials", "seal", *arguments, SEALING_KEYS=with_keys)
    assert "token" not in ran.out + ran.err
    assert PREFIX not in ran.out + ran.err
    return ran


async def test_sealing_seals_each_once_and_may_be_run_again(app: App, settings: Settings, world: World) -> None:
    old_sealed = ObjectId()
    plain = [await location_with(app, world, {"oid": "o", "auth": f"token-{n}"}) for n in range(205)]
    plain += [await location_with(app, world, {"oid": "o", "auth": "token-text", "acceptPayment": True}, "imported")]
    auth = Sealer([OLD], None).seal("token-old", f"location:{old_sealed}")
    await location_with(app, world, {"oid": "o", "auth": auth, "emergepayWalletsPublicId": "w"}, old_sealed)
    for payment in (None, {}, {"auth": ""}, {"auth": 5}):
        await location_with(app, world, payment)

    dry = await sealed_by(app, settings, "--dry-run")
    assert dry.code == 0
    assert dry.out.endswith(
        "207 would be sealed, 1 would be sealed again, 0 kept, 0 changed meanwhile, 0 cannot be opened.\n"
    )
    assert (await stored(app, old_sealed))["auth"] == auth

    ran = await sealed_by(app, settings)
    assert ran.code == 0
    assert ran.out.endswith("207 sealed, 1 sealed again, 0 kept, 0 changed meanwhile, 0 cannot be opened.\n")
    assert f"sealed again  location {old_sealed}\n" in ran.out
    for key, token in zip(
        [*plain, old_sealed], [*(f"token-{n}" for n in range(205)), "token-text", "token-old"], strict=True
    ):
        found = (await stored(app, key))["auth"]
        assert SEALER.is_newest(found) and SEALER.open(found, f"location:{key}") == token
    assert (await stored(app, old_sealed))["emergepayWalletsPublicId"] == "w"

    before = await stored(app, old_sealed)
    again = await sealed_by(app, settings)
    assert again.out == "0 sealed, 0 sealed again, 208 kept, 0 changed meanwhile, 0 cannot be opened.\n"
    assert await stored(app, old_sealed) == before
    assert await who(app, world, "imported") == Merchant(oid="o", auth=SecretStr("token-text"))


async def test_what_cannot_be_opened_is_told_and_left_alone(app: App, settings: Settings, world: World) -> None:
    await app.db.locations.update_one({"_id": world.location_id}, {"$unset": {"payment.auth": ""}})
    lost = Sealer([b"x" * 32], None).seal("token", "location:1")
    key = await location_with(app, world, {"oid": "o", "auth": lost})
    plain = await location_with(app, world, {"oid": "o", "auth": "token"})
    ran = await sealed_by(app, settings)
    assert ran.code == 1
    assert f"cannot be opened  location {key}: it was sealed with a key that SEALING_KEYS does not hold" in ran.err
    assert "1 sealed, 0 sealed again, 0 kept, 0 changed meanwhile, 1 cannot be opened." in ran.out
    assert (await stored(app, key))["auth"] == lost
    assert SEALER.is_sealed((await stored(app, plain))["auth"])


async def test_secrets_of_webhooks_outlive_the_old_key(app: App, settings: Settings, world: World) -> None:
    await app.db.locations.update_many({}, {"$unset": {"payment.auth": ""}})
    made, now = ObjectId(), datetime.now(UTC)
    context = f"webhook:{made}"
    rows = [
        {"sealed": Sealer([OLD], None).seal("token-newest", context), "madeAt": now},
        {"sealed": Sealer([OLD], None).seal("token-before", context), "until": now + timedelta(hours=1)},
        {"sealed": Sealer([b"x" * 32], None).seal("token-over", context), "until": now - timedelta(hours=1)},
    ]
    await app.db.webhooks.insert_one({"_id": made, "restaurantId": world.restaurant_id, "keys": rows})
    dry = await sealed_by(app, settings, "--dry-run")
    assert (dry.code, dry.out.count(f"would be sealed again  webhook {made}\n")) == (0, 2)
    ran = await sealed_by(app, settings)
    assert (ran.code, ran.out.count(f"sealed again  webhook {made}\n")) == (0, 2)
    [found] = await app.db.webhooks.find().to_list()
    assert found["keys"][2] == rows[2] | {"until": found["keys"][2]["until"]}
    opened = [Sealer([NEW], None).open(key["sealed"], context) for key in found["keys"][:2]]
    assert opened == ["token-newest", "token-before"]
    again = await sealed_by(app, settings)
    assert again.out == "0 sealed, 0 sealed again, 2 kept, 0 changed meanwhile, 0 cannot be opened.\n"


async def test_two_who_seal_at_once_and_one_who_changes_a_token(app: App, settings: Settings, world: World) -> None:
    made = [await location_with(app, world, {"oid": "o", "auth": f"token-{n}"}) for n in range(20)]
    both = [orderbuddy_process(settings, "credentials", "seal", SEALING_KEYS=keys(NEW, OLD)) for _ in range(2)]
    await asyncio.gather(*both)
    for number, key in enumerate(made):
        assert SEALER.open((await stored(app, key))["auth"], f"location:{key}") == f"token-{number}"
    assert not await credentials.replace_auth(app.db, made[0], old="token-0", new="overwritten")
    assert SEALER.is_sealed((await stored(app, made[0]))["auth"])


async def test_sealing_needs_keys(app: App, settings: Settings, world: World) -> None:
    for command in (["seal"], ["seal", "--dry-run"]):
        ran = await orderbuddy(settings, "credentials", *command)
        assert ran.code == 1 and "SEALING_KEYS is not set" in ran.err
    ran = await orderbuddy(settings, "credentials", "seal", SEALING_KEYS="c2hvcnQ=")
    assert ran.code == 1 and "SEALING_KEYS: " in ran.err and "c2hvcnQ=" not in ran.err
    assert (await stored(app, world.location_id))["auth"] == f"test-key-{world.oid}"


async def test_a_sealed_location_is_a_valid_one(app: App, settings: Settings, world: World) -> None:
    await sealed_by(app, settings)
    found = await app.db.locations.find({"restaurantId": world.restaurant_id}).to_list()
    await (await strict_copy(app.db, "locations")).insert_many(found)


# orderbuddy credentials set


async def set_by(settings: Settings, world: World, location: Any, oid: str, token: str, *more: str) -> Ran:
    """The command as a process of its own, with the token on standard input."""
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "credentials", "set", world.restaurant_id, str(location), "--oid", oid, *more),
        env=os.environ
        | {
            "MONGODB_URI": settings.mongodb_uri.get_secret_value(),
            "DB_NAME": settings.db_name,
            "SEALING_KEYS": keys(NEW, OLD),
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(ran.communicate(token.encode()), PATIENCE_SECONDS)
    assert ran.returncode is not None
    done = Ran(ran.returncode, out.decode(), err.decode())
    assert "S3CRET" not in done.out + done.err
    return done


async def test_a_location_gets_its_merchant_and_keeps_its_other_settings(
    app: App, settings: Settings, world: World
) -> None:
    was = {"acceptPayment": True, "emergepayWalletsPublicId": "w", "oid": "", "auth": ""}
    key = await location_with(app, world, was)
    ran = await set_by(settings, world, key, "$o-1", "S3CRET-9\n")
    assert (ran.code, ran.out, ran.err) == (
        0,
        f"Location {key} is paid by organisation $o-1; its token is sealed.\n",
        "",
    )
    now = await stored(app, key)
    assert SEALER.open(now["auth"], f"location:{key}") == "S3CRET-9"
    assert now | {"auth": ""} == was | {"oid": "$o-1"}
    assert await who(app, world, key) == Merchant(oid="$o-1", auth=SecretStr("S3CRET-9"))


async def test_a_location_without_settings_gets_them_too(app: App, settings: Settings, world: World) -> None:
    key = await location_with(app, world, None, "imported")
    ran = await set_by(settings, world, key, "o-1", "S3CRET-9")
    assert ran.code == 0 and "does not take payment now" in ran.out
    assert await who(app, world, key, even_if_off=True) == Merchant(oid="o-1", auth=SecretStr("S3CRET-9"))


@pytest.mark.parametrize("token", ["", "\n", "tökén", "x" * 1001, PREFIX + "75877bb4:AAAA"])
async def test_what_is_no_token_is_not_stored(app: App, settings: Settings, world: World, token: str) -> None:
    ran = await set_by(settings, world, world.location_id, "o-1", token)
    assert ran.code == 2
    assert (await stored(app, world.location_id))["auth"] == f"test-key-{world.oid}"


async def test_nobody_else_s_location_is_changed(app: App, settings: Settings, world: World) -> None:
    ran = await set_by(settings, World(), world.location_id, "o-1", "S3CRET-9")
    assert ran.code == 1 and "has no location" in ran.err
    assert (await stored(app, world.location_id))["auth"] == f"test-key-{world.oid}"


async def test_a_merchant_is_not_changed_while_payments_are_with_the_old_one(
    app: App, settings: Settings, world: World
) -> None:
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    rows = [
        {"_id": f"{world.location_id}-{state}", "state": state, "tokenHash": f"{world.location_id}{state}"}
        for state in ("ordered", "unknown")
    ]
    await app.db.payments.insert_many([row | here | {"previewId": ObjectId(), "attempt": 1} for row in rows])
    ran = await set_by(settings, world, world.location_id, "o-2", "S3CRET-9")
    assert ran.code == 1 and ran.err.startswith("1 payments of this location are on their way")
    assert (await stored(app, world.location_id))["oid"] == world.oid
    # A new token of the same organisation is as good as the old one.
    assert (await set_by(settings, world, world.location_id, world.oid, "S3CRET-9")).code == 0
    assert (await set_by(settings, world, world.location_id, "o-2", "S3CRET-9", "--force")).code == 0
    assert (await stored(app, world.location_id))["oid"] == "o-2"
