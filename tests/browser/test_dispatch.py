"""The dispatch desk: by the catalogue's row and its basis, several at once with a line each, merging repeats."""

from __future__ import annotations

from typing import Any

from fields import find
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.orders import bodies, service
from yihao.orders.model import Order


async def _received(live: Live, **fields: Any) -> Order:
    made: Order = await live.house.register(live.house.actor("agent"), **fields)
    return made


async def _prepared(live: Live, **fields: Any) -> Order:
    body = bodies.Prepare(category="light", area_code="532801")
    made: Order = await live.house.act(live.house.actor("agent"), await _received(live, **fields), "prepare", body)
    return made


async def _stored(live: Live, number: str) -> Order:
    async with live.house.database.read(live.house.actor("dispatcher").wall()) as connection:
        matter, _ = await service.load(connection, number)
    return matter.order


async def test_from_sign_in_to_the_dispatched_order(live: Live, browser: Browser) -> None:
    order = await _received(live, title="示范大道路灯整条不亮")
    desk = await at_desk(live, browser, "dispatcher")
    await desk.open("/dispatch")
    await desk.page.get_by_role("link", name="示范大道路灯整条不亮").click()
    panel = desk.page.get_by_role("region", name="分类并派单")
    await find(panel, "事项分类", "路灯", "路灯")
    await find(panel, "所属区划", "甲县", "示范甲县")
    await expect(panel.get_by_role("status", name="派单目录")).to_contain_text("目录指定：示范州建设局")
    await expect(panel.get_by_role("status", name="派单目录")).to_contain_text("示范职责清单第1条")
    await expect(panel.get_by_label("派单依据")).to_have_value("示范职责清单第1条")
    await find(panel, "协办单位", "市场", "示范州市场局")
    await panel.get_by_label("派单意见").fill("请当日到场。")
    await desk.accessible()
    await desk.shot("dispatch")
    await panel.get_by_role("button", name="派单", exact=True).click()
    await expect(desk.page.get_by_text("已派单")).to_be_visible()
    await expect(desk.page.locator("main").get_by_role("link", name="示范大道路灯整条不亮")).to_have_count(0)

    stored = await _stored(live, order.number)
    assert stored.state == "dispatched" and stored.lead_unit == live.house.units["州建设局"]
    assert (stored.category, stored.area_code) == ("light", "532801")


async def test_several_at_once_and_each_says_what_came_of_it(live: Live, browser: Browser) -> None:
    good = [await _prepared(live, title=f"批量路灯{number}号") for number in range(2)]
    unclassed = await _received(live, title="批量未分类")
    desk = await at_desk(live, browser, "dispatcher")
    await desk.open("/dispatch")
    for title in ("批量路灯0号", "批量路灯1号", "批量未分类"):
        await desk.page.get_by_role("checkbox", name=title).check()
    await desk.page.get_by_role("button", name="按目录派单").click()
    result = desk.page.get_by_role("dialog", name="批量办理结果")
    await expect(result).to_contain_text("成功 2 件，未成功 1 件")
    await expect(result.get_by_role("row", name="批量未分类")).to_contain_text("尚未分类")
    await expect(result.get_by_role("row", name="批量路灯0号")).to_contain_text("已派 示范州建设局")
    await desk.accessible()
    await desk.shot("dispatch-batch")
    await result.get_by_role("button", name="关闭").last.click()
    await expect(desk.page.get_by_role("checkbox", name="批量未分类")).to_be_checked()
    assert {(await _stored(live, one.number)).state for one in good} == {"dispatched"}
    assert (await _stored(live, unclassed.number)).state == "received"


async def test_a_repeat_of_the_same_caller_is_merged(live: Live, browser: Browser) -> None:
    caller = {"name": "演示乙", "phone": "13800000077"}
    first = await _prepared(live, title="并件演示井盖破损", caller=caller)
    second = await _prepared(live, title="并件演示井盖还没修", caller=caller)
    desk = await at_desk(live, browser, "dispatcher")
    await desk.open("/dispatch")
    await desk.page.get_by_role("link", name="并件演示井盖还没修").click()
    drawer = desk.page.get_by_role("dialog", name="工单详情")
    await drawer.get_by_role("button", name="并件").click()
    await drawer.get_by_role("row", name="并件演示井盖破损").get_by_role("button", name="并入此单").first.click()
    await desk.accessible()
    await drawer.get_by_role("button", name="提交“并件”").click()
    await desk.page.get_by_role("dialog", name="请确认").get_by_role("button", name="确定").click()
    await expect(desk.page.get_by_text("“并件”已完成")).to_be_visible()
    stored = await _stored(live, second.number)
    assert (stored.state, stored.merged_into) == ("merged", first.number)


async def test_on_a_phone_the_queue_is_cards(live: Live, browser: Browser) -> None:
    await _prepared(live, title="手机上看的路灯")
    desk = await at_desk(live, browser, "dispatcher", viewport={"width": 390, "height": 844})
    await desk.open("/dispatch")
    row = desk.page.get_by_role("link", name="手机上看的路灯")
    await expect(row).to_be_visible()
    width = await desk.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    await desk.accessible()
    await desk.shot("dispatch-phone")
