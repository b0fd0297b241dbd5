"""The citizens' door: submit, look, add, press, take back, rate; and what guards a matter from strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from conftest import House
from web import Web, web_of

APPEAL = {
    "kind": "help",
    "domain": "service",
    "title": "路灯不亮",
    "content": "演示路的路灯三天不亮，联系电话13800000000。",
    "caller": {"name": "演示乙", "phone": "13800000000"},
}
PATH = "/api/public/v1/appeals"


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def submit(web: Web, key: str | None = None, **fields: object) -> dict[str, str]:
    answer = await web.http.post(PATH, json=APPEAL | fields, headers={"idempotency-key": key or uuid4().hex})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def look(web: Web, made: dict[str, str], code: str | None = None) -> httpx.Response:
    return await web.http.get(f"{PATH}/{made['number']}", params={"code": code or made["query_code"]})


async def test_a_matter_from_submission_to_rating(web: Web) -> None:
    made = await submit(web)
    seen = (await look(web, made)).json()
    assert seen["stage"] == "accepted" and seen["may"] == ["urge", "supplement", "withdraw"] and seen["reply"] is None
    number, dispatcher = made["number"], await web.as_("dispatcher")
    order = (await dispatcher.get(f"/api/v1/orders/{number}")).json()
    assert order["channel"] == "web" and order["caller"]["phone"] == "138****0000"
    order = await web.do(dispatcher, order, "prepare", category="light", area_code="532801")
    order = await web.do(dispatcher, order, "dispatch", lead=web.house.units["州建设局"])
    order = await web.do(await web.as_("unit_receiver", unit="州建设局"), order, "sign")
    seen = (await look(web, made)).json()
    assert seen["sentence"] == "示范州建设局正在办理您的诉求。"
    body = {"code": made["query_code"], "text": "第三盏也不亮了"}
    added = await web.http.post(f"{PATH}/{number}/supplement", json=body)
    assert added.status_code == 200 and added.json()["steps"][-1]["what"] == "您补充了情况"
    handler = await web.as_("unit_handler", unit="州建设局")
    order = (await handler.get(f"/api/v1/orders/{number}")).json()
    order = await web.do(handler, order, "progress", text="已联系，电话13811112222", contacted=True)
    order = await web.do(handler, order, "reply", text="已修复，联系人王师傅13811112222。", legal_basis="示范条例")
    seen = await look(web, made)
    assert seen.json()["stage"] == "reviewing" and seen.json()["reply"] is None and "已修复" not in seen.text
    assert "13811112222" not in seen.text
    await web.do(await web.as_("shift_lead"), order, "approve_reply", reason="属实")
    seen = (await look(web, made)).json()
    assert seen["reply"]["text"] == "已修复，联系人王师傅13811112222。" and seen["may"] == ["rating"]
    body = {"code": made["query_code"], "service": 5, "handling": 5, "solved": True}
    rated = await web.http.post(f"{PATH}/{number}/rating", json=body)
    assert rated.status_code == 200 and rated.json()["stage"] == "ended"
    again = await web.http.post(f"{PATH}/{number}/rating", json=body)
    assert again.status_code == 409


async def test_a_matter_comes_to_the_nearest_desk_around_its_area(web: Web) -> None:
    """XS 三(一): each county has a desk; ZJ 二(二)3: the city takes everything in, and a remote county its own."""
    places = {place: web.house.places[place][0] for place in ("州", "甲县", "乙县")}

    async def comes_to(area: str | None) -> tuple[int, str]:
        made = await submit(web, area_code=area) if area else await submit(web)
        assert (await look(web, made)).json()["stage"] == "accepted"
        order = (await (await web.as_("dispatcher")).get(f"/api/v1/orders/{made['number']}")).json()
        return order["jurisdiction"], order["profile"]

    for area, place in (("532801", "甲县"), ("532801100", "甲县"), ("532822", "乙县"), ("532800", "州"), (None, "州")):
        assert (await comes_to(area))[0] == places[place], area
    manager = await web.as_("manager")
    central = "answering: {levels: [city], may: [county], basis: {design: 统一接听}}\n"
    own = "answering: {levels: [city, county], may: [], basis: {design: 偏远，自行接听}}\n"
    for place, text in (("州", central), ("甲县", own)):
        url = f"/api/v1/jurisdictions/{places[place]}/layer"
        put = await manager.put(url, json={"files": {"place.yaml": text}, "reason": "演示"})
        assert put.status_code == 200, put.text
    where, rules = await comes_to("532801100")
    assert where == places["甲县"] and rules.endswith("+532801@1"), "under the county's own rules"
    assert (await comes_to("532822"))[0] == places["州"]
    neighbour = await web.as_("dispatcher", place="乙县")
    assert [one["area_code"] for one in (await neighbour.get("/api/v1/orders")).json()["items"]] == ["532822"]


async def test_the_desk_says_what_a_citizen_cannot(web: Web) -> None:
    """XS 六(四): whether it is an enforcement case, and how urgent it is; both stand in the order and its history."""
    made = await submit(web)
    dispatcher = await web.as_("dispatcher")
    path = f"/api/v1/orders/{made['number']}"
    order = (await dispatcher.get(path)).json()
    before = {duty["kind"]: duty["due_at"] for duty in order["duties"]}
    await web.do(
        dispatcher, order, "prepare", category="light", area_code="532801", legal_process=True, urgency="urgent"
    )
    after = (await dispatcher.get(path)).json()
    assert (after["legal_process"], after["urgency"], after["kind"]) == (True, "urgent", "help")
    due = {duty["kind"]: duty["due_at"] for duty in after["duties"]}
    assert due["dispatch"] < before["dispatch"] and due["overall"] == before["overall"]
    last = (await dispatcher.get(f"{path}/events")).json()["items"][-1]
    assert last["facts"]["legal_process"] is True and last["facts"]["urgency"] == "urgent"


async def test_a_submission_sent_twice_is_one(web: Web) -> None:
    key = uuid4().hex
    assert await submit(web, key) == await submit(web, key)
    other = await web.http.post(PATH, json=APPEAL | {"title": "别的"}, headers={"idempotency-key": key})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    for headers in ({}, {"idempotency-key": "short"}):
        assert (await web.http.post(PATH, json=APPEAL, headers=headers)).status_code == 400


async def test_a_step_sent_twice_is_one(web: Web) -> None:
    made = await submit(web)
    body, headers = {"code": made["query_code"], "text": "补充"}, {"idempotency-key": "s1"}
    for _ in range(2):
        answer = await web.http.post(f"{PATH}/{made['number']}/supplement", json=body, headers=headers)
        assert answer.status_code == 200
    assert [step["what"] for step in answer.json()["steps"]].count("您补充了情况") == 1


async def test_who_has_rated_is_thanked_and_not_asked_again(web: Web) -> None:
    made, agent = await submit(web), await web.as_("agent")
    order = (await agent.get(f"/api/v1/orders/{made['number']}")).json()
    await web.do(agent, order, "answer", text="请到窗口办理", expert="示范专家", reason="当场可答")
    assert "欢迎评价" in (await look(web, made)).json()["sentence"]
    body = {"code": made["query_code"], "service": 5, "handling": 5, "solved": True}
    assert (await web.http.post(f"{PATH}/{made['number']}/rating", json=body)).status_code == 200
    seen = (await look(web, made)).json()
    assert seen["may"] == [] and "感谢您的评价" in seen["sentence"] and "欢迎评价" not in seen["sentence"]


async def test_the_code_of_a_step_may_stand_in_the_address(web: Web) -> None:
    made = await submit(web)
    path = f"{PATH}/{made['number']}/urge"
    pressed = await web.http.post(path, params={"code": made["query_code"]}, json={})
    assert pressed.status_code == 200 and pressed.json()["steps"][-1]["what"] == "您催办了一次"
    without = await web.http.post(path, json={})
    assert without.status_code == 422 and without.json()["field"] == "code"


async def test_a_wrong_code_is_answered_like_an_unknown_number(web: Web) -> None:
    made = await submit(web)
    wrong = await look(web, made, "AAAAAAAAAA")
    unknown = await web.http.get(f"{PATH}/20210928532800999999X", params={"code": made["query_code"]})
    nonsense = await web.http.get(f"{PATH}/1", params={"code": made["query_code"]})
    strip = [{k: v for k, v in answer.json().items() if k != "instance"} for answer in (wrong, unknown, nonsense)]
    assert wrong.status_code == 404 and strip[0] == strip[1] == strip[2]


async def test_guessing_is_stopped_for_the_order_and_for_the_address(web: Web) -> None:
    made, other = await submit(web), await submit(web)
    statuses = [(await look(web, made, "AAAAAAAAAA")).status_code for _ in range(40)]
    assert statuses[0] == 404 and statuses[-1] == 429
    stopped = await look(web, made)
    assert stopped.status_code == 429 and int(stopped.headers["retry-after"]) <= 3600
    # The same address is stopped for another order too; another address is not, but the order stays closed.
    assert (await look(web, other)).status_code == 429
    elsewhere = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=web.app, client=("198.51.100.9", 1)), base_url="http://yihao.test"
    )
    get = {"params": {"code": other["query_code"]}}
    assert (await elsewhere.get(f"{PATH}/{other['number']}", **get)).status_code == 200
    closed = await elsewhere.get(f"{PATH}/{made['number']}", params={"code": made["query_code"]})
    assert closed.status_code == 429
    web.house.clock.advance_to(web.house.clock() + timedelta(minutes=61))
    assert (await look(web, made)).status_code == 200


async def test_withdrawing_asks_for_code_and_phone(web: Web) -> None:
    made = await submit(web)
    body = {"code": made["query_code"], "phone": "13900000000", "reason": "已自行解决"}
    refused = await web.http.post(f"{PATH}/{made['number']}/withdraw", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "phone_differs")
    body["phone"] = "+86 138 0000 0000"
    done = await web.http.post(f"{PATH}/{made['number']}/withdraw", json=body)
    assert done.status_code == 200 and done.json()["sentence"] == "您已撤回诉求。"


async def test_a_reporter_can_look_but_is_nowhere_in_it(web: Web) -> None:
    made = await submit(web, kind="report", content="举报演示单位。")
    seen = await look(web, made)
    assert seen.status_code == 200 and "演示乙" not in seen.text
    order = await (await web.as_("dispatcher")).get(f"/api/v1/orders/{made['number']}")
    assert order.json()["caller"] == {"protected": True}


async def test_submitting_without_end_is_stopped(web: Web) -> None:
    for _ in range(30):
        await submit(web)
    answer = await web.http.post(PATH, json=APPEAL, headers={"idempotency-key": uuid4().hex})
    assert answer.status_code == 429


async def test_unknown_and_staff_fields_are_refused(web: Web) -> None:
    for field, value in (("urgency", "critical"), ("secrecy", "public"), ("accused_unit", 1), ("in_petition", False)):
        answer = await web.http.post(PATH, json=APPEAL | {field: value}, headers={"idempotency-key": uuid4().hex})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
