"""What service clients do with connections: groups, existence, lists, permissions, closing."""

import asyncio
import secrets

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.started import PATIENCE

from .clients import JSON, RELIABLE, Connector, StandIn, until


async def test_groups_of_connections_and_users(stand_in: StandIn, connector: Connector, group: str) -> None:
    service, user = stand_in.service(), f"user-{secrets.token_hex(4)}"
    first = await connector.open(service.get_client_access_token(user_id=user)["url"])
    second = await connector.open(service.get_client_access_token(user_id=user)["url"])

    def members() -> set[str]:
        return {member.connection_id for member in service.list_connections(group=group)}

    def work() -> None:
        service.add_connection_to_group(group, first.id)
        assert members() == {first.id}
        service.add_user_to_group(group, user)
        assert members() == {first.id, second.id}
        service.remove_connection_from_group(group, first.id)
        assert members() == {second.id}
        service.remove_user_from_group(group, user)
        assert not service.group_exists(group)
        service.add_user_to_group(group, user)
        service.remove_connection_from_all_groups(second.id)
        assert members() == {first.id}
        service.remove_user_from_all_groups(user)
        assert members() == set()
        with pytest.raises(ResourceNotFoundError):
            service.add_connection_to_group(group, "gone")
        service.remove_connection_from_group(group, "gone")

    await asyncio.to_thread(work)


async def test_what_exists(stand_in: StandIn, connector: Connector, group: str) -> None:
    service, user = stand_in.service(), f"user-{secrets.token_hex(4)}"
    client = await connector.open(service.get_client_access_token(user_id=user, groups=[group])["url"])

    def exist() -> list[bool]:
        return [service.connection_exists(client.id), service.user_exists(user), service.group_exists(group)]

    assert await asyncio.to_thread(exist) == [True, True, True]
    await client.socket.close()
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(exist) != [False, False, False]:
            await asyncio.sleep(0.02)


async def test_a_group_is_listed_in_pages(stand_in: StandIn, connector: Connector, group: str) -> None:
    service = stand_in.service()
    clients = [
        await connector.open(service.get_client_access_token(user_id=f"u{n}", groups=[group])["url"]) for n in range(7)
    ]

    def pages(**options: int) -> list[list[str]]:
        return [
            [one.connection_id for one in page] for page in service.list_connections(group=group, **options).by_page()
        ]

    everyone = sorted(client.id for client in clients)
    assert await asyncio.to_thread(pages) == [everyone]
    assert await asyncio.to_thread(pages, maxpagesize=3) == [everyone[:3], everyone[3:6], everyone[6:]]
    assert await asyncio.to_thread(pages, top=2) == [everyone[:2]]
    assert await asyncio.to_thread(pages, maxpagesize=3, top=5) == [everyone[:3], everyone[3:5]]


async def test_permissions_are_granted_and_revoked(stand_in: StandIn, connector: Connector, group: str) -> None:
    service = stand_in.service()
    client = await connector.open(service.get_client_access_token()["url"])

    async def may(number: int) -> bool:
        return (await client.ask(type="joinGroup", group=group, ackId=number))["success"]

    def has(name: str = group) -> bool:
        return service.has_permission("joinLeaveGroup", client.id, target_name=name)

    assert not await may(1)
    assert not await asyncio.to_thread(has)
    await asyncio.to_thread(service.grant_permission, "joinLeaveGroup", client.id, target_name=group)
    assert await may(2)
    assert await asyncio.to_thread(has)
    assert not await asyncio.to_thread(has, group + "x")
    await asyncio.to_thread(service.revoke_permission, "joinLeaveGroup", client.id, target_name=group)
    assert not await may(3)
    await asyncio.to_thread(service.grant_permission, "joinLeaveGroup", client.id)
    assert await may(4)
    assert await asyncio.to_thread(has, group + "x")
    with pytest.raises(ResourceNotFoundError):
        await asyncio.to_thread(service.grant_permission, "sendToGroup", "gone", target_name=group)
    await asyncio.to_thread(service.revoke_permission, "sendToGroup", "gone", target_name=group)
    with pytest.raises(HttpResponseError, match="permission must be one of"):
        await asyncio.to_thread(service.grant_permission, "fly", client.id)


@pytest.mark.parametrize("subprotocol", [JSON, RELIABLE])
async def test_a_closed_connection_is_told_why(
    stand_in: StandIn, connector: Connector, group: str, subprotocol: str
) -> None:
    service = stand_in.service()
    client = await connector.open(service.get_client_access_token(groups=[group])["url"], subprotocol)
    await asyncio.to_thread(service.close_connection, client.id, reason="rights ended")
    assert await client.frame() == {"type": "system", "event": "disconnected", "message": "rights ended"}
    assert await client.closed() == 1000
    assert not stand_in.service().group_exists(group)
    await asyncio.to_thread(service.close_connection, client.id)


async def test_whole_groups_users_and_hubs_are_closed(stand_in: StandIn, connector: Connector, group: str) -> None:
    hub = f"hub_{secrets.token_hex(4)}"
    service = stand_in.service(hub)

    async def three(**claims: object) -> list:
        return [await connector.open(service.get_client_access_token(**claims)["url"]) for _ in range(3)]

    for claims, close, arguments in (
        ({"groups": [group]}, service.close_group_connections, [group]),
        ({"user_id": "ana"}, service.close_user_connections, ["ana"]),
        ({}, service.close_all_connections, []),
    ):
        first, second, spared = await three(**claims)
        await asyncio.to_thread(close, *arguments, excluded=[spared.id], reason="closing time")
        assert (await first.frame())["message"] == "closing time"
        assert await second.closed() == 1000
        assert await spared.ask(type="ping") == {"type": "pong"}
        await spared.socket.close()


async def test_one_who_does_not_answer_the_close_is_cut_off(
    own_stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = own_stand_in.service()
    client = await connector.open(service.get_client_access_token(groups=[group])["url"])
    client.socket._response.connection.transport.pause_reading()
    await asyncio.to_thread(service.close_connection, client.id)
    await until(lambda: not service.connection_exists(client.id))
    assert await asyncio.to_thread(own_stand_in.stop) == 0


async def test_unknown_calls_are_404(stand_in: StandIn) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/api/hubs/orders/:fly", "/api/hubs/orders/groups", "/api/hubs/orders/groups/a/b/c/d/e"):
            url = stand_in.url + path
            async with session.post(url, headers={"Authorization": f"Bearer {stand_in.token(url)}"}) as answer:
                assert answer.status == 404
                assert (await answer.json())["message"]
        async with session.get(stand_in.url + "/elsewhere") as answer:
            assert answer.status == 404
