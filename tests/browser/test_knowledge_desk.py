"""Knowledge from the draft over a second person's check to the public search; what is not allowed says why."""

from __future__ import annotations

import re

import httpx
from playwright.async_api import Browser, Page, expect

from conftest import at_desk
from live import Live

TITLE = "演示公积金提取"


async def confirmed(page: Page, step: str) -> None:
    await page.get_by_role("button", name=step, exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()


async def found(live: Live) -> list[str]:
    async with httpx.AsyncClient(base_url=live.url) as client:
        answer = await client.get("/api/public/v1/knowledge", params={"q": "公积金怎么提取"})
    return [item["title"] for item in answer.json()["items"]]


async def test_from_the_draft_to_the_public_search(live: Live, browser: Browser) -> None:
    writer = await at_desk(live, browser, "kb_reviewer")
    page = writer.page
    await writer.open("/knowledge")
    await page.get_by_role("button", name="起草条目").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("标题").fill(TITLE)
    await form.get_by_label("答复口径").fill("本人持身份证到窗口办理，即时办结。")
    await form.get_by_role("button", name="保存").click()
    await expect(form.locator(".el-form-item__error")).to_contain_text("出处")  # what is missing is named
    await form.get_by_label("出处").fill("示范口径（演示）")
    await form.get_by_label("可引用的最后一日").fill("2000-01-01")
    await form.get_by_role("button", name="保存").click()
    await expect(form.locator(".el-form-item__error")).to_contain_text("失效日期早于生效日期")
    await writer.shot("knowledge-draft")
    await writer.accessible()
    await form.get_by_label("可引用的最后一日").fill("")
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)
    # The writer may not check the own text, and is told so.
    await expect(page.get_by_role("button", name="审核通过", exact=True)).to_be_disabled()
    await expect(page.locator(".steps")).to_contain_text("起草人不能审核自己的条目")
    await writer.shot("knowledge-own")
    await writer.accessible()
    address = page.url

    editor = await at_desk(live, browser, "kb_editor")
    await editor.page.goto(address)
    await expect(editor.page.locator(".steps")).to_contain_text("知识库审核员")

    second = await at_desk(live, browser, "kb_reviewer")
    await second.open("/knowledge")
    await second.shot("knowledge-desk")
    await second.accessible()
    await second.page.get_by_role("link", name=TITLE).click()
    await confirmed(second.page, "审核通过")
    await expect(second.page.get_by_role("button", name="发布", exact=True)).to_be_enabled()
    assert await found(live) == []
    await confirmed(second.page, "发布")
    await expect(second.page.locator(".head")).to_contain_text("已发布")
    assert await found(live) == [TITLE]

    # A changed text is a draft again: what was published is no longer found, and is kept as an earlier version.
    await editor.page.reload()
    await editor.page.get_by_role("button", name="修改", exact=True).click()
    await editor.page.get_by_role("dialog").get_by_label("答复口径").fill("可在网上办理。")
    await editor.page.get_by_role("dialog").get_by_role("button", name="保存").click()
    await expect(editor.page.locator(".head")).to_contain_text("v2")
    await editor.page.get_by_text(re.compile("^第1版")).click()
    await expect(editor.page.locator("details")).to_contain_text("本人持身份证到窗口办理")
    await editor.shot("knowledge-versions")
    await editor.accessible()
    assert await found(live) == []
    async with live.house.database.work() as connection:
        row = await connection.fetchrow("SELECT version, status FROM knowledge_item WHERE title = $1", TITLE)
    assert tuple(row) == (2, "draft")


async def test_who_keeps_no_knowledge_reads_it(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "agent")
    await desk.open("/knowledge")
    await expect(desk.page.get_by_role("button", name="起草条目")).to_have_count(0)
    await expect(desk.page.locator("main")).to_contain_text("起草和修改由知识库维护员办理")
    await desk.accessible()
