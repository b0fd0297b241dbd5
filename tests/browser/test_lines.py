"""The merge of hotlines: how far it has come; a line entered, ticked and merged as the managing body does."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.lines import jobs


@pytest.fixture(autouse=True)
async def registered(live: Live) -> None:
    """The place's list is in the register, as the background process sees to every night."""
    await jobs.run_clock(live.house.database, live.house.desk.places, live.house.clock())


async def test_a_line_from_its_entry_to_merged(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/lines")
    await expect(page.get_by_role("row", name="12315").first).to_contain_text("双号并行")
    await expect(page.get_by_text("逾期未归并")).to_be_visible()
    await desk.accessible()
    await desk.shot("lines")

    await page.get_by_role("button", name="登记热线").click()
    await page.get_by_label("热线号码").fill("110")
    await page.get_by_label("热线名称").fill("示例热线")
    await page.get_by_label("责任单位（按清单）").fill("示例单位")
    await page.get_by_text("整体并入", exact=True).click()
    await page.get_by_text("州级自行设立", exact=True).click()
    await page.get_by_text("座席并入", exact=True).click()
    await page.get_by_label("切换日期").fill(f"{live.house.clock():%Y-%m-%d}")
    await page.get_by_label("经费来源").fill("财政拨款")
    await page.get_by_role("button", name="保存").click()
    # What was typed stays; the field and the mend are named.
    await expect(page.get_by_role("alert").first).to_contain_text("不能登记为归并的热线")
    await expect(page.get_by_label("经费来源")).to_have_value("财政拨款")
    await page.get_by_label("热线号码").fill("96701")
    await page.get_by_label("批准依据").fill("示范办发〔2026〕1号")
    await page.get_by_label("批准理由").fill("新增业务")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("heading", name="96701 示例热线")).to_be_visible()
    await expect(page.get_by_text("财政拨款")).to_be_visible()
    await desk.accessible()

    duties = page.locator("[data-duty]")
    for index in range(await duties.count()):
        row = duties.nth(index)
        await row.get_by_role("textbox").fill(f"示范材料第{index + 1}号")
        await row.get_by_role("button").click()
        await expect(row.get_by_text("已落实", exact=True)).to_be_visible()
    await page.get_by_role("button", name="设为已归并").click()
    await page.get_by_role("button", name="确定").click()
    await expect(page.locator("header .el-tag", has_text="已归并")).to_be_visible()
    await expect(page.get_by_text("归并完成")).to_be_visible()
    await desk.shot("line")

    async with live.house.database.work() as connection:
        row = await connection.fetchrow("SELECT status, survey FROM hotline WHERE number = '96701'")
    assert row["status"] == "merged" and "财政拨款" in row["survey"]


async def test_what_a_number_does_and_who_may_not_keep(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "agent")
    page = desk.page
    await desk.open("/lines")
    await expect(page.get_by_role("button", name="登记热线")).to_have_count(0)
    await page.get_by_label("拨打的号码").fill("110")
    await page.get_by_role("button", name="查询").click()
    await expect(page.get_by_text("接通紧急热线")).to_be_visible()
    await page.get_by_role("link", name="12315").click()
    await expect(page.get_by_text("转接保留座席")).to_be_visible()
    await expect(page.get_by_role("button", name="修改登记")).to_have_count(0)
    await desk.accessible()
    await desk.open("/lines/comparison?with=document")
    await expect(page.get_by_role("status").last).to_contain_text("我方")
    await desk.accessible()
