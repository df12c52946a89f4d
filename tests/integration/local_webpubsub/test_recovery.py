"""The reliable subprotocol: what is unacknowledged comes again after the line was cut."""

import asyncio

import pytest

from .clients import JSON, RELIABLE, Connector, Raw, StandIn, Wire, until


async def _publish(stand_in: StandIn, group: str, *numbers: int) -> None:
    def work() -> None:
        service = stand_in.service()
        for number in numbers:
            service.send_to_group(group, {"n": number}, content_type="application/json")

    await asyncio.to_thread(work)


async def _numbers(client: Raw, count: int) -> list[tuple[int, int]]:
    frames = [await client.frame() for _ in range(count)]
    return [(frame["sequenceId"], frame["data"]["n"]) for frame in frames]


async def test_missed_messages_come_after_recovery(stand_in: StandIn, connector: Connector, group: str) -> None:
    url = stand_in.service().get_client_access_token(groups=[group], user_id="ana")["url"]
    client = await connector.open(url, RELIABLE)
    await _publish(stand_in, group, 1, 2, 3)
    assert await _numbers(client, 3) == [(1, 1), (2, 2), (3, 3)]
    await client.socket.send_json({"type": "sequenceAck", "sequenceId": 2})
    assert await client.ask(type="ping") == {"type": "pong"}
    client.cut()
    await _publish(stand_in, group, 4, 5)
    again = await connector.open(client.recovery_url(url), RELIABLE)
    assert again.first == client.first
    assert await _numbers(again, 3) == [(3, 3), (4, 4), (5, 5)]
    await _publish(stand_in, group, 6)
    assert await _numbers(again, 1) == [(6, 6)]


async def test_what_was_done_before_the_cut_is_a_duplicate_after_it(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = stand_in.service()
    url = service.get_client_access_token(roles=["webpubsub.sendToGroup"])["url"]
    watcher = await connector.open(service.get_client_access_token(groups=[group])["url"])
    client = await connector.open(url, RELIABLE)
    frame = {"type": "sendToGroup", "group": group, "dataType": "text", "data": "once", "ackId": 1}
    assert (await client.ask(**frame))["success"]
    client.cut()
    again = await connector.open(client.recovery_url(url), RELIABLE)
    assert (await again.ask(**frame))["error"]["name"] == "Duplicate"
    assert (await watcher.frame())["data"] == "once"
    assert await watcher.ask(type="ping") == {"type": "pong"}


async def test_a_recovery_takes_over_from_a_line_that_hangs(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    url = stand_in.service().get_client_access_token(groups=[group])["url"]
    client = await connector.open(url, RELIABLE)
    again = await connector.open(client.recovery_url(url), RELIABLE)
    assert await client.closed() != 1000
    await _publish(stand_in, group, 1)
    assert await _numbers(again, 1) == [(1, 1)]
    assert stand_in.service().connection_exists(again.id)


async def test_it_can_be_cut_again_and_again(stand_in: StandIn, connector: Connector, group: str) -> None:
    url = stand_in.service().get_client_access_token(groups=[group])["url"]
    client = first = await connector.open(url, RELIABLE)
    for number in range(10):
        client.cut()
        await _publish(stand_in, group, number)
        client = await connector.open(first.recovery_url(url), RELIABLE)
        assert await _numbers(client, 1) == [(number + 1, number)]
        await client.socket.send_json({"type": "sequenceAck", "sequenceId": number + 1})
        assert await client.ask(type="ping") == {"type": "pong"}


@pytest.mark.parametrize("wrong", ["id", "token", "hub", "subprotocol", "said goodbye", "closed by the service"])
async def test_what_cannot_be_recovered_is_closed_with_1008(
    stand_in: StandIn, connector: Connector, group: str, wrong: str
) -> None:
    url = stand_in.service().get_client_access_token(groups=[group])["url"]
    client = await connector.open(url, RELIABLE)
    if wrong == "said goodbye":
        await client.socket.close()
        await until(lambda: not stand_in.service().connection_exists(client.id))
    elif wrong == "closed by the service":
        await asyncio.to_thread(stand_in.service().close_connection, client.id)
    else:
        client.cut()
    recovery = client.recovery_url(url)
    if wrong == "id":
        recovery = recovery.replace(client.id, "unheard-of")
    elif wrong == "token":
        recovery = recovery[:-3]
    elif wrong == "hub":
        recovery = recovery.replace("/hubs/orders", "/hubs/other")
    subprotocol = JSON if wrong == "subprotocol" else RELIABLE
    again = Raw(await connector.session.ws_connect(recovery, protocols=(subprotocol,)))
    assert await again.closed() == 1008


async def test_a_plain_json_connection_ends_when_it_is_cut(stand_in: StandIn, connector: Connector, group: str) -> None:
    service = stand_in.service()
    client = await connector.open(service.get_client_access_token(groups=[group])["url"], JSON)
    client.cut()
    await until(lambda: not service.group_exists(group))


async def test_a_lost_connection_is_kept_for_its_time_only(connector: Connector, group: str) -> None:
    stand_in = StandIn(arguments=("--recovery-seconds", "2"))
    stand_in.start()
    try:
        service = stand_in.service()
        url = service.get_client_access_token(groups=[group])["url"]
        client, mark = [await connector.open(url, RELIABLE) for _ in range(2)]
        for one in (client, mark):
            one.cut()
        client = await connector.open(client.recovery_url(url), RELIABLE)
        await until(lambda: not service.connection_exists(mark.id))
        assert service.connection_exists(client.id)
        client.cut()
        await until(lambda: not service.group_exists(group))
        again = Raw(await connector.session.ws_connect(client.recovery_url(url), protocols=(RELIABLE,)))
        assert await again.closed() == 1008
    finally:
        stand_in.stop()


async def test_nothing_is_lost_while_the_line_breaks_under_load(
    stand_in: StandIn, connector: Connector, group: str
) -> None:
    async with Wire(stand_in) as wire:
        url = stand_in.service(port=wire.port).get_client_access_token(groups=[group])["url"]
        client = first = await connector.open(url, RELIABLE)
        publishing = asyncio.create_task(_publish(stand_in, group, *range(300)))
        seen: dict[int, int] = {}
        cuts = 0
        while len(seen) < 300:
            try:
                frame = await client.frame()
            except TypeError:
                # The line was cut: what comes is a close and no text.
                client = await connector.open(first.recovery_url(url), RELIABLE)
                continue
            assert seen.setdefault(frame["sequenceId"], frame["data"]["n"]) == frame["data"]["n"]
            if len(seen) % 50 == 25 and cuts <= len(seen) // 50:
                cuts += 1
                wire.cut()
        await publishing
    assert cuts > 3
    assert [seen[number] for number in sorted(seen)] == list(range(300))
