"""The calls of the data plane on one hub, after their token was verified."""

import itertools
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from local.webpubsub import filters, group_filters, limits
from local.webpubsub.answers import Answer, RefusedError
from local.webpubsub.connection import Connection
from local.webpubsub.hub import Hub
from local.webpubsub.messages import BadContentError, Message, content_from_body, parse_json
from local.webpubsub.query import Query
from local.webpubsub.tokens import AccessKey

_PERMISSIONS = ("joinLeaveGroup", "sendToGroup")
_MAX_TTL_SECONDS = 300
_MAX_TOP = 2**31 - 1
_MAX_TOKEN_MINUTES = 24 * 60 * 365


@dataclass(frozen=True)
class HubCall:
    """One call on a hub. `origin` is scheme, host and port, as the caller addressed them."""

    hub: Hub
    key: AccessKey
    method: str
    origin: str
    query: Query
    body: bytes
    content_type: str

    def answer(self, parts: list[str]) -> Answer:
        """Do the work that the path's parts after the hub's name stand for; Raises RefusedError."""
        # In every call's path a fixed word and a name take turns.
        shape = "/".join(part if index % 2 == 0 else "*" for index, part in enumerate(parts))
        work = _CALLS.get(f"{self.method} {shape}")
        if work is None:
            raise RefusedError(404, "NotFound", "the service has no such call")
        return work(self, *parts[1::2])

    def send_to_group(self, group: str) -> Answer:
        """Send the body to the group's connections."""
        return self._send(self.hub.in_group(_group(group)), group=group)

    def send_to_all(self) -> Answer:
        """Send the body to every connection of the hub, or to those that the filter fits."""
        groups = group_filters.one_of(self.query.one("filter") or "")
        return self._send(self.hub.connections.values() if groups is None else self.hub.in_one_of(groups))

    def send_to_user(self, user_id: str) -> Answer:
        """Send the body to the user's connections."""
        return self._send(self.hub.of_user(user_id))

    def send_to_connection(self, connection_id: str) -> Answer:
        """Send the body to one connection; to an unknown one it is accepted and lost, as the service does."""
        return self._send(self._those(connection_id))

    def close_all(self) -> Answer:
        """Close the hub's connections."""
        return self._close(self.hub.connections.values())

    def close_group(self, group: str) -> Answer:
        """Close the group's connections."""
        return self._close(self.hub.in_group(_group(group)))

    def close_user(self, user_id: str) -> Answer:
        """Close the user's connections."""
        return self._close(self.hub.of_user(user_id))

    def close_connection(self, connection_id: str) -> Answer:
        """Close one connection, if it is there."""
        return self._close(self._those(connection_id))

    def connection_exists(self, connection_id: str) -> Answer:
        """200 or 404."""
        return _exists(connection_id in self.hub.connections, "Warning.Connection.NotExisted")

    def group_exists(self, group: str) -> Answer:
        """200 when the group has a connection, else 404."""
        return _exists(bool(self.hub.in_group(_group(group))), "Warning.Group.NotExisted")

    def user_exists(self, user_id: str) -> Answer:
        """200 when the user has a connection, else 404."""
        return _exists(bool(self.hub.of_user(user_id)), "Warning.User.NotExisted")

    def add_connection_to_group(self, group: str, connection_id: str) -> Answer:
        """Put a connection into the group."""
        return self._join([self._known(connection_id)], [_group(group)])

    def add_user_to_group(self, user_id: str, group: str) -> Answer:
        """Put the connections that the user has now into the group; 404 for a user who has none."""
        connections = self.hub.of_user(user_id)
        if not connections:
            raise RefusedError(404, "Warning.User.NotExisted", f"User `{user_id}` is not found.", "User")
        return self._join(connections, [_group(group)])

    def add_to_groups(self) -> Answer:
        """Put every connection that the body's filter fits into each of its groups."""
        groups, connections = self._groups_and_connections()
        return self._join(connections, groups)

    def remove_from_groups(self) -> Answer:
        """Take every connection that the body's filter fits out of each of its groups."""
        groups, connections = self._groups_and_connections()
        self._leave(connections, groups)
        return Answer(200)

    def remove_connection_from_group(self, group: str, connection_id: str) -> Answer:
        """Take a connection out of the group."""
        return self._leave(self._those(connection_id), [_group(group)])

    def remove_user_from_group(self, user_id: str, group: str) -> Answer:
        """Take the user's connections out of the group."""
        return self._leave(self.hub.of_user(user_id), [_group(group)])

    def remove_connection_from_all_groups(self, connection_id: str) -> Answer:
        """Take a connection out of all its groups."""
        return self._leave(self._those(connection_id))

    def remove_user_from_all_groups(self, user_id: str) -> Answer:
        """Take the user's connections out of all their groups."""
        return self._leave(self.hub.of_user(user_id))

    def list_connections(self, group: str) -> Answer:
        """One page of the group's connections, with the address of the next."""
        group = _group(group)
        size = self.query.number("maxpagesize", limits.MAX_PAGE, limits.MAX_PAGE) or limits.MAX_PAGE
        top = self.query.number("top", _MAX_TOP, _MAX_TOP)
        after = self.query.one("continuationToken") or ""
        rest = sorted((one for one in self.hub.in_group(group) if one.id > after), key=lambda one: one.id)
        page = rest[: min(size, top)]
        link = None
        if page and len(rest) > len(page) and top > len(page):
            path = f"/api/hubs/{quote(self.hub.name)}/groups/{quote(group, safe='')}/connections"
            link = f"{self.origin}{path}?maxpagesize={size}&top={top - len(page)}&continuationToken={page[-1].id}"
        return Answer(
            200, {"value": [{"connectionId": one.id, "userId": one.user_id} for one in page], "nextLink": link}
        )

    def grant_permission(self, permission: str, connection_id: str) -> Answer:
        """Give a connection the permission for the target group, or for all when none is named."""
        self._known(connection_id).roles.add(self._role(permission))
        return Answer(200)

    def revoke_permission(self, permission: str, connection_id: str) -> Answer:
        """Take the permission for the target group back; without a target, the one for all groups."""
        role = self._role(permission)
        for connection in self._those(connection_id):
            connection.roles.discard(role)
        return Answer(204)

    def has_permission(self, permission: str, connection_id: str) -> Answer:
        """200 when the connection may, else 404."""
        roles = {self._role(permission), f"webpubsub.{permission}"}
        return _exists(any(not roles.isdisjoint(connection.roles) for connection in self._those(connection_id)))

    def generate_token(self) -> Answer:
        """A client's token, made by the service for callers that have no key."""
        kind = self.query.one("clientType")
        if kind is not None and kind.lower() != "default":
            raise RefusedError(400, "NotSupported", f"this stand-in has no clients of the type {kind}, only Default")
        minutes = self.query.number("minutesToExpire", 60, _MAX_TOKEN_MINUTES)
        token = self.key.issue(
            f"{self.origin}/client/hubs/{self.hub.name}",
            user_id=self.query.one("userId"),
            roles=self.query.all("role"),
            groups=self.query.all("group"),
            minutes=minutes,
        )
        return Answer(200, {"token": token})

    def _send(self, receivers: Collection[Connection], group: str | None = None) -> Answer:
        text = self.query.one("filter")
        if text is not None:
            receivers = _filtered(receivers, text)
        ttl_seconds = self.query.number("messageTtlSeconds", 0, _MAX_TTL_SECONDS)
        message = Message(content_from_body(self.body, self.content_type), group=group, ttl_seconds=ttl_seconds)
        self.hub.send(receivers, message, excluded=self.query.all("excluded"))
        return Answer(202)

    def _groups_and_connections(self) -> tuple[list[str], Collection[Connection]]:
        """What `:addToGroups` and `:removeFromGroups` are told in their body: {"groups", "filter"?}."""
        try:
            body = parse_json(self.body.decode())
        except (UnicodeDecodeError, BadContentError):
            body = None
        groups, text = (body.get("groups"), body.get("filter")) if isinstance(body, dict) else (None, None)
        if not isinstance(groups, list) or not groups or len(groups) > limits.MAX_GROUPS_PER_CONNECTION:
            raise RefusedError(400, "InvalidBody", "the body must be an object with a list of groups")
        if not all(isinstance(group, str) for group in groups) or not isinstance(text, str | None):
            raise RefusedError(400, "InvalidBody", "groups and filter are texts")
        connections = self.hub.connections.values()
        return [_group(group) for group in groups], connections if text is None else _filtered(connections, text)

    def _close(self, connections: Iterable[Connection]) -> Answer:
        excluded = self.query.all("excluded")
        reason = self.query.one("reason") or "The connection was closed by the application."
        self.hub.close([one for one in connections if one.id not in excluded], reason)
        return Answer(204)

    def _join(self, connections: Iterable[Connection], groups: Iterable[str]) -> Answer:
        for connection, group in itertools.product(connections, groups):
            if not self.hub.join(connection, group):
                highest = limits.MAX_GROUPS_PER_CONNECTION
                raise RefusedError(400, "TooManyGroups", f"a connection can be in {highest} groups at most")
        return Answer(200)

    def _leave(self, connections: Iterable[Connection], groups: Iterable[str] | None = None) -> Answer:
        for connection in connections:
            for group in tuple(connection.groups) if groups is None else groups:
                self.hub.leave(connection, group)
        return Answer(204)

    def _role(self, permission: str) -> str:
        if permission not in _PERMISSIONS:
            raise RefusedError(400, "InvalidPermission", f"the permission must be one of {', '.join(_PERMISSIONS)}")
        target = self.query.one("targetName")
        return f"webpubsub.{permission}" if target is None else f"webpubsub.{permission}.{_group(target)}"

    def _those(self, connection_id: str) -> list[Connection]:
        connection = self.hub.connections.get(connection_id)
        return [] if connection is None else [connection]

    def _known(self, connection_id: str) -> Connection:
        connection = self.hub.connections.get(connection_id)
        if connection is None:
            message = f"Connection `{connection_id}` is not found."
            raise RefusedError(404, "Error.Connection.NotExisted", message, "Connection")
        return connection


