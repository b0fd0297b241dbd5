"""Filling in the console's fields as a person does."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect


async def choose(
    page: Page, label: str, text: str, option: str | None = None, *, inside: Locator | None = None
) -> None:
    """Type into a picker and take what it offers: ``option`` (a pattern), or what holds the text."""
    field = (inside or page).get_by_role("combobox", name=re.compile(rf"^\*?{re.escape(label)}"))
    await field.click()
    await field.fill(text)
    await page.get_by_role("option", name=re.compile(option or text)).first.click()
    await expect(page.locator(".el-select-dropdown:visible")).to_have_count(0)


async def pick(page: Page, label: str, option: str) -> None:
    """Open a list that is not searched, by keyboard, and take an entry of it."""
    await page.get_by_role("combobox", name=re.compile(rf"^\*?{re.escape(label)}")).press("Enter")
    await page.get_by_role("option", name=option, exact=True).click()
    await expect(page.locator(".el-select-dropdown:visible")).to_have_count(0)


async def find(part: Locator, label: str, text: str, option: str) -> None:
    """As `choose`, within a part of the page."""
    field = part.get_by_role("combobox", name=label)
    await field.focus()
    await field.fill(text)
    await part.page.get_by_role("option", name=option).first.click()
    await field.press("Escape")
