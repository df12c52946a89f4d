"""What came of the checks, dated, in docs/conformance.json; and docs/conformance.md, which is made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from local.conformance.checks import CHECKS

Target = Literal["stand-in", "newest", "real"]
TARGETS: Mapping[Target, str] = {
    "stand-in": "the stand-in",
    "newest": "the stand-in, with the newest SDKs",
    "real": "the service itself",
}
NEVER = "never run"
NO_SDK = "asked without an SDK"

SDKS = {
    "webpubsub": "azure-messaging-webpubsubservice",
    "twilio": "twilio",
    "sendgrid": "sendgrid",
    "fcm": "firebase-admin",
    "blob": "azure-storage-blob",
}
"""The packages that services are asked with; the others over plain HTTP."""

DOCS = Path(__file__).resolve().parents[2] / "docs"
KEPT, PAGE = DOCS / "conformance.json", DOCS / "conformance.md"

Results = dict[str, dict[str, str]]

_HEAD = """# Conformance

One suite of checks goes against each stand-in and, with credentials, against the service that it stands in for. This
page is made by `python -m local conformance`, from what came of it last, with the date.
[How far each stand-in goes](emulation.md).

| command | against what |
|---|---|
| `python -m local conformance` | the stand-ins of the stack that runs |
| `python -m local conformance --newest` | the same, with the newest SDKs, installed beside ours: for a job each week |
| `python -m local conformance --real` | the services themselves: settings with `REAL_` before, as `REAL_FROM_EMAIL` |

No check costs anything, or reaches anybody.

"""


def read() -> Results:
    """What came of the checks so far: by check, by target."""
    return dict(json.loads(KEPT.read_text())) if KEPT.is_file() else {}


def page(results: Results) -> str:
    """The page's text."""
    head = " | ".join(("service", "check", *TARGETS.values()))
    lines = [f"| {head} |", "|" + "---|" * (2 + len(TARGETS))]
    for check in CHECKS:
        came = results.get(check.key, {}) | ({} if check.service in SDKS else {"newest": NO_SDK})
        lines.append(f"| {check.service} | {check.name} | {' | '.join(came.get(name, NEVER) for name in TARGETS)} |")
    return _HEAD + "\n".join(lines) + "\n"


def write(results: Results) -> None:
    """Keep what came, and make the page anew."""
    KEPT.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page(results))
