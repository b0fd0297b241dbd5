"""A day at the hotline in a real browser: sign in, register, dispatch, sign, reply, close; and what goes wrong."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from live import Live
from web import PASSWORD

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c63000100000500010d0a2db4"
    "0000000049454e44ae426082"
)


async def sign_in(live: Live, browser: Browser, *roles: str, unit: str | None = None) -> Page:
    """A page signed in as a new account of those roles. Whatever the console complains of fails the test."""
    name = await live.account(*roles, unit=unit)
    context = await browser.new_context(locale="zh-CN", java_script_enabled=False)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    page.on(
        "console",
        lambda said: pytest.fail(said.text) if said.type == "error" and "status of" not in said.text else None,
    )
    await page.goto(f"{live.url}/sign-in")
    await page.get_by_label("用户名").fill(name)
    await page.get_by_label("密码").fill(PASSWORD)
    if code := live.code(name):
        await page.get_by_label("动态口令").fill(code)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("button", name="退出登录")).to_be_visible()
    return page


async def do(page: Page, verb: str, **fields: str) -> None:
    """Open a verb's form, fill it in and send it."""
    form = page.locator(f"#{verb}")
    await form.locator("summary").click()
    for name, value in fields.items():
        field = form.locator(f"#{verb}-{name}")
        if await field.evaluate("one => one.tagName") == "SELECT":
            await field.select_option(label=value)
        else:
            await field.fill(value)
    await form.locator("button").click()


async def test_one_order_from_the_call_to_the_close(live: Live, browser: Browser) -> None:
    agent = await sign_in(live, browser, "agent")
    await agent.get_by_role("link", name="登记诉求").click()
    await agent.get_by_label("来源渠道").select_option(label="电话")
    await agent.get_by_label("诉求类型").select_option(label="求助")
    await agent.get_by_label("所属领域").select_option(label="公共服务")
    await agent.get_by_label("标题").fill("示范路路灯不亮")
    await agent.get_by_label("诉求内容").fill("示范路路灯三天不亮，电话13800000000。")
    await agent.get_by_label("姓名或名称").fill("演示甲")
    await agent.get_by_label("附件").set_input_files({"name": "路灯.png", "mimeType": "image/png", "buffer": PICTURE})
    await agent.get_by_label("联系电话").fill("12")
    await agent.get_by_role("button", name="登记", exact=True).click()
    await expect(agent.locator(".field.wrong")).to_contain_text("电话号码有误")
    await expect(agent.get_by_label("标题")).to_have_value("示范路路灯不亮")
    await expect(agent.get_by_label("路灯.png（已上传）")).to_be_checked()
    await agent.get_by_label("联系电话").fill("13800000000")
    await agent.get_by_role("button", name="登记", exact=True).click()
    await expect(agent.locator(".code")).to_have_text(re.compile(r"^[2-9A-Z]{10}$"))
    number = await agent.locator(".status .number").inner_text()
    await expect(agent.locator("main")).to_contain_text("138****0000")
    assert "13800000000" not in await agent.content()
    async with agent.expect_download() as saved:
        await agent.get_by_role("link", name="路灯.png").click()
    assert (await (await saved.value).path()).read_bytes() == PICTURE

    dispatcher = await sign_in(live, browser, "dispatcher")
    await dispatcher.get_by_label("检索").fill(number)
    await dispatcher.get_by_role("button", name="查询").click()
    await dispatcher.get_by_role("link", name=number).click()
    await do(dispatcher, "prepare", category="路灯（light）", area_code="532801")
    await do(dispatcher, "dispatch", lead="示范州建设局")
    await expect(dispatcher.locator(".status")).to_contain_text("已派待签收")

    unit = await sign_in(live, browser, "unit_receiver", "unit_handler", unit="州建设局")
    await unit.get_by_role("link", name=number).click()
    await do(unit, "sign")
    await do(unit, "reply", text="已修复全部路灯。")
    await expect(unit.locator(".status")).to_contain_text("已答复待审核")

    lead = await sign_in(live, browser, "shift_lead")
    await lead.get_by_role("link", name=number).click()
    await do(lead, "approve_reply", reason="属实")
    await expect(lead.locator(".status")).to_contain_text("办结")
    await expect(lead.locator(".history")).to_contain_text("已修复全部路灯。")

    # The dispatcher's page is old by now: the act is refused, and what was typed is still there.
    await do(dispatcher, "assist", unit="示范州市场局", reason="需要协助")
    await expect(dispatcher.get_by_role("alert").first).to_be_visible()


async def test_what_was_typed_survives_somebody_elses_step(live: Live, browser: Browser) -> None:
    lead = await sign_in(live, browser, "agent", "shift_lead")
    await lead.goto(f"{live.url}/orders/new")
    for label, choice in (("来源渠道", "电话"), ("诉求类型", "咨询"), ("所属领域", "公共服务")):
        await lead.get_by_label(label).select_option(label=choice)
    await lead.get_by_label("标题").fill("办证咨询")
    await lead.get_by_label("诉求内容").fill("咨询办证材料。")
    await lead.get_by_label("联系电话").fill("13800000000")
    await lead.get_by_role("button", name="登记", exact=True).click()
    number = await lead.locator(".status .number").inner_text()
    await lead.goto(f"{live.url}/orders/{number}")
    other = await lead.context.new_page()
    await other.goto(f"{live.url}/orders/{number}")
    await do(other, "supplement", text="另一窗口先补充")
    await do(lead, "supplement", text="这段话不能丢")
    await expect(lead.get_by_role("alert").first).to_contain_text("已被他人更新")
    await expect(lead.locator("#supplement-text")).to_have_value("这段话不能丢")
    await lead.locator("#supplement button").click()
    await expect(lead.locator(".history")).to_contain_text("这段话不能丢")


async def test_keyboard_and_labels(live: Live, browser: Browser) -> None:
    """Every field has a name, every page one heading, and the form is reached by Tab alone."""
    page = await sign_in(live, browser, "agent")
    for path in ("/orders", "/orders/work", "/orders/new", "/partners", "/companies", "/password"):
        await page.goto(live.url + path)
        assert await page.locator("h1").count() == 1
        fields = page.locator("input:not([type=hidden]), select, textarea")
        for place_ in range(await fields.count()):
            field = fields.nth(place_)
            named = await field.evaluate("one => one.labels.length")
            assert named == 1, await field.evaluate("one => one.outerHTML")
    await page.goto(live.url + "/password")
    await page.get_by_label("当前密码").focus()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "new"
