"""The plain screens: signing in, the list, one order, its verbs as forms, and what happens when something is wrong."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from test_order_attachments import PICTURE

from conftest import House
from web import LAMP, PASSWORD, Web, web_of


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


def hidden(text: str, name: str, near: str = "") -> str:
    """The value of a hidden field, the first after ``near``."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text[text.index(near) if near else 0 :])
    assert found, name
    return found[1]


async def browser(web: Web, *roles: str, **more: str) -> httpx.AsyncClient:
    """A signed-in browser of that role."""
    name = await web.account(*roles, **more)
    client = web.client(follow_redirects=True)
    form = await client.get("/sign-in")
    sent = {"_form": hidden(form.text, "_form"), "username": name, "password": PASSWORD, "otp": web.code(name) or ""}
    answer = await client.post("/sign-in", data=sent)
    assert answer.status_code == 200 and "退出登录" in answer.text, answer.text
    return client


FIELDS = {
    "channel": "phone",
    "kind": "help",
    "domain": "service",
    "urgency": "normal",
    "title": "路灯不亮",
    "content": "演示路路灯不亮",
    "caller.kind": "person",
    "caller.name": "演示甲",
    "caller.phone": "13800000000",
    "secrecy": "internal",
}


async def register(client: httpx.AsyncClient, **more: str) -> httpx.Response:
    form = await client.get("/orders/new")
    sent = {"_csrf": hidden(form.text, "_csrf"), "_key": hidden(form.text, "_key"), **FIELDS, **more}
    return await client.post("/orders/new", data=sent)


