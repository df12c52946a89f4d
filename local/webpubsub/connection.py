"""One client's connection as the service keeps it: rights, groups, what waits to be sent, what is unacknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from aiohttp import WSMsgType
from aiohttp.web import WebSocketResponse

from local.webpubsub import limits
from local.webpubsub.messages import Frame, Message, Subprotocol, control_frame
from local.webpubsub.tokens import ClientGrant


class Goodbye(NamedTuple):
    """How the service closes a websocket: the close code, and why in words."""

    code: int
    reason: str


class _Unacked(NamedTuple):
    sequence_id: int
    frame: Frame
    expires_at: float | None


class Connection:
    """One client's connection. A reliable one outlives its websocket: it is *lost* until it is recovered, or ends.

    Sending never waits: frames go into a bounded outbox, which one task writes out. A client that does not keep up
    passes the bound, and `on_overflow` ends its connection.
    """

    def __init__(
        self,
        connection_id: str,
        hub: str,
        grant: ClientGrant,
        subprotocol: Subprotocol,
        on_overflow: Callable[[Connection], None],
    ) -> None:
        self.id = connection_id
        self.reconnection_token = secrets.token_urlsafe(32)
        self.hub = hub
        self.user_id = grant.user_id
        self.subprotocol = subprotocol
        self.roles = set(grant.roles)
        self.groups: set[str] = set()
        self.expiry: asyncio.TimerHandle | None = None
        self.ended = False
        self._on_overflow = on_overflow
        self._open = True
        self._socket: WebSocketResponse | None = None
        self._transport: asyncio.Transport | None = None
        self._outbox: deque[Frame | Goodbye] = deque()
        self._outbox_bytes = 0
        self._wake = asyncio.Event()
        self._sequence_id = 0
        self._unacked: deque[_Unacked] = deque()
        self._unacked_bytes = 0
        self._acked: dict[int, None] = {}

    @property
    def reliable(self) -> bool:
        """Whether it can be recovered after its websocket was cut."""
        return self.subprotocol is Subprotocol.RELIABLE

    def describe(self) -> dict[str, Any]:
        """The connection as JSON, for tests and the console."""
        return {
            "connectionId": self.id,
            "hub": self.hub,
            "userId": self.user_id,
            "subprotocol": str(self.subprotocol),
            "groups": sorted(self.groups),
            "lost": self._socket is None,
            "unacknowledged": len(self._unacked),
        }

    def may(self, permission: str, group: str) -> bool:
        """Whether a role gives `permission` (joinLeaveGroup, sendToGroup) for the group."""
        role = f"webpubsub.{permission}"
        return role in self.roles or f"{role}.{group}" in self.roles

    def greet(self) -> None:
        """Send the first frame, or the first one after a recovery. A plain client gets none."""
        if self.subprotocol is Subprotocol.PLAIN:
            return
        fields = {"type": "system", "event": "connected", "userId": self.user_id, "connectionId": self.id}
        if self.reliable:
            fields["reconnectionToken"] = self.reconnection_token
        self.send(control_frame(**fields))

    def send(self, frame: Frame) -> None:
        """Queue a frame of the service's own; it is lost when the websocket is."""
        if not self._open:
            return
        self._outbox.append(frame)
        self._outbox_bytes += len(frame.payload)
        self._wake.set()
        if len(self._outbox) > limits.MAX_WAITING_FRAMES or self._outbox_bytes > limits.MAX_WAITING_BYTES:
            self._on_overflow(self)

    def deliver(self, message: Message) -> None:
        """Queue a data message; a reliable client gets it again after a recovery until it acknowledges it."""
        if self.ended:
            return
        if self.subprotocol is Subprotocol.RELIABLE:
            self._deliver_reliably(message)
        elif self.subprotocol is Subprotocol.JSON:
            self.send(message.frame())
        else:
            self.send(message.content.plain)

    def _deliver_reliably(self, message: Message) -> None:
        self._sequence_id += 1
        frame = message.sequenced_frame(self._sequence_id)
        expires_at = time.monotonic() + message.ttl_seconds if message.ttl_seconds else None
        self._unacked.append(_Unacked(self._sequence_id, frame, expires_at))
        self._unacked_bytes += len(frame.payload)
        self.send(frame)
        if len(self._unacked) > limits.MAX_UNACKED_MESSAGES or self._unacked_bytes > limits.MAX_UNACKED_BYTES:
            self._on_overflow(self)

    def acknowledge(self, sequence_id: int) -> None:
        """Forget the messages that the client has, all up to `sequence_id`."""
        while self._unacked and self._unacked[0].sequence_id <= sequence_id:
            self._unacked_bytes -= len(self._unacked.popleft().frame.payload)

    def was_handled(self, ack_id: int) -> bool:
        """Whether a frame with this ackId was done already."""
        return ack_id in self._acked

    def remember_handled(self, ack_id: int) -> None:
        """Keep the ackId of a frame that was done; the oldest are forgotten."""
        self._acked[ack_id] = None
        if len(self._acked) > limits.MAX_REMEMBERED_ACKS:
            del self._acked[next(iter(self._acked))]

    def close(self, code: int, reason: str) -> None:
        """Queue the disconnected frame, then the close. A client that does not read them is cut off."""
        if not self._open:
            return
        if self.subprotocol is not Subprotocol.PLAIN:
            self.send(control_frame(type="system", event="disconnected", message=reason))
        self._outbox.append(Goodbye(code, reason))
        self._wake.set()
        asyncio.get_running_loop().call_later(2 * limits.CLOSE_SECONDS, self.abort)

    def abort(self) -> None:
        """Cut the line at once."""
        self._shut()
        if self._transport is not None:
            self._transport.abort()

    def attach(self, socket: WebSocketResponse, transport: asyncio.Transport | None) -> None:
        """The websocket that carries the connection from now on."""
        self._socket = socket
        self._transport = transport

    def detach(self, socket: WebSocketResponse) -> bool:
        """The websocket is gone. False when another one has taken its place already."""
        if self._socket is not socket:
            return False
        self._shut()
        self._socket = None
        self._transport = None
        return True

    def reopen(self, socket: WebSocketResponse, transport: asyncio.Transport | None) -> None:
        """Go on with a new websocket: greet, then send again what is unacknowledged."""
        self.abort()
        self.attach(socket, transport)
        self._open = True
        self.greet()
        now = time.monotonic()
        for unacked in tuple(self._unacked):
            if unacked.expires_at is None or unacked.expires_at > now:
                self.send(unacked.frame)

    def _shut(self) -> None:
        self._open = False
        self._outbox.clear()
        self._outbox_bytes = 0
        self._wake.set()

    async def write_out(self, socket: WebSocketResponse) -> Goodbye | None:
        """Write the outbox to the websocket, up to a goodbye, which is returned. None where the websocket is gone."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            while self._socket is socket:
                while self._outbox and self._socket is socket:
                    item = self._outbox.popleft()
                    if isinstance(item, Goodbye):
                        return item
                    self._outbox_bytes -= len(item.payload)
                    await socket.send_frame(item.payload, WSMsgType.TEXT if item.is_text else WSMsgType.BINARY)
                self._wake.clear()
                await self._wake.wait()
        return None
