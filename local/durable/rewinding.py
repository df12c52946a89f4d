"""Rewind: a failed instance, and its failed children, as they are once their failures are undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from local.durable.history import child_id
from local.durable.instance import FAILURES, Episode, Got, Instance, Message, Status


class CannotRewindError(Exception):
    """The engine cannot undo this failure; the message says why, for a person."""


def rewound(
    instance: Instance,
    reason: str | None,
    find: Callable[[str], Instance | None],
    episodes_of: Callable[[int], Iterable[Episode]],
) -> list[Instance]:
    """The instance and those of its children that failed, each as it goes on, children first.

    `find` gives an instance by its id, `episodes_of` the episodes of an execution. Raises CannotRewindError.
    """
    episodes = list(episodes_of(instance.execution))
    if any(step.follows for episode in episodes for step in episode.scheduled):
        raise CannotRewindError(
            "the local durable engine cannot rewind an instance whose failed step was tried again: start it anew"
        )
    children = [find(id_) for id_ in _failed_children(instance, episodes)]
    revived = [
        one
        for child in children
        if child is not None and child.status is Status.FAILED
        for one in rewound(child, reason, find, episodes_of)
    ]
    again = [replace(episode, received=[_undone(message) for message in episode.received]) for episode in episodes]
    parent = replace(instance, status=Status.RUNNING, output=None, replaced=[instance.execution], unsaved=again)
    for episode in again:
        parent.restore(episode)
    parent.inbox.append(Message(Got.GENERIC, -1, at=instance.updated_at))
    if not children:
        # As in the real engine, the reason goes to where the failure began.
        parent.inbox.append(Message(Got.GENERIC, -1, text=reason))
    return [*revived, parent]


def _failed_children(parent: Instance, episodes: Sequence[Episode]) -> list[str]:
    """The ids of the children whose failure the parent was told of."""
    failed = {message.number for episode in episodes for message in episode.received if message.got is Got.SUB_FAILED}
    return [
        step.instance_id or child_id(parent.execution, step.number)
        for episode in episodes
        for step in episode.scheduled
        if step.number in failed
    ]


def _undone(message: Message) -> Message:
    if message.got not in FAILURES:
        return message
    return Message(Got.GENERIC, message.number, at=message.at, stamp=message.stamp)
