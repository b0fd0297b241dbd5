"""Service companies over HTTP: joining, being rated, proposals, decisions, and what they change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from conftest import House
from web import LAMP, Web, web_of
from yihao.companies import service
from yihao.indicators import service as indicators
from yihao.units import service as units
from yihao.units.model import By, JurisdictionDraft, OfficerDraft, UnitDraft

ENTRY = {
    "credit_code": "91110000600037341L",
    "services": ["家政", "管道疏通"],
    "agreement": "示范加入协议第1号",
    "valid_from": "2021-01-01",
    "contact": "客服部",
    "duty_phone": "0351-1234567",
}


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    """州 works by Shanxi's document, which lets companies in; 甲县 within it by one that does not."""
    async with house.database.write(house.clockwork().wall()) as connection:
        edit = await units.edit(connection, By(account=3, role="setup", at=house.clock()))
        for place, profile in (("州", "shanxi"), ("甲县", "xishuangbanna")):
            node = edit.now.jurisdiction(house.places[place][0])
            fields = {name: getattr(node, name) for name in JurisdictionDraft.__struct_fields__}
            await edit.change_jurisdiction(node.id, JurisdictionDraft(**fields | {"profile": profile}))
        for name, place in (("家政", "州"), ("疏通", "甲县")):
            made = await edit.create_unit(
                UnitDraft(jurisdiction_id=house.places[place][0], name=f"示范{name}公司", kind="service_company")
            )
            house.units[name] = made.id
            await edit.create_officer(OfficerDraft(unit_id=made.id, name="演示人员", duty="handler"))
    units.look_again()
    async with web_of(house) as made_web:
        yield made_web


async def join(web: Web) -> int:
    unit: int = web.house.units["家政"]
    answer = await (await web.as_("manager", place="州")).put(f"/api/v1/companies/{unit}", json=ENTRY)
    assert answer.status_code == 200, answer.text
    return unit


async def served(web: Web, handling: int) -> dict[str, Any]:
    """An order the company did, rated."""
    answer = await (await web.as_("agent", place="州")).post("/api/v1/orders", json=LAMP)
    dispatcher = await web.as_("dispatcher", place="州")
    order = await web.do(dispatcher, answer.json(), "prepare", category="light", area_code="532801")
    order = await web.do(dispatcher, order, "dispatch", lead=web.house.units["家政"])
    company = await web.as_("company", unit="家政")
    order = await web.do(company, order, "sign")
    order = await web.do(company, order, "reply", text="已上门")
    order = await web.do(await web.as_("shift_lead", place="州"), order, "approve_reply", reason="属实")
    clerk = await web.as_("revisit_clerk", place="州")
    order = await web.do(clerk, order, "revisit", reached=True)
    return await web.do(clerk, order, "rate", service=5, handling=handling, solved=handling > 2)


async def rated(web: Web, owner: asyncpg.Connection, ratings: int, satisfied: int, complaints: int = 0) -> None:
    """So many ratings at once, as the follower would have summed them."""
    path = web.house.places["州"][1]
    key = str(web.house.units["家政"])
    for name, n, d in (("satisfaction", satisfied, ratings), ("complained_of", complaints, 0)):
        await owner.execute(
            "INSERT INTO indicator_day VALUES ('unit', '2021-09-28', $1, $2, $3, $4, $5)", path, key, name, n, d
        )


async def appraised(web: Web) -> list[dict[str, Any]]:
    answer = await (await web.as_("manager", place="州")).post("/api/v1/companies/appraisals")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def decided(web: Web, case: dict[str, Any], approve: bool = True, who: str | None = "州") -> dict[str, Any]:
    client = await web.as_("manager", **({"place": who} if who else {}))
    said = {"approve": approve, "reason": "经核实属实"}
    answer = await client.post(f"/api/v1/companies/cases/{case['id']}/decision", json=said)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_ratings_and_complaints_make_the_score(web: Web) -> None:
    unit = await join(web)
    for handling in (5, 4, 2):
        await served(web, handling)
    agent = await web.as_("agent", place="州")
    for kind in ("complaint", "report"):
        answer = await agent.post("/api/v1/orders", json=LAMP | {"kind": kind, "accused_unit": unit})
        assert answer.status_code == 201, answer.text
    taken = await agent.post("/api/v1/orders", json=LAMP | {"kind": "complaint", "accused_unit": unit})
    await web.do(agent, taken.json(), "withdraw", reason="误会", verified_by="call_back")
    await indicators.follower(web.house.desk.places).drain(web.house.database)
    (listed,) = (await (await web.as_("manager", place="州")).get("/api/v1/companies")).json()["items"]
    record = listed["record"]
    assert (record["ratings"], record["satisfied"], record["complaints"], record["score"]) == (3, 2, 1, None)
    assert await appraised(web) == []  # three ratings are too few to judge anybody


