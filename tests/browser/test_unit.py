"""The unit desk: on a phone from the sign-in to the reply, at a table for what goes otherwise."""

from __future__ import annotations

import re

import orders
from orders import UNIT
from playwright.async_api import Browser, Page, expect

from conftest import Desk, at_desk
from live import Live
from yihao.orders import bodies

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c63000100000500010d0a2db4"
    "0000000049454e44ae426082"
)


async def fits(page: Page) -> None:
    """Nothing reaches beyond the screen, and what is touched is large enough (WCAG 2.2, 2.5.8)."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    small = await page.evaluate(
        """() => [...document.querySelectorAll('main button, main a.card, main nav a')]
             .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
             .filter(([, box]) => box.width && box.height < 32).map(([text]) => text)"""
    )
    assert small == []


async def open_order(desk: Desk, title: str, tab: str) -> None:
    """Choose an order in one of the lists."""
    await desk.page.get_by_role("link", name=re.compile(f"^{tab}")).click()
    await desk.page.get_by_role("link", name=title).click()
    await expect(desk.page.get_by_role("heading", name=title)).to_be_visible()


async def test_signed_and_answered_from_a_phone(live: Live, browser: Browser) -> None:
    order = await orders.dispatched(live, "示范路路灯不亮")
    desk = await at_desk(live, browser, "unit_receiver", "unit_handler", unit=UNIT, **PHONE)
    page = desk.page
    await expect(page.locator("main h1")).to_have_text("承办工作台")
    await expect(page.get_by_role("link", name="示范路路灯不亮")).to_be_visible()
    await fits(page)
    await desk.shot("unit-phone-list")
    await desk.accessible()
    await page.get_by_role("link", name="示范路路灯不亮").click()
    await expect(page.get_by_role("heading", name="示范路路灯不亮")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("138****0000")
    await page.get_by_role("button", name="签收", exact=True).click()
    await expect(page.get_by_role("button", name="答复", exact=True)).to_be_visible()

    await page.get_by_role("button", name="查看联系电话和原文").click()
    await page.get_by_role("button", name="确定").click()
    await expect(page.get_by_role("link", name=re.compile("拨打"))).to_have_attribute("href", "tel:+8613800000000")
    await page.get_by_role("button", name="登记联系/进展").click()
    await page.get_by_role("textbox", name="进展").fill("已电话联系，今日下午到现场。")
    await page.get_by_role("button", name="提交“登记联系/进展”").click()
    await expect(page.get_by_role("button", name="答复", exact=True)).to_be_visible()
    await fits(page)
    await desk.shot("unit-phone-order")
    await desk.accessible()

    await page.get_by_role("button", name="答复", exact=True).click()
    await page.get_by_label("答复内容").fill("已更换灯泡两只，今晚正常照明。")
    await page.get_by_label("内部办理情况").fill("备件库存不足，已申购。")
    async with page.expect_file_chooser() as asked:
        await page.get_by_role("button", name="拍照").click()
    chooser = await asked.value
    assert await chooser.element.get_attribute("capture") == "environment"
    await chooser.set_files({"name": "现场.png", "mimeType": "image/png", "buffer": PICTURE})
    await expect(page.locator("main")).to_contain_text("已上传")
    await fits(page)
    await desk.shot("unit-phone-reply")
    await desk.accessible()
    await page.get_by_role("button", name="提交“答复”").click()
    await expect(page.locator(".split .one .state").first).to_have_text("已答复待审核")

    found = await orders.now(live, order.number)
    assert found["state"] == "replied"
    told = found["events"][-1]
    assert told["verb"] == "reply" and told["texts"]["text"] == "已更换灯泡两只，今晚正常照明。"
    assert told["texts"]["internal"] == "备件库存不足，已申购。"
    assert [one["name"] for one in found["files"]] == ["现场.png"]


async def test_several_are_signed_at_once(live: Live, browser: Browser) -> None:
    made = [await orders.dispatched(live, f"成批签收{which}") for which in "甲乙丙"]
    desk = await at_desk(live, browser, "unit_receiver", unit=UNIT)
    page = desk.page
    for which in "甲乙":
        await page.get_by_label(f"选择 成批签收{which}").check()
    await desk.shot("unit-batch")
    await desk.accessible()
    await page.get_by_role("button", name="签收所选（2）").click()
    await expect(page.get_by_role("link", name="成批签收甲")).to_have_count(0)
    await expect(page.get_by_role("link", name="成批签收丙")).to_be_visible()
    states = [(await orders.now(live, one.number))["state"] for one in made]
    assert states == ["signed", "signed", "dispatched"]


async def test_returned_with_the_ground_the_place_knows(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "不属本单位的事")
    desk = await at_desk(live, browser, "unit_receiver", "unit_handler", unit=UNIT)
    await open_order(desk, "不属本单位的事", "办理中")
    page = desk.page
    await page.get_by_role("button", name="申请退单").click()
    form = page.get_by_role("form", name="申请退单")
    await form.get_by_role("button", name="提交“申请退单”").click()
    await expect(form).to_contain_text("请填写“说明”")
    await form.get_by_role("textbox", name="说明").fill("该路段由交通部门养护。")
    await form.get_by_role("textbox", name="依据").fill("示范职责清单第2条")
    await form.get_by_role("combobox", name="建议承办单位").fill("市场")
    await page.get_by_role("option", name="示范州市场局").click()
    await desk.shot("unit-return")
    await desk.accessible()
    await form.get_by_role("button", name="提交“申请退单”").click()
    await expect(page.locator(".split .one .state").first).to_have_text("退单争议审核")
    await page.get_by_role("link", name=re.compile("^申请退单中")).click()
    await expect(page.get_by_role("link", name="不属本单位的事")).to_be_visible()
    found = await orders.now(live, order.number)
    assert found["state"] == "return_review" and found["events"][-1]["facts"]["ground"] == "not_own_duty"


async def test_more_time_is_asked_for(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "情况复杂的投诉", kind="complaint")
    desk = await at_desk(live, browser, "unit_handler", unit=UNIT)
    await open_order(desk, "情况复杂的投诉", "办理中")
    page = desk.page
    await page.get_by_role("button", name="申请延期").click()
    await page.get_by_label("延期理由").fill("须现场勘验并会商两个部门。")
    await page.get_by_role("button", name="提交“申请延期”").click()
    await expect(page.locator(".split .one")).to_contain_text("延期申请待审批")
    assert (await orders.now(live, order.number))["extension_pending"] is True


async def test_the_assisting_unit_does_its_part(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "须市场局协办", assists=("州市场局",))
    desk = await at_desk(live, browser, "unit_receiver", "unit_handler", unit="州市场局")
    await open_order(desk, "须市场局协办", "协办")
    page = desk.page
    await page.get_by_role("button", name="协办签收").click()
    await page.get_by_role("button", name="协办办结").click()
    await page.get_by_label("内容").fill("已核查，两家商户已整改。")
    await page.get_by_role("button", name="提交“协办办结”").click()
    await expect(page.get_by_role("button", name="协办办结")).to_have_count(0)
    assert (await orders.now(live, order.number))["events"][-1]["verb"] == "assist_done"


async def test_what_was_typed_survives_somebody_elses_step(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "两人同时办理")
    desk = await at_desk(live, browser, "unit_handler", unit=UNIT)
    await open_order(desk, "两人同时办理", "办理中")
    page = desk.page
    await page.get_by_role("button", name="答复", exact=True).click()
    await page.get_by_label("答复内容").fill("这段话不能丢")
    other = live.house.actor("unit_handler", unit=UNIT)
    await live.house.act(other, order, "progress", bodies.Progress(text="同事先登记了进展"))
    await expect(page.get_by_role("alert")).to_contain_text("登记联系/进展")
    await expect(page.get_by_label("答复内容")).to_have_value("这段话不能丢")
    await desk.shot("unit-conflict")
    await page.get_by_role("button", name="按最新情况再次提交“答复”").click()
    await expect(page.locator(".split .one .state").first).to_have_text("已答复待审核")
    told = (await orders.now(live, order.number))["events"][-1]
    assert told["texts"]["text"] == "这段话不能丢"


async def test_a_reply_sent_back_is_seen_as_such(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "答复要改的路灯")
    await orders.done(live, order.number, "reply", {"text": "已修。"}, "unit_handler", unit=UNIT)
    await orders.done(live, order.number, "reject_reply", {"reason": "请附照片"}, "shift_lead")
    desk = await at_desk(live, browser, "unit_handler", unit=UNIT)
    await open_order(desk, "答复要改的路灯", "被退回")
    await expect(desk.page.locator("a.card", has_text="答复要改的路灯")).to_contain_text("答复被退回")
    await expect(desk.page.locator("main")).to_contain_text("请附照片")


async def test_passed_down_and_recalled(live: Live, browser: Browser) -> None:
    order = await orders.signed(live, "下派县局的路灯")
    desk = await at_desk(live, browser, "unit_handler", unit=UNIT)
    await open_order(desk, "下派县局的路灯", "办理中")
    page = desk.page
    await page.get_by_role("button", name="下派", exact=True).click()
    await page.get_by_role("combobox", name="下级单位").fill("甲县")
    await page.get_by_role("option", name="示范甲县建设局").click()
    await desk.shot("unit-pass-down")
    await desk.accessible()
    await page.get_by_role("button", name="提交“下派”").click()
    await page.get_by_role("button", name="收回下派").click()
    assert (await orders.now(live, order.number))["lead_unit"] == live.house.units["甲县建设局"]
    await page.get_by_role("textbox", name="理由").fill("县局无管辖权。")
    await page.get_by_role("button", name="提交“收回下派”").click()
    await expect(page.locator(".split .one .state").first).to_have_text("办理中")
    assert (await orders.now(live, order.number))["lead_unit"] == live.house.units[UNIT]


async def test_the_units_own_reviewer_passes_what_the_handler_wrote(live: Live, browser: Browser) -> None:
    files = {"flow.yaml": "unit_review: {on: true, basis: {design: 单位内审}}\n"}
    await orders.ruled(live, files)
    order = await orders.signed(live, "先内审的路灯")
    await orders.done(live, order.number, "reply", {"text": "已修复，请审核。"}, "unit_handler", unit=UNIT)
    desk = await at_desk(live, browser, "unit_reviewer", unit=UNIT)
    await open_order(desk, "先内审的路灯", "待单位审核")
    page = desk.page
    await expect(page.locator("main")).to_contain_text("“答复”正待本单位审核")
    await expect(page.locator("main")).to_contain_text("已修复，请审核。")
    await desk.shot("unit-review")
    await desk.accessible()
    await page.get_by_role("button", name="单位审核通过").click()
    await expect(page.locator(".split .one .state").first).to_have_text("已答复待审核")
    assert (await orders.now(live, order.number))["state"] == "replied"
