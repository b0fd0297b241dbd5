"""The supervision desk: what is late, an order of supervision to a unit, its answer, and joint meetings."""

from __future__ import annotations

import re

import orders
from orders import UNIT
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.orders import bodies

RETURN = {"legal_basis": "示范职责清单第3条", "explanation": "不属本单位职责。"}


async def test_supervised_and_answered(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "久拖不决的路灯")
    house = live.house
    order = await house.act(house.actor("agent"), order, "urge", bodies.Because(reason="诉求人再次来电"))
    desk = await at_desk(live, browser, "supervisor")
    page = desk.page
    await expect(page.locator("main h1")).to_have_text("督办台")
    await page.get_by_role("link", name=re.compile("^市民催办")).click()
    await page.get_by_role("link", name="久拖不决的路灯").click()
    await expect(page.locator("main")).to_contain_text("诉求人再次来电")
    await page.get_by_role("button", name="督办", exact=True).click()
    form = page.get_by_role("form", name="督办")
    await form.get_by_role("radiogroup", name="督办级别").get_by_text("督办单").click()
    await form.get_by_role("textbox", name="督办要求").fill("三日内修复并书面报告原因。")
    await desk.shot("supervise")
    await desk.accessible()
    await form.get_by_role("button", name="提交“督办”").click()
    await expect(page.locator("main")).to_contain_text("待 示范州建设局 答复")
    await page.get_by_role("link", name=re.compile("^督办单")).click()
    await expect(page.get_by_role("link", name="久拖不决的路灯")).to_contain_text("示范州建设局")
    await desk.shot("supervision")
    await desk.accessible()

    unit = await at_desk(live, browser, "unit_handler", unit=UNIT)
    page = unit.page
    await page.get_by_role("link", name=re.compile("^督办")).click()
    await page.get_by_role("link", name="久拖不决的路灯").click()
    await expect(page.locator("main")).to_contain_text("三日内修复并书面报告原因。")
    await page.get_by_role("button", name="答复督办").click()
    await page.get_by_role("textbox", name="内容").fill("备件今日到货，明日修复。")
    await unit.shot("unit-supervised")
    await unit.accessible()
    await page.get_by_role("button", name="提交“答复督办”").click()
    await expect(page.get_by_role("button", name="答复督办")).to_have_count(0)
    await expect(desk.page.get_by_role("link", name="久拖不决的路灯")).to_have_count(0)
    found = await orders.now(live, order.number)
    assert found["supervision_level"] == 2 and found["events"][-1]["verb"] == "answer_supervision"
    assert found["events"][-1]["texts"]["text"] == "备件今日到货，明日修复。"


async def test_a_problem_order_is_lifted_to_a_higher_unit(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "多次改派的路灯", lead="甲县建设局")
    for which in ("甲县建设局", "甲县建设局", "甲县建设局"):
        await orders.done(
            live,
            order.number,
            "return",
            RETURN | {"suggested_unit": live.house.units[which]},
            "unit_receiver",
            unit="甲县建设局",
        )
        await orders.done(live, order.number, "approve_return", {"reason": "重新派单"}, "shift_lead")
        await orders.done(live, order.number, "dispatch", {"lead": live.house.units["甲县建设局"]}, "dispatcher")
        await orders.done(live, order.number, "sign", {}, "unit_receiver", unit="甲县建设局")
    desk = await at_desk(live, browser, "manager")
    await desk.open(f"/supervision/{order.number}?tab=late")
    page = desk.page
    await page.get_by_role("button", name="提级办理").click()
    await page.get_by_role("combobox", name="提级承办单位").fill("州建设")
    await page.get_by_role("option", name="示范州建设局").click()
    await page.get_by_role("textbox", name="理由").fill("三次改派无果。")
    await page.get_by_role("button", name="提交“提级办理”").click()
    await expect(page.locator(".split .one .state").first).to_have_text("已派待签收")
    assert (await orders.now(live, order.number))["lead_unit"] == live.house.units[UNIT]
