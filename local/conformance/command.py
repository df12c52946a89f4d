"""`python -m local conformance`: run the checks, and write down what came of them."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from local.conformance import results
from local.conformance.checks import CHECKS, Check
from local.conformance.results import SDKS, Target
from local.supervisor.datadir import DataDir
from local.supervisor.options import DEFAULT_DATA_DIR, PROJECT

_NEWEST = "ORDERBUDDY_NEWEST_SDKS"
_NOT_RUNNING = 3


def main(argv: list[str]) -> int:
    """Run the checks. 0: all passed, or none could be run; 1: one did not pass; 3: no stack runs."""
    options = _parser().parse_args(argv)
    if options.newest and not os.environ.get(_NEWEST):
        return _with_newest(argv)
    target: Target = "real" if options.real else "newest" if options.newest else "stand-in"
    settings = _real(os.environ) if options.real else _stood_in(DataDir(Path(options.data_dir).resolve()))
    if settings is None:
        sys.stderr.write(f"no stack is ready on {options.data_dir}: `python -m local up`\n")
        return _NOT_RUNNING
    return _run_all(target, settings)


def _parser() -> argparse.ArgumentParser:
    about = "Checks that stand-ins answer as the services do."
    parser = argparse.ArgumentParser(prog="python -m local conformance", description=about)
    where = os.environ.get("ORDERBUDDY_LOCAL_DATA_DIR") or DEFAULT_DATA_DIR
    parser.add_argument("--data-dir", default=where, help="the stack whose stand-ins are asked")
    parser.add_argument("--real", action="store_true", help="ask the services themselves (settings with REAL_ before)")
    parser.add_argument("--newest", action="store_true", help="with the newest versions of the SDKs")
    return parser


def _run_all(target: Target, settings: Mapping[str, str]) -> int:
    kept, failed = results.read(), 0
    today = datetime.now(UTC).date().isoformat()
    for check in CHECKS:
        if target == "newest" and check.service not in SDKS:
            continue
        if not all(settings.get(name) for name in check.needs):
            sys.stdout.write(f"{check.key}: {kept.get(check.key, {}).get(target, results.NEVER)}\n")
            continue
        wrong = _wrong(check, settings)
        failed += wrong is not None
        sys.stdout.write(f"{check.key}: {wrong or 'passes'}\n")
        with_version = f"{_version(check.service)}, {today}"
        kept.setdefault(check.key, {})[target] = f"{'fails' if wrong else 'passes'} ({with_version})"
    results.write(kept)
    return 1 if failed else 0


def _wrong(check: Check, settings: Mapping[str, str]) -> str | None:
    try:
        check.run(settings)
    except Exception as error:  # whatever it was, the check did not pass
        return f"fails: {type(error).__name__}: {error}"[:300]
    return None


def _version(service: str) -> str:
    """The version of the SDK that a service was asked with."""
    name = SDKS.get(service)
    return f"{name} {importlib.metadata.version(name)}" if name else "HTTP"


def _stood_in(directory: DataDir) -> dict[str, str] | None:
    """The settings that lead to the stand-ins of the stack on a directory; None where none is ready."""
    from local.supervisor.app_settings import app_settings

    if not directory.root.is_dir() or not directory.is_held():
        return None
    stack = directory.read("stack.json")
    if not stack:
        return None
    ready = {name for name, part in stack["parts"].items() if part["state"] == "ready"}
    settings = app_settings(stack["port"], directory.keys(), {}, without=frozenset({"saas", "azurite"} - ready))
    return {**settings, "EMERGEPAY_OID": "conformance", "EMERGEPAY_KEY": "test-key-conformance"}


def _real(environment: Mapping[str, str]) -> dict[str, str]:
    usual = {
        "TWILIO_API_BASE": "https://api.twilio.com",
        "SENDGRID_API_URL": "https://api.sendgrid.com",
        "FIREBASE_TOKEN_URI": "https://oauth2.googleapis.com/token",
        "FIREBASE_SEND_URL": "https://fcm.googleapis.com",
    }
    given = {name[5:]: value for name, value in environment.items() if name.startswith("REAL_")}
    return {**usual, **given}


def _with_newest(argv: list[str]) -> int:
    """The same command once more, with the newest SDKs first on its path."""
    with tempfile.TemporaryDirectory(prefix="orderbuddy-newest-") as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*pip, "--upgrade", "--target", folder, *SDKS.values()], check=False)
        if done.returncode != 0:
            sys.stderr.write("the newest SDKs cannot be installed\n")
            return 1
        path = os.pathsep.join(filter(None, (folder, str(PROJECT), os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": path, _NEWEST: folder}
        command = [sys.executable, "-m", "local", "conformance", *argv]
        return subprocess.run(command, env=environment, cwd=Path.cwd(), check=False).returncode
