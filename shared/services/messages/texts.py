"""Texts to diners and to a location's alert numbers, each at most once (rules 24.1)."""

from __future__ import annotations

from shared.services.duties.seeing import Kinds

KINDS: Kinds = {}
"""The duties of texts, and what sends each."""