async def test_probation_then_removal_then_restoration_with_every_word_kept(
    web: Web, owner: asyncpg.Connection
) -> None:
    unit = await join(web)
    await rated(web, owner, 20, 15)
    (case,) = await appraised(web)
    assert (case["kind"], case["ground"], case["score"], case["opened_by"]) == ("probation", "score", 75.0, 2)
    assert case["clause"] == "晋政办发电〔2021〕22号 二(二)8"
    assert await appraised(web) == []  # one at a time
    assert (await decided(web, case))["status"] == "approved"
    manager = await web.as_("manager", place="州")
    (one,) = (await manager.get("/api/v1/companies")).json()["items"]
    assert (one["status"], one["until"], one["dispatchable"]) == ("probation", "2021-11-27", True)
    assert (one["may_propose"], one["may_decide"], one["may_change"]) == (["removal", "restoration"], False, True)
    supervisor = await web.as_("supervisor", place="州")
    asked = {"kind": "removal", "reason": "拒不整改"}
    removal = (await supervisor.post(f"/api/v1/companies/{unit}/cases", json=asked)).json()
    assert removal["ground"] == "person"
    for client, decides in ((manager, True), (supervisor, False)):
        (one,) = (await client.get("/api/v1/companies")).json()["items"]
        assert (one["may_propose"], one["may_decide"]) == ([], decides)
    await decided(web, removal)
    (one,) = (await manager.get("/api/v1/companies")).json()["items"]
    assert (one["status"], one["dispatchable"]) == ("removed", False)
    assert (await manager.get(f"/api/v1/units/{unit}")).json()["active"] is False
    asked = {"kind": "restoration", "reason": "整改到位"}
    back = (await supervisor.post(f"/api/v1/companies/{unit}/cases", json=asked)).json()
    await decided(web, back, approve=False)
    back = (await supervisor.post(f"/api/v1/companies/{unit}/cases", json=asked)).json()
    await decided(web, back)
    assert (await manager.get(f"/api/v1/units/{unit}")).json()["active"] is True
    kept = (await manager.get(f"/api/v1/companies/{unit}/cases")).json()["items"]
    assert [(one["kind"], one["status"]) for one in kept] == [
        ("restoration", "approved"), ("restoration", "rejected"), ("removal", "approved"), ("probation", "approved"),
    ]  # fmt: skip
    assert all(one["decision"] == "经核实属实" and one["decided_by"] != one["opened_by"] for one in kept)


