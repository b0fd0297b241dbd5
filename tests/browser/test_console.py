"""The console's frame: signing in, the end of a session, a lost connection, both languages, weight and access."""

from __future__ import annotations

import gzip
import re

from playwright.async_api import Browser, expect

from conftest import at_desk, page_of
from live import Live
from web import PASSWORD
from yihao.web.console.pages import BUILT


async def test_the_door_is_accessible_and_says_what_is_wrong(live: Live, browser: Browser) -> None:
    page = await page_of(browser)
    await page.goto(f"{live.url}/console/orders")
    await expect(page).to_have_url(re.compile("/console/sign-in"))
    await page.get_by_label("用户名").fill("nobody")
    await page.get_by_label("密码", exact=True).fill("wrong")
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("用户名")
    await expect(page.get_by_label("用户名")).to_have_value("nobody")


def test_first_load_stays_small() -> None:
    """What a browser fetches before it can show the sign-in page: 350 kB, packed."""
    document = (BUILT / "index.html").read_text(encoding="utf-8")
    wanted = re.findall(r"/console/(assets/[^\"]+)", document)
    assert wanted
    size = sum(len(gzip.compress((BUILT / name).read_bytes())) for name in wanted)
    assert size <= 350 * 1024


async def test_in_and_out_and_in_english(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "dispatcher")
    await expect(desk.page.locator("header .live")).to_have_class(re.compile(r"\blive live\b"))
    await desk.page.get_by_role("button", name="English").click()
    await expect(desk.page.get_by_role("button", name="Sign out")).to_be_visible()
    await desk.accessible()
    await desk.page.get_by_role("button", name="Sign out").click()
    await expect(desk.page.get_by_label("User name")).to_be_visible()
    assert not any(
        cookie["name"] == "yihao_session" and cookie["value"] for cookie in await desk.page.context.cookies()
    )


async def test_a_lost_connection_is_said_and_comes_back(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "dispatcher")
    await expect(desk.page.locator("header .live")).to_have_class(re.compile(r"\blive live\b"))
    await desk.page.context.set_offline(True)
    await expect(desk.page.get_by_role("alert")).to_contain_text("连接已中断", timeout=30_000)
    await desk.page.context.set_offline(False)
    await expect(desk.page.get_by_role("alert")).to_have_count(0, timeout=30_000)


async def test_signing_out_that_fails_is_said(live: Live, browser: Browser) -> None:
    """Else the next person at the machine finds the session open behind a closed door."""
    desk = await at_desk(live, browser, "dispatcher")
    await desk.page.route("**/api/v1/sessions/current", lambda route: route.abort("internetdisconnected"))
    await desk.page.get_by_role("button", name="退出登录").click()
    await expect(desk.page.get_by_text("尚未退出登录")).to_be_visible()
    await desk.page.unroute("**/api/v1/sessions/current")
    await desk.page.get_by_role("button", name="退出登录").click()
    await expect(desk.page.get_by_label("用户名")).to_be_visible()


async def test_a_page_of_one_account_does_nothing_in_the_name_of_another(live: Live, browser: Browser) -> None:
    """Two windows share the session's cookie: when another person signs in, the first page starts anew as theirs."""
    desk = await at_desk(live, browser, "dispatcher")
    await desk.open("/orders")
    other = await live.account("kb_editor")
    signed = await desk.page.context.request.post(
        f"{live.url}/api/v1/sessions", data={"username": other, "password": PASSWORD}
    )
    assert signed.ok
    sent: list[str] = []
    desk.page.on("request", lambda request: sent.append(request.url))
    await desk.page.locator("#q").fill("路灯")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.get_by_role("link", name="全部工单")).to_have_count(0)
    await expect(desk.page.get_by_role("link", name="知识库")).to_be_visible()
    assert not [url for url in sent if "/api/v1/orders" in url]


async def test_a_browser_without_the_youngest_signals_works(live: Live, browser: Browser) -> None:
    """What is built for browsers of 2022 must not ask for what came in 2024."""
    page = await page_of(browser)
    await page.add_init_script("delete AbortSignal.any; delete AbortSignal.timeout")
    name = await live.account("dispatcher")
    await page.goto(f"{live.url}/console/")
    await page.get_by_label("用户名").fill(name)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("button", name="退出登录")).to_be_visible()
