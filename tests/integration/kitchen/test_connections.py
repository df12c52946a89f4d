"""The live service tells of its connections: who may tell, and what is made of it (rules 22)."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from bson import ObjectId
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from shared.app import App
from shared.domain.announcements import location_group, station_group
from shared.integrations.web_pubsub import WebPubSub
from shared.memory.slots import Memory
from shared.services.staff import closing
from shared.web import live_events as door
from shared.web.runtime import Given
from tests.integration.crew import Crew
from tests.integration.kitchen.test_seen import listed, see
from tests.integration.local_webpubsub.clients import Connector, StandIn
from tests.integration.world import World
from tests.patience import eventually
from tests.web_calls import request

CONNECTION = "a-connection"
TENANT, AUDIENCE, OBJECT = "the-tenant", "api://orderbuddy-live", "the-service-s-identity"


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


def host_of(app: App) -> str:
    assert app.settings.web_pubsub_connection_string is not None
    text = app.settings.web_pubsub_connection_string.get_secret_value()
    return text.partition("Endpoint=http://")[2].partition(";")[0]


def signature(app: App, connection: str = CONNECTION, key: str | None = None) -> str:
    assert app.settings.web_pubsub_connection_string is not None
    text = app.settings.web_pubsub_connection_string.get_secret_value()
    own = text.partition("AccessKey=")[2].partition(";")[0]
    return "sha256=" + hmac.new((key or own).encode(), connection.encode(), "sha256").hexdigest()


def event(kind: str, user: str = "", *, connection: str = CONNECTION, **more: str) -> dict[str, str]:
    """The headers of an event, as the service sends them."""
    headers = {
        "ce-specversion": "1.0",
        "ce-type": f"azure.webpubsub.sys.{kind}",
        "ce-hub": "orders",
        "ce-connectionId": connection,
        "ce-eventName": kind,
        **({"ce-userId": user} if user else {}),
    }
    return headers | {name.replace("_", "-"): value for name, value in more.items()}


async def tell(
    app: App, headers: Mapping[str, str], body: bytes | Mapping[str, Any] = b"{}", method: str = "POST"
) -> tuple[int, Any]:
    response = await door.answer(request(method, "/api/v1/realtime/events", body, headers=headers), Given(app))
    text = response.get_body()
    return response.status_code, json.loads(text)["code"] if response.status_code >= 400 else text


async def told(app: App, kind: str, user: str = "", body: Any = b"{}", **more: str) -> tuple[int, Any]:
    """A signed event."""
    return await tell(app, event(kind, user, **more) | {"ce-signature": signature(app)}, body)


async def test_the_service_alone_may_send_events_here(app: App) -> None:
    async def ask(origin: str | None) -> tuple[int, str | None]:
        headers = {} if origin is None else {"WebHook-Request-Origin": origin}
        answer = await door.answer(request("OPTIONS", "/api/v1/realtime/events", headers=headers), Given(app))
        return answer.status_code, answer.headers.get("webhook-allowed-origin")

    assert await ask(host_of(app)) == (200, host_of(app))
    for other in ("another.webpubsub.azure.com", "", "*", None):
        assert await ask(other) == (403, None)
    nowhere = replace(app, settings=app.settings.model_copy(update={"web_pubsub_connection_string": None}))
    answer = await door.answer(
        request("OPTIONS", "/api/v1/realtime/events", headers={"WebHook-Request-Origin": "x"}), Given(nowhere)
    )
    assert answer.status_code == 403


async def test_an_event_is_taken_with_either_signature_and_with_no_other(app: App) -> None:
    good, bad = signature(app), signature(app, key="another")
    for signed in (good, f"{bad},{good}", f"{good}, {bad}"):
        assert (await tell(app, event("connected") | {"ce-signature": signed}))[0] == 204
    for wrong in (bad, signature(app, "another"), good.upper(), good.removeprefix("sha256="), "", "x" * 2000):
        assert await tell(app, event("connected") | {"ce-signature": wrong}) == (401, "UNAUTHENTICATED")
    assert await tell(app, event("connected")) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ce-type": "azure.webpubsub.user.message"},
        {"ce-type": ""},
        {"ce-hub": "another"},
        {"ce-specversion": "0.3"},
        {"ce-userId": "x" * 513},
    ],
)
async def test_what_is_no_event_of_this_hub_is_refused(app: App, wrong: dict[str, str]) -> None:
    headers = event("connected") | {"ce-signature": signature(app)} | wrong
    assert await tell(app, headers) == (400, "INVALID_REQUEST")


async def test_a_body_is_bounded_and_is_an_object(app: App) -> None:
    for body in (b"[]", b"{", b"1", b"\xff"):
        assert await told(app, "connect", body=body) == (400, "MALFORMED_JSON")
    assert await told(app, "connect", body=b" " * (64 * 1024 + 1)) == (413, "BODY_TOO_LARGE")
    assert (await told(app, "connect", body=b""))[0] == 204


async def test_a_diner_s_connection_is_let_in_and_kept_nowhere(app: App) -> None:
    for kind in ("connect", "connected", "disconnected"):
        assert (await told(app, kind))[0] == 204
    assert await app.db.live_connections.count_documents({}) == 0


async def user_of(crew: Crew, who: str, **feed: str) -> str:
    """The name by which the live service knows the connections that this caller opens."""
    status, answer = await crew.call(who, "realtime_negotiate", {**crew.here, **feed})
    assert status == 200, answer
    claims = jwt.decode(answer["url"].partition("access_token=")[2], options={"verify_signature": False})
    return str(claims["sub"])


async def test_a_screen_is_connected_while_its_connection_is_open(crew: Crew) -> None:
    bar = str(crew.world.bar_id)
    user = await user_of(crew, "bar", kind="station", stationId=bar)
    assert user.endswith("@" + station_group(bar))

    async def connected() -> list[bool]:
        return [one["connected"] for one in await listed(crew)]

    await see(crew, "bar", bar)
    # Nothing was told of its connection: it was seen.
    assert await connected() == [True]
    await told(crew.app, "connected", user)
    await told(crew.app, "connected", user)
    assert await connected() == [True]
    await told(crew.app, "disconnected", user)
    assert await connected() == [False]
    # Somebody sends the old event again, or it comes late: what is gone stays gone.
    await told(crew.app, "connected", user)
    assert await connected() == [False]
    # Two tabs of it: one that is left is enough.
    for connection in ("one", "two"):
        headers = event("connected", user, connection=connection)
        await tell(crew.app, headers | {"ce-signature": signature(crew.app, connection)})
    gone = event("disconnected", user, connection="one")
    await tell(crew.app, gone | {"ce-signature": signature(crew.app, "one")})
    assert await connected() == [True]
    # Another screen's connection is another's.
    expo = await user_of(crew, "expo", kind="location")
    assert expo.endswith("@" + location_group(crew.world.location_id))
    await told(crew.app, "connected", expo)
    await told(crew.app, "disconnected", expo)
    assert await connected() == [True]


async def test_no_more_connections_of_a_user_are_kept_than_twenty(crew: Crew) -> None:
    for number in range(25):
        name = f"connection-{number}"
        await tell(crew.app, event("connected", "u", connection=name) | {"ce-signature": signature(crew.app, name)})
    [kept] = await crew.app.db.live_connections.find().to_list()
    assert kept["open"] == [f"connection-{number}" for number in range(5, 25)]


async def test_a_connection_whose_right_has_ended_is_not_let_in(crew: Crew) -> None:
    group = closing.device_group(str(ObjectId()))
    body = {"claims": {"webpubsub.group": [station_group(crew.world.bar_id), group]}}
    assert (await told(crew.app, "connect", "user", body))[0] == 204
    await closing.write_down(crew.app, [group])
    assert await told(crew.app, "connect", "user", body) == (401, "UNAUTHENTICATED")
    for strange in ({}, {"claims": []}, {"claims": {"webpubsub.group": 5}}, {"claims": {"webpubsub.group": [{}]}}):
        assert (await told(crew.app, "connect", "user", strange))[0] == 204


class Tenant:
    """A tenant of Entra that shows its public keys."""

    def __init__(self) -> None:
        self.asked = 0
        self.works = True
        self.url = ""
        self._keys: dict[str, rsa.RSAPrivateKey] = {}

    def new_key(self, name: str) -> None:
        self._keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    async def show(self, _: web.Request) -> web.Response:
        self.asked += 1
        if not self.works:
            return web.Response(status=503)
        algorithm = jwt.algorithms.RSAAlgorithm
        rows = [algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": name} for name, key in self._keys.items()]
        return web.json_response({"keys": [{"kid": "strange"}, *rows]})

    def token(self, app: App, key: str = "first", *, alg: str = "RS256", **more: Any) -> str:
        now = app.clock.now().timestamp()
        claims = {
            "aud": AUDIENCE,
            "iss": f"https://sts.windows.net/{TENANT}/",
            "oid": OBJECT,
            "nbf": int(now),
            "exp": int(now) + 3600,
        } | more
        claims = {name: value for name, value in claims.items() if value is not None}
        signer: Any = self._keys[key] if alg == "RS256" else "a secret of somebody else that is long"
        return jwt.encode(claims, signer, algorithm=alg, headers={"kid": key})


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    made = Tenant()
    made.new_key("first")
    server = web.Application()
    server.router.add_get(f"/{TENANT}/discovery/v2.0/keys", made.show)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}"
    yield made
    await runner.cleanup()


@pytest.fixture
def keyless(app: App, tenant: Tenant) -> App:
    """A deployment without a key, as in Azure."""
    told_by_bicep = {
        "web_pubsub_connection_string": None,
        "web_pubsub_endpoint": "https://live.example",
        "entra_authority": tenant.url,
        "entra_tenant_id": TENANT,
        "live_events_audience": AUDIENCE,
        "web_pubsub_principal_id": OBJECT,
    }
    return replace(app, settings=app.settings.model_copy(update=told_by_bicep), memory=Memory())


async def shown(app: App, token: str, scheme: str = "Bearer") -> tuple[int, Any]:
    return await tell(app, event("connected", "user") | {"authorization": f"{scheme} {token}"})


async def test_without_a_key_the_service_shows_a_token_of_its_identity(keyless: App, tenant: Tenant) -> None:
    for issuer in (f"https://sts.windows.net/{TENANT}/", f"{tenant.url}/{TENANT}/v2.0"):
        assert (await shown(keyless, tenant.token(keyless, iss=issuer)))[0] == 204
    assert tenant.asked == 1
    now = keyless.clock.now().timestamp()
    wrong = [
        tenant.token(keyless, aud="api://another"),
        tenant.token(keyless, aud=None),
        tenant.token(keyless, iss="https://sts.windows.net/another/"),
        tenant.token(keyless, iss=None),
        tenant.token(keyless, oid="another identity of the tenant"),
        tenant.token(keyless, oid=None),
        tenant.token(keyless, exp=int(now) - 61),
        tenant.token(keyless, exp=None),
        tenant.token(keyless, nbf=int(now) + 120),
        tenant.token(keyless, alg="HS256"),
        tenant.token(keyless)[:-4] + "AAAA",
        "no token",
        "x" * 9000,
        "",
    ]
    for token in wrong:
        assert await shown(keyless, token) == (401, "UNAUTHENTICATED")
    assert await shown(keyless, tenant.token(keyless), scheme="Basic") == (401, "UNAUTHENTICATED")
    # A signature is nothing where there is no key, not even one with an empty key.
    empty = "sha256=" + hmac.new(b"", CONNECTION.encode(), "sha256").hexdigest()
    assert (await tell(keyless, event("connected") | {"ce-signature": empty}))[0] == 401
    assert tenant.asked == 1


async def test_events_that_come_at_once_wait_for_one_look_at_the_keys(keyless: App, tenant: Tenant) -> None:
    token = tenant.token(keyless)
    assert {status for status, _ in await asyncio.gather(*(shown(keyless, token) for _ in range(5)))} == {204}
    assert tenant.asked == 1


async def test_a_new_key_is_fetched_but_not_more_than_once_a_minute(keyless: App, tenant: Tenant, clock: Any) -> None:
    assert (await shown(keyless, tenant.token(keyless)))[0] == 204
    tenant.new_key("second")
    fresh = tenant.token(keyless, "second")
    assert (await shown(keyless, fresh))[0] == 401
    assert tenant.asked == 1
    clock.advance(seconds=61)
    assert (await shown(keyless, fresh))[0] == 204
    assert (await shown(keyless, tenant.token(keyless)))[0] == 204
    assert tenant.asked == 2


async def test_an_outage_of_the_keys_is_no_refusal_and_known_keys_go_on(
    keyless: App, tenant: Tenant, clock: Any
) -> None:
    tenant.works = False
    assert await shown(keyless, tenant.token(keyless)) == (503, "UNAVAILABLE")
    tenant.works = True
    clock.advance(seconds=61)
    assert (await shown(keyless, tenant.token(keyless)))[0] == 204
    tenant.works = False
    clock.advance(days=2)
    assert (await shown(keyless, tenant.token(keyless)))[0] == 204


async def test_where_no_audience_is_set_no_token_is_taken(keyless: App, tenant: Tenant) -> None:
    for unset in ("live_events_audience", "entra_tenant_id", "web_pubsub_principal_id"):
        app = replace(keyless, settings=keyless.settings.model_copy(update={unset: None}))
        assert await shown(app, tenant.token(app)) == (401, "UNAUTHENTICATED")
    assert tenant.asked == 0


async def test_a_screen_s_own_socket_says_whether_it_is_connected(crew: Crew) -> None:
    """From its URL through the stand-in, which tells the app: the way of a screen in a running stack."""
    bar = str(crew.world.bar_id)
    app = crew.app

    async def hear(sent: web.Request) -> web.Response:
        asked = request(sent.method, sent.path, await sent.read(), headers=sent.headers)
        answer = await door.answer(asked, Given(app))
        return web.Response(status=answer.status_code, body=answer.get_body(), headers=dict(answer.headers))

    server = web.Application()
    server.router.add_route("*", "/api/v1/realtime/events", hear)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1/realtime/events"
    service = StandIn(arguments=("--event-handler", url))
    await asyncio.to_thread(service.start)
    app.clock.moment = max(app.clock.now(), datetime.now(UTC))  # type: ignore[attr-defined]
    settings = app.settings.model_copy(update={"web_pubsub_connection_string": SecretStr(service.connection_string())})
    app = replace(app, settings=settings, live=WebPubSub(settings, app.clock))
    try:
        await see(crew, "bar", bar)
        body = {"kind": "station", **crew.here, "stationId": bar}
        async with aiohttp.ClientSession() as session:
            address = (await crew.call("bar", "realtime_negotiate", body, app=app))[1]["url"]
            screen = await Connector(session).open(address)
            [kept] = await eventually(lambda: app.db.live_connections.find({"open": screen.id}).to_list())
            assert kept["_id"].endswith("@" + station_group(bar))
            await screen.socket.close()
            await eventually(lambda: app.db.live_connections.find({"open": []}).to_list())
            assert [one["connected"] for one in await listed(crew)] == [False]
            # Revoked since it was given its URL: it does not come in by it.
            address = (await crew.call("bar", "realtime_negotiate", body, app=app))[1]["url"]
            device = await app.db.devices.find_one({"role": "kitchen"}) or {}
            await closing.write_down(app, [closing.device_group(str(device["_id"]))])
            assert await Connector(session).refused(address) == 401
    finally:
        await app.live.close()
        await asyncio.to_thread(service.stop)
        await runner.cleanup()
