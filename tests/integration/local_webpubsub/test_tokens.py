"""Who is let in: the tokens of REST calls and of connecting clients."""

import base64
import json
import time
from typing import Any

import aiohttp
import jwt
import pytest

from .clients import Connector, StandIn

_CONNECT = "/client/hubs/orders"


def _rest_url(stand_in: StandIn, group: str) -> str:
    return f"{stand_in.url}/api/hubs/orders/groups/{group}/:send?api-version=2024-12-01"


def _unsigned(claims: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def _bad_tokens(stand_in: StandIn, url: str) -> dict[str, str | None]:
    good = {"aud": url, "exp": int(time.time()) + 60}
    signed = jwt.encode(good, stand_in.key, algorithm="HS256")
    head, body, signature = signed.split(".")
    swapped = base64.urlsafe_b64encode(json.dumps({**good, "sub": "owner"}).encode()).decode().rstrip("=")
    return {
        "missing": None,
        "empty": "",
        "not a token": "hello",
        "forged": jwt.encode(good, "another key that is long enough for HS256", algorithm="HS256"),
        "another algorithm": jwt.encode(good, stand_in.key, algorithm="HS384"),
        "unsigned": _unsigned(good),
        "changed": f"{head}.{swapped}.{signature}",
        "cut": f"{head}.{body}.{signature[:-4]}",
        "no signature": f"{head}.{body}.",
        "expired": jwt.encode({**good, "exp": int(time.time()) - 1}, stand_in.key, algorithm="HS256"),
        "not good yet": jwt.encode({**good, "nbf": int(time.time()) + 60}, stand_in.key, algorithm="HS256"),
        "no expiry": jwt.encode({"aud": url}, stand_in.key, algorithm="HS256"),
        "no audience": jwt.encode({"exp": good["exp"]}, stand_in.key, algorithm="HS256"),
        "another audience": jwt.encode({**good, "aud": url.partition("?")[0] + "x"}, stand_in.key, algorithm="HS256"),
        "audience that is no address": jwt.encode({**good, "aud": "http://["}, stand_in.key, algorithm="HS256"),
        "audience of another host": jwt.encode(
            {**good, "aud": url.replace("127.0.0.1", "127.0.0.2")}, stand_in.key, algorithm="HS256"
        ),
    }


async def test_rest_calls_need_a_good_token(stand_in: StandIn, group: str) -> None:
    url = _rest_url(stand_in, group)
    bad = _bad_tokens(stand_in, url)
    async with aiohttp.ClientSession() as session:
        for name, token in bad.items():
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            async with session.post(url, json={}, headers=headers) as answer:
                assert answer.status == 401, name
                assert (await answer.json())["code"] == "Unauthorized"
        async with session.post(url, json={}, headers={"Authorization": f"Bearer {stand_in.token(url)}"}) as answer:
            assert answer.status == 202


async def test_clients_need_a_good_token(stand_in: StandIn, connector: Connector) -> None:
    for name, token in _bad_tokens(stand_in, stand_in.url + _CONNECT).items():
        query = "" if token is None else f"?access_token={token}"
        assert await connector.refused(f"{stand_in.url}{_CONNECT}{query}") == 401, name
    good = stand_in.token(stand_in.url + _CONNECT)
    other_hub = f"{stand_in.url}/client/hubs/other?access_token={good}"
    assert await connector.refused(other_hub) == 401
    by_header = await connector.open(stand_in.url + _CONNECT, headers={"Authorization": f"Bearer {good}"})
    assert by_header.first["event"] == "connected"


async def test_a_token_with_too_many_groups_is_refused(stand_in: StandIn, connector: Connector) -> None:
    groups = [f"g{number}" for number in range(1001)]
    assert await connector.refused(stand_in.service().get_client_access_token(groups=groups)["url"]) == 400


async def test_the_audience_may_differ_in_form_only(stand_in: StandIn, group: str) -> None:
    url = f"{stand_in.url}/api/hubs/orders/groups/{group}%2Ea/:send?api-version=2024-12-01&excluded=a%20b"
    signed = url.replace("%2Ea", ".a").replace("a%20b", "a+b").replace("http://", "HTTP://")
    headers = {"Authorization": f"Bearer {stand_in.token(signed)}"}
    async with aiohttp.ClientSession() as session, session.post(url, json={}, headers=headers) as answer:
        assert answer.status == 202


async def test_a_rest_token_opens_no_connection(stand_in: StandIn, connector: Connector, group: str) -> None:
    token = stand_in.token(_rest_url(stand_in, group))
    assert await connector.refused(f"{stand_in.url}{_CONNECT}?access_token={token}") == 401


@pytest.mark.parametrize("name", ["", "1x", "a-b", "a/b", "x" * 129])
async def test_a_hub_with_a_bad_name_is_unknown(stand_in: StandIn, connector: Connector, name: str) -> None:
    token = stand_in.token(f"{stand_in.url}/client/hubs/{name}")
    assert await connector.refused(f"{stand_in.url}/client/hubs/{name}?access_token={token}") == 404


async def test_a_plain_request_is_told_to_use_a_websocket(stand_in: StandIn) -> None:
    async with aiohttp.ClientSession() as session, session.get(stand_in.url + _CONNECT) as answer:
        assert answer.status == 426


async def test_a_token_made_by_the_service(stand_in: StandIn, connector: Connector, group: str) -> None:
    query = f"userId=ana&group={group}&role=webpubsub.sendToGroup&minutesToExpire=5"
    url = f"{stand_in.url}/api/hubs/orders/:generateToken?{query}"
    headers = {"Authorization": f"Bearer {stand_in.token(url)}"}
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers) as answer:
        token = (await answer.json())["token"]
    client = await connector.open(f"{stand_in.url}{_CONNECT}?access_token={token}")
    assert client.first["userId"] == "ana"
    ack = await client.ask(type="sendToGroup", group=group, dataType="text", data="hi", noEcho=True, ackId=1)
    assert ack == {"type": "ack", "ackId": 1, "success": True}


async def test_a_token_may_name_hundreds_of_groups(stand_in: StandIn, connector: Connector, group: str) -> None:
    groups = [f"{group}.{number}" for number in range(300)]
    client = await connector.open(stand_in.service().get_client_access_token(groups=groups)["url"])
    async with connector.session.get(stand_in.url + "/_local/connections") as answer:
        described = (await answer.json())["connections"]
    (joined,) = [one["groups"] for one in described if one["connectionId"] == client.id]
    assert joined == sorted(groups)
