"""What the console knows of the stack that it belongs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal, Protocol

from local.console.clock import ClockKeeper
from local.pages import PageSettings

Action = Literal["start", "stop", "kill"]


class PlanView(Protocol):
    """The decided part of a stack."""

    @property
    def api_url(self) -> str: ...
    @property
    def console_url(self) -> str: ...
    @property
    def mongo_uri(self) -> str: ...
    @property
    def db_name(self) -> str: ...
    @property
    def durable_url(self) -> str: ...
    @property
    def screens(self) -> Path: ...
    @property
    def page_settings(self) -> PageSettings: ...

    @property
    def core_url(self) -> str | None: ...

    def service_urls(self) -> dict[str, str]:
        """Where stand-ins, engine and app answer, by the service's name."""
        ...


class KeeperView(Protocol):
    """Snapshots of the running stack. Each says how long it took."""

    async def save(self, name: str) -> dict[str, Any]: ...
    async def restore(self, name: str) -> dict[str, Any]: ...
    async def reset(self) -> dict[str, Any]: ...


class StackView(Protocol):
    """The running stack."""

    control_key: str
    ready: bool
    demo: dict[str, Any]
    clock: ClockKeeper
    replaced: list[Callable[[], Awaitable[None]]]
    """What is called once the stack's data were replaced."""

    @property
    def keeper(self) -> KeeperView: ...

    @property
    def plan(self) -> PlanView: ...

    def describe(self) -> dict[str, Any]:
        """stack.json."""
        ...

    async def health(self) -> dict[str, str]:
        """For each part: ok, down or silent."""
        ...

    def needs(self, name: str) -> bool:
        """Whether the stack is not ready without a part."""
        ...

    async def app_health(self) -> dict[str, Any] | None:
        """What the app says in health/ready."""
        ...

    async def mail_samples(self) -> str:
        """Every template of the app's mails, as JSON. Raises whatever goes wrong with the app's command."""
        ...

    async def act(self, name: str, action: Action) -> None:
        """Start, stop or kill a part. Raises KeyError for an unknown name, PartError where it does not start."""
        ...
