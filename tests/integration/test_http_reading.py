"""Lists, scope, searching, unmasking, related orders, the outbox: who sees what, and that it is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from conftest import House
from web import Web, web_of
from yihao.lines import jobs as lines
from yihao.orders.bigrams import vector_of
from yihao.orders.packing import unpacked
from yihao.store.db import Wall


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def numbers(client: httpx.AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"/api/v1/orders?{query}")
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.json()["items"]]


async def audited(owner: asyncpg.Connection, action: str) -> list[Any]:
    return await owner.fetch("SELECT * FROM audit WHERE action = $1 ORDER BY id", action)


async def test_pages_are_newest_first_and_leave_nothing_out(web: Web) -> None:
    made = [(await web.register(title=f"第{n}件"))["number"] for n in range(7)]
    agent = await web.as_("agent")
    seen: list[str] = []
    after = ""
    for _ in range(4):
        page = (await agent.get(f"/api/v1/orders?limit=2{after}")).json()
        seen += [one["number"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == sorted(made, reverse=True)


async def test_filters(web: Web, owner: asyncpg.Connection) -> None:
    lamp = await web.to_unit()
    ask = await web.register(kind="consult", channel="web", urgency="urgent", area_code="532801100")
    agent, unit = await web.as_("agent"), web.house.units["州建设局"]
    assert await numbers(agent, "state=signed") == [lamp["number"]]
    assert await numbers(agent, "kind=consult") == [ask["number"]]
    assert await numbers(agent, "channel=web&urgency=urgent") == [ask["number"]]
    assert await numbers(agent, f"unit={unit}") == [lamp["number"]]
    assert await numbers(agent, "category=light") == [lamp["number"]]
    assert await numbers(agent, "area=532801100") == [ask["number"]]
    assert await numbers(agent, "area=532800") == await numbers(agent)
    assert await numbers(agent, "line=12315") == []
    assert await numbers(agent, "from=2021-09-28T00:00:00%2B08:00&to=2021-09-29T00:00:00%2B08:00") == [
        ask["number"],
        lamp["number"],
    ]
    assert await numbers(agent, "from=2021-09-29T00:00:00%2B08:00") == []
    assert await numbers(agent, "overdue=true") == []
    web.house.clock.advance_to(web.house.clock() + timedelta(days=1))
    agent = await web.sign_in(await web.account("agent"))
    assert await numbers(agent, "overdue=true&state=received") == [ask["number"]]
    late = (await agent.get("/api/v1/orders?overdue=true&kind=consult")).json()["items"][0]
    assert late["overdue"] is True and late["next_due_at"] < web.house.clock().isoformat()


async def test_each_sees_the_own_part(web: Web) -> None:
    lamp, other = await web.to_unit(), await web.register()
    bureau, market = await web.as_("unit_handler", unit="州建设局"), await web.as_("unit_handler", unit="州市场局")
    assert await numbers(bureau) == [lamp["number"]] and await numbers(market) == []
    unit = web.house.units["州建设局"]
    assert await numbers(market, f"unit={unit}") == []
    assert await numbers(bureau, f"unit={unit}") == [lamp["number"]]
    county = await web.as_("agent", place="甲县")
    assert await numbers(county) == []
    assert await numbers(await web.as_("dispatcher")) == [other["number"], lamp["number"]]
    secret = await web.register(caller={"name": "演示丙", "phone": "13800000001", "confidential": True})
    assert secret["number"] not in await numbers(await web.as_("dispatcher"))
    assert secret["number"] in await numbers(await web.as_("dispatcher", cleared=True))


async def test_without_its_own_scope_the_statement_still_shows_nothing_foreign(web: Web) -> None:
    """Row security is the second wall: the plain table behind a unit's wall."""
    lamp = await web.to_unit()
    await web.register()
    wall = Wall(account=1, units=(web.house.units["州建设局"],))
    async with web.house.database.read(wall) as connection:
        rows = await connection.fetch("SELECT number FROM work_order")
    assert [row["number"] for row in rows] == [lamp["number"]]


