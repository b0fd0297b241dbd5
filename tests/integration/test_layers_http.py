"""A node's own rules over HTTP: shown, previewed, put and withdrawn; an order keeps the version it was made under."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conftest import House
from web import LAMP, Web, web_of
from yihao.orders import service

HOURS = {"place.yaml": 'office_hours: {value: "08:30-12:00,14:30-17:30", basis: {design: 本县作息}}\n'}


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


def url(web: Web, place: str = "甲县") -> str:
    return f"/api/v1/jurisdictions/{web.house.places[place][0]}/layer"


async def test_previewed_put_and_withdrawn(web: Web) -> None:
    manager, order = await web.as_("manager"), await web.to_unit()
    before = (await manager.get(url(web))).json()
    assert before["current"] is None and before["versions"] == []
    draft = {"files": HOURS, "reason": "演示第1号"}
    seen = await manager.post(f"{url(web)}/preview", json=draft)
    assert seen.status_code == 200, seen.text
    (change,) = seen.json()["changes"]
    assert change["rule"] == "place.office_hours" and "09:00" in change["before"] and "08:30" in change["after"]
    assert [one["name"] for one in seen.json()["places"]] == ["示范甲县", "示范丙乡"]
    assert seen.json()["orders_under_way"] == 0, order["number"] + " is the prefecture's"
    assert (await manager.post(url(web, "州") + "/preview", json=draft)).json()["orders_under_way"] == 1
    assert (await manager.get(url(web))).json() == before, "a preview changes nothing"
    put = await manager.put(url(web), json=draft)
    assert put.status_code == 200 and put.json()["version"] == 1, put.text
    now = (await manager.get(url(web))).json()
    assert now["rules"].endswith("+532801@1") and now["digest"] != before["digest"]
    shown = await manager.get("/api/v1/profile", params={"jurisdiction": web.house.places["丙乡"][0]})
    assert shown.json()["layers"][-1] == "532801@1", "what lies below is under it"
    assert (await manager.put(url(web), json={"files": {}, "reason": "撤销"})).json()["version"] == 2
    after = (await manager.get(url(web))).json()
    assert after["current"] is None and after["digest"] == before["digest"]
    assert [one["version"] for one in after["versions"]] == [2, 1] and after["versions"][1]["files"]


async def test_an_order_keeps_the_version_it_was_made_under(web: Web) -> None:
    manager, agent = await web.as_("manager"), await web.as_("agent", place="甲县")
    names = []
    for reason in ("一", "二"):
        await manager.put(url(web), json={"files": HOURS, "reason": reason})
        made = await agent.post("/api/v1/orders", json=LAMP)
        assert made.status_code == 201, made.text
        async with web.house.database.work() as connection:
            order = (await service.load(connection, made.json()["number"]))[0].order
        names.append((order.profile, order.profile_digest))
    assert [name.rpartition("+")[2] for name, _ in names] == ["532801@1", "532801@2"]
    assert names[0][1] == names[1][1], "the same rules are the same policy"


async def test_mistakes_are_told_all_at_once(web: Web) -> None:
    manager = await web.as_("manager")
    bad = {"limits.yaml": "sign: {rule: 2 office huors, basis: {design: x}}\n", "place.yaml": "extends: national\n"}
    for refused in (
        await manager.put(url(web), json={"files": bad, "reason": "x"}),
        await manager.post(f"{url(web)}/preview", json={"files": bad, "reason": "x"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_layer")
        assert "532801@1/limits.yaml:1" in refused.text and "532801@1/place.yaml:1" in refused.text
    assert (await manager.get(url(web))).json()["versions"] == []


async def test_each_level_writes_its_own_branch(web: Web) -> None:
    county = await web.as_("manager", place="甲县")
    draft = {"files": HOURS, "reason": "演示"}
    assert (await county.put(url(web), json=draft)).status_code == 200
    for place in ("州", "乙县"):
        assert (await county.put(url(web, place), json=draft)).status_code == 403
    assert (await (await web.as_("agent")).put(url(web), json=draft)).status_code == 403


async def test_a_place_that_does_not_answer_registers_no_call(web: Web) -> None:
    manager, agent = await web.as_("manager"), await web.as_("agent", place="甲县")
    central = "answering: {levels: [city], may: [county], basis: {design: 统一接听}}\n"
    assert (
        await manager.put(url(web, "州"), json={"files": {"place.yaml": central}, "reason": "x"})
    ).status_code == 200
    refused = await agent.post("/api/v1/orders", json=LAMP)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_here") and "统一接听" in refused.text
    assert (await agent.post("/api/v1/orders", json=LAMP | {"channel": "visit"})).status_code == 201
    own = "answering: {levels: [city, county], may: [], basis: {design: 偏远，自行接听}}\n"
    assert (await manager.put(url(web), json={"files": {"place.yaml": own}, "reason": "x"})).status_code == 200
    assert (await agent.post("/api/v1/orders", json=LAMP)).status_code == 201
    other = await web.as_("agent", place="乙县")
    assert (await other.post("/api/v1/orders", json=LAMP)).status_code == 403, "the county beside it has not asked"
    desks = "tiers: {desks: [city], stations: [county, township], basis: {design: 县设工作站}}\n"
    await manager.put(url(web, "州"), json={"files": {"place.yaml": desks}, "reason": "x"})
    refused = await agent.post("/api/v1/orders", json=LAMP | {"channel": "visit"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_here") and "不设热线平台" in refused.text