def _exists(found: bool, code: str | None = None) -> Answer:
    return Answer(200) if found else Answer(404, code=code)


def _filtered(connections: Collection[Connection], text: str) -> list[Connection]:
    try:
        matches = filters.parse(text)
    except filters.FilterError as error:
        raise RefusedError(400, "Error.InvalidFilter", str(error), "filter") from None
    return [connection for connection in connections if matches(connection)]


def _group(name: str) -> str:
    if not 0 < len(name) <= limits.MAX_GROUP_NAME or name.isspace():
        raise RefusedError(400, "InvalidGroup", f"a group's name has 1 to {limits.MAX_GROUP_NAME} characters")
    return name


_CALLS: dict[str, Callable[..., Answer]] = {
    "POST groups/*/:send": HubCall.send_to_group,
    "POST :send": HubCall.send_to_all,
    "POST users/*/:send": HubCall.send_to_user,
    "POST connections/*/:send": HubCall.send_to_connection,
    "POST :addToGroups": HubCall.add_to_groups,
    "POST :removeFromGroups": HubCall.remove_from_groups,
    "POST :closeConnections": HubCall.close_all,
    "POST groups/*/:closeConnections": HubCall.close_group,
    "POST users/*/:closeConnections": HubCall.close_user,
    "DELETE connections/*": HubCall.close_connection,
    "HEAD connections/*": HubCall.connection_exists,
    "HEAD groups/*": HubCall.group_exists,
    "HEAD users/*": HubCall.user_exists,
    "PUT groups/*/connections/*": HubCall.add_connection_to_group,
    "PUT users/*/groups/*": HubCall.add_user_to_group,
    "DELETE groups/*/connections/*": HubCall.remove_connection_from_group,
    "DELETE users/*/groups/*": HubCall.remove_user_from_group,
    "DELETE connections/*/groups": HubCall.remove_connection_from_all_groups,
    "DELETE users/*/groups": HubCall.remove_user_from_all_groups,
    "GET groups/*/connections": HubCall.list_connections,
    "PUT permissions/*/connections/*": HubCall.grant_permission,
    "DELETE permissions/*/connections/*": HubCall.revoke_permission,
    "HEAD permissions/*/connections/*": HubCall.has_permission,
    "POST :generateToken": HubCall.generate_token,
}
