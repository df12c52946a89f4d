"""How many sends a second the Web PubSub stand-in takes, and what one costs it.

    python -m tests.bench.bench_webpubsub

One subscriber gets every message; senders are plain sockets, so that the load generator costs little itself.
"""

import argparse
import asyncio
import json
import secrets
import time

import aiohttp
import jwt
import psutil

from tests.integration.local_webpubsub.clients import JSON, RELIABLE, StandIn

_GROUP = "location.demo-cafe.main"


def _request(port: int, key: str) -> bytes:
    target = f"/api/hubs/orders/groups/{_GROUP}/:send?api-version=2024-12-01"
    token = jwt.encode({"aud": f"http://127.0.0.1:{port}{target}", "exp": time.time() + 600}, key, algorithm="HS256")
    payload = {"orderId": secrets.token_hex(12), "stationIds": ["kitchen", "bar"], "orderCode": "K7-204"}
    body = json.dumps({"event": "order_accepted", "payload": payload, "seq": 3, "at": "2026-11-24T12:00:00Z"}).encode()
    head = (
        f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\nUser-Agent: azsdk-python-bench\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _send(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    while time.perf_counter() < until:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 202"):
            raise SystemExit(f"the stand-in answered {answer[:60]!r}")
        sent += 1
    writer.close()
    return sent


async def _receive(socket: aiohttp.ClientWebSocketResponse, counts: dict[str, int]) -> None:
    reliable = socket.protocol != "json.webpubsub.azure.v1"
    async for message in socket:
        counts["received"] += 1
        if reliable and counts["received"] % 300 == 299:
            last = json.loads(message.data)["sequenceId"]
            await socket.send_json({"type": "sequenceAck", "sequenceId": last})


async def _measure(process: psutil.Process, port: int, key: str, senders: int, seconds: float, protocol: str) -> None:
    claims = {
        "aud": f"http://127.0.0.1:{port}/client/hubs/orders",
        "exp": time.time() + 600,
        "webpubsub.group": [_GROUP],
    }
    url = f"ws://127.0.0.1:{port}/client/hubs/orders?access_token={jwt.encode(claims, key, algorithm='HS256')}"
    counts = {"received": -1}
    async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=(protocol,)) as socket:
        receiving = asyncio.create_task(_receive(socket, counts))
        request = _request(port, key)
        before, start = process.cpu_times(), time.perf_counter()
        sent = sum(await asyncio.gather(*(_send(port, request, start + seconds) for _ in range(senders))))
        took, after = time.perf_counter() - start, process.cpu_times()
        async with asyncio.timeout(10):
            while counts["received"] < sent:
                await asyncio.sleep(0.01)
        receiving.cancel()
    cpu = after.user + after.system - before.user - before.system
    print(
        f"{protocol}, {senders} senders: {sent / took:,.0f} sends/s, {cpu / sent * 1e6:.0f} us of the stand-in's CPU "
        f"a send ({cpu / sent * 1_000:.1%} of a core at 1,000 sends/s), {counts['received']} of {sent} received"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    stand_in = StandIn()
    stand_in.start()
    try:
        process = psutil.Process(stand_in.process.pid)
        for protocol in (JSON, RELIABLE):
            for senders in (1, 16):
                asyncio.run(_measure(process, stand_in.port, stand_in.key, senders, options.seconds, protocol))
    finally:
        stand_in.stop()


if __name__ == "__main__":
    main()
