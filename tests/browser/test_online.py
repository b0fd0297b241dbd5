"""The online desk: what came by web is taken on one after the other, what came on paper is typed in."""

from __future__ import annotations

from uuid import uuid4

import httpx
from desks import ask, found, publish, rule
from fields import choose
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live

SCAN = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c63000100000500010d0a2db4"
    "0000000049454e44ae426082"
)
LANE = "enterprise: {on: true, urgency: expedited, basis: {design: 示范企业通道}}\n"


async def submitted(live: Live, title: str, **fields: object) -> dict[str, str]:
    """A matter a citizen sent by web."""
    caller = {"name": "演示乙", "phone": "13800000031"}
    appeal = {
        "kind": "consult",
        "domain": "service",
        "title": title,
        "content": f"{title}，请问怎么办理？",
        "caller": caller,
    }
    async with httpx.AsyncClient(base_url=live.url) as client:
        answer = await client.post(
            "/api/public/v1/appeals", json=appeal | fields, headers={"idempotency-key": uuid4().hex}
        )
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


async def test_what_came_by_web_is_answered_and_the_next_comes_up(live: Live, browser: Browser) -> None:
    item = await publish(live, "示范公积金提取口径", "携带身份证到窗口办理。")
    first, second = await submitted(live, "公积金提取"), await submitted(live, "公积金贷款")
    desk = await at_desk(live, browser, "online_agent")
    page = desk.page
    await desk.open("/online")
    queue = page.get_by_role("region", name="待受理")
    await expect(queue.get_by_role("row")).to_have_count(3)
    await desk.shot("online-queue")
    await desk.accessible()
    await queue.get_by_role("link", name="公积金提取").click()
    drawer = page.get_by_role("dialog")
    # Knowledge stands beside the question; what is cited is written into the answer.
    await drawer.get_by_label("答复内容").fill("您好。")
    await drawer.get_by_role("button", name="引用 示范公积金提取口径").click()
    await expect(drawer.get_by_label("答复内容")).to_have_value("您好。\n携带身份证到窗口办理。")
    await desk.shot("online-answer")
    await expect(drawer.locator(".el-select").filter(has_text="示范公积金提取口径")).to_be_visible()
    await desk.accessible()
    await drawer.get_by_role("button", name="提交“直接答复”").click()
    # The next one at once; the list is told by the server, not by this page.
    await expect(drawer.get_by_role("heading", level=2).first).to_contain_text("公积金贷款")
    await expect(queue.get_by_role("row")).to_have_count(2)
    order = await ask(live, "agent", "GET", f"/orders/{first['number']}")
    assert (order["state"], order["channel"], order["knowledge_item"]) == ("answered", "web", item)
    assert (await ask(live, "agent", "GET", f"/orders/{second['number']}"))["state"] == "received"


async def test_a_letter_is_typed_in_with_its_scan(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "online_agent")
    page = desk.page
    await desk.open("/online?tab=entry")
    await expect(page.locator("#online-channel input:checked")).to_be_focused()
    await expect(page.locator("#online-channel label.on")).to_contain_text("来信")
    await page.keyboard.press("1")
    await expect(page.locator("#online-channel label.on")).to_contain_text("短信")
    await page.locator("#online-channel label").filter(has_text="来信").click()
    await page.locator("#online-phone").fill("13800000032")
    await page.locator("#online-content").fill("来信反映示范小区路灯昏暗。")
    await page.locator("#online-domain label").filter(has_text="公共服务").click()
    await page.get_by_label("事发时间").fill("2026-01-05T09:30")
    await choose(page, "事项分类", "路灯")
    await choose(page, "区划代码", "示范甲县")
    await page.locator("#online-attachments").set_input_files(
        {"name": "来信.png", "mimeType": "image/png", "buffer": SCAN}
    )
    await expect(page.get_by_text("已上传")).to_be_visible()
    await desk.shot("online-letter")
    await desk.accessible()
    await page.keyboard.press("F9")
    told = page.locator(".receipt .number")
    number = await told.get_attribute("aria-label")
    order = await ask(live, "agent", "GET", f"/orders/{number}")
    assert (order["state"], order["channel"]) == ("pending_dispatch", "letter")
    files = (await ask(live, "agent", "GET", f"/orders/{number}/attachments"))["items"]
    assert [one["name"] for one in files] == ["来信.png"]
    assert [one["number"] for one in await found(live, "13800000032")] == [number]


async def test_an_enterprise_goes_first_on_a_clock_of_its_own(live: Live, browser: Browser) -> None:
    await rule(live, flow=LANE)
    await submitted(live, "个人来件")
    company = {"kind": "enterprise", "name": "演示公司", "phone": "13800000033"}
    appeal = {"channel": "web", "kind": "help", "domain": "market", "title": "企业用电报装", "content": "报装慢。"}
    made = await ask(live, "online_agent", "POST", "/orders", json=appeal | {"caller": company})
    assert made["lane"] == "enterprise"
    desk = await at_desk(live, browser, "online_agent")
    page = desk.page
    await desk.open("/online")
    rows = page.get_by_role("region", name="待受理").locator("tbody tr")
    await expect(rows.first).to_contain_text("企业用电报装")
    await expect(rows.first).to_contain_text("企业绿色通道")
    await page.locator("#online-channels label").filter(has_text="企业").click()
    await expect(rows).to_have_count(1)
    await desk.shot("online-enterprise")
    await desk.accessible()
    await desk.open("/online?tab=entry")
    await page.locator("#online-who label").filter(has_text="企业").click()
    await expect(page.get_by_text("企业绿色通道，单独计时")).to_be_visible()
