"""The checks, by service. They know addresses and keys by the app's settings."""

from __future__ import annotations

from local.conformance import files, pushes, services
from local.conformance.check import CHECKS, Check

__all__ = ["CHECKS", "Check", "files", "pushes", "services"]
