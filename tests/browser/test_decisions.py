"""What waits for the managing body's word: an extension, a dispute about who handles, a second person's approval."""

from __future__ import annotations

from lives import to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.orders import bodies


async def test_an_extension_is_decided_with_its_facts_beside_it(live: Live, browser: Browser) -> None:
    house = live.house
    order = await to_unit(live, title="演示路路灯不亮")
    handler = house.actor("unit_handler", unit="州建设局")
    await house.act(handler, order, "request_extension", bodies.RequestExtension(ground="需更换整条线路的电缆"))
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/decisions?what=extension_decision")
    matter = page.get_by_role("article", name="演示路路灯不亮")
    await expect(matter.get_by_text("需更换整条线路的电缆")).to_be_visible()
    await expect(matter.get_by_text("示范州建设局").first).to_be_visible()
    await desk.accessible()
    await desk.shot("decisions")
    await matter.get_by_text("是", exact=True).click()
    await matter.get_by_label("理由").fill("情况属实，同意延期")
    await matter.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("没有待决定的事项。")).to_be_visible()

    async with house.database.work() as connection:
        verbs = await connection.fetch("SELECT verb FROM order_event WHERE number = $1 ORDER BY seq", order.number)
        open_duties = await connection.fetch("SELECT kind FROM open_duty WHERE number = $1", order.number)
    assert verbs[-1]["verb"] == "decide_extension"
    assert "extension_decision" not in {row["kind"] for row in open_duties}


async def test_a_dispute_is_adjudicated(live: Live, browser: Browser) -> None:
    house = live.house
    order = await to_unit(live, title="演示市场外路灯不亮")
    handed = bodies.Return(
        explanation="不属本单位职责", legal_basis="示范职责清单第9条", suggested_unit=house.units["州市场局"]
    )
    await house.act(house.actor("unit_handler", unit="州建设局"), order, "return", handed)
    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/decisions?what=return_review")
    matter = page.get_by_role("article", name="演示市场外路灯不亮")
    await expect(matter.get_by_text("不属本单位职责")).to_be_visible()
    await matter.get_by_role("combobox", name="主办单位").click()
    await matter.get_by_role("combobox", name="主办单位").fill("市场局")
    await page.get_by_role("option", name="示范州市场局").click()
    await matter.get_by_label("理由").fill("示范裁定：由市场局主办")
    await desk.accessible()
    await matter.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("没有待决定的事项。")).to_be_visible()
    async with house.database.work() as connection:
        lead = await connection.fetchval("SELECT lead_unit FROM work_order WHERE number = $1", order.number)
    assert lead == house.units["州市场局"]


async def test_one_asks_and_another_approves(live: Live, browser: Browser) -> None:
    order = await to_unit(live, kind="report", title="举报示例工地违规施工")
    one = await at_desk(live, browser, "manager")
    await one.open("/decisions?what=approvals")
    await one.page.get_by_text("查阅举报人身份", exact=True).click()
    await one.page.get_by_label("工单编号").fill(order.number)
    await one.page.get_by_label("事由").fill("核实举报线索")
    await one.page.get_by_role("button", name="提交申请").click()
    await expect(one.page.get_by_text("申请已提交")).to_be_visible()
    await one.accessible()
    # Nobody approves what he asked for himself.
    await expect(one.page.get_by_role("row", name=order.number).first).to_contain_text("须由他人批准")

    other = await at_desk(live, browser, "superior")
    await other.open("/decisions")
    row = other.page.get_by_role("row", name=order.number)
    await expect(row).to_contain_text("核实举报线索")
    await row.get_by_role("button", name="批准").click()
    await other.page.get_by_role("button", name="确定").click()
    await expect(other.page.get_by_text("没有待批准的申请。")).to_be_visible()
    await other.accessible()
    await one.open("/decisions?what=approvals")
    await expect(one.page.get_by_role("row", name=order.number)).to_contain_text("已批准")
    await one.shot("decisions-approvals")
