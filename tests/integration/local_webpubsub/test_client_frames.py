"""What clients ask for over the websocket: roles, groups, acknowledgements, echo, and what closes the connection."""

import asyncio

import aiohttp
import pytest

from .clients import JSON, RELIABLE, Connector, Raw, StandIn, until


async def _open(stand_in: StandIn, connector: Connector, *roles: str, **claims: object) -> Raw:
    return await connector.open(stand_in.service().get_client_access_token(roles=list(roles), **claims)["url"])


async def test_without_a_role_joining_and_sending_is_forbidden(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    client = await _open(stand_in, connector, groups=[group])
    for number, kind in enumerate(("joinGroup", "leaveGroup", "sendToGroup"), start=1):
        ack = await client.ask(type=kind, group=group, ackId=number, dataType="text", data="x")
        assert (ack["ackId"], ack["success"], ack["error"]["name"]) == (number, False, "Forbidden")
    # It is still in the group of its token, and got nothing of what was refused.
    assert stand_in.service().group_exists(group)
    assert await client.ask(type="ping") == {"type": "pong"}


@pytest.mark.parametrize("suffix", ["", ".{group}"])
async def test_roles_for_all_groups_and_for_one(
    stand_in: StandIn, connector: Connector, group: str, suffix: str
) -> None:
    suffix = suffix.format(group=group)
    client = await _open(stand_in, connector, f"webpubsub.joinLeaveGroup{suffix}", f"webpubsub.sendToGroup{suffix}")
    assert (await client.ask(type="joinGroup", group=group, ackId=1))["success"]
    ack = await client.ask(type="sendToGroup", group=group, ackId=2, dataType="text", data="x", noEcho=True)
    assert ack["success"]
    other = await client.ask(type="joinGroup", group=f"{group}.other", ackId=3)
    assert other["success"] is (suffix == "")
    assert (await client.ask(type="leaveGroup", group=group, ackId=4))["success"]
    assert not stand_in.service().group_exists(group)


async def test_echo_and_no_echo(stand_in: StandIn, connector: Connector, group: str) -> None:
    sender = await _open(stand_in, connector, "webpubsub.sendToGroup", groups=[group], user_id="ana")
    other = await _open(stand_in, connector, groups=[group])
    frame = {"type": "sendToGroup", "group": group, "dataType": "json"}
    await sender.socket.send_json({**frame, "data": 1, "noEcho": True})
    await sender.socket.send_json({**frame, "data": 2})
    assert (await sender.frame())["data"] == 2
    assert await other.frame() == {
        "type": "message",
        "from": "group",
        "group": group,
        "fromUserId": "ana",
        "dataType": "json",
        "data": 1,
    }
    assert (await other.frame())["data"] == 2


async def test_a_repeated_ack_id_is_a_duplicate_and_done_once(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    client = await _open(stand_in, connector, "webpubsub.sendToGroup")
    watcher = await _open(stand_in, connector, groups=[group])
    frame = {"type": "sendToGroup", "group": group, "dataType": "text", "data": "x", "ackId": 7}
    assert await client.ask(**frame) == {"type": "ack", "ackId": 7, "success": True}
    again = await client.ask(**frame)
    assert (again["ackId"], again["success"], again["error"]["name"]) == (7, False, "Duplicate")
    assert (await watcher.frame())["data"] == "x"
    assert await watcher.ask(type="ping") == {"type": "pong"}


async def test_a_refused_frame_may_be_tried_again_with_its_ack_id(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    client = await _open(stand_in, connector)
    frame = {"type": "joinGroup", "group": group, "ackId": 1}
    assert (await client.ask(**frame))["error"]["name"] == "Forbidden"
    await asyncio.to_thread(stand_in.service().grant_permission, "joinLeaveGroup", client.id, target_name=group)
    assert (await client.ask(**frame))["success"]


async def test_events_are_refused_without_an_event_handler(stand_in: StandIn, connector: Connector) -> None:
    client = await _open(stand_in, connector)
    ack = await client.ask(type="event", event="hello", ackId=1, dataType="text", data="x")
    assert not ack["success"]
    assert "event handlers" in ack["error"]["message"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", 1008),
        ("[1]", 1008),
        ("[" * 100_000, 1008),
        ('{"type":"unheard"}', 1008),
        ('{"type":"joinGroup"}', 1008),
        ('{"type":"joinGroup","group":""}', 1008),
        ('{"type":"joinGroup","group":"g","ackId":"1"}', 1008),
        ('{"type":"joinGroup","group":"g","ackId":-1}', 1008),
        ('{"type":"joinGroup","group":"g","ackId":true}', 1008),
        ('{"type":"sendToGroup","group":"g","dataType":"json"}', 1008),
        ('{"type":"sendToGroup","group":"g","dataType":"text","data":1}', 1008),
        ('{"type":"sendToGroup","group":"g","dataType":"binary","data":"?"}', 1008),
        ('{"type":"sendToGroup","group":"g","dataType":"xml","data":"?"}', 1008),
        ('{"type":"sequenceAck"}', 1008),
        (b"{}", 1008),
        (b"\xff", 1007),
        ("x" * (1024 * 1024 + 1), 1009),
    ],
)
async def test_a_malformed_frame_closes_the_connection(
    stand_in: StandIn, connector: Connector, frame: str | bytes, code: int
) -> None:
    client = await _open(stand_in, connector, "webpubsub.sendToGroup")
    send = client.socket.send_bytes if isinstance(frame, bytes) else client.socket.send_str
    await send(frame)
    if code != 1009:
        goodbye = await client.frame()
        assert (goodbye["type"], goodbye["event"]) == ("system", "disconnected")
        assert goodbye["message"]
    assert await client.closed() == code
    # A frame that is too long is answered by the server below the stand-in, which hears of it a moment later.
    await until(lambda: not stand_in.service().connection_exists(client.id))


async def test_text_that_is_not_utf8_closes_the_connection(stand_in: StandIn, connector: Connector) -> None:
    client = await _open(stand_in, connector)
    await client.socket._writer.send_frame(b"\xff\xfe", aiohttp.WSMsgType.TEXT)
    assert await client.closed() == 1007


async def test_binary_data_between_clients(stand_in: StandIn, connector: Connector, group: str) -> None:
    sender = await _open(stand_in, connector, "webpubsub.sendToGroup", groups=[group])
    url = stand_in.service().get_client_access_token(groups=[group])["url"]
    plain = await connector.open(url, None)
    await sender.socket.send_json({"type": "sendToGroup", "group": group, "dataType": "binary", "data": "AP8="})
    assert (await sender.frame())["data"] == "AP8="
    assert await plain.socket.receive_bytes(timeout=60) == b"\x00\xff"
    await sender.socket.send_json({"type": "sendToGroup", "group": group, "dataType": "text", "data": "a\ud800b"})
    assert (await sender.frame())["data"] == "a\ud800b"
    assert await plain.socket.receive_str(timeout=60) == "a?b"
    # What a plain client says is for an event handler; without one it is dropped.
    await plain.socket.send_str("hello")
    await plain.socket.close()


async def test_the_subprotocol_that_the_client_prefers_is_taken(stand_in: StandIn, connector: Connector) -> None:
    url = stand_in.service().get_client_access_token()["url"]
    for offered, chosen in (
        ((RELIABLE, JSON), RELIABLE),
        ((JSON, RELIABLE), JSON),
        (("protobuf.webpubsub.azure.v1", JSON), JSON),
        (("unheard.of",), None),
    ):
        socket = await connector.session.ws_connect(url, protocols=offered)
        assert socket.protocol == chosen
        await socket.close()
