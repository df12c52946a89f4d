"""What clients with a JSON subprotocol ask for: groups, messages to groups, events, acknowledgements, pings."""

from typing import Any

from local.webpubsub import limits
from local.webpubsub.connection import Connection
from local.webpubsub.hub import Hub
from local.webpubsub.messages import (
    PONG,
    BadContentError,
    Message,
    ack_frame,
    content_from_client,
    invocation_refused,
    parse_json,
)

# The name and the message of a refusal.
Refusal = tuple[str, str]

_NO_HANDLER: Refusal = (
    "InternalServerError",
    "This stand-in has no event handlers for clients' own events and invocations: they go nowhere.",
)


class MalformedFrameError(Exception):
    """The frame is not of the protocol; the text says how, and the connection is to be closed with it."""


async def handle_frame(hub: Hub, connection: Connection, text: str) -> None:
    """Do what the frame asks for, and queue the answer. Raises MalformedFrameError."""
    frame = _parse(text)
    kind = frame.get("type")
    if kind == "ping":
        connection.send(PONG)
    elif kind == "sequenceAck":
        connection.acknowledge(_number(frame, "sequenceId"))
    elif kind in ("joinGroup", "leaveGroup", "sendToGroup", "event"):
        await _handle_once(hub, connection, frame)
    elif kind == "invoke":
        connection.send(invocation_refused(frame.get("invocationId"), _NO_HANDLER))
    elif kind != "cancelInvocation":
        raise MalformedFrameError("the frame's type is not known")


async def _handle_once(hub: Hub, connection: Connection, frame: dict[str, Any]) -> None:
    ack_id = _number(frame, "ackId") if "ackId" in frame else None
    if ack_id is None:
        await _act(hub, connection, frame)
        return
    if connection.was_handled(ack_id):
        connection.send(ack_frame(ack_id, ("Duplicate", f"The message with ackId {ack_id} was handled already.")))
        return
    refusal = await _act(hub, connection, frame)
    if refusal is None:
        connection.remember_handled(ack_id)
    connection.send(ack_frame(ack_id, refusal))


async def _act(hub: Hub, connection: Connection, frame: dict[str, Any]) -> Refusal | None:
    if frame["type"] == "event":
        return _NO_HANDLER
    group = _group(frame)
    if frame["type"] == "sendToGroup":
        return _send_to_group(hub, connection, group, frame)
    if not connection.may("joinLeaveGroup", group):
        return ("Forbidden", f"No role of this connection lets it join or leave the group '{group}'.")
    if frame["type"] == "leaveGroup":
        hub.leave(connection, group)
    elif not hub.join(connection, group):
        return ("InvalidRequest", f"A connection can be in {limits.MAX_GROUPS_PER_CONNECTION} groups at most.")
    return None


def _send_to_group(hub: Hub, connection: Connection, group: str, frame: dict[str, Any]) -> Refusal | None:
    if not connection.may("sendToGroup", group):
        return ("Forbidden", f"No role of this connection lets it send to the group '{group}'.")
    if "data" not in frame:
        raise MalformedFrameError("the frame has no data")
    try:
        content = content_from_client(frame.get("dataType", "json"), frame["data"])
    except BadContentError as error:
        raise MalformedFrameError(str(error)) from None
    message = Message(content, group=group, from_user_id=connection.user_id)
    hub.send(hub.in_group(group), message, excluded=(connection.id,) if frame.get("noEcho") is True else ())
    return None


def _parse(text: str) -> dict[str, Any]:
    try:
        frame = parse_json(text)
    except BadContentError as error:
        raise MalformedFrameError(str(error)) from None
    if not isinstance(frame, dict):
        raise MalformedFrameError("the frame is not a JSON object")
    return frame


def _number(frame: dict[str, Any], name: str) -> int:
    value = frame.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedFrameError(f"{name} must be a whole number, not below 0")
    return value


def _group(frame: dict[str, Any]) -> str:
    group = frame.get("group")
    if not isinstance(group, str) or not 0 < len(group) <= limits.MAX_GROUP_NAME or group.isspace():
        raise MalformedFrameError(f"group must be a name of 1 to {limits.MAX_GROUP_NAME} characters")
    return group
