"""The closed loop by clicking: the seat takes a matter down, it is dispatched, signed, answered, released, rated.

Five people, five browsers; what each does appears with the next without anybody telling them its number.
"""

from __future__ import annotations

import re

from fields import find
from playwright.async_api import Browser, expect

from conftest import Desk, at_desk
from live import Live
from yihao.orders import service

TITLE = "示范大桥北侧井盖缺失"
REPLY = "已补装井盖并设警示标志，当晚完工。"


async def _taken_down(live: Live, browser: Browser) -> str:
    desk = await at_desk(live, browser, "agent")
    page = desk.page
    await desk.open("/seat")
    await page.locator("#seat-phone").fill("13800000088")
    await page.locator("#seat-kind label").filter(has_text="求助").click()
    await page.locator("#seat-content").fill(f"{TITLE}，夜里有人差点掉下去，请尽快处理。")
    await page.locator("#seat-domain label").filter(has_text="公共服务").click()
    for field, text in (("category", "路灯"), ("area_code", "示范甲县")):
        await page.locator(f"#seat-{field}").fill(text)
        await page.get_by_role("option").filter(has_text=text).first.click()
    await page.get_by_role("button", name="登记并转派单").click()
    told = page.locator(".receipt .number")
    await expect(told).to_be_visible()
    await desk.shot("loop-1-seat")
    return str(await told.get_attribute("aria-label"))


async def _dispatched(desk: Desk) -> None:
    page = desk.page
    await page.locator("main").get_by_role("link", name=TITLE).click()
    panel = page.get_by_role("region", name="分类并派单")
    await expect(panel.get_by_role("status", name="派单目录")).to_contain_text("目录指定：示范州建设局")
    await find(panel, "协办单位", "市场", "示范州市场局")
    await desk.shot("loop-2-dispatch")
    await panel.get_by_role("button", name="派单", exact=True).click()
    await expect(page.get_by_text("已派单")).to_be_visible()


async def _done(desk: Desk, verb: str, **fields: str) -> None:
    """A verb on the order that is open before them."""
    page = desk.page
    await page.get_by_role("button", name=verb, exact=True).click()
    for label, text in fields.items():
        await page.get_by_role("textbox", name=re.compile(rf"^\*?\s*{label}$")).fill(text)
    if fields:  # what needs nothing said is done by that one press
        await page.get_by_role("button", name=f"提交“{verb}”").click()
    await expect(page.get_by_text(f"“{verb}”已完成").first).to_be_visible()


async def _unit(live: Live, browser: Browser, number: str, unit: str) -> Desk:
    desk = await at_desk(live, browser, "unit_receiver", "unit_handler", unit=unit)
    await desk.open(f"/orders/{number}")
    await expect(desk.page.get_by_role("heading", name=TITLE)).to_be_visible()
    return desk


async def test_five_people_close_the_loop(live: Live, browser: Browser) -> None:
    dispatcher = await at_desk(live, browser, "dispatcher")
    await dispatcher.open("/dispatch")
    number = await _taken_down(live, browser)
    # It has come into the dispatcher's list by itself.
    await _dispatched(dispatcher)

    lead = await _unit(live, browser, number, "州建设局")
    await _done(lead, "签收")
    other = await _unit(live, browser, number, "州市场局")
    await _done(other, "协办签收")
    await _done(other, "协办办结", 内容="周边经营户已告知。")
    # The lead sees it come in, and goes on from there.
    history = lead.page.get_by_role("region", name="办理过程")
    await expect(history).to_contain_text("周边经营户已告知。", timeout=20_000)
    await _done(lead, "登记联系/进展", 进展="已电话联系诉求人。")
    await lead.shot("loop-3-unit")
    await _done(lead, "答复", 答复内容=REPLY, 内部办理情况="井盖由示范厂家提供。")

    reviewer = await at_desk(live, browser, "shift_lead")
    await reviewer.open("/review")
    await reviewer.page.locator("main").get_by_role("link", name=TITLE).click()
    asked = reviewer.page.get_by_role("region", name="待审内容")
    await expect(asked.locator(".outward")).to_contain_text(REPLY)
    await expect(asked.locator(".inward")).to_contain_text("示范厂家")
    await reviewer.shot("loop-4-review")
    await _done(reviewer, "审核通过并办结", 理由="答复属实")

    clerk = await at_desk(live, browser, "revisit_clerk")
    page = clerk.page
    await clerk.open(f"/orders/{number}")
    await page.get_by_role("button", name="回访", exact=True).click()
    await page.get_by_role("radiogroup", name="是否接通").get_by_text("是", exact=True).click()
    await page.get_by_role("button", name="提交“回访”").click()
    await page.get_by_role("button", name="评价", exact=True).click()
    for label in ("服务评价", "办理评价"):
        await page.get_by_role("radiogroup", name=label).get_by_text("非常满意", exact=True).click()
    await page.get_by_role("radiogroup", name="是否解决").get_by_text("是", exact=True).click()
    await page.get_by_role("button", name="提交“评价”").click()
    await expect(page.locator("main")).to_contain_text(re.compile("评价：服务 5 分，办理 5 分"))
    await clerk.shot("loop-5-revisit")

    async with live.house.database.read(live.house.actor("dispatcher").wall()) as connection:
        matter, _ = await service.load(connection, number)
        verbs = await connection.fetch("SELECT verb FROM order_event WHERE number = $1 ORDER BY seq", number)
    assert matter.order.state == "archived" and matter.order.ratings == (5, 5) and matter.order.solved
    assert [row["verb"] for row in verbs] == [
        "register", "prepare", "dispatch", "sign", "sign", "assist_done", "progress", "reply", "approve_reply",
        "revisit", "rate",
    ]  # fmt: skip
