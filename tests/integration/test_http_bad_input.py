"""What is sent wrongly gets a clear answer: what, where, what to do; and nothing is half-written."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from conftest import House
from web import LAMP, Web, web_of


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


def is_problem(answer: httpx.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The answer is a problem of that kind, whole."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    body = answer.json()
    assert (answer.status_code, body["code"], body.get("field")) == (status, code, field), body
    assert body["status"] == status and body["title"] and body["detail"] and body["type"] == "about:blank"
    assert body["instance"] == f"urn:yihao:request:{answer.headers['x-request-id']}"
    return body


async def test_a_path_a_method_a_type_a_size(web: Web) -> None:
    agent = await web.as_("agent")
    is_problem(await agent.get("/api/v1/nothing"), 404, "no_such_path")
    wrong = await agent.delete("/api/v1/orders")
    is_problem(wrong, 405, "method_not_allowed")
    assert set(wrong.headers["allow"].split(", ")) >= {"GET", "POST"}
    form = await agent.post("/api/v1/orders", data={"title": "x"})
    is_problem(form, 415, "unsupported_media_type")
    huge = {**LAMP, "content": "长" * 600_000}
    is_problem(await agent.post("/api/v1/orders", json=huge), 413, "body_too_large")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    endless = await agent.post("/api/v1/orders", content=pieces(), headers={"content-type": "application/json"})
    is_problem(endless, 413, "body_too_large")


@pytest.mark.parametrize("raw", [b"{", b"", b"[]", b"null", b"\xff\xfe{}", b'{"title": "\xed\xa0\x80"}', b'{"a":1}x'])
async def test_a_body_that_is_none(web: Web, raw: bytes) -> None:
    agent = await web.as_("agent")
    answer = await agent.post("/api/v1/orders", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in ("malformed_body", "bad_field")


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"titel": "路灯"}, "titel", "不在接口说明之内"),
        ({"title": ""}, "title", "“标题”不能为空"),
        ({"title": " \n"}, "title", "“标题”不能只有空格"),
        ({"content": "　"}, "content", "“诉求内容”不能只有空格"),
        ({"title": 7}, "title", "应为文字"),
        ({"kind": "nonsense"}, "kind", "不在可选范围内"),
        ({"caller": {"phone": 13800000000}}, "caller.phone", "应为文字"),
        ({"caller": {"nam": "x"}}, "caller.nam", "不在接口说明之内"),
        ({"caller": {"phone": "12"}}, "caller.phone", "电话号码有误"),
        ({"caller": {"phone": "2123456"}}, "caller.phone", "电话号码有误"),
        ({"caller": {"id_number": "110101199003074510"}}, "caller.id_number", "身份证号码有误"),
        ({"caller": {"enterprise_code": "1"}}, "caller.enterprise_code", "统一社会信用代码有误"),
        ({"area_code": "53"}, "area_code", "格式不符"),
        ({"occurred_at": "2021-09-28T10:00:00"}, "occurred_at", "带时区"),
        ({"occurred_at": "0001-01-01T00:00:00+08:00"}, "occurred_at", "1900年以后"),
        ({"occurred_at": "9999-12-31T23:59:59-08:00"}, "occurred_at", "不晚于登记时间"),
        ({"attachments": ["x"] * 21}, "attachments", "“附件”至多20项"),
        ({"location": {"lon": 181, "lat": 0}}, "location.lon", "不得大于180"),
        ({"legal_process": "true"}, "legal_process", "true 或 false"),
        ({"accused_unit": 2**40}, "accused_unit", "不得大于"),
        ({"title": "路\x00灯"}, None, "空字符"),
    ],
)
async def test_a_wrong_field_is_named(web: Web, fields: dict[str, Any], field: str | None, says: str) -> None:
    agent = await web.as_("agent")
    answer = await agent.post("/api/v1/orders", json=LAMP | fields)
    assert answer.status_code == 422, answer.text
    assert answer.json().get("field") == field and says in answer.json()["detail"], answer.text
    english = await agent.post("/api/v1/orders", json=LAMP | fields, headers={"accept-language": "en"})
    assert english.json()["detail"].isascii() or "“" in english.json()["detail"]
    listed = await agent.get("/api/v1/orders")
    assert listed.json() == {"items": [], "next": None}


async def test_a_missing_field_is_named(web: Web) -> None:
    agent = await web.as_("agent")
    answer = await agent.post("/api/v1/orders", json={"channel": "phone", "kind": "help", "title": "x"})
    assert answer.json()["field"] == "content" and "必填" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("state=open", "state"),
        ("after=1", "after"),
        ("unit=99999999999", "unit"),
        ("overdue=maybe", "overdue"),
        ("from=yesterday", "from"),
        ("area=x", "area"),
    ],
)
async def test_a_wrong_parameter_is_named(web: Web, query: str, field: str) -> None:
    answer = await (await web.as_("agent")).get(f"/api/v1/orders?{query}")
    is_problem(answer, 400, "bad_parameter", field)


async def test_a_day_is_asked_for_as_a_day(web: Web) -> None:
    answer = await (await web.as_("manager")).get("/api/v1/indicators?from=x")
    assert "2026-01-05。" in is_problem(answer, 400, "bad_parameter", "from")["detail"]


async def test_where_a_body_breaks_off_is_said_in_words(web: Web) -> None:
    agent = await web.as_("agent")
    for raw, says in ((b'{"title":"x\xff"}', "第12个字节"), (b'{"title" 1}', "第10个字节"), (b'{"title":', "不完整")):
        answer = await agent.post("/api/v1/orders", content=raw, headers={"content-type": "application/json"})
        assert says in is_problem(answer, 400, "malformed_body")["detail"]


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ("en-GB,en;q=0.9", "Not found"),
        ("zh-CN,en;q=0.8", "未找到"),
        ("en;q=0.1,zh;q=0.9", "未找到"),
        ("de,en", "Not found"),
        ("en;q=0", "未找到"),
        (";;,en;q=x", "Not found"),
        ("fr", "未找到"),
    ],
)
async def test_the_language_that_weighs_more(web: Web, wanted: str, title: str) -> None:
    answer = await web.http.get("/api/v1/nothing", headers={"accept-language": wanted})
    assert is_problem(answer, 404, "no_such_path")["title"] == title


async def test_head_is_get_without_its_content(web: Web) -> None:
    for path in ("/healthz", "/", "/api/v1/nothing"):
        whole, head = await web.http.get(path), await web.http.head(path)
        assert head.status_code == whole.status_code and head.content == b""
        assert head.headers["content-type"] == whole.headers["content-type"]
    assert (await web.http.head("/api/v1/stream")).status_code == 405


async def test_a_form_without_a_file(web: Web) -> None:
    boundary = {"content-type": "multipart/form-data; boundary=b"}
    body = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n'
    answer = await (await web.as_("agent")).post("/api/v1/attachments", content=body, headers=boundary)
    is_problem(answer, 422, "no_file", "data")


async def test_versions(web: Web) -> None:
    order, dispatcher = await web.register(), await web.as_("dispatcher")
    path, body = f"/api/v1/orders/{order['number']}/verbs/prepare", {"category": "light", "area_code": "532801"}
    is_problem(await dispatcher.post(path, json=body), 428, "version_required", "If-Match")
    for wrong in ("x", '"1', "*", "-1", "99999999999999999999"):
        answer = await dispatcher.post(path, json=body, headers={"if-match": wrong})
        is_problem(answer, 422, "bad_version", "If-Match")
    is_problem(await dispatcher.post(path, json=body, headers={"if-match": '"2"'}), 409, "stale_version")
    done = await dispatcher.post(path, json=body, headers={"if-match": 'W/"1"', "idempotency-key": "v"})
    assert done.status_code == 200 and done.headers["etag"] == '"2"'
    again = await dispatcher.post(path, json=body, headers={"if-match": '"1"', "idempotency-key": "v"})
    assert again.status_code == 200 and again.json() == done.json()
    is_problem(await dispatcher.post(path, json=body, headers={"if-match": '"1"'}), 409, "stale_version")


async def test_a_key_of_another_order(web: Web) -> None:
    one, two, dispatcher = await web.register(), await web.register(), await web.as_("dispatcher")
    body = {"category": "light", "area_code": "532801"}
    for order, status in ((one, 200), (two, 422)):
        path = f"/api/v1/orders/{order['number']}/verbs/prepare"
        answer = await dispatcher.post(path, json=body, headers={"if-match": '"1"', "idempotency-key": "same"})
        assert answer.status_code == status, answer.text


async def test_who_may_and_from_where(web: Web) -> None:
    order = await web.register()
    path = f"/api/v1/orders/{order['number']}/verbs"
    qa = await web.as_("qa")
    wrong_role = await qa.post(
        f"{path}/prepare", json={"category": "light", "area_code": "532801"}, headers={"if-match": "1"}
    )
    is_problem(wrong_role, 403, "wrong_role")
    lead = await web.as_("shift_lead")
    wrong_state = await lead.post(f"{path}/approve_reply", json={"reason": "属实"}, headers={"if-match": "1"})
    assert "待审核" in is_problem(wrong_state, 409, "wrong_state")["detail"]
    is_problem(await lead.post(f"{path}/fly", json={}, headers={"if-match": "1"}), 404, "no_such_path")
    is_problem(await lead.post(f"{path}/breach", json={}, headers={"if-match": "1"}), 404, "no_such_path")
    admin = await web.as_("admin")
    is_problem(await admin.get("/api/v1/orders"), 403, "no_orders")
    is_problem(await admin.get(f"/api/v1/orders/{order['number']}"), 403, "no_orders")


async def test_a_wrong_number_and_one_out_of_scope(web: Web) -> None:
    order = await web.register()
    agent = await web.as_("agent")
    is_problem(await agent.get(f"/api/v1/orders/{order['number'][:-2]}00"), 422, "bad_number", "number")
    county = await web.as_("agent", place="乙县")
    is_problem(await county.get(f"/api/v1/orders/{order['number']}"), 404, "not_found", "number")
    bureau = await web.as_("unit_handler", unit="州建设局")
    is_problem(await bureau.get(f"/api/v1/orders/{order['number']}"), 404, "not_found", "number")


async def test_a_wrong_token(web: Web) -> None:
    for header in ("Bearer x", "Basic eDp5", "Bearer", "nonsense"):
        answer = await web.http.get("/api/v1/orders", headers={"authorization": header})
        is_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_state_secret_is_set_aside(web: Web, owner: Any) -> None:
    agent = await web.as_("agent")
    answer = await agent.post("/api/v1/orders", json=LAMP | {"content": "机密★20年 某事项"})
    is_problem(answer, 422, "state_secret")
    assert (await agent.get("/api/v1/orders")).json()["items"] == []
    kept = await owner.fetch("SELECT marks, sealed FROM quarantine")
    assert len(kept) == 1 and "某事项".encode() not in kept[0]["sealed"]


async def test_the_database_away(web: Web, server_dsn: str) -> None:
    import psycopg

    agent = await web.as_("agent")
    name = web.house.dsn.rpartition("/")[2].partition("?")[0]
    with psycopg.connect(server_dsn, autocommit=True) as root:
        root.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        root.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        answer = await agent.get("/api/v1/orders")
        ready = await web.http.get("/readyz")
        alive = await web.http.get("/healthz")
        root.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert answer.status_code == 503, answer.text
    assert ready.status_code == 503 and ready.json()["status"] == "unready"
    assert alive.status_code == 200
    assert (await agent.get("/api/v1/orders")).status_code == 200


async def test_what_nobody_foresaw_has_an_id_and_no_words_in_the_log(
    web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from yihao.orders import reading

    def broken(*_: object) -> None:
        raise ZeroDivisionError("演示甲 13800000000")

    order = await web.register()
    monkeypatch.setattr(reading, "read_order", broken)
    with caplog.at_level(logging.DEBUG):
        answer = await (await web.as_("agent")).get(f"/api/v1/orders/{order['number']}")
    body = is_problem(answer, 500, "internal")
    assert answer.headers["x-request-id"] in body["detail"]
    assert "ZeroDivisionError" in caplog.text and answer.headers["x-request-id"] in caplog.text
    assert "13800000000" not in caplog.text and "演示甲" not in caplog.text


async def test_no_personal_data_in_the_logs(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    """The whole journey, and every kind of refusal, with all logs at their loudest."""
    private = {"phone": "13955550001", "name": "欧阳演示", "address": "演示路188号3单元", "text": "紫色的水管"}
    caplog.set_level(logging.WARNING, logger="httpx")  # the test's own client, no part of the product
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="yihao"):
        caller = {"name": private["name"], "phone": private["phone"]}
        order = await web.to_unit(caller=caller, content=private["text"], address=private["address"])
        agent = await web.as_("agent")
        await agent.get("/api/v1/orders", params={"q": private["phone"]})
        await agent.get("/api/v1/orders", params={"q": private["text"]})
        await agent.post("/api/v1/orders", json=LAMP | {"caller": {"phone": private["phone"], "x": private["name"]}})
        raw = json.dumps({"title": private["text"]}, ensure_ascii=False).encode()[:-3]
        await agent.post("/api/v1/orders", content=raw, headers={"content-type": "application/json"})
        await agent.post(
            f"/api/v1/orders/{order['number']}/reveal", json={"fields": ["phone", "name"], "reason": "核实"}
        )
        await web.http.post("/api/v1/tokens", json={"username": private["phone"], "password": private["text"]})
        await agent.get(f"/api/v1/orders/{private['phone']}")
        await web.http.get(f"/sign-in?next=/{private['phone']}")
    assert "request=" in caplog.text
    for what, value in private.items():
        assert value not in caplog.text, what
