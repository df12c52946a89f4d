"""Pushes to a location's phones (rules 24.3)."""

from __future__ import annotations

from shared.services.duties.seeing import Kinds

KINDS: Kinds = {}
"""The duties of pushes, and what sends each."""
