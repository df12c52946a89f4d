"""Spans of time: what holds from one moment to another, and again later."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans between moments in UTC: sorted, apart, the end not included."""

    starts: tuple[datetime, ...] = ()
    ends: tuple[datetime, ...] = ()

    @staticmethod
    def of(pairs: Iterable[tuple[datetime, datetime]]) -> Spans:
        """The spans of these pairs of a start and an end, with those joined that touch or overlap."""
        starts: list[datetime] = []
        ends: list[datetime] = []
        for begin, finish in sorted(pairs):
            if finish <= begin:
                continue
            if ends and begin <= ends[-1]:
                ends[-1] = max(ends[-1], finish)
            else:
                starts.append(begin)
                ends.append(finish)
        return Spans(tuple(starts), tuple(ends))

    def end_at(self, now: datetime) -> datetime | None:
        """When the span ends that holds `now`; None where none does."""
        index = bisect_right(self.starts, now) - 1
        return self.ends[index] if index >= 0 and now < self.ends[index] else None

    def next_start(self, now: datetime) -> datetime | None:
        """When the next span after `now` begins; None where none does."""
        index = bisect_right(self.starts, now)
        return self.starts[index] if index < len(self.starts) else None
