"""What service clients send, and how each kind of client sees it."""

import asyncio

from .clients import Connector, StandIn


async def test_a_group_message_reaches_a_client_whose_token_names_the_group(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = stand_in.service()
    client = await connector.open(service.get_client_access_token(groups=[group], user_id="ana")["url"])
    assert client.first["type"] == "system"
    assert client.first["event"] == "connected"
    assert client.first["userId"] == "ana"
    await asyncio.to_thread(service.send_to_group, group, {"event": "order_accepted"}, content_type="application/json")
    assert await client.frame() == {
        "type": "message",
        "from": "group",
        "group": group,
        "dataType": "json",
        "data": {"event": "order_accepted"},
    }
