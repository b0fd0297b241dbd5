"""An export: asked for, made in the background, seen to be done without a reload, fetched with its watermark."""

from __future__ import annotations

from lives import to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.work import Work


async def test_an_export_from_asking_to_the_file(live: Live, browser: Browser) -> None:
    order = await to_unit(live, title="演示路路灯不亮")
    house = live.house
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/jobs")
    await expect(page.get_by_text("还没有任务")).to_be_visible()
    await page.get_by_role("button", name="导出工单").click()
    await page.get_by_text("CSV 文本").click()
    await page.get_by_role("button", name="提交导出").click()
    await expect(page.get_by_text("已提交，在后台生成。")).to_be_visible()
    await page.get_by_role("link", name="查看进度并下载").click()
    await expect(page.get_by_role("row", name="导出工单")).to_contain_text("等待中")
    await desk.accessible()

    work = Work(house.database, house.ring, house.clock)
    await work.tasks.drain(house.database)
    await expect(page.get_by_role("row", name="导出工单")).to_contain_text("已完成")
    await desk.accessible()
    await desk.shot("jobs")
    async with page.expect_download() as taken:
        await page.get_by_role("link", name="下载").click()
    text = (await (await taken.value).path()).read_text(encoding="utf-8-sig")
    assert order.number in text and desk.name in text
