"""What the service does as its SDKs and its documents say, where a simpler stand-in would do something else."""

import asyncio
import json
import secrets
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from .clients import JSON, RELIABLE, Connector, Raw, StandIn


async def _post(stand_in: StandIn, path: str, body: Any) -> tuple[int, Any]:
    """A REST call that the SDK of this version does not have."""
    url = stand_in.url + path
    headers = {"Authorization": f"Bearer {stand_in.token(url)}"}
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json() if answer.content_length else None


async def test_adding_a_user_who_is_not_connected_is_404(stand_in: StandIn, group: str) -> None:
    with pytest.raises(ResourceNotFoundError) as refusal:
        await asyncio.to_thread(stand_in.service().add_user_to_group, group, "nobody")
    answer = refusal.value.response
    assert answer.headers["x-ms-error-code"] == "Warning.User.NotExisted"
    assert json.loads(answer.text()) == {
        "code": "Warning.User.NotExisted",
        "message": "User `nobody` is not found.",
        "target": "User",
        "details": None,
        "innererror": None,
    }


@pytest.mark.parametrize("query", ["", "?api-version=2024-12-01", "?api-version=1&excluded=x"])
async def test_a_rest_token_is_for_an_address_whatever_its_query(stand_in: StandIn, group: str, query: str) -> None:
    address = f"{stand_in.url}/api/hubs/orders/groups/{group}/:send"
    headers = {"Authorization": f"Bearer {stand_in.token(address + query)}"}
    url = f"{address}?api-version=2024-12-01"
    async with aiohttp.ClientSession() as session, session.post(url, json={}, headers=headers) as answer:
        assert answer.status == 202


@pytest.mark.parametrize("as_bytes", [False, True])
async def test_a_client_may_leave_out_the_data_type_and_send_json_as_bytes(
    stand_in: StandIn, connector: Connector, group: str, as_bytes: bool
) -> None:
    service = stand_in.service()
    url = service.get_client_access_token(groups=[group], roles=["webpubsub.sendToGroup"])["url"]
    client = await connector.open(url)
    frame = json.dumps({"type": "sendToGroup", "group": group, "data": {"n": 1}})
    await (client.socket.send_bytes(frame.encode()) if as_bytes else client.socket.send_str(frame))
    received = await client.frame()
    assert (received["dataType"], received["data"]) == ("json", {"n": 1})


