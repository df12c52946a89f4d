"""Rewind: what a failed instance's history is once its failures are undone, so that it can go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from local.durable.instance import FAILURES, Episode, Got, Message


class CannotRewindError(Exception):
    """The engine cannot undo this failure; the message says why, for a person."""


def undone(episodes: Iterable[Episode]) -> list[Episode]:
    """The episodes with each failure turned into a note, so that its step is open again. Raises CannotRewindError."""
    return [replace(episode, received=[_undone(message) for message in episode.received]) for episode in _all(episodes)]


def failed_children(episodes: Sequence[Episode]) -> list[int]:
    """The numbers of the steps whose child failed."""
    return [message.number for episode in episodes for message in episode.received if message.got is Got.SUB_FAILED]


def has_failures(episodes: Sequence[Episode]) -> bool:
    """Whether a step failed; otherwise the orchestrator's own code did."""
    return any(message.got in FAILURES for episode in episodes for message in episode.received)


def _all(episodes: Iterable[Episode]) -> Iterable[Episode]:
    for episode in episodes:
        if any(step.follows for step in episode.scheduled):
            raise CannotRewindError(
                "the local durable engine cannot rewind an instance whose failed step was tried again: start it anew"
            )
        yield episode


def _undone(message: Message) -> Message:
    if message.got not in FAILURES:
        return message
    return Message(Got.GENERIC, message.number, at=message.at, stamp=message.stamp)
