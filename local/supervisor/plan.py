"""Everything that is decided before the first process starts: ports, keys, settings, and each part's command line."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local import mongod
from local.azurite import install
from local.azurite.account import HEALTH, HEALTHY, LIES_AT
from local.clock import SETTING as CLOCK_URL
from local.pages import GATEWAY, GATEWAY_FRAMES, PICTURES, PageSettings, origins
from local.saas.registry import VENDORS
from local.supervisor.app_settings import STORAGE, app_settings, clock_url, own_origins
from local.supervisor.datadir import DataDir, Keys
from local.supervisor.options import DEFAULT_PORT, OFFSETS, PARTS, PROJECT, Options

COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""The setting that has the app send telemetry."""

_LOWEST_BASE, _APART, _BASES, _TRIES = 20000, 20, 600, 1000

_LIVE_EVENTS = "functions/system/live_events.py"
"""The part of the app that hears of live connections."""

_FILES = "functions/staff/files.py"
"""The part of the app that keeps pictures."""


@dataclass(frozen=True)
class Part:
    """One process of the stack. `health_url` is None for mongod, which is asked in its own language; `healthy`: the
    status that it answers. `needed`: the stack is not ready without it, and its start is waited for."""

    name: str
    port: int
    url: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    health_url: str | None
    stop_seconds: float
    healthy: int = 200
    ready_seconds: float = 60.0
    needed: bool = True


@dataclass(frozen=True)
class Plan:
    """One stack, as it is going to be. `given`: the environment that it was asked for in."""

    base: int
    directory: DataDir
    options: Options
    keys: Keys
    mongo_uri: str
    db_name: str
    settings: Mapping[str, str]
    given: Mapping[str, str]
    parts: tuple[Part, ...]

    @property
    def api_url(self) -> str:
        """The base of the API's addresses."""
        return f"http://127.0.0.1:{self.base}/api/v1"

    @property
    def console_port(self) -> int:
        """The port of the start page and of the console's API."""
        return self.base + OFFSETS["console"]

    @property
    def console_url(self) -> str:
        """The address of the start page, without a slash at the end."""
        return f"http://127.0.0.1:{self.console_port}"

    @property
    def durable_url(self) -> str:
        """Where the durable part answers."""
        return f"http://127.0.0.1:{self.base + OFFSETS['durable']}"

    @property
    def screens(self) -> Path:
        """The folder of the screens: the app's own, where it brings some."""
        own = self.options.app / "clients"
        return own if own.is_dir() else PROJECT / "clients"

    @property
    def page_settings(self) -> PageSettings:
        """What the screens are told. They may call the API and the live service, by both names of this machine."""
        ports = ((scheme, self.base + OFFSETS[part]) for scheme, part in (("http", "host"), ("ws", "webpubsub")))
        stand_in = self.service_urls().get("emergepay", "")
        # With the card fields of a stand-in, nobody can pay at a gateway that is not ours.
        stood_in = self.settings.get("EMERGEPAY_ENVIRONMENT_URL") == f"{stand_in}/v1"
        return PageSettings(
            api=self.api_url,
            servers=tuple(f"{scheme}://{name}:{port}" for scheme, port in ports for name in ("127.0.0.1", "localhost")),
            gateway=f"{stand_in}/assets" if stood_in else self.given.get(GATEWAY, ""),
            gateway_frames=() if stood_in else origins(self.given.get(GATEWAY_FRAMES, "")),
            pictures=(*self._own_pictures(), *origins(self.given.get(PICTURES, ""))),
        )

    def _own_pictures(self) -> tuple[str, ...]:
        """Where this stack's own pictures come from: by way of the stand-ins, or as long ago from Azurite itself."""
        runs = {part.name: part.url for part in self.parts}
        return tuple(runs[name] for name in ("saas", "azurite") if "azurite" in runs and name in runs)

    @property
    def has_commands(self) -> bool:
        """Whether the app brings the command that makes indexes and demo data."""
        return (self.options.app / "cli" / "__main__.py").is_file()

    @property
    def core_url(self) -> str | None:
        """The stand-in of the SuperTokens core, where the app signs people in with it."""
        url = self.service_urls().get("supertokens")
        return url if url == self.settings.get("SUPERTOKENS_CONNECTION_URI") else None

    def service_urls(self) -> dict[str, str]:
        """What this stack runs that can be looked at and broken, by the service's name: stand-ins, engine and app."""
        runs = {part.name: part.url for part in self.parts}
        urls: dict[str, str] = {name: runs[name] for name in ("webpubsub", "durable", "host") if name in runs}
        if "saas" in runs:
            urls.update({name: f"{runs['saas']}/{name}" for name in VENDORS if name != "azurite" or name in runs})
        return urls


