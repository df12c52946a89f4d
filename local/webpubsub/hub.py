"""A hub's connections, and who is in which group."""

import asyncio
import hmac
from collections.abc import Collection, Iterable

from local.webpubsub import limits
from local.webpubsub.connection import Connection
from local.webpubsub.messages import Message, Subprotocol
from local.webpubsub.tokens import ClientGrant
from local.webpubsub.upstream import Upstream


class Hub:
    """The connections of one hub, by id, by group and by user.

    A reliable connection whose websocket was cut is lost. It stays in the hub for `recovery_seconds`, then it ends.
    """

    def __init__(self, name: str, recovery_seconds: float, upstream: Upstream | None = None) -> None:
        self.name = name
        self._upstream = upstream
        self._recovery_seconds = recovery_seconds
        self.connections: dict[str, Connection] = {}
        self.groups: dict[str, dict[str, Connection]] = {}
        self.users: dict[str, dict[str, Connection]] = {}

    def connect(self, connection_id: str, grant: ClientGrant, subprotocol: Subprotocol) -> Connection:
        """A new connection, in the groups of its token from the start."""
        connection = Connection(connection_id, self.name, grant, subprotocol, self.drop)
        self.connections[connection.id] = connection
        if connection.user_id is not None:
            self.users.setdefault(connection.user_id, {})[connection.id] = connection
        connection.greet()
        for group in grant.groups:
            self.join(connection, group)
        if self._upstream is not None:
            self._upstream.tell("connected", connection)
        return connection

    def find_lost(self, connection_id: str, reconnection_token: str) -> Connection | None:
        """The reliable connection to go on with. None where it is unknown, or the token belongs to another."""
        connection = self.connections.get(connection_id)
        if connection is None or not connection.reliable:
            return None
        if not hmac.compare_digest(connection.reconnection_token.encode(), reconnection_token.encode()):
            return None
        if connection.expiry is not None:
            connection.expiry.cancel()
            connection.expiry = None
        return connection

    def lose(self, connection: Connection) -> None:
        """The websocket was cut: a reliable connection waits to be recovered, another ends."""
        if connection.ended:
            return
        if not connection.reliable:
            self.end(connection)
            return
        loop = asyncio.get_running_loop()
        connection.expiry = loop.call_later(self._recovery_seconds, self.end, connection)

    def end(self, connection: Connection, reason: str = "") -> None:
        """Forget the connection; its websocket, if any, is the caller's to close."""
        if self._upstream is not None and not connection.ended:
            self._upstream.tell("disconnected", connection, reason=reason)
        connection.ended = True
        if connection.expiry is not None:
            connection.expiry.cancel()
        self.connections.pop(connection.id, None)
        for group in tuple(connection.groups):
            self.leave(connection, group)
        if connection.user_id is not None:
            _discard(self.users, connection.user_id, connection)

    def drop(self, connection: Connection) -> None:
        """End a connection that does not keep up, and cut its line."""
        self.end(connection)
        connection.abort()

    def close(self, connections: Iterable[Connection], reason: str, code: int = 1000) -> None:
        """End the connections, telling each why."""
        for connection in tuple(connections):
            self.end(connection, reason)
            connection.close(code, reason)

    def join(self, connection: Connection, group: str) -> bool:
        """Put the connection into the group; False when it is in too many already."""
        if len(connection.groups) >= limits.MAX_GROUPS_PER_CONNECTION and group not in connection.groups:
            return False
        connection.groups.add(group)
        self.groups.setdefault(group, {})[connection.id] = connection
        return True

    def leave(self, connection: Connection, group: str) -> None:
        """Take the connection out of the group, if it is in it."""
        connection.groups.discard(group)
        _discard(self.groups, group, connection)

    def in_group(self, group: str) -> Collection[Connection]:
        """The group's connections, in the order in which they came."""
        return self.groups.get(group, {}).values()

    def in_one_of(self, groups: Iterable[str]) -> Collection[Connection]:
        """Everyone who is in one of the groups, once."""
        return {one.id: one for group in groups for one in self.in_group(group)}.values()

    def of_user(self, user_id: str) -> Collection[Connection]:
        """The user's connections."""
        return self.users.get(user_id, {}).values()

    def send(self, receivers: Collection[Connection], message: Message, excluded: Collection[str] = ()) -> None:
        """Deliver to each receiver whose connection id is not excluded. Never waits."""
        # A copy, since a receiver that does not keep up is taken out of the collection meanwhile.
        for connection in tuple(receivers):
            if connection.id not in excluded:
                connection.deliver(message)


class Hubs:
    """All hubs of the service, made on first use. `recovery_seconds` is how long a lost connection is kept."""

    def __init__(self, recovery_seconds: float, upstream: Upstream | None = None) -> None:
        self._recovery_seconds = recovery_seconds
        self._upstream = upstream
        self.by_name: dict[str, Hub] = {}

    def get(self, name: str) -> Hub:
        """The hub of that name."""
        hub = self.by_name.get(name)
        if hub is None:
            hub = self.by_name[name] = Hub(name, self._recovery_seconds, self._upstream)
        return hub

    def count(self) -> int:
        """How many connections there are, lost ones included."""
        return sum(len(hub.connections) for hub in self.by_name.values())


def _discard(index: dict[str, dict[str, Connection]], key: str, connection: Connection) -> None:
    members = index.get(key)
    if members is not None:
        members.pop(connection.id, None)
        if not members:
            del index[key]
