"""The seat desk: what comes in by phone, by keys alone; and that nothing typed there is ever lost."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import httpx
from desks import ask, found, publish
from fields import choose
from orders import done
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright, expect

from conftest import CHROMIUM, Desk, at_desk
from live import Live
from web import PASSWORD

COUNT = "window.presses = 0; addEventListener('keydown', event => { if (!event.repeat) window.presses += 1 }, true)"
"""Counts each key that goes down, those that only shift others too."""
LAMP_BODY = "补办身份证：本人到户籍地派出所申请，七日内领取。"


async def at_seat(live: Live, browser: Browser, **more: Any) -> Desk:
    """An agent with the seat desk before them."""
    desk = await at_desk(live, browser, "agent", **more)
    await desk.page.add_init_script(COUNT)
    await desk.open("/seat")
    await expect(desk.page.locator("#seat-phone")).to_be_focused()
    return desk


async def number_of(page: Page) -> str:
    """The number to be read out."""
    told = page.locator(".receipt .number")
    await expect(told).to_be_visible()
    return str(await told.get_attribute("aria-label"))


async def test_a_consultation_takes_at_most_eight_keys(live: Live, browser: Browser) -> None:
    item = await publish(live, "身份证丢失补办指南", LAMP_BODY)
    desk = await at_seat(live, browser)
    page = desk.page
    # What is said is typed; an input method's keys are the text itself.
    await page.keyboard.insert_text("13800000011")
    await page.keyboard.press("Enter")
    await page.keyboard.insert_text("身份证丢了怎么补办？急用。")
    await expect(page.locator(".knowledge li").first).to_contain_text("身份证丢失补办指南")
    await page.keyboard.press("Tab")
    await page.keyboard.press("4")
    await page.keyboard.press("F8")
    await expect(page.get_by_label("答复内容")).to_have_value(LAMP_BODY)
    await expect(page.get_by_label("答复内容")).to_be_focused()
    await desk.shot("seat-consultation")
    await desk.accessible()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the page scrolls"
    assert await page.evaluate("(e => e.scrollHeight <= e.clientHeight)(document.querySelector('.order .scroll'))")
    await page.keyboard.press("F9")
    number = await number_of(page)
    assert await page.evaluate("window.presses") <= 8

    order = await ask(live, "agent", "GET", f"/orders/{number}")
    assert (order["state"], order["kind"], order["channel"]) == ("answered", "consult", "phone")
    assert order["knowledge_item"] == item and order["title"] == "身份证丢了怎么补办"
    # The next caller at once, and the last one's number and code still there to be read out.
    await expect(page.locator("#seat-phone")).to_be_focused()
    await expect(page.locator("#seat-phone")).to_have_value("")
    await expect(page.locator("#seat-content")).to_have_value("")
    code = await page.locator(".receipt .code").get_attribute("aria-label")
    async with httpx.AsyncClient(base_url=live.url) as client:
        told = await client.get(f"/api/public/v1/appeals/{number}", params={"code": str(code)})
    assert told.status_code == 200 and told.json()["number"] == number
    await desk.shot("seat-read-out")
    await desk.accessible()


async def test_a_complaint_is_asked_more_and_goes_to_the_dispatchers(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page
    assert await page.locator("#seat-accused_unit").count() == 0
    await page.locator("#seat-phone").fill("13800000012")
    await page.locator("#seat-kind label").filter(has_text="投诉").click()
    await expect(page.get_by_text("匿名", exact=True)).to_be_visible()
    await page.get_by_role("button", name="登记并转派单").click()
    await expect(page.locator("#seat-content")).to_be_focused()
    await expect(page.get_by_text("请填写“诉求内容”。")).to_be_visible()
    await expect(page.get_by_text("请填写“事项分类”。")).to_be_visible()
    await desk.accessible()
    await page.locator("#seat-content").fill("示范路施工扰民，夜里两点还在施工。")
    await page.locator("#seat-domain label").filter(has_text="社会管理").click()
    await choose(page, "事项分类", "路灯")
    await choose(page, "区划代码", "示范甲县")
    await choose(page, "被反映单位", "示范州建设局")
    await page.locator(".wishes label").filter(has_text="匿名").click()
    await desk.shot("seat-complaint")
    await page.keyboard.press("F9")
    number = await number_of(page)
    async with live.house.database.read(live.house.clockwork().wall()) as connection:
        row = await connection.fetchrow("SELECT state, secrecy, kind FROM work_order WHERE number = $1", number)
    assert tuple(row) == ("pending_dispatch", "internal", "complaint")
    order = await ask(live, "agent", "GET", f"/orders/{number}")
    assert order["accused_unit"] == live.house.units["州建设局"] and order["caller"]["anonymous"] is True


async def test_a_report_in_confidence_goes_out_of_the_seats_sight(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page
    await page.locator("#seat-kind label").filter(has_text="举报").click()
    await page.locator("#seat-content").fill("示范单位违规收费。")
    await page.locator("#seat-domain label").filter(has_text="市场监管").click()
    await page.locator(".wishes label").filter(has_text="要求保密").click()
    await expect(page.get_by_text("由有保密权限的派单员处置")).to_be_visible()
    await page.keyboard.press("F9")
    number = await number_of(page)
    async with live.house.database.read(live.house.clockwork().wall()) as connection:
        row = await connection.fetchrow("SELECT state, secrecy FROM work_order WHERE number = $1", number)
    assert tuple(row) == ("received", "confidential")


async def test_a_repeat_caller_is_told_and_the_order_under_way_is_urged(live: Live, browser: Browser) -> None:
    order = await ask(
        live, "agent", "POST", "/orders",
        json={
            "channel": "phone", "kind": "help", "domain": "service", "title": "示范路路灯不亮", "content": "三天不亮。",
            "caller": {"name": "演示甲", "phone": "13800000013"},
        },
    )  # fmt: skip
    desk = await at_seat(live, browser)
    page = desk.page
    await page.keyboard.insert_text("138 0000 0013")
    hint = page.locator(".caller .history")
    await expect(hint).to_contain_text("1 件在办")
    await page.locator("#seat-content").fill("又来问路灯")
    await hint.get_by_role("button", name="示范路路灯不亮").click()
    drawer = page.get_by_role("dialog")
    await drawer.get_by_role("button", name="补充", exact=True).click()
    await drawer.get_by_label("补充内容").fill("已经第四天了。")
    await drawer.get_by_role("button", name="提交“补充”").click()
    await expect(drawer.get_by_text("已经第四天了。")).to_be_visible()
    await desk.shot("seat-repeat-caller")
    await desk.accessible()
    await drawer.get_by_role("button", name="关闭").click()
    # What was typed beside it stands as it was, and nothing was registered anew.
    await expect(page.locator("#seat-content")).to_have_value("又来问路灯")
    assert [one["number"] for one in await found(live, "13800000013")] == [order["number"]]
    events = (await ask(live, "agent", "GET", f"/orders/{order['number']}/events"))["items"]
    assert events[-1]["verb"] == "supplement"


async def test_refused_with_the_lawful_route_and_handed_to_the_emergency(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page
    for phone, outcome, fields in (("13800000014", "不予受理", True), ("13800000015", "转紧急/联动", False)):
        await page.locator("#seat-phone").fill(phone)
        await page.locator("#seat-content").fill("示范诉求内容。")
        await page.locator("#seat-domain label").filter(has_text="公共服务").click()
        await page.locator("#seat-outcome label").filter(has_text=outcome).click()
        if fields:
            await choose(page, "不予受理情形", "须通过诉讼解决")
            await expect(page.get_by_label("告知内容")).to_have_value(
                "请向有管辖权的人民法院提起诉讼；法律咨询可拨打12348。"
            )
        else:
            await page.get_by_label("转往").fill("110")
            await page.get_by_label("理由").fill("有人受伤")
        await page.keyboard.press("F9")
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await expect(page.locator(".receipt .state")).to_have_text("不予受理" if fields else "已转紧急/联动热线")
        assert [one["state"] for one in await found(live, phone)] == ["refused" if fields else "transferred"]


def kill(profile: Path) -> None:
    """The power fails: every process of the browser over that profile is gone at once."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if str(profile) in (entry / "cmdline").read_bytes().decode(errors="replace"):
                os.kill(int(entry.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue


async def seated(live: Live, context: BrowserContext, name: str) -> Page:
    """The seat desk of an account, after signing in, in a browser of its own."""
    page = await context.new_page()
    page.set_default_timeout(20_000)
    await context.clear_cookies()
    await page.goto(f"{live.url}/console/seat")
    await page.get_by_label("用户名").fill(name)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.locator("#seat-phone")).to_be_visible()
    return page


async def test_a_draft_outlives_the_browser_and_opens_for_its_account_alone(
    live: Live, browser: Browser, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    options: dict[str, Any] = {
        "executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu"], "locale": "zh-CN",
        "viewport": {"width": 1440, "height": 900},
    }  # fmt: skip
    mine, other = await live.account("agent"), await live.account("agent")
    async with async_playwright() as tools:
        context = await tools.chromium.launch_persistent_context(profile, **options)
        page = await seated(live, context, mine)
        await page.locator("#seat-phone").fill("13800000016")
        await page.locator("#seat-content").fill("绝不能丢的一段话，写了很久。")
        await page.locator("#seat-domain label").filter(has_text="公共服务").click()
        await expect(page.get_by_text("草稿已加密保存")).to_be_visible()
        kill(profile)
        await asyncio.sleep(1)
    written = b"".join(one.read_bytes() for one in profile.rglob("*") if one.is_file() and "IndexedDB" in str(one))
    assert written
    for coding in ("utf-8", "utf-16-le"):
        assert "绝不能丢".encode(coding) not in written and "13800000016".encode(coding) not in written

    for lock in profile.glob("Singleton*"):
        lock.unlink()
    async with async_playwright() as tools:
        context = await tools.chromium.launch_persistent_context(profile, **options)
        page = await seated(live, context, other)
        await expect(page.get_by_text("该号码")).to_have_count(0)
        await page.wait_for_timeout(800)
        await expect(page.get_by_text("恢复未提交的内容")).to_have_count(0)
        page = await seated(live, context, mine)
        await expect(page.locator(".offer")).to_contain_text("绝不能丢的一段话")
        await page.screenshot(path="test-artefacts/seat-draft.png")
        await page.get_by_role("button", name="恢复", exact=True).click()
        await expect(page.locator("#seat-content")).to_have_value("绝不能丢的一段话，写了很久。")
        await expect(page.locator("#seat-phone")).to_have_value("13800000016")
        await page.locator("#seat-outcome label").filter(has_text="先登记").click()
        await page.keyboard.press("F9")
        number = await number_of(page)
        # Sent: nothing of it is kept.
        await page.reload()
        await expect(page.locator("#seat-phone")).to_be_visible()
        await page.wait_for_timeout(800)
        await expect(page.get_by_text("恢复未提交的内容")).to_have_count(0)
        await context.close()
    assert [one["number"] for one in await found(live, "13800000016")] == [number]


async def fill_in(page: Page, phone: str, content: str) -> None:
    """A matter that is only registered."""
    await page.locator("#seat-phone").fill(phone)
    await page.locator("#seat-content").fill(content)
    await page.locator("#seat-domain label").filter(has_text="公共服务").click()
    await page.locator("#seat-outcome label").filter(has_text="先登记").click()


async def test_the_session_ends_in_the_middle_of_a_form(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page
    await fill_in(page, "13800000017", "会话到期也不能丢的话。")
    await page.context.clear_cookies(name="yihao_session")
    await page.keyboard.press("F9")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("登录")
    await desk.accessible()
    await dialog.get_by_label("密码", exact=True).fill(PASSWORD)
    await dialog.get_by_role("button", name="登录", exact=True).click()
    number = await number_of(page)
    assert [one["number"] for one in await found(live, "13800000017")] == [number]


async def test_a_server_that_fails_in_the_middle_costs_nothing(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page

    async def broken(route: Route) -> None:
        await route.fulfill(status=503, content_type="application/problem+json", body="{}")

    await page.route("**/api/v1/orders", broken)
    await fill_in(page, "13800000018", "服务器出错也不能丢的话。")
    await page.keyboard.press("F9")
    await expect(page.get_by_text("再次提交不会重复登记")).to_be_visible()
    await expect(page.locator("#seat-content")).to_have_value("服务器出错也不能丢的话。")
    await desk.accessible()
    await page.unroute("**/api/v1/orders")
    await page.keyboard.press("F9")
    number = await number_of(page)
    assert [one["number"] for one in await found(live, "13800000018")] == [number]


async def test_an_answer_that_was_lost_registers_nothing_twice(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page

    async def lost(route: Route) -> None:
        await route.fetch()  # it arrives and is done; what came back never reaches the page
        await route.abort("connectionreset")

    await page.route("**/api/v1/orders", lost)
    await fill_in(page, "13800000019", "应答丢失。")
    await page.keyboard.press("F9")
    await expect(page.get_by_text("再次提交不会重复登记")).to_be_visible()
    await page.unroute("**/api/v1/orders")
    await page.locator("#seat-content").fill("应答丢失后又改了内容。")
    await page.keyboard.press("F9")
    number = await number_of(page)
    await expect(page.locator(".receipt .code")).to_be_visible()
    await expect(page.locator(".receipt")).to_contain_text("已经送达")
    assert [one["number"] for one in await found(live, "13800000019")] == [number]


async def test_somebody_else_is_faster_between_registering_and_preparing(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page

    async def overtaken(route: Route) -> None:
        number = route.request.url.split("/")[-3]
        await done(live, number, "supplement", {"text": "另一席补充了情况"}, "agent")
        await route.continue_()

    await page.route("**/verbs/prepare", overtaken, times=1)
    await page.locator("#seat-phone").fill("13800000021")
    await page.locator("#seat-kind label").filter(has_text="求助").click()
    await page.locator("#seat-content").fill("示范路路灯不亮。")
    await page.locator("#seat-domain label").filter(has_text="公共服务").click()
    await choose(page, "事项分类", "路灯")
    await choose(page, "区划代码", "示范甲县")
    await page.keyboard.press("F9")
    await expect(page.get_by_text("处置尚未完成")).to_be_visible()
    await expect(page.get_by_text("已被他人更新")).to_be_visible()
    await expect(page.locator("#seat-content")).to_have_value("示范路路灯不亮。")
    await page.keyboard.press("F9")
    number = await number_of(page)
    assert [(one["number"], one["state"]) for one in await found(live, "13800000021")] == [(number, "pending_dispatch")]


async def test_two_presses_are_one_submission(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page
    await fill_in(page, "13800000020", "连按两次。")
    await page.evaluate(
        "for (let n = 0; n < 3; n += 1) window.dispatchEvent(new KeyboardEvent('keydown', {key: 'F9', bubbles: true}))"
    )
    number = await number_of(page)
    await page.wait_for_timeout(500)
    assert [one["number"] for one in await found(live, "13800000020")] == [number]


async def test_every_kind_and_every_outcome_is_accessible_in_both_languages(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page
    kinds, outcomes = page.locator("#seat-kind label"), page.locator("#seat-outcome label")
    await expect(kinds).to_have_count(7)
    for place in range(await kinds.count()):
        await kinds.nth(place).click()
        await desk.accessible()
    await page.get_by_role("button", name="更多选项").click()
    await expect(page.get_by_label("身份证号")).to_be_visible()
    await page.get_by_role("button", name="English").click()
    for place in range(await outcomes.count()):
        await outcomes.nth(place).click()
        await desk.accessible()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the page scrolls"
    await desk.shot("seat-all-fields-english")
    await page.set_viewport_size({"width": 390, "height": 844})
    await desk.accessible()


async def test_without_a_cipher_the_draft_stays_in_the_page_and_says_so(live: Live, browser: Browser) -> None:
    desk = await at_seat(live, browser)
    page = desk.page
    # What plain http does to a browser.
    await page.add_init_script("Object.defineProperty(crypto, 'subtle', {value: undefined})")
    await desk.open("/seat")
    await page.locator("#seat-content").fill("只留在本页的话。")
    await expect(page.get_by_text("草稿暂时只留在本页")).to_be_visible()
    await page.get_by_role("link", name="值班室").click()
    await expect(page.get_by_role("heading", name="值班室")).to_be_visible()
    await page.get_by_role("link", name="话务坐席").click()
    await page.get_by_role("button", name="恢复", exact=True).click()
    await expect(page.locator("#seat-content")).to_have_value("只留在本页的话。")


async def test_a_sub_centre_that_may_not_register_is_told_and_loses_nothing(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "subcentre_agent", unit="州建设局")
    page = desk.page
    await desk.open("/seat")
    await fill_in(page, "13800000022", "分中心来电。")
    await page.keyboard.press("F9")
    await expect(page.get_by_text("获准自行登记的分中心")).to_be_visible()
    await expect(page.locator("#seat-content")).to_have_value("分中心来电。")
