"""Examples of health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import health

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    health.Alive: {"alive": {"status": "ok", "build": "1f0a5c9be2d47a36"}},
    health.Readiness: {
        "ready": {
            "status": "ready",
            "checks": {"database": "ok", "engine": "ok"},
            "missing": [],
            "degraded": [],
            "attention": 0,
            "locations": {"hours": 1},
        },
        "unavailable": {
            "status": "unavailable",
            "checks": {"database": "unreachable"},
            "missing": ["database"],
            "degraded": [],
            "attention": None,
            "locations": None,
        },
    },
}