async def test_searching_words_numbers_and_phones(web: Web, owner: asyncpg.Connection) -> None:
    lamp = await web.register()
    await web.register(title="井盖缺失", content="示范街井盖缺失", caller={"phone": "13900000000"})
    for row in await owner.fetch("SELECT number, redacted FROM order_private"):
        shown = unpacked(row["redacted"])
        await owner.execute(
            "INSERT INTO order_search VALUES ($1, $2::text::tsvector) "
            "ON CONFLICT (number) DO UPDATE SET words = excluded.words",
            row["number"],
            vector_of([shown["title"], shown["content"]]),
        )
    agent = await web.as_("agent")
    assert await numbers(agent, "q=路灯") == [lamp["number"]]
    assert await numbers(agent, "q=路灯井盖") == []
    assert await numbers(agent, f"q={lamp['number']}") == [lamp["number"]]
    for spelled in ("13800000000", "%2B86 138-0000-0000", "0086 13800000000"):
        assert await numbers(agent, f"q={spelled}") == [lamp["number"]], spelled
    assert await numbers(agent, "q=1380000") == []  # part of a phone number finds nothing
    assert await numbers(await web.as_("agent", place="乙县"), "q=路灯") == []
    assert [row["numbers"] for row in await audited(owner, "order.find_caller")] == [[lamp["number"]]] * 3
    rows = await owner.fetch("SELECT detail::text || purpose AS said FROM audit")
    assert not any("1380000" in row["said"] for row in rows)
    assert (await agent.get("/api/v1/orders?q=！？")).json()["code"] == "nothing_to_search"


async def test_every_reading_is_recorded(web: Web, owner: asyncpg.Connection) -> None:
    order, agent = await web.register(), await web.as_("agent")
    path = f"/api/v1/orders/{order['number']}"
    await agent.get(path)
    await agent.get(f"{path}/events")
    await agent.get(f"{path}/duties")
    await agent.get(f"{path}/related")
    await numbers(agent)
    for action in ("order.read", "order.history", "order.duties", "order.related", "order.list"):
        rows = await audited(owner, action)
        assert len(rows) == 1 and rows[0]["numbers"] == [order["number"]] and rows[0]["role"] == "agent", action


async def test_no_audit_no_answer(web: Web, owner: asyncpg.Connection) -> None:
    order, agent = await web.register(), await web.as_("agent")
    await owner.execute("REVOKE EXECUTE ON FUNCTION audit_write FROM yihao_app")
    for path in (f"/api/v1/orders/{order['number']}", "/api/v1/orders", f"/api/v1/orders/{order['number']}/events"):
        answer = await agent.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "audit_lost") and "路灯" not in answer.text


async def reveal(client: httpx.AsyncClient, order: dict[str, Any], *fields: str, **more: Any) -> httpx.Response:
    body = {"fields": fields, "reason": "回拨核实", **more}
    return await client.post(f"/api/v1/orders/{order['number']}/reveal", json=body)


async def test_a_seat_sees_its_own_for_a_day(web: Web, owner: asyncpg.Connection) -> None:
    order, agent = await web.register(), await web.as_("agent")
    shown = await reveal(agent, order, "phone", "name", "content", "id_number")
    assert shown.json()["rule"] == "own_24h"
    assert shown.json()["values"]["phone"] == "+8613800000000" and shown.json()["values"]["id_number"] is None
    rows = await audited(owner, "caller.unmask")
    assert rows[0]["purpose"] == "回拨核实" and rows[0]["numbers"] == [order["number"]]
    other = await web.sign_in(await web.account("agent"))
    assert (await reveal(other, order, "phone")).json()["code"] == "not_revealed"
    web.house.clock.advance_to(web.house.clock() + timedelta(hours=25))
    agent = await web.sign_in(next(name for name in web.accounts if "agent" in name))
    assert (await reveal(agent, order, "phone")).status_code == 403


async def test_a_unit_sees_after_signing(web: Web) -> None:
    order, dispatcher = await web.register(), await web.as_("dispatcher")
    order = await web.do(dispatcher, order, "prepare", category="light", area_code="532801")
    order = await web.do(dispatcher, order, "dispatch", lead=web.house.units["州建设局"])
    handler = await web.as_("unit_handler", unit="州建设局")
    assert (await reveal(handler, order, "phone")).status_code == 403
    await web.do(await web.as_("unit_receiver", unit="州建设局"), order, "sign")
    assert (await reveal(handler, order, "phone", "id_number")).json()["rule"] == "after_sign"
    assert (await reveal(await web.as_("unit_handler", unit="州市场局"), order, "phone")).status_code == 404


async def test_a_dispatcher_needs_a_reason_and_gets_nothing_sensitive(web: Web) -> None:
    order, dispatcher = await web.register(), await web.as_("dispatcher")
    assert (await reveal(dispatcher, order, "phone")).json()["rule"] == "reason"
    assert (await reveal(dispatcher, order, "id_number")).status_code == 403
    assert (await reveal(dispatcher, order, "phone", reason="")).status_code == 422
    assert (await reveal(await web.as_("supervisor"), order, "phone")).status_code == 403
    assert (await reveal(await web.as_("revisit_clerk"), order, "phone")).status_code == 403


