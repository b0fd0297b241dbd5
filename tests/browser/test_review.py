"""The review desk: the public reply beside the inner notes, approving and sending back, several at once, refusals."""

from __future__ import annotations

from typing import Any

from lives import to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.orders import bodies, service
from yihao.orders.model import Order


async def _replied(live: Live, **fields: Any) -> Order:
    order = await to_unit(live, **fields)
    body = bodies.Reply(text=f"{fields['title']}：已修复。", internal="示范厂家保修。")
    made: Order = await live.house.act(live.house.actor("unit_handler", unit="州建设局"), order, "reply", body)
    return made


async def _stored(live: Live, number: str) -> Order:
    async with live.house.database.read(live.house.actor("dispatcher").wall()) as connection:
        matter, _ = await service.load(connection, number)
    return matter.order


async def test_a_reply_is_read_on_both_sides_and_approved(live: Live, browser: Browser) -> None:
    order = await _replied(live, title="待审核路灯")
    desk = await at_desk(live, browser, "shift_lead")
    page = desk.page
    await desk.open("/review")
    await page.get_by_role("link", name="待审核路灯").click()
    asked = page.get_by_role("region", name="待审内容")
    await expect(asked.locator(".outward")).to_contain_text("待审核路灯：已修复。")
    await expect(asked.locator(".inward")).to_contain_text("示范厂家保修。")
    await expect(asked.locator(".outward")).not_to_contain_text("示范厂家")
    drawer = page.get_by_role("dialog", name="工单详情")
    await drawer.get_by_role("button", name="审核通过并办结").click()
    await drawer.get_by_label("理由").fill("答复属实")
    await desk.accessible()
    await desk.shot("review")
    await drawer.get_by_role("button", name="提交“审核通过并办结”").click()
    await expect(page.get_by_text("“审核通过并办结”已完成")).to_be_visible()
    assert (await _stored(live, order.number)).state == "closed"


async def test_a_reply_that_falls_short_goes_back(live: Live, browser: Browser) -> None:
    order = await _replied(live, title="敷衍答复路灯")
    desk = await at_desk(live, browser, "dispatcher")
    await desk.open("/review")
    await desk.page.get_by_role("link", name="敷衍答复路灯").click()
    drawer = desk.page.get_by_role("dialog", name="工单详情")
    await drawer.get_by_role("button", name="审核退回").click()
    await drawer.get_by_role("button", name="提交“审核退回”").click()
    await expect(drawer.get_by_text("请填写“理由”。")).to_be_visible()
    await drawer.get_by_label("理由").fill("未答复诉求人的问题")
    await drawer.get_by_role("button", name="提交“审核退回”").click()
    await expect(desk.page.get_by_text("“审核退回”已完成")).to_be_visible()
    assert (await _stored(live, order.number)).state == "signed"


async def test_several_are_approved_and_one_that_moved_on_says_so(live: Live, browser: Browser) -> None:
    orders = [await _replied(live, title=f"批量审核{number}号") for number in range(3)]
    desk = await at_desk(live, browser, "shift_lead")
    page = desk.page
    await page.route("**/api/v1/stream", lambda route: route.abort("connectionrefused"))
    await desk.open("/review")
    await page.get_by_role("group", name="待审核的事项").get_by_role("button", name="答复审核").click()
    for number in range(3):
        await page.get_by_role("checkbox", name=f"批量审核{number}号").check()
    await live.house.act(
        live.house.actor("dispatcher"), orders[1], "reject_reply", bodies.Because(reason="另一人先退回了")
    )
    await page.get_by_role("button", name="批量审核通过…").click()
    await page.get_by_label("审核意见").fill("均已核实")
    await desk.accessible()
    await page.get_by_role("button", name="审核通过 3 件").click()
    result = page.get_by_role("dialog", name="批量办理结果")
    await expect(result).to_contain_text("成功 2 件，未成功 1 件")
    await expect(result.get_by_role("row", name="批量审核1号")).to_contain_text("未成功")
    await desk.shot("review-batch")
    assert [(await _stored(live, one.number)).state for one in orders] == ["closed", "signed", "closed"]


async def test_a_return_is_decided_with_its_ground_in_sight(live: Live, browser: Browser) -> None:
    order = await to_unit(live, title="要求退单路灯")
    body = bodies.Return(
        explanation="路段由市场局管理。", legal_basis="示范职责清单第9条", suggested_unit=live.house.units["州市场局"]
    )
    await live.house.act(live.house.actor("unit_handler", unit="州建设局"), order, "return", body)
    desk = await at_desk(live, browser, "dispatcher")
    page = desk.page
    await desk.open("/review")
    await page.get_by_role("group", name="待审核的事项").get_by_role("button", name="退单审核").click()
    await page.get_by_role("link", name="要求退单路灯").click()
    asked = page.get_by_role("region", name="待审内容")
    await expect(asked).to_contain_text("路段由市场局管理。")
    await expect(asked).to_contain_text("建议承办单位：示范州市场局")
    drawer = page.get_by_role("dialog", name="工单详情")
    await drawer.get_by_role("button", name="同意退单").click()
    await drawer.get_by_label("理由").fill("确非其职责")
    await drawer.get_by_role("button", name="提交“同意退单”").click()
    await expect(page.get_by_text("“同意退单”已完成")).to_be_visible()
    assert (await _stored(live, order.number)).state == "pending_dispatch"
    # And comes back to the dispatch desk as one to send elsewhere.
    await desk.open("/dispatch")
    await page.get_by_role("button", name="退回重派").click()
    await expect(page.get_by_role("link", name="要求退单路灯")).to_be_visible()


async def test_an_extension_is_decided_by_the_managing_body(live: Live, browser: Browser) -> None:
    order = await to_unit(live, title="申请延期路灯")
    body = bodies.RequestExtension(ground="须更换整段电缆。")
    await live.house.act(live.house.actor("unit_handler", unit="州建设局"), order, "request_extension", body)
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/review")
    await page.get_by_role("link", name="申请延期路灯").click()
    await expect(page.get_by_role("region", name="待审内容").locator(".inward")).to_contain_text("须更换整段电缆。")
    drawer = page.get_by_role("dialog", name="工单详情")
    await drawer.get_by_role("button", name="审批延期").click()
    await drawer.get_by_role("radiogroup", name="是否同意").get_by_text("是", exact=True).click()
    await drawer.get_by_label("理由").fill("情况属实")
    await desk.accessible()
    await drawer.get_by_role("button", name="提交“审批延期”").click()
    await expect(page.get_by_text("“审批延期”已完成")).to_be_visible()
    stored = await _stored(live, order.number)
    assert stored.extensions == 1 and stored.extension_pending is None
