"""What the real engine does to a program, as switches of the local one: for stacks that are to bear it."""

from __future__ import annotations

from collections.abc import Mapping

ENGINE_FAULTS: Mapping[str, str] = {"DURABLE_FAULTS": "early_timers,lost_events,stuck_calls,overwritten_events"}
"""The setting of the engine's process that switches all of them on: timers fire up to a second early, continue-as-new
loses events, a call of what is not defined leaves its instance running for ever, of events that come before their wait
the last one counts."""