async def test_a_removed_company_gets_no_order(web: Web, owner: asyncpg.Connection) -> None:
    await join(web)
    await rated(web, owner, 20, 4)
    (case,) = await appraised(web)
    assert case["kind"] == "removal"
    await decided(web, case)
    answer = await (await web.as_("agent", place="州")).post("/api/v1/orders", json=LAMP)
    dispatcher = await web.as_("dispatcher", place="州")
    order = await web.do(dispatcher, answer.json(), "prepare", category="light", area_code="532801")
    refused = await dispatcher.post(
        f"/api/v1/orders/{order['number']}/verbs/dispatch",
        json={"lead": web.house.units["家政"]},
        headers={"if-match": f'"{order["version"]}"'},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_inactive")


async def test_only_a_company_with_an_agreement_in_force_is_given_work(web: Web) -> None:
    unit, dispatcher = web.house.units["家政"], await web.as_("dispatcher", place="州")
    answer = await (await web.as_("agent", place="州")).post("/api/v1/orders", json=LAMP)
    order = await web.do(dispatcher, answer.json(), "prepare", category="light", area_code="532801")
    path, match = f"/api/v1/orders/{order['number']}/verbs/dispatch", {"if-match": f'"{order["version"]}"'}
    manager = await web.as_("manager", place="州")
    for entry in (None, ENTRY | {"valid_to": "2021-09-27"}, ENTRY | {"valid_from": "2021-09-29"}):
        if entry is not None:
            assert (await manager.put(f"/api/v1/companies/{unit}", json=entry)).status_code == 200
        refused = await dispatcher.post(path, json={"lead": unit}, headers=match)
        assert refused.status_code == 422 and refused.json()["field"] == "lead", refused.text
        assert "未登记加入约定" in refused.json()["detail"]
    assert (await manager.put(f"/api/v1/companies/{unit}", json=ENTRY)).status_code == 200
    assert (await dispatcher.post(path, json={"lead": unit}, headers=match)).status_code == 200


async def test_where_companies_have_not_joined_nothing_is_registered_or_appraised(
    web: Web, owner: asyncpg.Connection
) -> None:
    unit = web.house.units["疏通"]
    manager = await web.as_("manager", place="甲县")
    answer = await manager.put(f"/api/v1/companies/{unit}", json=ENTRY)
    assert answer.status_code == 422 and answer.json()["clause"] == "国办函〔2025〕66号 二(三)"
    await owner.execute(
        "INSERT INTO company (unit_id, credit_code, services, agreement, valid_from, contact, duty_phone, status, "
        "since, updated_at, updated_by) VALUES ($1, '91110000600037341L', '{家政}', 'x', '2021-01-01', 'x', 'x', "
        "'active', '2021-01-01', '2021-01-01Z', 1)",
        unit,
    )
    await owner.execute(
        "INSERT INTO indicator_day VALUES ('unit', '2021-09-28', $1, $2, 'satisfaction', 0, 50)",
        *(web.house.places["甲县"][1], str(unit)),
    )
    assert await service.appraise_all(web.house.database, web.house.desk.places, web.house.clock()) == 0


async def test_the_nightly_look_proposes_and_never_decides(web: Web, owner: asyncpg.Connection) -> None:
    unit = await join(web)
    await rated(web, owner, 10, 7, 1)
    look = (web.house.database, web.house.desk.places, web.house.clock())
    assert await service.appraise_all(*look) == 1
    assert await service.appraise_all(*look) == 0
    (one,) = (await (await web.as_("manager", place="州")).get("/api/v1/companies")).json()["items"]
    assert one["status"] == "active" and one["open_case"]["kind"] == "probation" and one["open_case"]["score"] == 60.0
    with pytest.raises(asyncpg.PostgresError, match="decided case"):
        await owner.execute(
            "UPDATE company_case SET status = 'rejected', decided_at = opened_at, decided_by = 7, decision = 'x'"
        )
        await owner.execute("UPDATE company_case SET decision = 'y' WHERE unit_id = $1", unit)


async def test_who_may_do_what(web: Web, owner: asyncpg.Connection) -> None:
    unit = await join(web)
    asked = {"kind": "probation", "reason": "多次爽约"}
    manager = await web.as_("manager", place="州")
    for role in ("agent", "dispatcher", "shift_lead"):
        client = await web.as_(role, place="州")
        assert (await client.put(f"/api/v1/companies/{unit}", json=ENTRY)).status_code == 403
        assert (await client.post(f"/api/v1/companies/{unit}/cases", json=asked)).status_code == 403
        assert (await client.post("/api/v1/companies/appraisals")).status_code == 403
    case = (await manager.post(f"/api/v1/companies/{unit}/cases", json=asked)).json()
    said = {"approve": True, "reason": "同意"}
    path = f"/api/v1/companies/cases/{case['id']}/decision"
    assert (await (await web.as_("supervisor", place="州")).post(path, json=said)).status_code == 403
    own = await manager.post(path, json=said)
    assert (own.status_code, own.json()["code"]) == (409, "same_hand")
    outside = await (await web.as_("manager", place="乙县")).post(path, json=said)
    assert outside.status_code == 422 and "只能办理本辖区" in outside.json()["detail"]
    await decided(web, case, who=None)
    twice = await (await web.as_("manager")).post(path, json=said)
    assert (twice.status_code, twice.json()["code"]) == (409, "case_not_now")
    company = await web.as_("company", unit="家政")
    mine = (await company.get("/api/v1/companies")).json()["items"]
    assert [one["unit_id"] for one in mine] == [unit]
    assert len((await company.get(f"/api/v1/companies/{unit}/cases")).json()["items"]) == 1
    other = await web.as_("company", unit="疏通")
    assert (await other.get("/api/v1/companies")).json()["items"] == []
    assert (await other.get(f"/api/v1/companies/{unit}/cases")).json()["items"] == []
    assert (await (await web.as_("unit_handler", unit="州建设局")).get("/api/v1/companies")).json()["items"] == []
    assert (await web.http.get("/api/v1/companies")).status_code == 401
    rows = await owner.fetch("SELECT action FROM audit WHERE action LIKE 'company%' ORDER BY id")
    assert [row["action"] for row in rows] == ["company.put", "company.case", "company.decide"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"credit_code": "91110000600037341X"}, "credit_code"),
        ({"credit_code": "12"}, "credit_code"),
        ({"services": []}, "services"),
        ({"services": [""]}, "services[0]"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
        ({"valid_from": "昨天"}, "valid_from"),
        ({"duty_phone": "x"}, "duty_phone"),
        ({"status": "active"}, "status"),
    ],
)
async def test_bad_entries_are_refused_by_field(web: Web, wrong: dict[str, Any], field: str) -> None:
    manager = await web.as_("manager", place="州")
    answer = await manager.put(f"/api/v1/companies/{web.house.units['家政']}", json=ENTRY | wrong)
    assert answer.status_code == 422 and answer.json()["field"] == field, answer.text


async def test_bad_proposals_and_decisions(web: Web) -> None:
    unit = await join(web)
    manager = await web.as_("manager", place="州")
    path = f"/api/v1/companies/{unit}/cases"
    assert (await manager.post(path, json={"kind": "praise", "reason": "好好"})).status_code == 422
    assert (await manager.post(path, json={"kind": "removal", "reason": ""})).status_code == 422
    nothing = await manager.post(path, json={"kind": "restoration", "reason": "恢复"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "case_not_now")
    stranger = f"/api/v1/companies/{web.house.units['甲县建设局']}"
    assert (await manager.post(f"{stranger}/cases", json={"kind": "removal", "reason": "退出"})).status_code == 404
    assert (await manager.put(stranger, json=ENTRY)).status_code == 422
    said = {"approve": True, "reason": "同意"}
    assert (await manager.post("/api/v1/companies/cases/999/decision", json=said)).status_code == 404
    assert (await manager.post("/api/v1/companies/cases/999/decision", json={"approve": True})).status_code == 422
