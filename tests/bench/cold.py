"""How long a new worker process takes until the host could be told of our functions, and how much memory it then holds.

    python -m tests.bench.cold [--app DIR] [--runs N]

Each run is a fresh interpreter that imports `function_app` and lists its functions. Compiled files are there, as after
a deployment, and the system's file cache is warm. Each run is followed by one of an app that has the SDKs and nothing
else, so that the ratio of the two says the same on every machine. Prints a table, then the same as one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BARE = Path(__file__).parent / "bare_app"

HEAVY = (
    "PIL",
    "azure.core",
    "azure.identity",
    "azure.messaging.webpubsubservice",
    "azure.monitor.opentelemetry",
    "azure.storage.blob",
    "cryptography",
    "firebase_admin",
    "httpx",
    "jinja2",
    "msal",
    "openai",
    "py_vapid",
    "pywebpush",
    "sendgrid",
    "supertokens_python",
    "twilio",
)
"""What belongs to the first use of an outside service, never to the cold start of every instance."""

CHILD = """
import json, sys, time
began, worked = time.perf_counter(), time.process_time()
import function_app
functions = function_app.app.get_functions()
seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
# The kernel's own count of this program: getrusage would begin with what the parent held when it forked.
with open("/proc/self/status") as status:
    kibibytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "megabytes": kibibytes / 1024,
                  "functions": len(functions), "modules": len(sys.modules),
                  "foreign": sum(name.partition(".")[0] not in ("shared", "functions") for name in sys.modules),
                  "heavy": [name for name in HEAVY if name in sys.modules]}))
"""


@dataclass(frozen=True)
class Start:
    """One cold start: wall-clock seconds, those that the processor worked for it, and the peak of resident memory."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    functions: int
    modules: int
    foreign: int
    """Modules that are not of the app itself."""
    heavy: list[str]
    """Modules of HEAVY that were imported."""


def start(app: Path) -> Start:
    """Start once. Raises CalledProcessError where the app cannot be imported."""
    code = f"HEAVY = {HEAVY!r}\n{CHILD}"
    done = subprocess.run([sys.executable, "-c", code], cwd=app, check=True, capture_output=True, text=True, timeout=60)
    return Start(**json.loads(done.stdout.splitlines()[-1]))


def measure(apps: Sequence[Path], runs: int = 5) -> list[list[Start]]:
    """`runs` cold starts of each app, in turn, after one more that compiles what is not yet compiled."""
    for app in apps:
        start(app)
    rounds = [[start(app) for app in apps] for _ in range(runs)]
    return [list(starts) for starts in zip(*rounds, strict=True)]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--app", type=Path, default=ROOT, help="the folder of function_app.py")
    options.add_argument("--runs", type=int, default=10)
    chosen = options.parse_args()
    starts, bare = measure([chosen.app, BARE], chosen.runs)
    print(f"{'run':>6} {'seconds':>8} {'of CPU':>8} {'MB':>7} {'bare SDK':>9} {'ratio':>6}")
    for number, (one, other) in enumerate(zip(starts, bare, strict=True), 1):
        ratio = one.cpu_seconds / other.cpu_seconds
        print(
            f"{number:>6} {one.seconds:>8.3f} {one.cpu_seconds:>8.3f} {one.megabytes:>7.1f} "
            f"{other.cpu_seconds:>9.3f} {ratio:>6.2f}"
        )
    medians = {
        "seconds": statistics.median(one.seconds for one in starts),
        "cpu_seconds": statistics.median(one.cpu_seconds for one in starts),
        "megabytes": statistics.median(one.megabytes for one in starts),
        "bare_cpu_seconds": statistics.median(one.cpu_seconds for one in bare),
        "ratio": statistics.median(
            one.cpu_seconds / other.cpu_seconds for one, other in zip(starts, bare, strict=True)
        ),
    }
    print("median {:>8.3f} {:>8.3f} {:>7.1f} {:>9.3f} {:>6.2f}".format(*medians.values()))
    print(f"{starts[0].functions} functions, {starts[0].modules} modules; heavy ones: {starts[0].heavy or 'none'}")
    print(json.dumps({**medians, "runs": [asdict(one) for one in starts]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
