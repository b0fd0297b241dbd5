"""The revisit desk: attempts, the rating of the call, a bad one that opens its task, and the redo."""

from __future__ import annotations

import re

import orders
from playwright.async_api import Browser, Page, expect

from conftest import Desk, at_desk
from live import Live


async def open_order(desk: Desk, title: str, tab: str) -> Page:
    """Choose an order in one of the lists."""
    await desk.page.get_by_role("link", name=re.compile(f"^{tab}")).click()
    await desk.page.get_by_role("link", name=title).click()
    await expect(desk.page.get_by_role("heading", name=title)).to_be_visible()
    return desk.page


async def choose(page: Page, group: str, choice: str) -> None:
    """One of a few choices that stand side by side."""
    await page.get_by_role("radiogroup", name=group).get_by_text(choice, exact=True).click()


async def test_not_reached_and_then_rated(live: Live, browser: Browser) -> None:
    order = await orders.closed(live, "回访两次的路灯")
    desk = await at_desk(live, browser, "revisit_clerk")
    page = await open_order(desk, "回访两次的路灯", "待回访")
    await expect(page.locator("main")).to_contain_text("已修复，现场照片附后。")
    await expect(page.locator("main")).to_contain_text("号码不显示")
    assert "13800000000" not in await page.content()
    await desk.shot("revisit")
    await desk.accessible()
    await page.get_by_role("button", name="保存回访").click()
    await expect(page.get_by_role("alert")).to_contain_text("请选择“本次是否接通”")
    await choose(page, "本次是否接通", "未接通")
    await page.get_by_role("textbox", name="回访记录").fill("无人接听。")
    await page.get_by_role("button", name="保存回访").click()
    await expect(page.locator("main")).to_contain_text("回访记录：1/")
    await expect(page.locator("main")).to_contain_text("下次请换一个时段")
    # The place asks for another hour of the day; the citizen who rings back is heard at once.
    await open_order(desk, "回访两次的路灯", "再次回访")
    await expect(page.get_by_role("radiogroup", name="本次是否接通")).to_have_count(0)
    await choose(page, "热线服务", "满意")
    await choose(page, "办理结果", "非常满意")
    await page.get_by_role("button", name="保存回访").click()
    await expect(page.locator("p.wrong")).to_contain_text("请选择“问题是否解决”")
    await choose(page, "问题是否解决", "已解决")
    await page.get_by_role("button", name="保存回访").click()
    await expect(page.locator(".split .one .state").first).to_have_text("归档")
    found = await orders.now(live, order.number)
    assert found["state"] == "archived" and found["ratings"] == [4, 5]
    assert [one["facts"]["reached"] for one in found["events"] if one["verb"] == "revisit"] == [False]


async def test_satisfied_archives(live: Live, browser: Browser) -> None:
    order = await orders.closed(live, "满意的路灯")
    desk = await at_desk(live, browser, "revisit_clerk")
    page = await open_order(desk, "满意的路灯", "待回访")
    await choose(page, "本次是否接通", "已接通")
    await page.get_by_role("textbox", name="回访记录").fill("诉求人表示感谢。")
    await choose(page, "热线服务", "非常满意")
    await choose(page, "办理结果", "满意")
    await choose(page, "问题是否解决", "已解决")
    await desk.shot("revisit-rated")
    await desk.accessible()
    await page.get_by_role("button", name="保存回访").click()
    await expect(page.locator(".split .one .state").first).to_have_text("归档")
    found = await orders.now(live, order.number)
    assert found["state"] == "archived" and found["ratings"] == [5, 4] and found["solved"] is True
    assert [one["verb"] for one in found["events"][-2:]] == ["revisit", "rate"]


async def test_a_bad_rating_opens_its_task_and_is_done_again_or_declined(live: Live, browser: Browser) -> None:
    again, declined = await orders.closed(live, "差评后重办"), await orders.closed(live, "差评不予重办")
    desk = await at_desk(live, browser, "revisit_clerk")
    page = desk.page
    for title in ("差评后重办", "差评不予重办"):
        await open_order(desk, title, "待回访")
        await choose(page, "本次是否接通", "已接通")
        await choose(page, "热线服务", "满意")
        await choose(page, "办理结果", "不满意")
        await choose(page, "问题是否解决", "未解决")
        await expect(page.locator("main")).to_contain_text("将作为差评")
        await page.get_by_role("textbox", name="评价内容").fill("只修了一盏。")
        await page.get_by_role("button", name="保存回访").click()
        await expect(page.get_by_role("button", name="重办", exact=True)).to_be_visible()
    await open_order(desk, "差评后重办", "差评待认定")
    await page.get_by_role("button", name="重办", exact=True).click()
    await page.get_by_role("textbox", name="理由").fill("诉求合理，尚有一盏未修。")
    await desk.shot("revisit-redo")
    await desk.accessible()
    await page.get_by_role("button", name="提交“重办”").click()
    await expect(page.locator(".split .one .state").first).to_have_text("办理中")

    watcher = await at_desk(live, browser, "supervisor")
    page = await open_order(watcher, "差评不予重办", "差评待认定")
    await page.get_by_role("button", name="不予重办").click()
    await page.get_by_role("textbox", name="理由").fill("现场复核两盏均已修复。")
    await page.get_by_role("button", name="提交“不予重办”").click()
    await page.get_by_role("button", name="确定").click()
    await expect(page.locator(".split .one .state").first).to_have_text("归档")
    assert (await orders.now(live, again.number))["redos"] == 1
    found = await orders.now(live, declined.number)
    assert found["state"] == "archived" and found["events"][-1]["verb"] == "decline_redo"
