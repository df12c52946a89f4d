"""Copies of a database taken at any moment, and the database as it was then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shared.app import App
from shared.integrations.pay import Pay
from tests.integration.till import Till

FORGETFUL = ("orders_preview", "checkouts", "payments", "orders", "order_events", "stock")

Backup = dict[str, list[dict[str, Any]]]


async def back_up(app: App) -> Backup:
    return {name: await app.db[name].find({}).to_list() for name in FORGETFUL}


async def bring_back(app: App, backup: Backup) -> None:
    for name, documents in backup.items():
        await app.db[name].delete_many({})
        if documents:
            await app.db[name].insert_many(documents)


@dataclass
class Watched:
    """The gateway, with a backup of the database before and after each call that moves money."""

    pay: Pay
    app: App
    backups: list[Backup]

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.pay, name)
        if name not in ("charge_card", "void", "refund"):
            return call

        async def watched(*arguments: Any, **named: Any) -> Any:
            self.backups.append(await back_up(self.app))
            said = await call(*arguments, **named)
            self.backups.append(await back_up(self.app))
            return said

        return watched


@dataclass
class Story:
    """What happened to one checkout, with backups of every moment."""

    till: Till
    app: App
    backups: list[Backup]

    @property
    def diner(self) -> Till:
        """The till, where every call of the gateway is remembered."""
        return replace(self.till, app=self.app)

    async def remember(self) -> None:
        self.backups.append(await back_up(self.till.app))


def story(till: Till) -> Story:
    backups: list[Backup] = []
    watched: Any = Watched(till.app.pay, till.app, backups)
    return Story(till, replace(till.app, pay=watched), backups)
