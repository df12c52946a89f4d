"""The pages that show the API, in a browser: they work, and ask no other host for anything."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from operator import itemgetter
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from local.supervisor.options import PROJECT
from shared.web import docs_ui
from tests.e2e.screens import DESK
from tests.integration.local_host.process import HostProcess
from tests.patience import PATIENCE_MS, PATIENCE_SECONDS
from tests.stack import Stack

pytestmark = pytest.mark.browser

FILES = [f"docs/{name}" for name in docs_ui.FILES]


@pytest.fixture
def host(stack: Stack) -> str:
    """The address of the stack's host."""
    return f"http://127.0.0.1:{stack.base}"


@dataclass
class Visit:
    """A page that was opened, and what came of it."""

    page: Page
    asked: list[str] = field(default_factory=list)
    """Every address that the browser asked for."""
    refused: list[str] = field(default_factory=list)
    """What the page's policy kept the browser from asking for."""
    said: list[str] = field(default_factory=list)
    """Errors."""

    async def go(self, url: str) -> Page:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.refused.append(request.url))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("console", lambda line: self.said.append(line.text) if line.type == "error" else None)
        await self.page.goto(url)
        return self.page

    def hosts(self) -> set[str]:
        """Whom it asked."""
        sent = (url for url in self.asked if url not in self.refused)
        return {urlsplit(url).netloc for url in sent if not url.startswith(("data:", "blob:"))}


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    context = await browser.new_context(viewport={"width": DESK["width"], "height": DESK["height"]})
    context.set_default_timeout(PATIENCE_MS)
    yield Visit(await context.new_page())
    await context.close()


@pytest.mark.parametrize(
    "areas", [1, pytest.param(1000, marks=pytest.mark.long)], ids=["the largest area", "all areas"]
)
async def test_swagger_ui_shows_every_route_and_calls_one(host: str, visit: Visit, areas: int) -> None:
    page = await visit.go(f"{host}/api/v1/docs")
    await page.locator("#operations-tag-health").click()
    operation = page.locator("#operations-health-health_live")
    await operation.wait_for()
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()
    await operation.locator(".live-responses-table", has_text='"status": "ok"').wait_for()
    described = await asyncio.to_thread(
        lambda: httpx.get(f"{host}/api/v1/openapi.json", timeout=PATIENCE_SECONDS).json()
    )
    wanted = Counter(one["tags"][0] for path in described["paths"].values() for one in path.values())
    await page.locator("#operations-tag-health").click()
    await expect(page.locator(".opblock-tag")).to_have_count(len(wanted))
    for tag, count in sorted(wanted.items(), key=itemgetter(1))[-areas:]:
        await page.locator(f"#operations-tag-{tag}").click()
        await expect(page.locator(".opblock")).to_have_count(count)
        await page.locator(f"#operations-tag-{tag}").click()
        await expect(page.locator(".opblock")).to_have_count(0)
    assert visit.hosts() == {urlsplit(host).netloc}
    assert visit.said == []


@pytest.mark.long
async def test_redoc_shows_a_route_with_its_example_and_finds_it(host: str, visit: Visit) -> None:
    page = await visit.go(f"{host}/api/v1/redoc")
    route = page.locator('[id="tag/payments/operation/payments_place_order_without_payment"]')
    await route.wait_for()
    assert "PREVIEW_STALE" in await route.inner_text()
    await page.get_by_placeholder("Search").press_sequentially("negotiate")
    await page.locator('[data-role="search:results"]', has_text="A URL for exactly one feed").wait_for()
    assert visit.hosts() == {urlsplit(host).netloc}
    # Redoc would fetch the picture beside its own name from its makers.
    assert visit.refused == ["https://cdn.redoc.ly/redoc/logo-mini.svg"]
    assert all("Content Security Policy" in line for line in visit.said)


def test_files_are_sent_compressed_and_once(host: str) -> None:
    with httpx.Client(base_url=f"{host}/api/v1/", timeout=PATIENCE_SECONDS) as http:
        for path in ("docs", "redoc", "openapi.json", *FILES):
            first = http.get(path)
            assert first.status_code == 200
            assert len(first.content) < 1024 or first.headers["content-encoding"] == "gzip"
            assert first.headers["x-content-type-options"] == "nosniff"
            again = http.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), path
            plain = http.get(path, headers={"accept-encoding": "identity"})
            assert plain.content == first.content
            assert http.head(path).headers["etag"]
            assert httpx.get(f"{host}/{path}").content == first.content, "the same without the API's prefix"
        assert http.get("docs").headers["content-type"] == "text/html; charset=utf-8"
        assert http.get("docs/docs.js").headers["content-type"] == "text/javascript; charset=utf-8"
        for unknown in ("docs/README.txt", "docs/__init__.py", "docs/docs.html", "docs/..%2fopenapi.py", "docs/x"):
            assert http.get(unknown).status_code == 404


def test_no_script_but_the_files_may_run(host: str) -> None:
    for page in ("docs", "redoc"):
        policy = httpx.get(f"{host}/api/v1/{page}").headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "connect-src 'self';" in policy


def test_in_production_there_are_no_pages(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    environment = {"APP_ENV": "prod", "MONGODB_URI": mongo_uri, "DB_NAME": f"test_{secrets.token_hex(8)}"}
    with HostProcess(PROJECT, tmp_path_factory.mktemp("prod"), env=environment) as running:
        for path in ("docs", "redoc", "openapi.json", *FILES):
            answer = httpx.get(f"{running.url}/api/v1/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