def make(options: Options, directory: DataDir, environment: Mapping[str, str]) -> Plan:
    """The plan for `options`. Raises mongod.MongodNotFoundError where MongoDB is needed and cannot be had."""
    base = free_base() if options.port == 0 else options.port or directory.port() or DEFAULT_PORT
    keys = directory.keys()
    without = set(options.without)
    if environment.get("MONGODB_URI"):
        without.add("mongod")
    if not _keeps_files(options, environment):
        without.add("azurite")
    settings = app_settings(base, keys, environment, without=frozenset(without))
    if not options.telemetry and not environment.get(COLLECTOR):
        settings.pop(COLLECTOR, None)
    commands = {
        "mongod": _mongod,
        "webpubsub": _webpubsub,
        "saas": _saas,
        "azurite": _azurite,
        "durable": _durable,
        "host": _host,
    }
    draft = _Draft(base=base, directory=directory, options=options, keys=keys, settings=settings, given=environment)
    return Plan(
        base=base,
        directory=directory,
        options=options,
        keys=keys,
        mongo_uri=settings["MONGODB_URI"],
        db_name=settings["DB_NAME"],
        settings=settings,
        given=environment,
        parts=tuple(commands[name](draft) for name in PARTS if name not in without),
    )


def free_base() -> int:
    """A base port whose parts' ports are all free now. Raises OSError."""
    for _ in range(_TRIES):
        # Below the range that outgoing connections get theirs from, so that they are free after a restart, too.
        base = _LOWEST_BASE + _APART * secrets.randbelow(_BASES)
        if all(mongod.is_free(base + offset) for offset in OFFSETS.values()):
            return base
    raise OSError("no free base port between 20000 and 32000")


@dataclass(frozen=True)
class _Draft:
    base: int
    directory: DataDir
    options: Options
    keys: Keys
    settings: Mapping[str, str]
    given: Mapping[str, str]

    def port(self, name: str) -> int:
        return self.base + OFFSETS[name]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port(name)}"

    def data(self, name: str) -> str:
        return str(self.directory.root / name)

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        return {**self.given, "PYTHONUNBUFFERED": "1", **extra}


def _mongod(draft: _Draft) -> Part:
    port = draft.port("mongod")
    return Part(
        name="mongod",
        port=port,
        url=f"mongodb://127.0.0.1:{port}",
        argv=tuple(mongod.command_line(port, draft.directory.root / "mongod")),
        environment=dict(draft.given),
        health_url=None,
        stop_seconds=10.0,
    )


def _webpubsub(draft: _Draft) -> Part:
    arguments: tuple[str, ...] = ("--access-key-env", "ORDERBUDDY_WEBPUBSUB_KEY")
    # Another app has no such route, and the service lets nobody in whom its event handler does not.
    if (draft.options.app / _LIVE_EVENTS).is_file() and "host" not in draft.options.without:
        arguments += ("--event-handler", f"{draft.url('host')}/api/v1/realtime/events")
    return _python_part(draft, "webpubsub", "webpubsub", arguments, {"ORDERBUDDY_WEBPUBSUB_KEY": draft.keys.web_pubsub})


def _saas(draft: _Draft) -> Part:
    told = {CLOCK_URL: clock_url(draft.base), LIES_AT: draft.url("azurite")}
    return _python_part(draft, "saas", "saas", (), told)


def _keeps_files(options: Options, environment: Mapping[str, str]) -> bool:
    """Whether Azurite has anything to do, and can run: the app keeps files, in no account of a person's own."""
    has_files = (options.app / _FILES).is_file()
    return has_files and install.is_possible(environment) and not any(environment.get(name) for name in STORAGE)


def _azurite(draft: _Draft) -> Part:
    part = _python_part(draft, "azurite", "azurite", (), {}, health=HEALTH)
    # Where it is not installed yet, that takes a while. Everything else works without it.
    return replace(part, healthy=HEALTHY, ready_seconds=install.INSTALL_SECONDS + 60.0, needed=False)


def _durable(draft: _Draft) -> Part:
    return _python_part(
        draft, "durable", "host", ("--role", "durable", "--app", str(draft.options.app)), draft.settings
    )


def _host(draft: _Draft) -> Part:
    arguments = (
        *("--role", "http"),
        *("--app", str(draft.options.app)),
        *("--durable-url", draft.url("durable")),
        *("--cors", ",".join(own_origins(draft.base))),
        "--cors-credentials",
    )
    return _python_part(draft, "host", "host", arguments, draft.settings, health="/admin/host/status")


def _python_part(
    draft: _Draft,
    name: str,
    command: str,
    arguments: tuple[str, ...],
    settings: Mapping[str, str],
    *,
    health: str = "/_local/health",
) -> Part:
    port = draft.port(name)
    common = ("--port", str(port), "--data-dir", draft.data(name))
    return Part(
        name=name,
        port=port,
        url=draft.url(name),
        argv=(sys.executable, "-m", "local", command, *arguments, *common),
        environment=draft.environment({"PYTHONPATH": _with_project(draft.given), **settings}),
        health_url=draft.url(name) + health,
        stop_seconds=10.0,
    )


def _with_project(environment: Mapping[str, str]) -> str:
    """Parts find this package wherever they are started."""
    return os.pathsep.join(filter(None, (str(PROJECT), environment.get("PYTHONPATH"))))