async def test_front_page(web: Web) -> None:
    answer = await web.http.get("/")
    assert answer.status_code == 200 and answer.text.startswith("<!DOCTYPE html>")
    assert "<html" in answer.text and "/console/" in answer.text
    assert "西双版纳" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    style = await web.http.get("/static/style.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"


async def test_a_new_name_in_one_field_is_on_every_page(web: Web) -> None:
    """QY 二(一)2: the hotline is renamed, and no page says the old name any longer."""
    lead = await browser(web, "shift_lead")
    order = await web.register()
    pages = ("/", "/sign-in", "/orders", "/orders/new", "/orders/work", f"/orders/{order['number']}")
    old = "西双版纳州12345政务服务便民热线"
    for path in pages:
        assert old in (await lead.get(path)).text, path
    named = {"place.yaml": "hotline_name: {value: 示范新名热线, basis: {design: 演示更名}}\n"}
    layer = f"/api/v1/jurisdictions/{web.house.places['州'][0]}/layer"
    put = await (await web.as_("manager")).put(layer, json={"files": named, "reason": "演示更名"})
    assert put.status_code == 200, put.text
    for path in pages:
        text = (await lead.get(path)).text
        assert "示范新名热线" in text and old not in text, path


async def test_an_order_names_the_body_that_manages_its_hotline(web: Web) -> None:
    """SX 二(二)5: each level's own; an order of a county names the county's."""
    manager = await web.as_("manager")
    for place, unit in (("州", "州办"), ("甲县", "甲县办")):
        number, _ = web.house.places[place]
        if unit not in web.house.units:
            made = await manager.post(
                "/api/v1/units", json={"jurisdiction_id": number, "name": f"示范{unit}", "kind": "managing_body"}
            )
            assert made.status_code == 201, made.text
            web.house.units[unit] = made.json()["id"]
        nodes = {one["id"]: one for one in (await manager.get("/api/v1/jurisdictions")).json()["items"]}
        kept = ("parent_id", "area_code", "name", "level", "profile")
        body = {name: nodes[number][name] for name in kept} | {"managing_unit_id": web.house.units[unit]}
        put = await manager.put(f"/api/v1/jurisdictions/{number}", json=body)
        assert put.status_code == 200, put.text
        made = await (await web.as_("agent", place=place)).post("/api/v1/orders", json=LAMP | {"channel": "visit"})
        assert made.json()["managing_unit"] == web.house.units[unit], made.text
        page = await (await browser(web, "shift_lead")).get(f"/orders/{made.json()['number']}")
        assert f"<dt>管理机构</dt><dd>示范{unit}</dd>" in page.text


async def test_everything_but_the_front_page_asks_to_sign_in(web: Web) -> None:
    for path in ("/orders", "/orders/new", "/orders/20210928532800000001X", "/outbox", "/password"):
        answer = await web.http.get(path)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"), path


async def test_a_wrong_password_keeps_the_name(web: Web) -> None:
    form = await web.http.get("/sign-in")
    sent = {"_form": hidden(form.text, "_form"), "username": "demo.nobody", "password": "wrong wrong wrong"}
    answer = await web.http.post("/sign-in", data=sent)
    assert answer.status_code == 401 and 'value="demo.nobody"' in answer.text and "不正确" in answer.text
    assert "wrong wrong wrong" not in answer.text


async def test_signing_in_leads_nowhere_else(web: Web) -> None:
    name = await web.account("agent")
    for evil in ("https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"):
        client = web.client()
        form = await client.get("/sign-in", params={"next": evil})
        sent = {"_form": hidden(form.text, "_form"), "username": name, "password": PASSWORD, "next": evil}
        answer = await client.post("/sign-in", data=sent)
        assert answer.headers["location"] == "/orders"


async def test_from_registering_to_dispatch(web: Web) -> None:
    agent = await browser(web, "agent", "dispatcher")
    made = await register(agent)
    assert made.status_code == 200 and "查询码" in made.text
    number = re.search(r"[0-9]{20}[0-9X]", made.text)[0]
    assert "138****0000" in made.text and "13800000000" not in made.text
    listed = await agent.get("/orders")
    assert number in listed.text and "路灯不亮" in listed.text
    page = await agent.get(f"/orders/{number}")
    assert 'id="prepare"' in page.text and "路灯（light）" in page.text
    sent = {
        "_csrf": hidden(page.text, "_csrf"),
        "_version": hidden(page.text, "_version"),
        "category": "light",
        "area_code": "532801",
    }
    done = await agent.post(f"/orders/{number}/verbs/prepare", data=sent)
    assert done.status_code == 200 and "待派单" in done.text and "“转派准备”已完成" in done.text
    # The same page sent once more: somebody was quicker. What was typed is kept.
    stale = await agent.post(f"/orders/{number}/verbs/prepare", data=sent)
    assert stale.status_code == 409 and "已被他人更新" in stale.text


async def test_a_wrong_field_is_shown_where_it_is(web: Web) -> None:
    agent = await browser(web, "agent")
    answer = await register(agent, **{"caller.phone": "12", "title": "井盖<b>缺失"})
    assert answer.status_code == 422 and "电话号码有误" in answer.text
    assert 'value="井盖&lt;b&gt;缺失"' in answer.text or "井盖&lt;b&gt;缺失" in answer.text
    assert 'id="new-caller-phone-error"' in answer.text


async def test_a_mistyped_address_is_a_page_for_a_person(web: Web) -> None:
    asked = await web.http.get("/nowhere", headers={"accept": "text/html,*/*;q=0.8"})
    assert asked.status_code == 404 and asked.headers["content-type"] == "text/html; charset=utf-8"
    assert "没有这个地址" in asked.text
    program = await web.http.get("/api/v1/nowhere", headers={"accept": "text/html"})
    assert program.headers["content-type"].startswith("application/problem+json")
    assert (await web.http.get("/static/icon.svg")).headers["content-type"] == "image/svg+xml"


async def test_a_form_gone_back_to_and_changed_is_another_matter(web: Web) -> None:
    agent = await browser(web, "agent")
    form = await agent.get("/orders/new")
    sent = {"_csrf": hidden(form.text, "_csrf"), "_key": hidden(form.text, "_key"), **FIELDS}
    assert "已登记" in (await agent.post("/orders/new", data=sent)).text
    told = await agent.post("/orders/new", data=sent | {"title": "井盖缺失"})
    assert told.status_code == 409 and "此前已登记成功" in told.text and "井盖缺失" in told.text
    made = await agent.post("/orders/new", data=sent | {"title": "井盖缺失", "_key": hidden(told.text, "_key")})
    assert made.status_code == 200 and "已登记" in made.text


async def test_an_error_speaks_of_the_field_by_its_label(web: Web) -> None:
    told = await register(await browser(web, "agent"), title="")
    assert told.status_code == 422 and "“标题”为必填项" in told.text and "“title”" not in told.text


async def test_without_the_csrf_token_nothing_happens(web: Web) -> None:
    agent = await browser(web, "agent")
    answer = await agent.post("/orders/new", data=FIELDS)
    assert answer.status_code == 403 and "页面已过期" in answer.text
    assert "没有符合条件的工单" in (await agent.get("/orders")).text


async def test_reveal_asks_for_a_reason_and_shows_once(web: Web) -> None:
    agent = await browser(web, "agent")
    number = re.search(r"[0-9]{20}[0-9X]", (await register(agent)).text)[0]
    page = await agent.get(f"/orders/{number}")
    csrf = hidden(page.text, "_csrf")
    refused = await agent.post(f"/orders/{number}/reveal", data={"_csrf": csrf, "fields": "phone", "reason": ""})
    assert refused.status_code == 422 and "13800000000" not in refused.text
    sent = {"_csrf": csrf, "fields": ["phone", "name"], "reason": "回拨核实"}
    shown = await agent.post(f"/orders/{number}/reveal", data=sent)
    assert "+8613800000000" in shown.text and "演示甲" in shown.text
    assert "+8613800000000" not in (await agent.get(f"/orders/{number}")).text


async def test_the_outbox_is_for_those_who_keep_it(web: Web) -> None:
    admin = await browser(web, "admin")
    assert "外发消息" in (await admin.get("/outbox")).text
    assert (await admin.get("/orders")).status_code == 403
    agent = await browser(web, "agent")
    assert (await agent.get("/outbox")).status_code == 403


async def test_signing_out_ends_the_session(web: Web) -> None:
    agent = await browser(web, "agent")
    page = await agent.get("/orders")
    await agent.post("/sign-out", data={"_csrf": hidden(page.text, "_csrf")})
    assert str((await agent.get("/orders")).url).endswith("/sign-in")


async def entered(web: Web, name: str, password: str = PASSWORD) -> httpx.AsyncClient:
    client = web.client(follow_redirects=True)
    form = await client.get("/sign-in")
    await client.post("/sign-in", data={"_form": hidden(form.text, "_form"), "username": name, "password": password})
    return client


async def test_a_first_password_is_changed_before_anything_else(web: Web, owner: asyncpg.Connection) -> None:
    name = await web.account("agent")
    await owner.execute("UPDATE credential SET must_change = true WHERE account_id = $1", web.accounts[name])
    agent = await entered(web, name)
    page = await agent.get("/orders")
    assert str(page.url).endswith("/password") and "初始密码" in page.text
    sent = {
        "_csrf": hidden(page.text, "_csrf"),
        "old": PASSWORD,
        "new": "青山绿水-2022-demo",
    }
    differs = await agent.post("/password", data=sent | {"again": "青山绿水-2023-demo"})
    assert differs.status_code == 422 and "不一致" in differs.text
    done = await agent.post("/password", data=sent | {"again": sent["new"]})
    assert done.status_code == 200 and str(done.url).endswith("/orders")
    assert (await agent.get("/orders")).status_code == 200
    assert "退出登录" in (await (await entered(web, name, sent["new"])).get("/orders")).text


async def test_a_privileged_person_enrols_a_second_factor(web: Web, owner: asyncpg.Connection) -> None:
    name = await web.account("manager")
    await owner.execute("UPDATE credential SET totp_sealed = NULL, totp_confirmed = false, totp_step = NULL")
    manager = await entered(web, name)
    page = await manager.get("/orders")
    assert str(page.url).endswith("/second-factor")
    sent = {"_csrf": hidden(page.text, "_csrf")}
    made = await manager.post("/second-factor", data=sent | {"step": "enrol"})
    web.secrets[name] = re.search(r"<code>([A-Z2-7]+)</code>", made.text)[1]
    wrong = await manager.post("/second-factor", data=sent | {"step": "confirm", "otp": "000000"})
    assert wrong.status_code == 422 and "动态口令不正确" in wrong.text
    done = await manager.post("/second-factor", data=sent | {"step": "confirm", "otp": web.code(name)})
    assert str(done.url).endswith("/sign-in")
    form = await manager.get("/sign-in")
    sent = {"_form": hidden(form.text, "_form"), "username": name, "password": PASSWORD, "otp": web.code(name)}
    assert "退出登录" in (await manager.post("/sign-in", data=sent)).text


async def test_a_wrong_filter_is_said_and_left_out(web: Web) -> None:
    agent = await browser(web, "agent")
    await register(agent)
    for query in ("unit=x", "after=x%00", "q=！？", "limit=9999"):
        page = await agent.get(f"/orders?{query}")
        assert page.status_code == 200 and "路灯不亮" in page.text, query


async def with_files(client: httpx.AsyncClient, files: list[bytes], **more: Any) -> httpx.Response:
    """The form for registering, sent with files."""
    form = await client.get("/orders/new")
    assert 'enctype="multipart/form-data"' in form.text and 'type="file"' in form.text
    sent = {"_csrf": hidden(form.text, "_csrf"), "_key": hidden(form.text, "_key"), **FIELDS, **more}
    return await client.post(
        "/orders/new", data=sent, files=[("_files", (f"{n}.png", one)) for n, one in enumerate(files)]
    )


async def test_files_come_with_the_form(web: Web, owner: asyncpg.Connection) -> None:
    agent = await browser(web, "agent")
    made = await with_files(agent, [PICTURE, PICTURE + b"\0"])
    assert made.status_code == 200 and "已登记" in made.text, made.text
    links = re.findall(r'href="(/api/v1/attachments/[0-9a-f]{32})"', made.text)
    assert len(links) == 2 and "0.png" in made.text and "1.png" in made.text
    got = await agent.get(links[0])
    assert got.content in (PICTURE, PICTURE + b"\0") and got.headers["content-disposition"].startswith("attachment")
    assert await owner.fetchval("SELECT count(*) FROM attachment WHERE number IS NULL") == 0
    # No file chosen: a browser sends an empty part.
    assert "已登记" in (await with_files(agent, [])).text


async def test_a_mistake_elsewhere_costs_no_second_upload(web: Web, owner: asyncpg.Connection) -> None:
    agent = await browser(web, "agent")
    wrong = await with_files(agent, [PICTURE], **{"caller.phone": "12"})
    assert wrong.status_code == 422 and "0.png（已上传）" in wrong.text
    kept = re.search(r'name="attachments" value="([0-9a-f]{32})" checked', wrong.text)[1]
    sent = {"_csrf": hidden(wrong.text, "_csrf"), "_key": hidden(wrong.text, "_key"), **FIELDS, "attachments": kept}
    made = await agent.post("/orders/new", data=sent, files=[("_files", ("0.png", PICTURE))])  # chosen once more
    assert "已登记" in made.text, made.text
    rows = await owner.fetch("SELECT id, number FROM attachment")
    assert [row["id"] for row in rows] == [kept] and rows[0]["number"]
    again = await agent.post("/orders/new", data=sent, files=[("_files", ("0.png", PICTURE))])  # a second click
    assert again.status_code == 200 and rows[0]["number"] in again.text
    assert await owner.fetchval("SELECT count(*) FROM work_order") == 1


async def test_a_bad_file_is_said_where_it_is_and_the_good_one_kept(web: Web, owner: asyncpg.Connection) -> None:
    agent = await browser(web, "agent")
    wrong = await with_files(agent, [PICTURE, b"<script>"], title="井盖缺失")
    assert wrong.status_code == 415 and "不支持这种文件" in wrong.text and "井盖缺失" in wrong.text
    assert 'id="new-attachments-error"' in wrong.text and "0.png（已上传）" in wrong.text
    assert await owner.fetchval("SELECT count(*) FROM work_order") == 0
    large = await with_files(agent, [PICTURE + bytes(33 * 1024 * 1024)])
    assert large.status_code == 413


async def test_files_with_a_reply_and_none_without_the_csrf_token(web: Web, owner: asyncpg.Connection) -> None:
    order = await web.to_unit()
    handler = await browser(web, "unit_handler", unit="州建设局")
    path = f"/orders/{order['number']}"
    page = await handler.get(path)
    form = page.text[page.text.index('id="reply"') :]
    assert 'enctype="multipart/form-data"' in form[: form.index("</form>")]
    sent = {
        "_csrf": hidden(page.text, "_csrf"),
        "_version": hidden(page.text, "_version"),
        "_key": hidden(page.text, "_key", 'id="reply"'),
        "text": "已修复。",
        "legal_basis": "示范条例",
    }
    files = [("_files", ("修复.png", PICTURE))]
    refused = await handler.post(f"{path}/verbs/reply", data=sent | {"_csrf": "x"}, files=files)
    assert refused.status_code == 403 and await owner.fetchval("SELECT count(*) FROM attachment") == 0
    done = await handler.post(f"{path}/verbs/reply", data=sent, files=files)
    assert done.status_code == 200 and "修复.png" in done.text, done.text
    assert await owner.fetchval("SELECT number FROM attachment") == order["number"]


async def test_a_broken_form_is_no_fault_of_ours(web: Web) -> None:
    agent = await browser(web, "agent")
    cut = "multipart/form-data; boundary=cut"
    for body, kind in (
        (b'--cut\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xff\xfe\r\n--cut--\r\n', cut),
        (b'--cut\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: a/b; charset=x\r\n\r\na\r\n--cut--', cut),
        (b"--cut\r\nno", cut),
        (b"--cut--\r\n", "multipart/form-data"),
    ):
        for path in ("/orders/new", "/sign-in"):
            answer = await agent.post(path, content=body, headers={"content-type": kind})
            assert answer.status_code in (400, 403), (path, body, answer.text)
