"""The console's start page in a real browser: who may sign in, and with which code."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.screens import Screens
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def test_who_asks_for_a_code_finds_it_beside_the_address(screens: Screens, stack: Stack) -> None:
    start = await screens.start_page()
    email = stack.demo["service"]["email"]
    row = start.locator(f'#people tr[data-address="{email}"]')
    await expect(row).to_contain_text("none")
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        asked = await http.post(f"http://127.0.0.1:{stack.base}/login/signinup/code", json={"email": email})
        assert asked.json()["status"] == "OK", asked.text
        shown = (await http.get(f"{stack.console_url}/api/people")).json()
    code = next(person["code"] for person in shown if person["address"] == email)
    await expect(row.locator(".code")).to_have_text(code)
