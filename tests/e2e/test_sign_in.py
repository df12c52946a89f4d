"""A page with the sign-in service's own client from npm: signs in by code, refreshes, and signs out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests import npm
from tests.patience import PATIENCE_MS
from tests.stack import Stack

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

SOURCES = Path(__file__).parent / "npm"
CHUNKS = ("website", "supertokens", "session", "passwordless")
"""The client's parts, in the order in which its own pages load them."""

SET_UP = """([apiDomain, tokenTransferMethod]) => {
  supertokens.init({
    appInfo: { appName: 'OrderBuddy', apiDomain, apiBasePath: '/login' },
    recipeList: [supertokensSession.init({ tokenTransferMethod }), supertokensPasswordless.init()],
  });
}"""
ASK = "email => supertokensPasswordless.createCode({ email }).then(({ status }) => status)"
CONSUME = """userInputCode => supertokensPasswordless.consumeCode({ userInputCode }).then(
  ({ status, user }) => ({ status, id: user?.id }))"""
READ = "url => fetch(url).then(answer => answer.status)"
READ_WITH = "([url, bearer]) => fetch(url, { headers: { authorization: bearer } }).then(answer => answer.status)"
TOKEN = "() => supertokensSession.getAccessToken()"
JOIN = """async ([api, station]) => {
  const { io } = await import('/live/socketio.js');
  const socket = io(api);
  socket.on('station_connected', welcome => { window.welcome = welcome; });
  socket.emit('station_joined', station);
}"""
SIGN_OUT = "() => supertokensSession.signOut().then(() => supertokensSession.doesSessionExist())"


@pytest.fixture(scope="module")
def client_scripts(request: pytest.FixtureRequest) -> list[Path]:
    """The client's files for browsers."""
    folder = npm.installed(SOURCES, request.config)
    bundle = folder / "node_modules" / "supertokens-web-js" / "bundle"
    return [next(bundle.glob(f"{name}.*.js")) for name in CHUNKS]


class Core:
    """The core's stand-in of the stack."""

    def __init__(self, stack: Stack) -> None:
        self._url = f"{stack.description['parts']['saas']['url']}/supertokens/_local"

    def code(self, email: str) -> str:
        shown = httpx.get(f"{self._url}/codes").json()
        return next(str(one["userInputCode"]) for one in shown if one["email"] == email)

    def lifetime(self, seconds: int | None) -> None:
        httpx.post(f"{self._url}/lifetimes", json={"accessTokenSeconds": seconds}).raise_for_status()

    def refreshed(self) -> int:
        return Counter(one["path"].rpartition("/")[2] for one in httpx.get(f"{self._url}/received").json())["refresh"]


async def opened(browser: Browser, stack: Stack, scripts: list[Path], mode: str) -> Page:
    """A page of the console's origin that loads the client as its users' pages do."""
    # A page that really came from the console: a browser lets no other one call this machine.
    page = await (await browser.new_context(bypass_csp=True)).new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(f"{stack.console_url}/status/")
    for script in scripts:
        await page.add_script_tag(path=script)
    # The client keeps only the origin of this address, as it does in the staff's app.
    await page.evaluate(SET_UP, [stack.api_url, mode])
    return page


@pytest.mark.parametrize("mode", ["cookie", "header"])
async def test_the_services_own_client_signs_in_refreshes_and_signs_out(
    browser: Browser, stack: Stack, client_scripts: list[Path], mode: str
) -> None:
    core, email = Core(stack), stack.demo["owner"]["email"]
    page = await opened(browser, stack, client_scripts, mode)
    mine = f"{stack.api_url}/restaurant/{stack.demo['owner']['userId']}"
    assert await page.evaluate(READ, mine) == 401
    assert await page.evaluate(ASK, email) == "OK"
    core.lifetime(0)
    try:
        done: dict[str, Any] = await page.evaluate(CONSUME, core.code(email))
    finally:
        core.lifetime(None)
    assert done == {"status": "OK", "id": stack.demo["owner"]["userId"]}
    before = core.refreshed()
    assert await page.evaluate(READ, mine) == 200, "the token was over from the start: it is refreshed, and asked again"
    assert core.refreshed() == before + 1
    assert await page.evaluate(READ, mine) == 200
    assert core.refreshed() == before + 1
    assert (await page.evaluate(TOKEN)).count(".") == 2, "a page may read its token"
    assert await page.evaluate(SIGN_OUT) is False
    assert await page.evaluate(READ, mine) == 401
    await page.context.close()


@pytest.mark.parametrize("mode", ["cookie", "header"])
async def test_live_screens_are_let_in_by_the_client_alone(
    browser: Browser, stack: Stack, client_scripts: list[Path], mode: str
) -> None:
    core, email, place = Core(stack), stack.demo["owner"]["email"], stack.demo["open"]
    page = await opened(browser, stack, client_scripts, mode)
    await page.evaluate(ASK, email)
    await page.evaluate(CONSUME, core.code(email))
    here = {"restaurantId": place["restaurantId"], "locationId": place["locationId"]}
    await page.evaluate(JOIN, [stack.api_url, {**here, "stationId": place["stationIds"][0]}])
    await page.wait_for_function("() => window.welcome?.success")
    await page.context.close()


async def test_a_page_that_copied_its_first_token_goes_on_after_it_is_over(
    browser: Browser, stack: Stack, client_scripts: list[Path]
) -> None:
    core, email = Core(stack), stack.demo["owner"]["email"]
    page = await opened(browser, stack, client_scripts, "cookie")
    mine = f"{stack.api_url}/restaurant/{stack.demo['owner']['userId']}"
    await page.evaluate(ASK, email)
    core.lifetime(0)
    try:
        await page.evaluate(CONSUME, core.code(email))
        cookies = await page.context.cookies(stack.api_url.partition("/api")[0])
        first = next(one["value"] for one in cookies if one["name"] == "sAccessToken")
    finally:
        core.lifetime(None)
    for _ in range(3):
        assert await page.evaluate(READ_WITH, [mine, f"Bearer {first}"]) == 200
    await page.context.close()
