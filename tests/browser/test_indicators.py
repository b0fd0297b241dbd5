"""Indicators: the screen's figures are the API's, and behind a figure stand as many orders as it says."""

from __future__ import annotations

from typing import Any

import httpx
from lives import counted, to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live


async def figures(live: Live, **query: str) -> list[dict[str, Any]]:
    """What the API answers a manager."""
    headers = {"authorization": f"Bearer {await live.token('manager')}"}
    async with httpx.AsyncClient(base_url=live.url, headers=headers) as client:
        answer = await client.get("/api/v1/indicators", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["figures"]


async def test_from_a_figure_to_its_orders(live: Live, browser: Browser) -> None:
    orders = [await to_unit(live, title=f"演示路{number}号路灯不亮") for number in range(3)]
    await live.house.register(live.house.actor("agent"), kind="consult", title="咨询办事时间")
    await counted(live)
    told = {(one["by"], one["key"], one["name"]): one for one in await figures(live, by="unit")}
    accepted, signed = told["all", "", "accepted"], told["all", "", "signed_on_time"]
    assert accepted["numerator"] == 4 and (signed["numerator"], signed["denominator"]) == (3, 3)

    desk = await at_desk(live, browser, "manager")
    await desk.open("/indicators")
    tile = desk.page.locator("[data-indicator=accepted]")
    await expect(tile.get_by_role("link")).to_have_text("4")
    tile = desk.page.locator("[data-indicator=signed_on_time]")
    await expect(tile).to_contain_text("100.0%")
    await expect(tile).to_contain_text("3 / 3")
    await tile.get_by_role("button").click()
    await expect(desk.page.get_by_text("西政办发〔2021〕28号 三(四)")).to_be_visible()
    await desk.page.get_by_text("按单位", exact=True).click()
    await expect(desk.page.get_by_role("img", name="图表：按时签收率")).to_be_visible()
    await expect(desk.page.locator("svg text", has_text="示范州建设局").first).to_be_visible()
    await desk.accessible()
    await desk.shot("indicators")

    row = desk.page.get_by_role("row", name="示范州建设局").last
    await expect(row).to_contain_text("100.0%")
    await row.get_by_role("link").click()
    await expect(desk.page.locator("main").get_by_role("status")).to_contain_text("已列出 3 件工单，合计分子 3，分母 3")
    for order in orders:
        await expect(desk.page.get_by_role("link", name=order.number)).to_have_attribute(
            "href", f"/console/orders/{order.number}"
        )
    await desk.accessible()
    await desk.shot("indicator-orders")


async def test_the_table_is_taken_as_a_file(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "manager")
    await desk.open("/indicators?by=kind")
    async with desk.page.expect_download() as taken:
        await desk.page.get_by_role("link", name="导出 CSV").click()
    path = await (await taken.value).path()
    text = path.read_text(encoding="utf-8-sig")
    assert "分子口径" in text and "登记且未被不予受理的工单" in text and "西政办发〔2021〕28号 六(四)" in text


async def test_a_unit_sees_its_own_figures_alone(live: Live, browser: Browser) -> None:
    await to_unit(live, title="路灯又不亮")
    await counted(live)
    (own,) = [
        one
        for one in await figures(live, by="unit")
        if one["name"] == "dispatched" and one["key"] == str(live.house.units["州建设局"])
    ]
    desk = await at_desk(live, browser, "unit_reviewer", unit="州建设局")
    await desk.open("/indicators")
    await expect(desk.page.locator("[data-indicator=dispatched]").get_by_role("link")).to_have_text(
        str(own["numerator"])
    )
    await expect(desk.page.locator("[data-indicator=accepted]")).to_have_count(0)
    await desk.accessible()
