"""`clients/live`: its own tests in Node against the stack, its types, and what the two apps call, in a browser."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.console import demo_order
from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.e2e.screens import Screens

PACKAGE = PROJECT / "clients" / "live"
COMPILER = Path(__file__).parent / "npm_types"
NODE = ("node", "--experimental-websocket")
"""Node has websockets of its own by this flag, and without it from 22 on."""

JOIN = """async ([api, event, payload]) => {
    const { io } = await import('/live/socketio.js');
    window.heard = [];
    window.socket = io(api);
    socket.onAny((name, told) => heard.push([name, told?.orderId]));
    socket.emit(event, payload);
}"""
HAS_HEARD = "([name, orderId]) => window.heard.some(([event, id]) => event === name && id === orderId)"


def node_is_here() -> bool:
    """Whether there is a Node that has websockets."""
    return shutil.which("node") is not None and subprocess.run([*NODE, "--eval", "0"], check=False).returncode == 0


needs_node = pytest.mark.skipif(not node_is_here(), reason="there is no Node.js from 20.10 on")


@needs_node
@pytest.mark.parametrize("tests", ["rules.test.js", "stack/core.test.js", "stack/apps.test.js"])
def test_the_package_passes_its_own_tests(stack: Stack, tests: str) -> None:
    given = {
        "api": stack.api_url,
        "token": stack.token(),
        "webpubsub": stack.description["parts"]["webpubsub"]["url"],
        "demo": stack.demo,
    }
    done = subprocess.run(
        [*NODE, "--test", "--test-reporter=tap", str(PACKAGE / "test" / tests)],
        env={"PATH": os.environ["PATH"], "ORDERBUDDY_STACK": json.dumps(given)},
        capture_output=True,
        text=True,
        check=False,
        timeout=10 * PATIENCE_SECONDS,
    )
    counts = dict(re.findall(r"^# (pass|fail|skipped) (\d+)$", done.stdout, re.MULTILINE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (counts["fail"], counts["skipped"]) == ("0", "0"), done.stdout
    assert int(counts["pass"]) >= 8


@needs_node
def test_the_package_can_be_loaded_where_there_is_no_page() -> None:
    code = """
        import { connect } from '@orderbuddy/live';
        import io from '@orderbuddy/live/socketio';
        console.log(typeof connect, typeof io, typeof window);
    """
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", code], cwd=PACKAGE, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["function", "function", "undefined"], done.stderr


@pytest.fixture(scope="module")
def compiler(request: pytest.FixtureRequest) -> Path:
    """TypeScript's compiler, pinned; it is installed once, and kept until the lock file changes."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    lock = (COMPILER / "package-lock.json").read_bytes()
    cache = request.config.cache.mkdir("npm-types") if request.config.cache else Path(tempfile.mkdtemp())
    folder = cache / hashlib.sha256(lock).hexdigest()[:16]
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(dir=cache))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(COMPILER / name, fresh)
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=fresh, check=False, timeout=180
        )
        if done.returncode != 0:
            pytest.skip("npm's registry cannot be reached")
        fresh.replace(folder)
    return folder / "node_modules" / "typescript" / "bin" / "tsc"


@needs_node
def test_its_types_say_how_it_is_used(compiler: Path) -> None:
    command = ["node", str(compiler), "-p", str(PACKAGE / "test" / "types")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


async def joined(screens: Screens, stack: Stack, event: str, payload: Any) -> Page:
    """A page that joined by the stand-in for socket.io-client."""
    page = await screens.start_page()
    await page.evaluate(JOIN, [stack.api_url, event, payload])
    return page


@pytest.mark.browser
async def test_a_diners_page_hears_what_happened_while_the_phone_was_away(screens: Screens, stack: Stack) -> None:
    place = stack.demo["open"]
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        order_id = await demo_order.place(http, stack.api_url, place)

        async def move(status: str) -> None:
            answer = await http.post(
                f"{stack.api_url}/restaurant/order-status",
                json={"orderId": order_id, "orderStatus": status},
                headers={"authorization": f"Bearer {stack.token()}"},
            )
            answer.raise_for_status()

        page = await joined(screens, stack, "order_joined", order_id)
        await move("READY_FOR_PICKUP")
        await page.wait_for_function(HAS_HEARD, arg=["order_ready_for_pickup", order_id])

        # Chromium leaves open sockets alone, so the live service ends as well.
        await page.context.set_offline(True)
        await asyncio.to_thread(stack.stop, "webpubsub")
        await move("PICKED_UP")
        await page.context.set_offline(False)
        # The API is back before the live service is: what was missed is read all the same.
        await page.wait_for_function(HAS_HEARD, arg=["order_completed", order_id])
        await asyncio.to_thread(stack.start, "webpubsub")
    heard = await page.evaluate("heard.map(([event]) => event)")
    assert heard == ["order_ready_for_pickup", "order_completed"], "each once"


@pytest.mark.browser
async def test_a_kitchens_page_is_let_in_by_the_token_that_the_manager_app_keeps(
    screens: Screens, stack: Stack
) -> None:
    place = stack.demo["open"]
    here = {"restaurantId": place["restaurantId"], "locationId": place["locationId"]}
    page = await screens.start_page()
    kept = json.dumps({"state": {"accessToken": stack.token()}, "version": 0})
    await page.evaluate("kept => sessionStorage.setItem('storev2-session-storage', kept)", kept)
    await page.evaluate(JOIN, [stack.api_url, "station_joined", {**here, "stationId": place["stationIds"][0]}])
    await page.wait_for_function("() => heard.some(([event]) => event === 'station_connected')")
    assert await page.evaluate("socket.connected && heard.length") == 1
