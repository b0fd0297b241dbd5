"""What a person waits for at the screens: first load, going from page to page, a list of fifty; and what pages weigh.

Measured in a real browser (Chromium, driven by Playwright) on the same cores as server and database: from the click to
the frame in which the new page stands.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

from bench.figures import Figure
from bench.house import House, running, seeded

ROLE = "shift_lead"
ROUNDS = 9
FIRST_LOAD_KB = 350
ROUTE_MS = 200
LIST_MS = 300
PORTAL_KB = 60
ROWS = 50
PORTAL = ("/", "/appeal", "/query", "/knowledge")

GO = """
async ([path, rows]) => {
  const link = document.querySelector(`nav a[href="/console${path}"]`)
  const old = document.querySelector('main h1')
  const begun = performance.now()
  link.click()
  await new Promise((resolve, reject) => {
    const look = () => {
      const heading = document.querySelector('main h1')
      const there = location.pathname === `/console${path}` && heading && heading !== old
      if (there && document.querySelectorAll('table.orders tbody tr').length >= rows) {
        requestAnimationFrame(() => setTimeout(resolve))
      } else if (performance.now() - begun > 20000) reject(new Error(`${path} did not come`))
      else requestAnimationFrame(look)
    }
    look()
  })
  return performance.now() - begun
}
"""
"""Clicks an entry of the menu; milliseconds until the page stands there with so many rows, painted."""

WEIGHT = """
() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
  .filter(({name}) => !name.includes('/api/')).reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0)
"""


def screens(options: argparse.Namespace) -> list[Figure]:
    """The figures, with as many orders as the large installation has."""
    with running(seeded(options.many)) as house, _chromium() as browser:
        house.settle()
        return [*_console(house, browser), *_portal(house, browser)]


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as tools:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        made = tools.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


def _console(house: House, browser: Browser) -> list[Figure]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    page.goto(f"http://127.0.0.1:{house.port}/console/")
    page.get_by_label("用户名").wait_for()
    door = page.evaluate(WEIGHT)
    _sign_in(house, page)
    paths = [str(one.get_attribute("href")).removeprefix("/console") for one in page.locator("nav a").all()]
    page.goto(f"http://127.0.0.1:{house.port}/console/orders")
    _rows(page)
    first_visits = [page.evaluate(GO, [path, 0]) for path in paths if path != "/orders"]
    routes = [page.evaluate(GO, [path, 0]) for _ in range(ROUNDS) for path in ["/orders", *paths] if _away(page, path)]
    lists = []
    for _ in range(ROUNDS):
        # Anew each time: what was read before must not be shown from memory.
        page.goto(f"http://127.0.0.1:{house.port}/console{next(path for path in paths if path != '/orders')}")
        page.locator("main h1").first.wait_for()
        page.wait_for_timeout(500)
        lists.append(page.evaluate(GO, ["/orders", ROWS]))
    return [
        Figure.single("screens.first_load", door / 1024, "kB", most=FIRST_LOAD_KB),
        _figure("screens.route.first_visit", first_visits, None),
        _figure("screens.route", routes, ROUTE_MS),
        _figure("screens.list_50", lists, LIST_MS),
    ]


def _away(page: Page, path: str) -> bool:
    return not page.url.endswith(f"/console{path}")


def _rows(page: Page) -> None:
    page.locator("table.orders tbody tr").nth(ROWS - 1).wait_for()


def _sign_in(house: House, page: Page) -> None:
    account = next(one for one in house.accounts if ROLE in one["roles"])
    page.get_by_label("用户名").fill(account["username"])
    page.get_by_label("密码", exact=True).fill(account["password"])
    if secret := account.get("totp_secret"):
        page.get_by_label("动态口令").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="登录", exact=True).click()
    page.locator("nav a").first.wait_for()
    time.sleep(1)


def _figure(name: str, runs: list[Any], most: float | None) -> Figure:
    return Figure(
        name=name,
        value=round(statistics.median(runs), 1),
        unit="ms",
        runs=[round(one, 1) for one in runs],
        most=most,
    )


def _portal(house: House, browser: Browser) -> list[Figure]:
    """A page with all it brings, as sent to a browser that takes packed answers."""
    heaviest = 0.0
    for path in PORTAL:
        page = browser.new_context(locale="zh-CN").new_page()
        page.goto(f"http://127.0.0.1:{house.port}{path}", wait_until="networkidle")
        heaviest = max(heaviest, page.evaluate(WEIGHT) / 1024)
    return [Figure.single("screens.portal_page", heaviest, "kB", most=PORTAL_KB)]