async def test_a_reporter_is_opened_by_two_persons_once(web: Web, owner: asyncpg.Connection) -> None:
    order = await web.register(kind="report", content="举报演示单位。")
    assert order["caller"] == {"protected": True}
    assert (await reveal(await web.as_("agent"), order, "phone")).status_code == 403
    assert (await reveal(await web.as_("dispatcher"), order, "content")).status_code == 403
    manager = await web.as_("manager")
    assert (await reveal(manager, order, "phone")).json()["code"] == "second_person_required"
    asked = {"kind": "reporter_identity", "number": order["number"], "reason": "依法核实线索"}
    approval = (await manager.post("/api/v1/approvals", json=asked)).json()
    second = await web.sign_in(await web.account("manager"))
    assert (await second.post(f"/api/v1/approvals/{approval['id']}/approve")).status_code == 200
    shown = await reveal(manager, order, "phone", "name")
    assert shown.json() == {
        "number": order["number"],
        "rule": "reason_second",
        "values": {"phone": "+8613800000000", "name": "演示甲"},
    }
    assert (await reveal(manager, order, "phone")).status_code == 403
    assert len(await audited(owner, "caller.unmask")) == 1
    assert (await (await web.as_("agent")).get(f"/api/v1/orders/{order['number']}/related")).json()["items"] == []


async def test_related_orders_of_one_caller(web: Web) -> None:
    first, second = await web.register(), await web.register(title="又不亮了")
    await web.register(caller={"phone": "13900000000"})
    agent = await web.as_("agent")
    found = (await agent.get(f"/api/v1/orders/{second['number']}/related")).json()["items"]
    assert [one["number"] for one in found] == [first["number"]]


async def test_what_was_merged_into_an_order_is_listed_with_it(web: Web) -> None:
    first, second = await web.register(), await web.register(title="又不亮了")
    agent = await web.as_("agent")
    await web.do(agent, second, "merge", into=first["number"], relation="repeat")
    found = (await agent.get(f"/api/v1/orders/{first['number']}/merged")).json()["items"]
    assert [(one["number"], one["state"]) for one in found] == [(second["number"], "merged")]
    assert (await agent.get(f"/api/v1/orders/{second['number']}/merged")).json()["items"] == []
    stranger = await web.as_("unit_handler", unit="州市场局")
    assert (await stranger.get(f"/api/v1/orders/{first['number']}/merged")).status_code == 404


async def test_verbs_say_what_can_be_done_and_with_what(web: Web) -> None:
    order = await web.to_unit()
    handler = await web.as_("unit_handler", unit="州建设局")
    found = (await handler.get(f"/api/v1/orders/{order['number']}/verbs")).json()
    verbs = {one["verb"]: one for one in found["items"]}
    assert found["version"] == order["version"] and {"reply", "progress", "request_extension", "return"} <= set(verbs)
    reply = verbs["reply"]
    assert reply["label"] == "答复" and reply["due_at"] and reply["unit"] == web.house.units["州建设局"]
    assert reply["body"]["additionalProperties"] is False and "$ref" not in str(reply["body"])
    grounds = verbs["return"]["body"]["properties"]["ground"]["x-options"]
    assert {"value", "label", "label_en"} == set(grounds[0])
    assert verbs["return"]["body"]["properties"]["suggested_unit"]["x-from"] == "/api/v1/units"
    assert (await (await web.as_("qa")).get(f"/api/v1/orders/{order['number']}/verbs")).json()["items"] == []


async def test_a_form_fits_the_order(web: Web) -> None:
    """What the order settles is not asked for, and what is wanted of it is."""
    agent = await web.as_("agent")

    async def form(client: httpx.AsyncClient, order: dict[str, Any], verb: str) -> dict[str, Any]:
        found = (await client.get(f"/api/v1/orders/{order['number']}/verbs")).json()
        assert found["zone"] == "Asia/Shanghai"
        return next(one for one in found["items"] if one["verb"] == verb)["body"]

    consult, lamp = await web.register(kind="consult"), await web.register(category="light", area_code="532801")
    assert "reason" not in (await form(agent, consult, "answer"))["properties"]
    assert "reason" in (await form(agent, lamp, "answer"))["required"]
    ready = await form(agent, lamp, "prepare")
    assert ready["properties"]["category"]["default"] == "light"
    assert ready["properties"]["category"]["x-widget"] == "category"
    empty = await form(agent, consult, "prepare")
    assert "default" not in empty["properties"]["category"]
    dispatcher = await web.as_("dispatcher")
    unit, other = web.house.units["州建设局"], web.house.units["州市场局"]
    lamp = await web.do(dispatcher, lamp, "prepare", category="light", area_code="532801")
    lamp = await web.do(dispatcher, lamp, "dispatch", lead=unit, assists=[other])
    waive = await form(await web.as_("manager"), lamp, "waive_assist")
    assert waive["properties"]["unit"]["x-among"] == [other]
    related = (await form(dispatcher, consult, "merge"))["properties"]["into"]["x-from"]
    assert (await dispatcher.get(related)).status_code == 200