async def test_a_thousand_messages_may_be_unacknowledged_and_not_one_more(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    roles = ["webpubsub.sendToGroup"]
    sender = await connector.open(stand_in.service().get_client_access_token(roles=roles)["url"])
    url = stand_in.service().get_client_access_token(groups=[group])["url"]
    client = await connector.open(url, RELIABLE)

    async def send(number: int) -> None:
        for _ in range(number):
            await sender.socket.send_json({"type": "sendToGroup", "group": group, "data": 1})
        # What came before it on this line is done.
        assert await sender.ask(type="ping") == {"type": "pong"}

    await send(1_000)
    assert await stand_in.unacknowledged(client.id) == 1_000
    assert (await client.frame())["sequenceId"] == 1
    await client.socket.send_json({"type": "sequenceAck", "sequenceId": 1})
    await _until_unacknowledged(stand_in, client.id, 999)
    await send(1)
    await send(1)
    assert not stand_in.service().connection_exists(client.id)
    again = Raw(await connector.session.ws_connect(client.recovery_url(url), protocols=(RELIABLE,)))
    assert await again.closed() == 1008


async def _until_unacknowledged(stand_in: StandIn, connection_id: str, number: int) -> None:
    async with asyncio.timeout(60):
        while await stand_in.unacknowledged(connection_id) != number:
            await asyncio.sleep(0.02)


async def test_a_client_that_goes_away_may_come_back(stand_in: StandIn, connector: Connector, group: str) -> None:
    service = stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    client = await connector.open(url, RELIABLE)
    await client.socket.close(code=1001)
    await asyncio.to_thread(service.send_to_group, group, {"n": 1}, content_type="application/json")
    again = await connector.open(client.recovery_url(url), RELIABLE)
    assert again.id == client.id
    assert (await again.frame())["data"] == {"n": 1}


async def test_the_hub_may_stand_in_the_query(stand_in: StandIn, connector: Connector) -> None:
    for signed in ("/client/hubs/orders", "/client/?hub=orders", "/client?hub=orders"):
        token = stand_in.token(stand_in.url + signed)
        for path in ("/client/?hub=orders", "/client?hub=orders"):
            client = await connector.open(f"{stand_in.url}{path}&access_token={token}", RELIABLE)
            assert stand_in.service().connection_exists(client.id)
            client.cut()
            again = await connector.open(client.recovery_url(f"{stand_in.url}{path}"), RELIABLE)
            assert again.id == client.id
        assert await connector.refused(f"{stand_in.url}/client/?hub=other&access_token={token}") == 401
    assert await connector.refused(f"{stand_in.url}/client/?access_token={token}") == 404


async def test_anybody_may_ask_whether_the_service_is_well(stand_in: StandIn) -> None:
    async with aiohttp.ClientSession() as session, session.head(f"{stand_in.url}/api/health") as answer:
        assert answer.status == 200


async def test_whom_a_filter_fits_is_put_into_several_groups_and_taken_out(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    hub = f"hub_{secrets.token_hex(4)}"
    service = stand_in.service(hub)
    ana, bob = [await connector.open(service.get_client_access_token(user_id=user)["url"]) for user in ("ana", "bob")]
    groups = [group, f"{group}.two"]

    def members() -> list[set[str]]:
        return [{one.connection_id for one in service.list_connections(group=name)} for name in groups]

    add, remove = f"/api/hubs/{hub}/:addToGroups", f"/api/hubs/{hub}/:removeFromGroups"
    assert await _post(stand_in, add, {"groups": groups, "filter": "userId eq 'ana'"}) == (200, None)
    assert await asyncio.to_thread(members) == [{ana.id}, {ana.id}]
    assert await _post(stand_in, add, {"groups": groups[:1]}) == (200, None)
    assert await asyncio.to_thread(members) == [{ana.id, bob.id}, {ana.id}]
    without_bob = {"groups": groups, "filter": f"'{groups[1]}' in groups"}
    assert await _post(stand_in, remove, without_bob) == (200, None)
    assert await asyncio.to_thread(members) == [{bob.id}, set()]
    for bad in ([], {}, {"groups": "g"}, {"groups": []}, {"groups": [1]}, {"groups": ["g"], "filter": 1}):
        assert (await _post(stand_in, add, bad))[0] == 400
    status, refused = await _post(stand_in, add, {"groups": groups, "filter": "invalid filter"})
    assert (status, refused["target"]) == (400, "filter")


async def test_one_call_reaches_several_groups_by_a_filter(stand_in: StandIn, connector: Connector, group: str) -> None:
    hub = f"hub_{secrets.token_hex(4)}"
    service = stand_in.service(hub)

    async def joined(*groups: str, user: str | None = None) -> Raw:
        return await connector.open(service.get_client_access_token(user_id=user, groups=list(groups))["url"])

    first, second = await joined("a", user="ana"), await joined("a", "b", user="o'neill")
    third, nobody = await joined("b", "c"), await joined()
    named = {first.id: "first", second.id: "second", third.id: "third", nobody.id: "nobody"}
    filters = {
        "'a' in groups or 'c' in groups": {"first", "second", "third"},
        "'a' in groups and not('b' in groups)": {"first"},
        "userId eq null": {"third", "nobody"},
        "userId eq 'o''neill'": {"second"},
        "userId in ('ana', 'bob') or length(groups) eq 0": {"first", "nobody"},
        f"connectionId ne '{third.id}' and startswith(userId, 'a')": {"first"},
        "not (length(userId) gt 3)": {"first", "third", "nobody"},
        "toupper(substring(userId, 0, 2)) eq 'AN'": {"first"},
        "indexof(userId, 'neill') ge 0 or contains(concat(userId, '!'), 'a!')": {"first", "second"},
        "true and 'b' in (groups)": {"second", "third"},
    }

    def send() -> None:
        for number, text in enumerate(filters):
            service.send_to_all({"n": number}, content_type="application/json", filter=text)
        service.send_to_group("a", {"n": 98}, content_type="application/json", filter="'b' in groups")
        service.send_to_user("ana", {"n": 99}, content_type="application/json", filter="'b' in groups")

    await asyncio.to_thread(send)
    got: dict[int, set[str]] = {}
    for client in (first, second, third, nobody):
        # The answer to a ping comes after everything that was sent before.
        await client.socket.send_json({"type": "ping"})
        while (frame := await client.frame())["type"] == "message":
            got.setdefault(frame["data"]["n"], set()).add(named[client.id])
    assert {text: got.get(number, set()) for number, text in enumerate(filters)} == filters
    assert got[98] == {"second"}
    assert 99 not in got


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("invalid filter", "'invalid filter': Syntax error at position 14 in 'invalid filter'"),
        ("not length(userId) gt 5", "'length(userId)': Type 'int', expect 'bool'"),
        ("userId eq 3", "'3': Type 'int', expect 'string'"),
        ("name eq 'ana'", "'name': a connection has userId, connectionId and groups"),
        ("userId", "'userId': Type 'string', expect 'bool'"),
        ("startswith(userId)", "'startswith' takes 2 values, not 1"),
        ("userId eq 'ana", "Syntax error at position 9"),
        (" or ".join(["true eq true"] * 101), "more than 100 clauses"),
        ("(" * 51 + "true" + ")" * 51, "nested more than 50 deep"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_refused_with_a_sentence(
    stand_in: StandIn, group: str, text: str, says: str
) -> None:
    with pytest.raises(HttpResponseError) as refusal:
        await asyncio.to_thread(
            stand_in.service().send_to_group, group, {}, content_type="application/json", filter=text
        )
    assert refusal.value.status_code == 400
    message = json.loads(refusal.value.response.text())["message"]
    assert message.startswith("Invalid syntax for ")
    assert message.endswith(". (Parameter 'filter')")
    assert says in message


async def test_what_the_stand_in_does_not_have_is_refused_with_a_sentence(
    stand_in: StandIn, connector: Connector
) -> None:
    service = stand_in.service()
    url = service.get_client_access_token()["url"].replace("ws://", "http://")
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    for address, protocol, status, says in (
        (url, "protobuf.webpubsub.azure.v1", 400, "JSON subprotocols only"),
        (url.replace("/client/", "/clients/mqtt/"), "mqtt", 404, "no MQTT and Socket.IO clients"),
        (url.replace("/client/", "/clients/socketio/"), "", 404, "no MQTT and Socket.IO clients"),
    ):
        headers = {**upgrade, **({"Sec-WebSocket-Protocol": protocol} if protocol else {})}
        async with connector.session.get(address, headers=headers) as answer:
            assert answer.status == status
            assert says in await answer.text()
    status, refused = await _post(stand_in, "/api/hubs/orders/:generateToken?clientType=MQTT", None)
    assert (status, refused["message"]) == (400, "this stand-in has no clients of the type MQTT, only Default")
    client = await connector.open(url, JSON)
    assert await client.ask(type="invoke", invocationId="1", target="event", event="hello") == {
        "type": "invokeResponse",
        "invocationId": "1",
        "success": False,
        "error": {
            "name": "InternalServerError",
            "message": "This stand-in has no event handlers for clients' own events and invocations: they go nowhere.",
        },
    }
    await client.socket.send_json({"type": "cancelInvocation", "invocationId": "1"})
    assert await client.ask(type="ping") == {"type": "pong"}
