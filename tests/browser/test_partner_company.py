"""Outside parties: a linked partner and a service company, and the registers the hotline keeps of them."""

from __future__ import annotations

import re

import orders
import pytest
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.units import service as units
from yihao.units.model import By, JurisdictionDraft, OfficerDraft, UnitDraft

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module", autouse=True)
async def outsiders(live: Live) -> None:
    """A power company to be linked and a household service to join, under a document that lets such companies in."""
    house = live.house
    async with house.database.write(house.clockwork().wall()) as connection:
        edit = await units.edit(connection, By(account=3, role="setup", at=house.clock()))
        node = edit.now.jurisdiction(house.places["州"][0])
        fields = {name: getattr(node, name) for name in JurisdictionDraft.__struct_fields__}
        await edit.change_jurisdiction(node.id, JurisdictionDraft(**fields | {"profile": "shanxi"}))
        for name, kind in (("供电", "soe"), ("家政", "service_company")):
            draft = UnitDraft(
                jurisdiction_id=house.places["州"][0], name=f"示范{name}", kind=kind, in_indicators=kind == "soe"
            )
            house.units[name] = (await edit.create_unit(draft)).id
            for duty in ("receiver", "handler"):
                await edit.create_officer(OfficerDraft(unit_id=house.units[name], name="演示人员", duty=duty))
    units.look_again()


async def test_a_partner_is_registered_takes_a_matter_and_tells_what_became_of_it(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/partners")
    await page.get_by_role("button", name="登记联动单位").click()
    form = page.get_by_role("dialog", name="登记联动单位")
    await form.get_by_role("combobox", name="单位").fill("供电")
    await page.get_by_role("option", name="示范供电").click()
    await form.get_by_label("联动类别").click()
    await page.get_by_role("option", name="供电", exact=True).click()
    await form.get_by_label("号码").fill("95598")
    await form.get_by_label("移交事项范围").fill("停电、线路抢修")
    await form.get_by_label("联动约定").fill("示范联动协议第1号")
    await form.get_by_label("生效首日").fill("2021-01-01")
    await form.get_by_label("联络岗位").fill("客服调度中心")
    await form.get_by_label("值班电话").fill("请打总机")
    await form.get_by_role("button", name="保存").click()
    await expect(form.get_by_role("alert").first).to_be_visible()
    await expect(form.get_by_label("移交事项范围")).to_have_value("停电、线路抢修")
    await desk.shot("partners-refused")
    await desk.accessible()
    await form.get_by_label("值班电话").fill("0691-1234567")
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("row", name=re.compile("示范供电"))).to_contain_text("95598")
    await desk.shot("partners")
    await desk.accessible()

    order = await orders.registered(live, "整条街停电")
    body = {"partner": live.house.units["供电"], "reason": "属供电抢修", "way": "order"}
    await orders.done(live, order.number, "transfer", body, "agent")
    power = await at_desk(live, browser, "partner", unit="供电", **PHONE)
    page = power.page
    await expect(page.locator("main h1")).to_have_text("联动移交")
    await page.get_by_role("link", name="整条街停电").click()
    await page.get_by_role("button", name="确认接收").click()
    await page.get_by_label("对方编号").fill("示电-1")
    await power.shot("partner-phone")
    await power.accessible()
    await page.get_by_role("button", name="提交“确认接收”").click()
    await page.get_by_role("button", name="反馈办理情况").click()
    await page.get_by_role("radio", name="已处置").check(force=True)
    await page.get_by_role("textbox", name="情况说明").fill("已恢复供电。")
    await page.get_by_role("button", name="提交“反馈办理情况”").click()
    await expect(page.get_by_role("alert").filter(has_text="反馈办理情况")).to_be_visible()
    events = (await orders.now(live, order.number))["events"]
    assert [one["verb"] for one in events if one["verb"] != "archive"] == [
        "register",
        "transfer",
        "acknowledge",
        "feed_back",
    ]
    assert events[-1]["facts"]["result"] == "done"


async def test_a_company_joins_is_proposed_and_decided_on_and_sees_it(live: Live, browser: Browser) -> None:
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/companies")
    await page.get_by_role("button", name="登记服务企业").click()
    form = page.get_by_role("dialog", name="登记服务企业")
    await form.get_by_role("combobox", name="单位").fill("家政")
    await page.get_by_role("option", name="示范家政").click()
    await form.get_by_label("统一社会信用代码").fill("91110000600037341X")
    await form.get_by_label("服务项目").fill("家政，管道疏通")
    await form.get_by_label("加入约定").fill("示范加入协议第1号")
    await form.get_by_label("生效首日").fill("2021-01-01")
    await form.get_by_label("联络岗位").fill("客服部")
    await form.get_by_label("联络电话").fill("0351-1234567")
    await form.get_by_role("button", name="保存").click()
    await expect(form.get_by_role("alert").first).to_be_visible()
    await expect(form.get_by_label("服务项目")).to_have_value("家政，管道疏通")
    await form.get_by_label("统一社会信用代码").fill("91110000600037341L")
    await form.get_by_role("button", name="保存").click()
    card = page.locator("section.panel", has_text="示范家政")
    await expect(card).to_contain_text("管道疏通")
    await page.get_by_role("button", name="按规则考评").click()
    await expect(page.get_by_role("alert").filter(has_text="考评完成")).to_be_visible()
    await desk.shot("companies")
    await desk.accessible()

    watcher = await at_desk(live, browser, "supervisor")
    await watcher.open("/companies")
    await watcher.page.get_by_role("button", name="提请调整 示范家政").click()
    proposal = watcher.page.get_by_role("dialog")
    await proposal.get_by_text("列入观察").click()
    await proposal.get_by_label("理由").fill("多次上门超时。")
    await watcher.shot("company-proposal")
    await watcher.accessible()
    await proposal.get_by_role("button", name="保存").click()
    await expect(watcher.page.locator("main")).to_contain_text("待决定：列入观察")

    await desk.open("/companies")
    await card.get_by_role("button", name="决定").click()
    decision = page.get_by_role("dialog")
    await decision.get_by_text("是", exact=True).click()
    await decision.get_by_label("决定理由").fill("情况属实。")
    await decision.get_by_role("button", name="保存").click()
    await expect(card).to_contain_text("观察期")

    company = await at_desk(live, browser, "company", unit="家政", **PHONE)
    await company.open("/company")
    await expect(company.page.locator("main")).to_contain_text("列入观察：已同意")
    await expect(company.page.locator("main")).to_contain_text("暂不评分")
    await company.shot("company-phone")
    await company.accessible()
    order = await orders.dispatched(live, "下水道堵塞", lead="家政")
    await company.open("/unit")
    await company.page.get_by_role("link", name="下水道堵塞").click()
    await company.page.get_by_role("button", name="签收", exact=True).click()
    await expect(company.page.get_by_role("button", name="答复", exact=True)).to_be_visible()
    assert (await orders.now(live, order.number))["state"] == "signed"
