"""Reading a request: JSON, types, sizes, names. Whatever is wrong with it becomes a Problem."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qs

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.errors import (
    BODY_TOO_LARGE,
    INVALID_REQUEST,
    MALFORMED_JSON,
    NOT_FOUND,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
)

MAX_DEPTH = 32
MAX_PATH_VALUE = 128
MAX_DETAIL = 20
MAX_FIELD = 200
MAX_KEY = 200
MAX_FORM_FIELDS = 50
MAX_FORM_BYTES = 500_000

ModelT = TypeVar("ModelT", bound=BaseModel)

_NOTHING = object()
_KEY = re.compile(rf"[!-~]{{1,{MAX_KEY}}}")
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,15})"')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FORM_TYPE = re.compile(r"application/x-www-form-urlencoded\s*(;.*)?\Z", re.IGNORECASE)
_MULTIPART_TYPE = re.compile(
    r"multipart/form-data\s*;(?:[^;]*;)*?\s*boundary=(?:\"([^\"\r\n]{1,200})\"|([!-:<-~]{1,200}))\s*(?:;.*)?\Z",
    re.IGNORECASE,
)
_JSON_TYPE = re.compile(r"application/(json|[a-z0-9.+-]+\+json)\s*(;.*)?\Z", re.IGNORECASE)
_MOMENT = "This is no moment: use one such as 2026-05-04T18:00:00Z."
_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known here.",
    "union_tag_not_found": "This field is required.",
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _MOMENT,
}
_PATTERNS = {
    r"\S": "It must not be empty.",
    r"^\d{4}-\d{2}-\d{2}$": "This is no date: use one such as 2026-12-25.",
    r"^(\+[1-9][0-9]{5,14}|[^@\s]+@[^@\s]+)$": "Use an e-mail address, or a phone number such as +15125550100.",
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$": "Use letters, digits, - and _ only, at most 40 of them, as in menu.",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "Use small letters, digits and single hyphens, as in old-town.",
    r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$": "This is no colour: use one such as #1a2b3c.",
}
"""What a text that does not match is told, by the pattern; others are shown theirs."""


def check_path(values: Mapping[str, str]) -> None:
    """Raises Problem NOT_FOUND for a value with more than 128 characters or a control character: no id has that."""
    for value in values.values():
        if len(value) > MAX_PATH_VALUE or _CONTROL.search(value):
            raise Problem(NOT_FOUND)


def read_key(headers: Mapping[str, str], *, needed: bool) -> str | None:
    """The request's Idempotency-Key; None where it has none. Raises Problem INVALID_REQUEST."""
    key = headers.get("idempotency-key")
    if key is None and not needed:
        return None
    if key is None or not _KEY.fullmatch(key):
        message = "This header is required." if key is None else f"A key is 1 to {MAX_KEY} letters without spaces."
        raise Problem(INVALID_REQUEST, message, detail=[{"field": "Idempotency-Key", "message": message}])
    return key


def read_version(headers: Mapping[str, str]) -> int | None:
    """The version that If-Match names; None where it is not sent, or is `*`. Raises Problem INVALID_REQUEST."""
    sent = headers.get("if-match", "*").strip()
    if sent == "*":
        return None
    found = _VERSION.fullmatch(sent)
    if found is None:
        message = 'This is the etag of an answer, such as "7".'
        raise Problem(INVALID_REQUEST, f"If-Match: {message}", detail=[{"field": "If-Match", "message": message}])
    return int(found[1])


def check_size(body: bytes, limit: int) -> None:
    """Raises Problem BODY_TOO_LARGE for more than `limit` bytes."""
    if len(body) > limit:
        raise Problem(BODY_TOO_LARGE, f"The body is larger than {limit} bytes.")


def read_body(model: type[ModelT], body: bytes, content_type: str | None) -> ModelT:
    """The body as `model`. Raises Problem (400, 415).

    A missing content type counts as JSON. A missing body counts as `{}` where the model requires nothing.
    """
    if not body or body.isspace():
        if may_be_left_out(model):
            return model()
        raise Problem(INVALID_REQUEST, "Send a JSON body.", detail=[{"field": "", "message": "The body is missing."}])
    if content_type and not _JSON_TYPE.match(content_type.strip()):
        raise Problem(UNSUPPORTED_MEDIA_TYPE)
    # pydantic's own parser takes NaN and lone surrogates, which neither MongoDB nor a client could read back.
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(MALFORMED_JSON) from error
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_deep(parsed):
        raise Problem(MALFORMED_JSON, f"The body is nested more than {MAX_DEPTH} levels deep.")
    try:
        return model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _invalid(error, parsed) from error


