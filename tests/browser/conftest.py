"""A real browser before a running server over the integration tests' furnished place."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from databases import database
from live import Live, live_of
from web import PASSWORD
from yihao.store.db import Database

ROOT = Path(__file__).resolve().parents[2]
_file = ROOT / "tests/integration/conftest.py"
_spec = importlib.util.spec_from_file_location("furnished_place", _file)
assert _spec and _spec.loader
place = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(place)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARTEFACTS = ROOT / "test-artefacts"
"""Screenshots of each run, to be looked at."""
AXE = ROOT / "console/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HARMLESS = re.compile(r"status of (401|403|404|409|422|429|503)|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION")
"""The browser itself writes a line for each refused or lost request; all else on the console fails the test."""


@pytest.fixture(scope="session")
def built_console() -> None:
    """The console as it stands in the sources."""
    subprocess.run(["sh", "tools/console.sh"], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
async def live(
    server_dsn: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, built_console: None
) -> AsyncIterator[Live]:
    """A server over a furnished place of its own for each file of tests."""
    folder = tmp_path_factory.mktemp("browser")
    with database(server_dsn, "browser", migrated_template) as dsn:
        pool = await Database.open(dsn, app=4, worker=2)
        house = place.House(pool, dsn, folder)
        await place._furnish(house)
        async with live_of(house, folder) as made:
            yield made
        await pool.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium")
    async with async_playwright() as tools:
        made = await tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        await made.close()


def _complains(said: Any) -> None:
    if said.type == "error" and not HARMLESS.search(said.text):
        pytest.fail(said.text)


async def page_of(browser: Browser, **more: Any) -> Page:
    """A page of a fresh browser profile. Whatever its console complains of fails the test."""
    context: BrowserContext = await browser.new_context(locale="zh-CN", **{"reduced_motion": "reduce", **more})
    page = await context.new_page()
    page.set_default_timeout(15_000)
    page.on("console", _complains)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


class Desk:
    """Somebody at the console. ``name`` is the account's."""

    def __init__(self, live: Live, page: Page, name: str) -> None:
        self.live, self.page, self.name = live, page, name

    async def open(self, path: str) -> None:
        """A page of the console by its address below ``/console``, and its heading."""
        await self.page.goto(f"{self.live.url}/console{path}")
        await expect(self.page.locator("main h1").first).to_be_visible()

    async def shot(self, name: str) -> None:
        """Keep a picture."""
        ARTEFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)

    async def accessible(self) -> None:
        """No violation of WCAG 2.2 AA, nor of the good practices axe knows."""
        await accessible(self.page)


async def accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA on the page as it stands."""
    # Its own world: the page's content policy lets no foreign script in.
    await page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = await page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES)
    said = [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert not said, "\n".join(said)


async def at_desk(live: Live, browser: Browser, *roles: str, unit: str | None = None, **more: Any) -> Desk:
    """A new account of those roles, signed in to the console as a person does it.

    Args:
        live: the server.
        browser: the browser; each desk is a profile of its own in it.
        roles: roles of the account; unit roles are held at ``unit``.
        more: for the browser's context: ``viewport={"width": 390, "height": 844}`` is a phone.
    """
    account = {name: more.pop(name) for name in ("place", "cleared") if name in more}
    name = await live.account(*roles, unit=unit, **account)
    page = await page_of(browser, **{"viewport": {"width": 1440, "height": 900}, **more})
    await page.goto(f"{live.url}/console/")
    await page.get_by_label("用户名").fill(name)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    if code := live.code(name):
        await page.get_by_label("动态口令").fill(code)
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("button", name="退出登录")).to_be_visible()
    return Desk(live, page, name)
