"""Mails to diners: the receipt (rules 24.2)."""

from __future__ import annotations

from shared.services.duties.seeing import Kinds

KINDS: Kinds = {}
"""The duties of mails, and what sends each."""