def read_form(model: type[ModelT], body: bytes, content_type: str | None) -> ModelT:
    """A form as `model`; of a field that comes several times the first counts. Raises Problem (400, 415)."""
    if content_type and not _FORM_TYPE.match(content_type.strip()):
        raise Problem(UNSUPPORTED_MEDIA_TYPE)
    try:
        sent = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="replace")
    except ValueError as error:
        raise Problem(INVALID_REQUEST, "The body is no form.") from error
    values = {name: found[0] for name, found in sent.items()}
    try:
        return model.model_validate_strings(values, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _invalid(error, values) from error


def read_multipart(model: type[ModelT], body: bytes, content_type: str | None) -> ModelT:
    """A form with files as `model`; of a part that comes several times the first counts. What a file is called, and
    what it is said to be, is not read. Raises Problem (400, 415).

    The whole body is there, and not too large: `check_size` comes before.
    """
    kind = _MULTIPART_TYPE.match((content_type or "").strip())
    if kind is None:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, "Send the body as multipart/form-data.")
    # No cold start needs it.
    from werkzeug.exceptions import RequestEntityTooLarge
    from werkzeug.formparser import MultiPartParser

    parser = MultiPartParser(
        stream_factory=lambda *_, **__: BytesIO(), max_form_memory_size=MAX_FORM_BYTES, max_form_parts=MAX_FORM_FIELDS
    )
    try:
        texts, files = parser.parse(BytesIO(body), (kind[1] or kind[2]).encode(), len(body))
    except (ValueError, RequestEntityTooLarge) as error:
        raise Problem(INVALID_REQUEST, "The body is no multipart/form-data.") from error
    values: dict[str, Any] = {name: texts[name] for name in texts}
    for name, field in model.model_fields.items():
        if field.annotation is bytes:
            values.pop(name, None)
            if name in files:
                values[name] = files[name].read()
    try:
        return model.model_validate(values, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _invalid(error, values) from error


def may_be_left_out(model: type[BaseModel]) -> bool:
    """Whether no field of this body is required."""
    return not any(field.is_required() for field in model.model_fields.values())


def read_query(model: type[ModelT], values: Mapping[str, str]) -> ModelT:
    """The query string as `model`; texts are read as the numbers and flags that they spell. Raises Problem (400).

    A parameter without a value counts as absent: Azure's host does not even pass it on.
    """
    given = {name: value for name, value in values.items() if value}
    try:
        return model.model_validate_strings(given, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _invalid(error, values) from error


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _invalid(error: ValidationError, sent: Any) -> Problem:
    rows = error.errors(include_url=False, include_input=False)
    detail = [{"field": _field(_place(row), sent), "message": _sentence(row)} for row in rows[:MAX_DETAIL]]
    field, message = detail[0]["field"], detail[0]["message"]
    return Problem(INVALID_REQUEST, f"{field}: {message}" if field else message, detail=detail)


def _place(row: ErrorDetails) -> Sequence[int | str]:
    """The path to the fault; for a union, to the field that says which member is meant."""
    if row["type"].startswith("union_tag_"):
        return (*row["loc"], row["ctx"]["discriminator"].strip("'"))
    return row["loc"]


def _field(loc: Sequence[int | str], sent: Any) -> str:
    """The path to the field in what was sent, without the union's member, which pydantic names and no client knows."""
    names: list[str] = []
    for index, step in enumerate(loc):
        inside = _inside(sent, step)
        is_missing_key = isinstance(sent, Mapping) and index == len(loc) - 1
        if inside is _NOTHING and not is_missing_key:
            continue
        names.append(str(step))
        sent = inside
    return ".".join(names)[:MAX_FIELD]


def _inside(sent: Any, step: int | str) -> Any:
    if isinstance(sent, Mapping):
        return sent.get(step, _NOTHING)
    if isinstance(sent, list) and isinstance(step, int) and step < len(sent):
        return sent[step]
    return _NOTHING


def _sentence(row: ErrorDetails) -> str:
    known = _SENTENCES.get(row["type"])
    if known is not None:
        return known
    if row["type"] == "union_tag_invalid":
        return f"This is one of {row['ctx']['expected_tags']}."
    if row["type"] == "too_short":
        return f"There must be at least {row['ctx']['min_length']} here."
    if row["type"] == "string_pattern_mismatch" and row["ctx"]["pattern"] in _PATTERNS:
        return _PATTERNS[row["ctx"]["pattern"]]
    text = row["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return text if text.endswith(".") else f"{text}."
