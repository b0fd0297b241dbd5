"""A year of the calendar: a day is changed, the deadlines it moves are shown, then it is kept and they move."""

from __future__ import annotations

import re
from datetime import timedelta

from lives import to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.clock import system_clock
from yihao.worktime import SHANGHAI

WEEKDAYS = 5


async def test_the_deadlines_a_day_off_moves_are_shown_and_then_move(live: Live, browser: Browser) -> None:
    order = await to_unit(live)
    async with live.house.database.work() as connection:
        due = await connection.fetchval(
            "SELECT min(due_at) FROM open_duty WHERE number = $1 AND kind = 'handling'", order.number
        )
    desk = await at_desk(live, browser, "manager", place="州")
    page = desk.page
    await desk.open("/calendar")
    today = system_clock().astimezone(SHANGHAI).date()
    day = today + timedelta(days=1)
    while day.weekday() >= WEEKDAYS:
        day += timedelta(days=1)
    if day.year != today.year:
        await page.get_by_role("button", name="下一年").click()
    cell = page.get_by_role("button", name=re.compile(rf"^{day.month}月{day.day}日 上班"))
    await expect(page.get_by_role("button", name="保存")).to_be_disabled()
    await cell.click()
    await expect(
        page.get_by_role("button", name=re.compile(rf"^{day.month}月{day.day}日 放假（已改动）"))
    ).to_be_visible()
    await desk.accessible()
    await page.get_by_role("button", name="预览受影响的期限").click()
    await expect(page.get_by_text("请填写依据的通知。")).to_be_visible()  # and the day stays changed
    await page.get_by_label("依据的通知").fill("示范明电〔2026〕1号")
    await page.get_by_role("button", name="预览受影响的期限").click()
    moved = page.get_by_role("row", name=re.compile(order.number))
    await expect(moved.first).to_be_visible()
    await desk.shot("calendar-preview")
    await desk.accessible()
    async with live.house.database.work() as connection:
        assert (
            await connection.fetchval(
                "SELECT min(due_at) FROM open_duty WHERE number = $1 AND kind = 'handling'", order.number
            )
            == due
        )
    await page.get_by_role("button", name=re.compile("^保存")).click()
    await expect(page.get_by_text(re.compile("已保存，[1-9][0-9]*项期限已重新计算"))).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("示范明电〔2026〕1号"))).to_be_visible()
    await desk.shot("calendar-saved")
    async with live.house.database.work() as connection:
        after = await connection.fetchval(
            "SELECT min(due_at) FROM open_duty WHERE number = $1 AND kind = 'handling'", order.number
        )
    assert after > due


async def test_a_year_nobody_entered_says_so_and_changes_are_not_lost(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "admin", viewport={"width": 390, "height": 844})
    await desk.open("/calendar")
    await desk.page.get_by_role("button", name="下一年").click()
    await desk.page.get_by_role("button", name="下一年").click()
    await expect(desk.page.get_by_text(re.compile("尚未录入"))).to_be_visible()
    first = desk.page.get_by_role("button", name=re.compile("^1月3日"))
    await first.focus()
    await desk.page.keyboard.press("ArrowRight")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.get_by_role("button", name=re.compile("^1月4日.*已改动"))).to_be_visible()
    await desk.page.get_by_role("button", name="下一年").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="取消").click()
    await expect(desk.page.get_by_role("button", name=re.compile("^1月4日.*已改动"))).to_be_visible()
    await desk.shot("calendar-phone")
    await desk.accessible()
