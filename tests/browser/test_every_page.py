"""Every page of every role's menu stands, complains of nothing and is accessible, in both languages."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live

HOTLINE = ("agent", "online_agent", "dispatcher", "shift_lead", "supervisor", "revisit_clerk", "kb_editor", "manager")
KEEPERS = ("admin", "security_admin", "auditor")
UNITS = ("unit_handler", "partner", "company")


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Pages another role has opened already: what differs between roles is what the menu holds."""
    return set()


@pytest.mark.parametrize("role", [*HOTLINE, *KEEPERS, *UNITS])
async def test_every_page_of_the_menu(live: Live, browser: Browser, seen: set[str], role: str) -> None:
    desk = await at_desk(live, browser, role, unit="州建设局" if role in UNITS else None)
    page = desk.page
    links = page.locator("nav#menu a")
    await expect(links.first).to_be_visible()
    paths = [str(await links.nth(place).get_attribute("href")) for place in range(await links.count())]
    assert paths
    for path in [*paths, "/console/account"]:
        if path in seen:
            continue
        seen.add(path)
        await page.goto(live.url + path)
        await expect(page.locator("main h1").first).to_be_visible()
        await desk.accessible()
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        await desk.accessible()
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("button", name="退出登录")).to_be_visible()
