"""What pages are told by whoever serves them, and the site that is made of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.pages import build, smaller
from local.pages import FOLDERS, PageSettings, filled, origin
from local.supervisor.options import PROJECT

CLIENTS = PROJECT / "clients"
TOLD = PageSettings(
    api="https://api.example/api/v1",
    servers=("https://api.example", "wss://live.example"),
    gateway="https://gateway.example/assets",
    gateway_frames=("https://fields.example",),
    pictures=("https://*.pictures.example",),
)
PAGES = sorted(page for folder in FOLDERS for page in (CLIENTS / folder).glob("*.html"))


def policy(text: str) -> dict[str, list[str]]:
    """The directives of a page's policy."""
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert found
    return {name: sources for name, *sources in (each.split() for each in found[1].split(";"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CLIENTS).as_posix())
def test_a_page_may_call_its_servers_and_runs_no_script_of_its_own_text(page: Path) -> None:
    text = filled(page.read_text(), TOLD)
    may = policy(text)
    assert may["connect-src"][:3] == ["'self'", *TOLD.servers]
    assert not [source for sources in may.values() for source in sources if "unsafe" in source]
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|<style", text)


def test_only_the_checkout_may_load_and_call_the_gateway() -> None:
    for page in PAGES:
        may = policy(filled(page.read_text(), TOLD))
        others = [
            name for name, sources in may.items() if {"https://gateway.example", "https://fields.example"} & {*sources}
        ]
        wanted = ["script-src", "frame-src", "connect-src"] if page.name == "checkout.html" else []
        assert others == wanted, page


def test_the_page_of_the_menu_shows_pictures_of_the_listed_servers_alone() -> None:
    may = policy(filled((CLIENTS / "order" / "index.html").read_text(), TOLD))
    assert may["img-src"] == ["'self'", "data:", "https://*.pictures.example"]
    assert may["script-src"] == ["'self'"]


@pytest.mark.parametrize(
    "address", ["", "api.example", "https://", "https://a.example; script-src *", "javascript:1", "https://a b"]
)
def test_what_is_no_servers_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address of a server"):
        origin(address)


def test_the_site_has_every_page_and_leads_codes_to_the_menu(tmp_path: Path) -> None:
    count = build(tmp_path / "site", TOLD)
    files = {
        path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*") if path.is_file()
    }
    assert count == len(files)
    assert {f"{folder}/index.html" for folder in ("board", "kitchen", "status", "order")} <= files
    rules = json.loads((tmp_path / "site" / "staticwebapp.config.json").read_text())
    assert rules["routes"] == [
        {"route": "/order/entry/*", "rewrite": "/order/index.html"},
        {"route": "/order/status/*", "rewrite": "/status/index.html"},
    ]
    assert 'name="api" content="https://api.example/api/v1"' in (tmp_path / "site" / "index.html").read_text()
    with pytest.raises(FileExistsError):
        build(tmp_path / "site", TOLD)


def test_comments_and_indents_go_and_nothing_else() -> None:
    code = "/** A\n * doc. */\nexport function f() {\n  // why\n  return 'a // b' + `c /* d */`; /* e */\n}\n\n"
    assert smaller(code) == "export function f() {\nreturn 'a // b' + `c /* d */`; /* e */\n}\n"


def test_no_text_of_a_script_goes_over_several_lines() -> None:
    for script in CLIENTS.rglob("*.js"):
        for line in smaller(script.read_text()).splitlines():
            assert line.count("`") % 2 == 0, f"{script}: {line}"
