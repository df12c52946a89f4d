"""`orderbuddy checkout`, for the person who is asked what became of an order."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from shared.app import App
from shared.services.ordering import previewing
from shared.services.ordering.claiming import Asker, claim
from shared.settings import Settings
from tests.integration.cli import Ran, orderbuddy
from tests.integration.world import World


async def preview(app: App, world: World, *dishes: str) -> ObjectId:
    made = await previewing.preview(app, world.request(*dishes), request_id="req-1")
    return ObjectId(made.preview_order_id)


async def run(app: App, *arguments: str) -> Ran:
    connection = app.settings.web_pubsub_connection_string
    assert connection is not None
    return await orderbuddy(
        app.settings, "checkout", *arguments, WEB_PUBSUB_CONNECTION_STRING=connection.get_secret_value()
    )


async def test_an_open_checkout_shows_its_cart_and_no_order(app: App, world: World) -> None:
    key = await preview(app, world, "soup", "tea")
    ran = await run(app, "show", str(key))
    assert ran.code == 0, ran
    assert "total $16.50, by Ann, Table 1" in ran.out
    assert "checkout  open, version 1" in ran.out
    assert "order     none" in ran.out
    assert "5550100200" not in ran.out
    ran = await run(app, "advance", str(key))
    assert ran.out.startswith("Next: expire, ")


async def test_a_claimed_checkout_is_advanced_to_its_order_and_told(app: App, world: World) -> None:
    key = await preview(app, world, "soup", "bread")
    await claim(app, key, Asker("req-2"))
    claimed = await run(app, "show", str(key))
    assert "checkout  claimed" in claimed.out
    assert "request req-2" in claimed.out
    ran = await run(app, "advance", str(key))
    assert (ran.code, ran.out) == (0, "Nothing is left to do.\n"), ran
    shown = await run(app, "show", str(key))
    assert "ACCEPTED, version 2" in shown.out
    assert "no station: 1 items" in shown.out
    assert "row 2  accepted" in shown.out
    assert "not told yet" not in shown.out
    assert await app.db.orders.count_documents({}) == 1
    assert (await orderbuddy(app.settings, "audit")).code == 0


async def test_an_expired_checkout_is_put_to_rest(app: App, world: World) -> None:
    key = await preview(app, world, "soup")
    long_ago = app.clock.now() - timedelta(hours=1)
    await app.db.checkouts.update_one({"_id": key}, {"$set": {"expiresAt": long_ago}})
    assert (await run(app, "advance", str(key))).out == "Nothing is left to do.\n"
    assert "checkout  expired" in (await run(app, "show", str(key))).out


async def test_what_is_not_there_is_said(app: App) -> None:
    for command in ("show", "advance"):
        ran = await run(app, command, str(ObjectId()))
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("There is no ")
        assert (await run(app, command, "42")).code == 2


async def test_a_connection_string_that_cannot_be_used_is_not_repeated(settings: Settings) -> None:
    ran = await orderbuddy(None, "checkout", "show", str(ObjectId()), MONGODB_URI="mongodb://me:se@cret@:::/")
    assert ran.code == 1
    assert ran.err == "MONGODB_URI is not a connection string that can be used.\n"


async def test_a_database_that_does_not_answer_is_named_by_its_setting() -> None:
    uri = "mongodb://me:secret@127.0.0.1:1/?directConnection=true"
    ran = await orderbuddy(None, "checkout", "show", str(ObjectId()), MONGODB_URI=uri)
    assert ran.code == 1
    assert ran.err.startswith("The database that MONGODB_URI names cannot be used: 127.0.0.1:1: ")
    assert "secret" not in ran.err


async def test_a_diners_name_with_terminal_escapes_is_spelled_out(app: App, world: World) -> None:
    """It once turned a terminal's title, colours and lines into the diner's."""
    key = await preview(app, world, "soup")
    name = "\x1b]0;owned\x07\x1b[2KAnn\nNEEDS ATTENTION: no\x9b31m \u202eenil"
    fields = {"customer.name": name, "origin.name": "Table\r1\x1b[A", "items.0.staffName": "Soup\x1b[8m"}
    await app.db.orders_preview.update_one({"_id": key}, {"$set": fields})
    await app.db.checkouts.update_one({"_id": key}, {"$set": {"needsAttention": "look\x1b[31m"}})
    for arguments in (("checkout", "show", str(key)), ("checkout", "attention")):
        ran = await orderbuddy(app.settings, *arguments)
        assert ran.code == 0, ran
        assert not {letter for letter in ran.out + ran.err if letter < " " and letter != "\n"}
        assert not {*ran.out} & {"\x9b", "\u202e"}
        assert "look\\x1b[31m" in ran.out
    shown = (await orderbuddy(app.settings, "checkout", "show", str(key))).out
    assert r"by \x1b]0;owned\x07\x1b[2KAnn\nNEEDS ATTENTION: no\x9b31m \u202eenil, Table\r1\x1b[A" in shown
    assert r"1 x Soup\x1b[8m, $10.00" in shown


async def test_a_name_read_from_the_right_leaves_the_line_as_it_is(app: App, world: World) -> None:
    made = await previewing.preview(app, world.request("soup", customer={"name": "נועה", "phone": ""}), request_id="r")
    ran = await run(app, "show", made.preview_order_id)
    assert "by \u2068נועה\u2069, Table 1" in ran.out
