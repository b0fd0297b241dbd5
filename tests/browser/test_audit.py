"""The auditor: who looked at what, found by kind of act, person and order; the chain's state."""

from __future__ import annotations

import re

import httpx
from fields import pick
from lives import to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live


async def test_who_unmasked_a_caller_is_found(live: Live, browser: Browser) -> None:
    order = await to_unit(live)
    token = await live.token("dispatcher")
    body = {"fields": ["phone"], "reason": "回拨核实地址"}
    async with httpx.AsyncClient(base_url=live.url, headers={"authorization": f"Bearer {token}"}) as client:
        shown = await client.post(f"/api/v1/orders/{order.number}/reveal", json=body)
        assert shown.status_code in (200, 201), shown.text
    desk = await at_desk(live, browser, "auditor")
    page = desk.page
    await desk.open("/audit")
    await expect(page.get_by_role("heading", name="防篡改链")).to_be_visible()
    await pick(page, "操作类别", "查看原文")
    await page.get_by_label("工单编号").fill(order.number)
    await page.get_by_role("button", name="查询").click()
    rows = page.locator("table tbody tr")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("回拨核实地址")
    await expect(rows.first).to_contain_text("派单员")
    await desk.shot("audit")
    await desk.accessible()
    await page.get_by_role("button", name=re.compile("详情$")).click()
    await expect(page.get_by_role("dialog")).to_contain_text(order.number)
    await desk.shot("audit-detail")
    await desk.accessible()
    async with live.house.database.work() as connection:
        looked = await connection.fetchval(
            "SELECT count(*) FROM audit WHERE action = 'audit.read' AND $1 = ANY (numbers)", order.number
        )
    assert looked >= 1  # looking is recorded too
    # Nobody else's page: neither in the menu nor by its address.
    other = await at_desk(live, browser, "admin")
    await expect(other.page.get_by_role("link", name="审计日志")).to_have_count(0)
    await other.open("/audit")
    await expect(other.page.get_by_role("heading", level=1)).to_contain_text("没有这个页面")
