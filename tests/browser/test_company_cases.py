"""A proposal about a service company: its figures and ground beside it, decided by another person than who proposed."""

from __future__ import annotations

import httpx
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live
from yihao.units import service as units
from yihao.units.model import By, JurisdictionDraft, OfficerDraft, UnitDraft

ENTRY = {
    "credit_code": "91110000600037341L",
    "services": ["家政"],
    "agreement": "示范加入协议第1号",
    "valid_from": "2021-01-01",
    "contact": "客服部",
    "duty_phone": "0351-1234567",
}


async def company(live: Live) -> int:
    """A company that joined, in a place whose document lets companies in."""
    house = live.house
    async with house.database.write(house.clockwork().wall()) as connection:
        edit = await units.edit(connection, By(account=3, role="setup", at=house.clock()))
        node = edit.now.jurisdiction(house.places["州"][0])
        fields = {name: getattr(node, name) for name in JurisdictionDraft.__struct_fields__}
        await edit.change_jurisdiction(node.id, JurisdictionDraft(**fields | {"profile": "shanxi"}))
        made = await edit.create_unit(UnitDraft(jurisdiction_id=node.id, name="示范家政公司", kind="service_company"))
        await edit.create_officer(OfficerDraft(unit_id=made.id, name="演示人员", duty="handler"))
    units.look_again()
    return made.id


async def test_a_case_is_decided_by_another_person(live: Live, browser: Browser) -> None:
    unit = await company(live)
    headers = {"authorization": f"Bearer {await live.token('manager')}"}
    async with httpx.AsyncClient(base_url=live.url, headers=headers) as client:
        # The server looks at the tree again after a moment.
        joined = await client.put(f"/api/v1/companies/{unit}", json=ENTRY)
    assert joined.status_code == 200, joined.text
    headers = {"authorization": f"Bearer {await live.token('supervisor')}"}
    async with httpx.AsyncClient(base_url=live.url, headers=headers) as client:
        body = {"kind": "probation", "reason": "示例：多次爽约"}
        opened = await client.post(f"/api/v1/companies/{unit}/cases", json=body)
    assert opened.status_code == 201, opened.text

    desk = await at_desk(live, browser, "manager")
    page = desk.page
    await desk.open("/decisions?what=companies")
    case = page.get_by_role("article", name="示范家政公司")
    await expect(case).to_contain_text("示例：多次爽约")
    await expect(case).to_contain_text("列入观察")
    await desk.accessible()
    await desk.shot("decisions-companies")
    await case.get_by_text("同意", exact=True).click()
    await case.get_by_label("决定理由").fill("情况属实")
    await case.get_by_role("button", name="作出决定").click()
    await expect(page.get_by_text("没有待决定的提请。")).to_be_visible()
    async with live.house.database.work() as connection:
        status = await connection.fetchval("SELECT status FROM company WHERE unit_id = $1", unit)
    assert status == "probation"
