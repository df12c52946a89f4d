"""What of an instance's history stays, where it begins again from an activity in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from local.durable.actions import Kind, Step
from local.durable.instance import Episode


def story_until(activity: str, story: Sequence[Episode], text: str | None) -> list[Episode]:
    """The episodes up to the one that asks for the last activity of this name; [] where none does.

    `text`: what that activity gets in the place of its input, as JSON text.
    """
    for place in reversed(range(len(story))):
        steps = list(story[place].scheduled)
        for at in reversed(range(len(steps))):
            if steps[at].kind is Kind.ACTIVITY and steps[at].name == activity:
                steps[at] = steps[at] if text is None else replace(steps[at], text=text)
                return [*story[:place], replace(story[place], scheduled=steps)]
    return []


def moved(episode: Episode, later: int) -> Episode:
    """An episode as if it had been so many microseconds later, with its timers."""
    return replace(
        episode,
        at=episode.at + later,
        received=[replace(message, at=message.at + later) for message in episode.received],
        scheduled=[_moved(step, later) for step in episode.scheduled],
    )


def _moved(step: Step, later: int) -> Step:
    return replace(step, fire_at=step.fire_at + later) if step.kind is Kind.TIMER else step
