"""What it costs to check a session, beside decoding its token once with the same key: at most six times that.

    python -m tests.bench.bench_session [--times N]

Both are measured in turns, in one process, and the medians of the turns are compared: so the ratio says the same on
every machine. The check is the whole one that a route makes, from the headers to the person.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import jwt
from supertokens_python.recipe.session import jwks

from local.saas.supertokens.vendor import API_KEY
from shared.domain.roles import Person
from shared.services.staff import signing_in
from shared.web.signing_in import Carried, caller_of
from tests.integration.core import Core
from tests.integration.local_saas.clients import StandIn
from tests.web_calls import offline_app

MOST = 6.0
TURNS = 15


async def measure(core: Core, times: int) -> float:
    """Print both, in microseconds, and return the ratio."""
    app = offline_app(supertokens_connection_uri=core.url, supertokens_api_key=API_KEY)
    tokens = core.session("u-bench")
    await app.identity.session(tokens.access, None)
    # Nobody is read from MongoDB here: a person is remembered for five seconds.
    kept = app.memory[signing_in.PEOPLE]
    found = signing_in._Found(Person("u-bench"))
    kid = jwt.get_unverified_header(tokens.access)["kid"]
    [key] = [each.key for each in jwks.get_cached_keys() or [] if each.key_id == kid]
    decoded, checked = [], []
    for _ in range(TURNS):
        began = time.perf_counter()
        for _ in range(times):
            jwt.decode(tokens.access, key, algorithms=["RS256"])
        decoded.append((time.perf_counter() - began) / times)

        async def read(_: object) -> signing_in._Found:
            return found

        kept.outdate("u-bench")
        await kept.get("u-bench", read)
        began = time.perf_counter()
        for _ in range(times):
            assert await caller_of(app, "GET", tokens.bearer, Carried()) is not None
        checked.append((time.perf_counter() - began) / times)
    one, whole = statistics.median(decoded), statistics.median(checked)
    ratio = whole / one
    print(
        f"jwt.decode {one * 1e6:.0f} us, a session's check {whole * 1e6:.0f} us: {ratio:.1f} times (most: {MOST:.0f})"
    )
    await app.close()
    return ratio


def main() -> int:
    """Measure; 1 where a check costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stand_in = StandIn(Path(folder))
        stand_in.start()
        try:
            ratio = asyncio.run(measure(Core(f"http://127.0.0.1:{stand_in.port}/supertokens"), options.times))
        finally:
            stand_in.stop()
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
