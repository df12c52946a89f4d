"""host.json, local.settings.json, and what the environment says about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.host.config import (
    ConfigError,
    apply_settings,
    parse_timespan,
    read_host_json,
    read_local_settings,
    resolve_settings,
)


def _write(folder: Path, name: str, value: Any) -> Path:
    (folder / name).write_text(value if isinstance(value, str) else json.dumps(value))
    return folder


def test_an_app_without_host_json_has_the_platforms_defaults(tmp_path: Path) -> None:
    host = read_host_json(tmp_path, {})
    assert (host.route_prefix, host.timeout_seconds, host.hub) == ("api", 1800.0, "TestHubName")
    assert (host.max_concurrent_requests, host.max_outstanding_requests) == (None, None)


def test_host_json_is_read_and_settings_override_it_in_any_letter_case(tmp_path: Path) -> None:
    http = {"routePrefix": "", "maxConcurrentRequests": 10, "maxOutstandingRequests": -1}
    _write(
        tmp_path,
        "host.json",
        {"functionTimeout": "00:05:00", "extensions": {"http": http, "durableTask": {"hubName": "a"}}},
    )
    host = read_host_json(
        tmp_path,
        {
            "AzureFunctionsJobHost__extensions__durableTask__hubName": "b",
            "azurefunctionsjobhost__EXTENSIONS__HTTP__maxconcurrentrequests": "7",
            "AzureFunctionsJobHost__logging__logLevel__default": "Debug",
        },
    )
    assert (host.route_prefix, host.timeout_seconds, host.hub) == ("", 300.0, "b")
    assert (host.max_concurrent_requests, host.max_outstanding_requests) == (7, None)
    assert host.raw["logging"] == {"logLevel": {"default": "Debug"}}


def test_a_timeout_of_minus_one_is_none(tmp_path: Path) -> None:
    assert read_host_json(_write(tmp_path, "host.json", {"functionTimeout": "-1"}), {}).timeout_seconds is None


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "[]",
        {"functionTimeout": "soon"},
        {"extensions": []},
        {"extensions": {"http": {"maxConcurrentRequests": "x"}}},
    ],
)
def test_a_host_json_that_cannot_be_used_is_an_error(tmp_path: Path, value: Any) -> None:
    with pytest.raises(ConfigError):
        read_host_json(_write(tmp_path, "host.json", value), {})


def test_local_settings_stand_under_real_environment_variables(tmp_path: Path) -> None:
    host = {"CORS": "http://a.test/, http://b.test", "CORSCredentials": True, "LocalHttpPort": 7071}
    values = {"A": "file", "B": "file", "N": 5, "T": True}
    _write(tmp_path, "local.settings.json", {"IsEncrypted": False, "Values": values, "Host": host})
    settings = read_local_settings(tmp_path)
    environment = {"A": "real"}
    apply_settings(settings.values, environment)
    assert environment == {"A": "real", "B": "file", "N": "5", "T": "true"}
    assert settings.cors_origins == ("http://a.test", "http://b.test")
    assert settings.cors_credentials is True


def test_encrypted_settings_are_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="decrypt"):
        read_local_settings(_write(tmp_path, "local.settings.json", {"IsEncrypted": True, "Values": {}}))


def test_settings_fill_references_in() -> None:
    assert resolve_settings("%A%-%B%", {"A": "1", "B": "2"}) == "1-2"
    with pytest.raises(ConfigError, match="%C%"):
        resolve_settings("%C%", {})


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:05:00", 300), ("1.00:00:01", 86401), ("00:00:00.5", 0.5), ("01:00:00", 3600)]
)
def test_time_spans(text: str, seconds: float) -> None:
    assert parse_timespan(text) == seconds
