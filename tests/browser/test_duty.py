"""The duty office: urgent matters first, what nobody has taken, refusals to confirm, bad ratings."""

from __future__ import annotations

import httpx
from desks import ask, rule
from orders import dispatched
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live

CONFIRM = "confirm_refusal: {on: true, basis: {design: 示范复核}}\n"


async def test_urgent_orders_stand_first(live: Live, browser: Browser) -> None:
    await ask_for(live, "普通来件", "normal")
    await ask_for(live, "主管爆裂", "urgent")
    leak = await ask_for(live, "燃气泄漏", "critical")
    await dispatched(live, "等待签收")
    desk = await at_desk(live, browser, "shift_lead")
    page = desk.page
    await desk.open("/duty")
    urgent = page.get_by_role("region", name="紧急与特急").locator("tbody tr")
    await expect(urgent).to_have_count(2)
    await expect(urgent.first).to_contain_text("燃气泄漏")
    await expect(page.get_by_role("region", name="无人接手")).to_contain_text("普通来件")
    await desk.shot("duty-office")
    await desk.accessible()
    await page.get_by_role("button", name="单位未签收").click()
    await expect(page.get_by_role("region", name="单位未签收")).to_contain_text("等待签收")
    # The lead hands the gas leak over to the fire brigade from here.
    await urgent.first.get_by_role("link").click()
    drawer = page.get_by_role("dialog")
    await drawer.get_by_role("button", name="转紧急/联动热线").click()
    await drawer.get_by_label("转往").fill("119")
    await drawer.get_by_label("理由").fill("燃气泄漏")
    await drawer.get_by_role("button", name="提交“转紧急/联动热线”").click()
    await page.get_by_role("dialog", name="请确认").get_by_role("button", name="确定").click()
    await expect(page.get_by_role("region", name="紧急与特急")).to_contain_text("转接确认")
    assert (await ask(live, "agent", "GET", f"/orders/{leak['number']}"))["state"] == "transferred"


async def test_a_refusal_is_confirmed_by_the_lead(live: Live, browser: Browser) -> None:
    await rule(live, acceptance=CONFIRM)
    order = await ask_for(live, "遗产怎么分", "normal")
    refusal = {"code": "litigation", "explanation": "请向有管辖权的人民法院起诉。"}
    path = f"/orders/{order['number']}/verbs/refuse"
    await ask(live, "agent", "POST", path, json=refusal, headers={"if-match": f'"{order["version"]}"'})
    desk = await at_desk(live, browser, "shift_lead")
    page = desk.page
    await desk.open("/duty")
    await page.get_by_role("button", name="不予受理待确认").click()
    await page.get_by_role("region", name="不予受理待确认").get_by_role("link", name="遗产怎么分").click()
    drawer = page.get_by_role("dialog")
    await drawer.get_by_role("button", name="确认不予受理").click()
    await drawer.get_by_label("理由").fill("属于诉讼事项")
    await desk.accessible()
    await drawer.get_by_role("button", name="提交“确认不予受理”").click()
    await page.get_by_role("dialog", name="请确认").get_by_role("button", name="确定").click()
    await expect(page.get_by_role("region", name="不予受理待确认")).to_contain_text("没有待办事项")
    assert (await ask(live, "agent", "GET", f"/orders/{order['number']}"))["state"] == "refused"


async def test_a_bad_rating_opens_its_task(live: Live, browser: Browser) -> None:
    order = await ask_for(live, "答复不清", "normal", kind="consult")
    body = {"text": "已答复。", "expert": "示范专家"}
    path = f"/orders/{order['number']}/verbs/answer"
    await ask(live, "agent", "POST", path, json=body, headers={"if-match": f'"{order["version"]}"'})
    rating = {"code": order["query_code"], "service": 1, "handling": 1, "solved": False, "text": "没有解决"}
    async with httpx.AsyncClient(base_url=live.url) as client:
        rated = await client.post(f"/api/public/v1/appeals/{order['number']}/rating", json=rating)
    assert rated.status_code == 200, rated.text
    desk = await at_desk(live, browser, "shift_lead")
    page = desk.page
    await desk.open("/duty")
    await page.get_by_role("button", name="差评待认定").click()
    await page.get_by_role("region", name="差评待认定").get_by_role("link", name="答复不清").click()
    await expect(page.get_by_role("dialog")).to_contain_text("没有解决")
    await desk.shot("duty-bad-rating")
    await desk.accessible()


async def ask_for(live: Live, title: str, urgency: str, kind: str = "help") -> dict[str, str]:
    """A matter an agent took down; with its query code."""
    caller = {"name": "演示甲", "phone": "13800000041"}
    appeal = {"channel": "phone", "kind": kind, "domain": "service", "title": title, "content": f"{title}。"}
    made: dict[str, str] = await ask(
        live, "agent", "POST", "/orders", json=appeal | {"urgency": urgency, "caller": caller}
    )
    return made
