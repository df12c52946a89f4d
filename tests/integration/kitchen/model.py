"""What should become of an order in a kitchen: the rules of bumps and recalls, told a second time (rules 23)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR = timedelta(minutes=60)

Moved = str
"""What a step comes to: "" where it is done, else the code of the refusal."""


@dataclass(eq=False)
class Item:
    """One unit: which station makes it ("" for none), and since when it is done."""

    maker: str
    done: datetime | None = None


@dataclass
class Ticket:
    """An order as the model knows it. `bumped`: when each screen was done with it."""

    items: list[Item]
    status: str = "ACCEPTED"
    ready_at: datetime | None = None
    rushed: bool = False
    cleared: bool = False
    bumped: dict[str, datetime] = field(default_factory=dict)
    dismissed: set[str] = field(default_factory=set)

    def own(self, screen: str) -> list[Item]:
        """What a screen has to finish."""
        if screen == "expo":
            return self.items
        return [one for one in self.items if one.maker == screen] or self.nobodys()

    def nobodys(self) -> list[Item]:
        return [one for one in self.items if not one.maker]

    def is_bumped(self, screen: str) -> bool:
        return self.has_finished(screen) and not self.is_left_over(screen)

    def has_finished(self, screen: str) -> bool:
        return screen in self.bumped and all(one.done for one in self.own(screen))

    def is_left_over(self, screen: str) -> bool:
        """Whether something that nobody makes is undone, and no other screen is to take it along."""
        others = {one.maker for one in self.items if one.maker and one.maker != screen}
        return any(not one.done for one in self.nobodys()) and all(map(self.has_finished, others))

    def ready(self, now: datetime) -> None:
        self.status, self.ready_at = "READY_FOR_PICKUP", now
        for one in self.items:
            one.done = one.done or now

    def bump(self, screen: str, *, force: bool, waits: bool, now: datetime) -> Moved:
        """A bump of the screen. `waits`: for expo, though all is done."""
        own = self.own(screen)
        if not own:
            return "ORDER_NOT_FOUND"
        if self.status in ("READY_FOR_PICKUP", "PICKED_UP"):
            return ""
        if self.status != "ACCEPTED":
            return "ORDER_MOVED"
        others = [one for one in self.items if one not in own and one.maker]
        mine = own if any(not one.done for one in others) else [*own, *self.nobodys()]
        left = [one for one in self.items if not one.done and one not in mine]
        is_last = screen == "expo" or (not left and not waits)
        if self.is_bumped(screen) and not is_last:
            return ""
        if screen == "expo" and not force and any(not one.done for one in self.items):
            return "ITEMS_NOT_DONE"
        self.bumped[screen] = now
        if is_last:
            self.ready(now)
        for one in mine:
            one.done = one.done or now
        return ""

    def recall(self, screen: str, now: datetime) -> Moved:
        """A recall of the screen."""
        if not self.own(screen):
            return "ORDER_NOT_FOUND"
        if self.status == "READY_FOR_PICKUP":
            assert self.ready_at is not None
            if now - self.ready_at > HOUR:
                return "ORDER_MOVED"
            self.status, self.bumped = "ACCEPTED", {}
            for one in self.items:
                one.done = None
            return ""
        if self.status != "ACCEPTED":
            return "ORDER_MOVED"
        if all(one.done for one in self.own(screen)):
            at = self.bumped.pop(screen, None)
            along = [one for one in self.nobodys() if at is not None and one.done == at]
            for one in [*self.own(screen), *along]:
                one.done = None
        return ""
