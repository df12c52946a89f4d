"""A diner's HTTP connection for benches and load tests: keep-alive, one request at a time, JSON in and out.

A full client library costs more CPU than what it would measure on the same two cores.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self
from urllib.parse import urlsplit

import orjson


class Connection:
    """One kept-alive connection to `base_url`; opens again when the other side has closed it.

    Raises ConnectionError or TimeoutError where no answer came: whether the request was carried out is then unknown.
    """

    def __init__(self, base_url: str, *, timeout: float = 30.0) -> None:
        parts = urlsplit(base_url)
        assert parts.hostname is not None
        self._host, self._port, self._prefix = parts.hostname, parts.port or 80, parts.path.rstrip("/")
        self._timeout = timeout
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and JSON body."""
        return await self.request("GET", path, b"", headers)

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Status and JSON body."""
        return await self.request("POST", path, orjson.dumps(body), headers)

    async def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        """Send one request and read its whole answer."""
        head = [f"{method} {self._prefix}/{path} HTTP/1.1", f"host: {self._host}:{self._port}"]
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            head += ["content-type: application/json", f"content-length: {len(body)}"]
        try:
            async with asyncio.timeout(self._timeout):
                if self._streams is not None and self._streams[0].at_eof():
                    await self.close()
                reader, writer = self._streams or await self._open()
                writer.write("\r\n".join([*head, "", ""]).encode() + body)
                return await self._answer(reader)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            await self.close()
            raise ConnectionError(f"{method} {path}: {type(error).__name__}") from error

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._streams = await asyncio.open_connection(self._host, self._port)
        return self._streams

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, Any]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        mark = head.find(b"content-length:")
        length = int(head[mark + 15 : head.index(b"\r\n", mark)]) if mark >= 0 else 0
        content = await reader.readexactly(length) if length else b""
        if b"connection: close" in head:
            await self.close()
        return status, orjson.loads(content) if content else None

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
