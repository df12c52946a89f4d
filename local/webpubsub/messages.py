"""What travels to a client: data messages in each subprotocol's form, and the service's own frames."""

import base64
import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Never

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain"
BINARY_TYPE = "application/octet-stream"


class Subprotocol(StrEnum):
    """How a client speaks: PLAIN is a websocket without a subprotocol and sees data only."""

    PLAIN = ""
    JSON = "json.webpubsub.azure.v1"
    RELIABLE = "json.reliable.webpubsub.azure.v1"


class Frame(NamedTuple):
    """One websocket frame: UTF-8 text, or bytes."""

    payload: bytes
    is_text: bool


class BadContentError(ValueError):
    """The message's content does not fit its declared type; the text says how."""


def _refuse_constant(name: str) -> Never:
    raise BadContentError(f"{name} is not JSON")


# One decoder for all: making it takes longer than decoding a small message.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def parse_json(text: str) -> Any:
    """Reads strict JSON; raises BadContentError for anything else, however deep or odd it is."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadContentError(f"the content is not valid JSON: {error}") from None


def dump_json(value: Any) -> str:
    """Compact JSON in ASCII, which any lone surrogate survives."""
    return json.dumps(value, separators=(",", ":"))


@dataclass(frozen=True)
class Content:
    """A message's content: `encoded` is its value as JSON text, `plain` what a client without subprotocol gets."""

    data_type: str
    encoded: str
    plain: Frame


def content_from_body(body: bytes, content_type: str) -> Content:
    """The content of a REST send; raises BadContentError for a bad body or an unknown content type."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == BINARY_TYPE:
        return Content("binary", f'"{base64.b64encode(body).decode()}"', Frame(body, is_text=False))
    if kind not in (JSON_TYPE, TEXT_TYPE):
        raise BadContentError(f"the content type must be {JSON_TYPE}, {TEXT_TYPE} or {BINARY_TYPE}")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadContentError("the content is not UTF-8") from None
    if kind == TEXT_TYPE:
        return Content("text", dump_json(text), Frame(body, is_text=True))
    parse_json(text)
    return Content("json", text, Frame(body, is_text=True))


def content_from_client(data_type: object, data: object) -> Content:
    """The content of a client's frame; raises BadContentError when `data` does not fit `data_type`."""
    if data_type == "json":
        encoded = dump_json(data)
        return Content("json", encoded, Frame(encoded.encode(), is_text=True))
    if not isinstance(data, str):
        raise BadContentError("data must be a string unless dataType is json")
    if data_type == "text":
        return Content("text", dump_json(data), Frame(data.encode("utf-8", "replace"), is_text=True))
    if data_type in ("binary", "protobuf"):
        try:
            raw = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            raise BadContentError("data must be base64") from None
        return Content(str(data_type), dump_json(data), Frame(raw, is_text=False))
    raise BadContentError("dataType must be json, text, binary or protobuf")


class Message:
    """A data message. `group` is None when it comes from the server; `ttl_seconds` 0 means it never expires."""

    __slots__ = ("_tail", "content", "from_user_id", "group", "ttl_seconds")

    def __init__(
        self, content: Content, *, group: str | None = None, from_user_id: str | None = None, ttl_seconds: int = 0
    ) -> None:
        self.content = content
        self.group = group
        self.from_user_id = from_user_id
        self.ttl_seconds = ttl_seconds
        self._tail: bytes | None = None

    def frame(self) -> Frame:
        """The frame of the subprotocol without sequence numbers."""
        return Frame(b"{" + self._json_tail(), is_text=True)

    def sequenced_frame(self, sequence_id: int) -> Frame:
        """The frame of the reliable subprotocol."""
        return Frame(b'{"sequenceId":%d,' % sequence_id + self._json_tail(), is_text=True)

    def _json_tail(self) -> bytes:
        # All but the opening brace: made once for all receivers, and not at all where there is none.
        if self._tail is None:
            head = '"type":"message","from":"server",'
            if self.group is not None:
                head = f'"type":"message","from":"group","group":{dump_json(self.group)},'
            if self.from_user_id is not None:
                head += f'"fromUserId":{dump_json(self.from_user_id)},'
            self._tail = f'{head}"dataType":"{self.content.data_type}","data":{self.content.encoded}}}'.encode()
        return self._tail


def control_frame(**fields: Any) -> Frame:
    """A frame of the service's own: system, ack or pong."""
    return Frame(dump_json(fields).encode(), is_text=True)


PONG = control_frame(type="pong")


def ack_frame(ack_id: int, error: tuple[str, str] | None = None) -> Frame:
    """The answer to a frame that carried an ackId; `error` is (name, message)."""
    if error is None:
        return control_frame(type="ack", ackId=ack_id, success=True)
    return control_frame(type="ack", ackId=ack_id, success=False, error={"name": error[0], "message": error[1]})


def invocation_refused(invocation_id: object, error: tuple[str, str]) -> Frame:
    """The answer to a client that wants something done and waits for the result; `error` is (name, message)."""
    refused = {"name": error[0], "message": error[1]}
    return control_frame(type="invokeResponse", invocationId=invocation_id, success=False, error=refused)
