"""What service clients send, and how each kind of client sees it."""

import asyncio
import io
import secrets
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient as AsyncServiceClient

from .clients import JSON, RELIABLE, Connector, StandIn


async def test_a_group_message_reaches_a_client_whose_token_names_the_group(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = stand_in.service()
    client = await connector.open(service.get_client_access_token(groups=[group], user_id="ana")["url"])
    assert client.first == {"type": "system", "event": "connected", "userId": "ana", "connectionId": client.id}
    await asyncio.to_thread(service.send_to_group, group, {"event": "order_accepted"}, content_type="application/json")
    assert await client.frame() == {
        "type": "message",
        "from": "group",
        "group": group,
        "dataType": "json",
        "data": {"event": "order_accepted"},
    }


_DISH = {"name": "Café 🌮", "prices": [1, None]}


@pytest.mark.parametrize(
    ("message", "content_type", "data_type", "data", "plain"),
    [
        (_DISH, "application/json", "json", _DISH, None),
        ("just text", "application/json", "json", "just text", '"just text"'),
        ('say "hi"\n', "text/plain", "text", 'say "hi"\n', 'say "hi"\n'),
        (io.BytesIO(b"\x00\xff\x10"), "application/octet-stream", "binary", "AP8Q", b"\x00\xff\x10"),
    ],
)
async def test_each_content_type_in_each_subprotocol(
    stand_in: StandIn,
    connector: Connector,
    group: str,
    message: Any,
    content_type: str,
    data_type: str,
    data: Any,
    plain: Any,
) -> None:
    service = stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    json_client, reliable = await connector.open(url, JSON), await connector.open(url, RELIABLE)
    plain_client = await connector.open(url, None)
    await asyncio.to_thread(service.send_to_group, group, message, content_type=content_type)
    expected = {"type": "message", "from": "group", "group": group, "dataType": data_type, "data": data}
    assert await json_client.frame() == expected
    assert await reliable.frame() == {"sequenceId": 1, **expected}
    received = await plain_client.socket.receive(timeout=60)
    if plain is None:
        assert received.json() == message
    else:
        assert received.data == plain


async def test_all_users_and_connections_can_be_addressed(stand_in: StandIn, connector: Connector) -> None:
    # A hub of its own, since send_to_all reaches everybody.
    hub = f"hub_{secrets.token_hex(4)}"
    service = stand_in.service(hub)
    ana = await connector.open(service.get_client_access_token(user_id="ana")["url"])
    bob = await connector.open(service.get_client_access_token(user_id="bob")["url"])
    elsewhere = await connector.open(stand_in.service(hub + "x").get_client_access_token(user_id="ana")["url"])

    def send() -> None:
        service.send_to_all({"to": "all but bob"}, content_type="application/json", excluded=[bob.id])
        service.send_to_user("bob", {"to": "bob"}, content_type="application/json")
        service.send_to_connection(ana.id, {"to": "ana"}, content_type="application/json")
        service.send_to_connection("gone", {"to": "nobody"}, content_type="application/json")

    await asyncio.to_thread(send)
    assert await ana.frame() == {"type": "message", "from": "server", "dataType": "json", "data": {"to": "all but bob"}}
    assert (await ana.frame())["data"] == {"to": "ana"}
    assert (await bob.frame())["data"] == {"to": "bob"}
    assert await elsewhere.ask(type="ping") == {"type": "pong"}


async def test_the_aio_service_client(stand_in: StandIn, connector: Connector, group: str) -> None:
    async with AsyncServiceClient.from_connection_string(stand_in.connection_string(), hub="orders") as service:
        token = await service.get_client_access_token(groups=[group])
        client = await connector.open(token["url"])
        for number in range(20):
            await service.send_to_group(group, {"n": number}, content_type="application/json")
        assert [(await client.frame())["data"]["n"] for _ in range(20)] == list(range(20))
        assert await service.group_exists(group)
        assert [member.connection_id async for member in service.list_connections(group=group)] == [client.id]


async def test_group_names_with_odd_characters(stand_in: StandIn, connector: Connector) -> None:
    service = stand_in.service()
    for group in ("a b/c", "ü.%2F?&=#", "x" * 1024):
        client = await connector.open(service.get_client_access_token(groups=[group])["url"])
        await asyncio.to_thread(service.send_to_group, group, {"n": 1}, content_type="application/json")
        assert (await client.frame())["group"] == group
        await client.socket.close()


async def test_what_cannot_be_sent_is_refused_with_a_sentence(stand_in: StandIn, group: str) -> None:
    service = stand_in.service()
    with pytest.raises(HttpResponseError, match="1 MB") as refusal:
        await asyncio.to_thread(service.send_to_group, group, "x" * 1024 * 1024 + "x", content_type="text/plain")
    assert refusal.value.status_code == 413
    await asyncio.to_thread(service.send_to_group, group, "x" * 1024 * 1024, content_type="text/plain")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{not json"),
        ("application/json", b'{"a": NaN}'),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000),
        ("text/plain", b"\xff"),
        ("image/png", b"x"),
        ("", b"x"),
    ],
)
async def test_bad_content_is_400(stand_in: StandIn, group: str, content_type: str, body: bytes) -> None:
    url = f"{stand_in.url}/api/hubs/orders/groups/{group}/:send?api-version=2024-12-01"
    headers = {"Authorization": f"Bearer {stand_in.token(url)}", "Content-Type": content_type}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["message"]


async def test_a_message_past_its_time_is_not_sent_again(stand_in: StandIn, connector: Connector, group: str) -> None:
    service = stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    client = await connector.open(url, RELIABLE)
    client.cut()
    for ttl in (1, 0):
        await asyncio.to_thread(
            service.send_to_group,
            group,
            {"ttl": ttl},
            content_type="application/json",
            params={"messageTtlSeconds": str(ttl)},
        )
    await asyncio.sleep(1.1)
    again = await connector.open(client.recovery_url(url), RELIABLE)
    assert (await again.frame())["data"] == {"ttl": 0}