async def test_archiving_asks_for_what_is_missing_alone(web: Web) -> None:
    order = await web.register()
    agent, lead = await web.as_("agent"), await web.as_("shift_lead")
    order = await web.do(agent, order, "transfer", to="110", reason="紧急")
    found = (await lead.get(f"/api/v1/orders/{order['number']}/verbs")).json()["items"]
    form = next(one for one in found if one["verb"] == "archive")
    assert form["danger"] and form["body"]["required"] == ["acknowledgement"]
    assert list(form["body"]["properties"]) == ["acknowledgement"]


async def test_the_form_of_registering(web: Web) -> None:
    agent = await web.as_("agent")
    found = (await agent.get("/api/v1/forms/register")).json()
    fields = found["body"]["properties"]
    assert fields["title"]["title"] == "标题" and fields["title"]["x-title-en"] == "Title"
    assert fields["caller"]["properties"]["kind"]["x-options"][0]["label"] == "个人"
    assert "phone" in {one["value"] for one in fields["channel"]["x-options"]}
    assert (await agent.get("/api/v1/forms/reveal")).json()["body"]["properties"]["fields"]["x-widget"] == "choices"
    assert "accused_unit" in fields and fields["accused_unit"]["x-kinds"] == ["complaint", "report"]
    for verb in ("answer", "prepare", "refuse", "transfer"):
        assert (await agent.get(f"/api/v1/forms/{verb}")).json()["body"]["properties"], verb
    assert (await agent.get("/api/v1/forms/other")).status_code in {400, 404}
    assert (await (await web.as_("kb_editor")).get("/api/v1/forms/register")).status_code == 403


async def test_dead_letters_are_listed_and_tried_again(web: Web, owner: asyncpg.Connection) -> None:
    order = await web.to_unit()
    await owner.execute(
        "UPDATE outbox SET status = 'dead', attempts = 8, error = 'TimeoutError' WHERE topic LIKE 'notice.%'"
    )
    admin = await web.as_("admin")
    dead = (await admin.get("/api/v1/outbox")).json()["items"]
    assert dead and dead[0]["number"] == order["number"] and "路灯" not in str(dead)
    tried = await admin.post(f"/api/v1/outbox/{dead[0]['id']}/retry")
    assert tried.status_code == 200 and tried.json()["status"] == "pending" and tried.json()["attempts"] == 0
    again = await admin.post(f"/api/v1/outbox/{dead[0]['id']}/retry")
    assert (again.status_code, again.json()["code"]) == (409, "not_dead")
    assert (await admin.post("/api/v1/outbox/999999/retry")).status_code == 404
    assert (await (await web.as_("agent")).get("/api/v1/outbox")).status_code == 403
    county = await web.as_("manager", place="乙县")
    assert (await county.get("/api/v1/outbox")).json()["items"] == []
    assert (await county.post(f"/api/v1/outbox/{dead[0]['id']}/retry")).status_code == 404
    assert len(await audited(owner, "outbox.retry")) == 1


async def test_the_numbers_a_place_knows(web: Web) -> None:
    await lines.run_clock(web.house.database, web.house.desk.places, web.house.clock())
    items = {one["number"]: one for one in (await (await web.as_("agent")).get("/api/v1/lines")).json()["items"]}
    assert items["12345"]["role"] == "main" and items["110"]["role"] == "emergency"
    assert any(one["own_rules"] for one in items.values())


async def test_a_print_shows_what_the_reader_sees_and_is_recorded(web: Web, owner: asyncpg.Connection) -> None:
    order = await web.to_unit()
    handler, stranger = await web.as_("unit_handler", unit="州建设局"), await web.as_("unit_handler", unit="州市场局")
    order = await web.do(handler, order, "reply", text="已修复，联系电话13800000000。")
    printed = await handler.get(f"/api/v1/orders/{order['number']}/print")
    assert printed.status_code == 200
    sheet = printed.json()
    assert "13800000000" not in printed.text and sheet["order"]["caller"]["phone"] == "138****0000"
    assert [one["verb"] for one in sheet["events"]] == ["register", "prepare", "dispatch", "sign", "reply"]
    assert [one["verb"] for one in sheet["replies"]] == ["reply"] and sheet["attachments"] == []
    assert sheet["units"] == {str(web.house.units["州建设局"]): "示范州建设局"}
    assert "承办单位经办人" in sheet["watermark"] and "2021-09-28" in sheet["watermark"]
    recorded = await audited(owner, "order.print")
    assert [list(row["numbers"]) for row in recorded] == [[order["number"]]]
    assert (await stranger.get(f"/api/v1/orders/{order['number']}/print")).status_code == 404
    assert (await (await web.as_("auditor")).get(f"/api/v1/orders/{order['number']}/print")).status_code == 403
    assert len(await audited(owner, "order.print")) == 1
