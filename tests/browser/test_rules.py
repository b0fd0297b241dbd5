"""The rules of a place: found by clause or words, beside another place's, and changed with a preview before."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live

LIMITS = "sign:\n  rule: 3 office hours\n  basis: {source: 示范办发〔2026〕2号}\n"


async def test_a_rule_with_its_clause_and_a_layer_of_ones_own(live: Live, browser: Browser) -> None:
    county, _ = live.house.places["甲县"]
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/rules")
    await page.get_by_label("查找规则、数值、条款或原文").fill("limits.sign ")
    row = page.locator("[data-rule='limits.sign']")
    await expect(row).to_contain_text("西政办发〔2021〕28号 三(四)")
    await desk.accessible()
    await desk.shot("rules")

    await desk.open(f"/rules?place={county}")
    await expect(page.get_by_text("全部沿用上级规则。")).to_be_visible()
    await page.get_by_role("button", name="调整").click()
    await page.get_by_label("文件名").fill("limits.yaml")
    await page.get_by_role("button", name="增加文件").click()
    await page.get_by_label("limits.yaml", exact=True).fill(LIMITS)
    await page.get_by_label("调整理由").fill("示范办发〔2026〕2号")
    await expect(page.get_by_role("button", name="按预览施行")).to_be_disabled()
    await page.get_by_role("button", name="预览影响").click()
    changed = page.get_by_role("row", name="limits.sign").last
    await expect(changed).to_contain_text("3 office hours")
    await desk.accessible()
    await page.get_by_role("button", name="按预览施行").click()
    await expect(page.get_by_text("已施行。")).to_be_visible()
    async with live.house.database.work() as connection:
        kept = await connection.fetchval("SELECT count(*) FROM jurisdiction_layer WHERE jurisdiction_id = $1", county)
    assert kept == 1

    top, _ = live.house.places["州"]
    await desk.open(f"/rules?place={top}&with={county}")
    await expect(page.get_by_role("row", name="limits.sign")).to_contain_text("3 office hours")
    await desk.accessible()
