"""What would go wrong in silence: an app that is set up for another backend, hub or connection, or has no functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.host.app import SCRIPT, FunctionAppTree
from local.host.config import ConfigError

_STORED_IN = "azurestorage"
"""The backend that is there where host.json names none, and whose place the local engine takes."""


def check(tree: FunctionAppTree, environment: Mapping[str, str]) -> None:
    """Raise ConfigError, with the cure, where the app would start and then not do what it says."""
    if not len(tree):
        raise ConfigError(
            f"{tree.directory / SCRIPT} defines no functions, so nothing would answer. Register its blueprints: "
            "app.register_functions(bp)"
        )
    durable = _section(tree.host.raw, "extensions", "durableTask")
    provider = _section(durable, "storageProvider")
    backend = str(provider.get("type") or _STORED_IN)
    if backend.lower() != _STORED_IN:
        raise ConfigError(
            f"host.json keeps orchestrations in {backend!r} (extensions.durableTask.storageProvider.type), and this "
            "engine would run them elsewhere, unseen. Take the entry out for the local stack, or run `func start`"
        )
    for name in ("connectionStringName", "connectionName"):
        _connection(f"host.json's storageProvider.{name}", provider.get(name), environment)
    for client in tree.client_bindings:
        if client.hub is not None and client.hub.lower() != tree.hub.lower():
            raise ConfigError(
                f"the durable client '{client.parameter}' names the task hub {client.hub!r}, and host.json's hubName "
                f"is {tree.hub!r}: what it starts would never run. Give both the same name"
            )
        _connection(f"the durable client '{client.parameter}'", client.connection, environment)


def _connection(where: str, name: object, environment: Mapping[str, str]) -> None:
    if name and str(name) not in environment and f"{name}__accountName" not in environment:
        raise ConfigError(
            f"{where} names the connection {name!r}, and no setting is called so. Correct the name, or set it in "
            "local.settings.json"
        )


def _section(raw: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = raw.get(name)
        raw = found if isinstance(found, Mapping) else {}
    return raw
