"""The live board: from a figure to its orders to one order; it follows what others do, and hangs on the wall."""

from __future__ import annotations

import re

from lives import counted, to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live


async def test_from_the_board_to_an_order(live: Live, browser: Browser) -> None:
    order = await to_unit(live, title="演示路路灯不亮")
    await live.house.register(live.house.actor("agent"), title="演示桥栏杆损坏", urgency="urgent")
    await counted(live)
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/board")
    await expect(page.locator("[data-figure=在办工单] b")).to_have_text("2")
    await expect(page.locator("[data-figure='紧急、特急'] b")).to_have_text("1")
    await expect(page.locator("[data-figure=今日登记] b")).to_have_text("2")
    await expect(page.locator("[data-state=signed] b")).to_have_text("1")
    await expect(page.locator("svg text", has_text="受理量")).to_be_visible()
    await desk.accessible()
    await desk.shot("board")

    await page.locator("[data-state=signed]").click()
    await expect(page.get_by_role("heading", name="办理中")).to_be_visible()
    await expect(page.get_by_role("link", name="演示路路灯不亮")).to_be_visible()
    await expect(page.get_by_role("link", name="演示桥栏杆损坏")).to_have_count(0)
    await desk.accessible()
    await page.get_by_role("link", name="演示路路灯不亮").click()
    await page.get_by_role("link", name="打开工单页").click()
    await expect(page).to_have_url(re.compile(f"/console/orders/{order.number}"))


async def test_the_board_lives_and_hangs_on_the_wall(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "shift_lead", viewport={"width": 1920, "height": 1080})
    page = desk.page
    await desk.open("/board")
    await expect(page.locator("header .live")).to_have_class(re.compile(r"\blive live\b"))
    figure = page.locator("[data-figure=在办工单] b")
    before = int(await figure.inner_text())
    await live.house.register(live.house.actor("agent"), title="演示桥又损坏")
    # Nobody reloads: the stream says that something changed.
    await expect(figure).to_have_text(str(before + 1), timeout=15_000)

    await page.get_by_role("button", name="大屏").click()
    await expect(page.get_by_role("button", name="退出大屏")).to_be_visible()
    # Going to the full screen takes the browser a few frames, in which letters still have their old colour.
    await expect(page.locator(".room.wall .big .label").first).to_have_css("color", "rgb(169, 189, 214)")
    await expect(page.locator("svg text", has_text="受理量")).to_be_visible()
    await desk.accessible()
    await desk.shot("board-wall")
    room = page.locator(".room.wall")
    assert await room.evaluate("at => at.scrollHeight <= at.clientHeight"), "the wall is never scrolled"
    await page.get_by_role("button", name="退出大屏").click()
    await expect(page.get_by_role("button", name="大屏", exact=True)).to_be_visible()


async def test_the_day_begins_at_the_board_and_goes_on_a_phone(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "manager", viewport={"width": 390, "height": 844})
    await expect(desk.page).to_have_url(re.compile("/console/board$"))
    for path in ("/board", "/decisions", "/indicators?by=unit", "/lines", "/rules", "/jobs"):
        await desk.open(path)
        await desk.page.wait_for_load_state("networkidle")
        over = await desk.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{path} is {over} pixels wider than the phone"
    await desk.open("/board")
    await desk.shot("board-phone")


async def test_the_same_in_english(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "manager")
    await desk.page.get_by_role("button", name="English").click()
    for path, title in (("/board", "Live board"), ("/decisions", "To decide"), ("/lines", "Merge of hotlines")):
        await desk.open(path)
        await expect(desk.page.get_by_role("heading", level=1)).to_contain_text(title)
        await desk.accessible()
