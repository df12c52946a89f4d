"""What a function app says beside its code: host.json, local.settings.json, and the settings that override them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OVERRIDE_PREFIX = "AzureFunctionsJobHost__"
DEFAULT_HUB = "TestHubName"
DEFAULT_TIMEOUT_SECONDS = 30 * 60.0
DEFAULT_BODY_LIMIT = 100 * 1024 * 1024
_TIMESPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?")
_SETTING_REFERENCE = re.compile(r"%([^%]+)%")


class ConfigError(Exception):
    """A configuration file, or a setting, that cannot be used; the message names it and says what is wrong."""


@dataclass(frozen=True, slots=True)
class HostJson:
    """What the local host reads of host.json, with the app settings that override it.

    `timeout_seconds`: how long an invocation may run; None for ever.
    `max_concurrent_requests`, `max_outstanding_requests`: None for no limit.
    """

    raw: Mapping[str, Any]
    route_prefix: str = "api"
    max_concurrent_requests: int | None = None
    max_outstanding_requests: int | None = None
    timeout_seconds: float | None = DEFAULT_TIMEOUT_SECONDS
    hub: str = DEFAULT_HUB


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """local.settings.json: `values` are app settings; the rest is about serving on this machine."""

    values: Mapping[str, str]
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False


def read_host_json(directory: Path, environment: Mapping[str, str]) -> HostJson:
    """host.json of the app in `directory`, defaults where there is none, overridden by `environment`.

    Raises ConfigError.
    """
    raw = _read_object(directory / "host.json")
    for name, value in environment.items():
        if name.lower().startswith(OVERRIDE_PREFIX.lower()):
            _override(raw, name[len(OVERRIDE_PREFIX) :].split("__"), value)
    http = _section(raw, "extensions", "http")
    durable = _section(raw, "extensions", "durableTask")
    return HostJson(
        raw=raw,
        route_prefix=str(http.get("routePrefix", "api")).strip("/"),
        max_concurrent_requests=_limit(http, "maxConcurrentRequests"),
        max_outstanding_requests=_limit(http, "maxOutstandingRequests"),
        timeout_seconds=_timeout(raw.get("functionTimeout")),
        hub=resolve_settings(
            str(durable.get("hubName") or environment.get("WEBSITE_SITE_NAME") or DEFAULT_HUB), environment
        ),
    )


def read_local_settings(directory: Path) -> LocalSettings:
    """local.settings.json of the app in `directory`; empty where there is none. Raises ConfigError."""
    path = directory / "local.settings.json"
    raw = _read_object(path)
    if raw.get("IsEncrypted"):
        raise ConfigError(f"{path} is encrypted: run `func settings decrypt` on it first")
    host = _section(raw, "Host")
    return LocalSettings(
        values={name: "" if value is None else _as_text(value) for name, value in _section(raw, "Values").items()},
        cors_origins=split_origins(str(host.get("CORS") or "")),
        cors_credentials=_as_text(host.get("CORSCredentials", False)).lower() == "true",
    )


def apply_settings(values: Mapping[str, str], environment: MutableMapping[str, str]) -> None:
    """Put app settings into the environment. A variable that is there already stays as it is."""
    for name, value in values.items():
        environment.setdefault(name, value)


def body_limit(environment: Mapping[str, str]) -> int:
    """The largest request body in bytes: FUNCTIONS_REQUEST_BODY_SIZE_LIMIT, else 100 MB. Raises ConfigError."""
    text = environment.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "").strip()
    if not text:
        return DEFAULT_BODY_LIMIT
    if not text.isdigit() or int(text) == 0:
        raise ConfigError("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is not a number of bytes")
    return int(text)


def split_origins(text: str) -> tuple[str, ...]:
    """The origins of a comma-separated list, without trailing slashes."""
    return tuple(origin.strip().rstrip("/") for origin in text.split(",") if origin.strip())


def resolve_settings(text: str, environment: Mapping[str, str]) -> str:
    """`text` with each %NAME% replaced by that setting. Raises ConfigError for a setting that is not there."""

    def value(match: re.Match[str]) -> str:
        found = environment.get(match[1])
        if found is None:
            raise ConfigError(
                f"'%{match[1]}%' names a setting that does not exist: set it in local.settings.json or the environment"
            )
        return found

    return _SETTING_REFERENCE.sub(value, text)


def parse_timespan(text: str) -> float:
    """Seconds of a .NET TimeSpan such as 00:05:00 or 1.12:00:00. Raises ConfigError."""
    match = _TIMESPAN.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"'{text}' is not a time span such as 00:05:00")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[:4])
    return days * 86400 + hours * 3600 + minutes * 60 + seconds + float(f"0.{match[5] or 0}")


def _timeout(value: object) -> float | None:
    if value is None:
        return DEFAULT_TIMEOUT_SECONDS
    if str(value).strip() in {"-1", "-00:00:01"}:
        return None
    return parse_timespan(str(value))


def _limit(section: Mapping[str, Any], name: str) -> int | None:
    if section.get(name) is None:
        return None
    try:
        limit = int(section[name])
    except (TypeError, ValueError):
        raise ConfigError(f"host.json: extensions.http.{name} is not a number") from None
    return limit if limit > 0 else None


def _read_object(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} is not a JSON object")
    return raw


def _section(raw: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    section: Any = raw
    for name in names:
        section = section.get(name)
        if section is None:
            return {}
        if not isinstance(section, dict):
            raise ConfigError(f"{'.'.join(names)} is not a JSON object")
    found: Mapping[str, Any] = section
    return found


def _override(raw: dict[str, Any], path: list[str], value: str) -> None:
    section = raw
    for part in path[:-1]:
        name = _existing_key(section, part)
        child = section.get(name)
        if not isinstance(child, dict):
            child = section[name] = {}
        section = child
    section[_existing_key(section, path[-1])] = value


def _existing_key(section: Mapping[str, Any], name: str) -> str:
    return next((key for key in section if key.lower() == name.lower()), name)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
