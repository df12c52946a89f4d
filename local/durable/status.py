"""A status as clients read it."""

from __future__ import annotations

from typing import Any

from local.durable.codec import dump, iso_second, quote
from local.durable.instance import Instance


def status_text(instance: Instance, *, with_input: bool = True, events: list[dict[str, Any]] | None = None) -> str:
    """The JSON of an instance's status, with its history where `events` are given."""
    version = "" if instance.version is None else f'"version":{quote(instance.version)},'
    parent = "" if instance.parent is None else f'"parentInstanceId":{quote(instance.parent.id)},'
    given = (instance.input or "null") if with_input else "null"
    history = "" if events is None else f',"historyEvents":{dump(events)}'
    return (
        f'{{"name":{quote(instance.name)},{version}"instanceId":{quote(instance.id)},{parent}'
        f'"runtimeStatus":"{instance.status}","input":{given},"customStatus":{instance.custom_status or "null"},'
        f'"output":{instance.output or "null"},"createdTime":"{iso_second(instance.created_at)}",'
        f'"lastUpdatedTime":"{iso_second(instance.updated_at)}"{history}}}'
    )
