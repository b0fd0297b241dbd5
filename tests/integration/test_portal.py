"""The citizens' pages without a browser: what they say in each place, and what bad input does to them."""

from __future__ import annotations

import asyncio
import html
import random
import re
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from test_order_attachments import PICTURE

from conftest import House
from web import Web, web_of
from yihao.errors import Unavailable
from yihao.knowledge import service as knowledge
from yihao.knowledge.model import ItemDraft
from yihao.orders.attachments import LARGEST
from yihao.orders.private import open_texts
from yihao.people.model import INTERNAL
from yihao.profile import load, names
from yihao.profile.model import Profile
from yihao.store.db import Wall
from yihao.units import service as units
from yihao.units.load import look_again, tree
from yihao.units.model import By, JurisdictionDraft, LayerDraft

OWN_SITE = "embed_only: {on: false, basis: {design: 演示自有网站}}\n"
FIELDS = {
    "kind": "help",
    "domain": "service",
    "title": "路灯不亮",
    "content": "演示路的路灯三天不亮。",
    "caller.name": "演示乙",
    "caller.phone": "13800000000",
}
GOV = "https://www.example.gov"


def by(house: House) -> By:
    return By(account=INTERNAL["setup"], role="setup", at=house.clock())


async def rules(house: House, files: Mapping[str, str], where: str = "州") -> None:
    """A layer of rules at a node."""
    async with house.database.write(Wall(account=INTERNAL["setup"])) as connection:
        edit = await units.edit(connection, by(house))
        await edit.put_layer(house.places[where][0], LayerDraft(files=dict(files), reason="演示"))
    look_again()


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    await rules(house, {"place.yaml": OWN_SITE})
    async with web_of(house, embed_origins=(GOV, "https://m.example.gov")) as made:
        yield made


def hidden(text: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return html.unescape(found[1])


def shown(text: str, css: str) -> str:
    """What stands in an element of that class."""
    found = re.search(rf'class="[^"]*\b{css}\b[^"]*">([^<]*)', text)
    assert found, css
    return html.unescape(found[1]).strip()


async def key_of(web: Web, path: str = "/appeal") -> str:
    answer = await web.http.get(path)
    assert answer.status_code == 200, answer.text
    return hidden(answer.text, "_key")


Sendable = Mapping[str, str | list[str]]


async def send(web: Web, fields: Sendable, path: str = "/appeal", **more: Any) -> httpx.Response:
    data = {"_key": await key_of(web), **fields} if "_key" not in fields else dict(fields)
    return await web.http.post(path, data=data, **more)


async def filed(web: Web, path: str = "/appeal", **more: str) -> tuple[str, str]:
    """A new matter; its number and code."""
    answer = await send(web, FIELDS | more, path)
    assert answer.status_code == 200 and "提交成功" in answer.text, answer.text
    return shown(answer.text, "number"), shown(answer.text, "code")


async def order_of(web: Web, number: str) -> dict[str, Any]:
    return (await (await web.as_("shift_lead")).get(f"/api/v1/orders/{number}")).json()


# every page


PAGES = [
    "/", "/places", "/places?in=532801", "/guide", "/enterprise", "/knowledge", "/knowledge?q=%00", "/query",
    "/appeal/where", "/appeal/where?in=532801&who=enterprise", "/appeal", "/appeal?area=532801100",
    "/appeal?who=enterprise", "/embed/appeal", "/embed/query", "/embed/knowledge", "/embed/appeal/where",
    "/appeal?area=%00", "/appeal?area=" + "9" * 400, "/knowledge?after=99999999999999999999",
    "/knowledge?after=" + "9" * 5000, "/?area=x",
    "/knowledge?q=" + "路" * 900, "/query?number=%00", "/places?in=-1",
]  # fmt: skip


async def test_every_page_stands(web: Web) -> None:
    for path in PAGES:
        answer = await web.http.get(path)
        assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8", path
        assert answer.text.startswith("<!DOCTYPE html>") and '<html lang="zh-CN"' in answer.text
        assert answer.text.count("<h1") == 1 and "西双版纳州12345政务服务便民热线" in answer.text, path
        assert "set-cookie" not in answer.headers
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy


async def test_what_is_not_there_is_a_page_too(web: Web) -> None:
    html_wanted = {"accept": "text/html"}
    for path in ("/nothing", "/knowledge/99", "/knowledge/0", "/knowledge/x", "/embed/nothing"):
        answer = await web.http.get(path, headers=html_wanted)
        assert answer.status_code in (400, 404) and "<h1>没有完成</h1>" in answer.text, path
    assert (await web.http.post("/query/dance", data={"number": "1", "code": "1"})).status_code == 404
    assert (await web.http.get("/nothing")).headers["content-type"] == "application/problem+json"


async def under(house: House, name: str) -> Profile:
    """The whole tree under that place's rules, with pages of its own."""
    async with house.database.write(Wall(account=INTERNAL["setup"])) as connection:
        edit = await units.edit(connection, by(house))
        draft = JurisdictionDraft(area_code="532800", name="示范州", level="city", profile=name)
        await edit.change_jurisdiction(house.places["州"][0], draft)
    await rules(house, {"place.yaml": OWN_SITE})
    return load(name)


@pytest.mark.parametrize("name", sorted(set(names()) - {"national"}))
async def test_each_place_speaks_with_its_own_names_and_limits(house: House, name: str) -> None:
    profile = await under(house, name)
    async with web_of(house) as web:
        front, guide = (await web.http.get("/")).text, (await web.http.get("/guide")).text
        for said in (profile.hotline_name, profile.managing_body, profile.place.number.value):
            assert said in front, said
        for number in profile.emergency_numbers:
            assert f'href="tel:{number}"' in front
        for refusal in profile.refusals:
            assert refusal.zh in guide and refusal.route in guide
        for rule in profile.kinds.values():
            assert f"{rule.base.days}个工作日内" in guide
        assert ("企业绿色通道" in (await web.http.get("/enterprise")).text) == profile.flow.enterprise.on
        form = (await web.http.get("/appeal")).text
        assert ("所属领域<span" in form) == (not profile.acceptance.domain_required.on)
        assert all(f'value="{one.code}"' in form for one in profile.domains)
        number, code = await filed(web)
        matter = await web.http.post("/query", data={"number": number, "code": code})
        assert "已受理" in matter.text and profile.hotline_name in matter.text
        dispatched = (await order_of(web, number))["channel"]
        assert dispatched == "web"


# filing


async def test_what_was_filed_is_what_the_desk_reads(web: Web, owner: asyncpg.Connection) -> None:
    answer = await send(
        web,
        FIELDS
        | {
            "area": ["532801", "532801100"],
            "address": "演示路3号",
            "location.lon": "100.797",
            "location.lat": "22.009",
            "occurred_at": "2021-09-27T20:30",
            "caller.confidential": "true",
        },
    )
    number, code = shown(answer.text, "number"), shown(answer.text, "code")
    assert "已受理" in (await web.http.post("/query", data={"number": number, "code": code})).text
    lead = await web.as_("dispatcher", cleared=True)
    order = (await lead.get(f"/api/v1/orders/{number}")).json()
    assert order["area_code"] == "532801100" and order["secrecy"] == "confidential" and order["channel"] == "web"
    assert order["jurisdiction"] == web.house.places["甲县"][0]
    sealed = await owner.fetchval("SELECT sealed FROM order_private WHERE number = $1 AND seq = 1", number)
    told, _ = open_texts(web.house.ring, number, 1, sealed)
    assert told["address"] == "演示路3号" and told["location"] == [1_007_970_000, 220_090_000]
    event = (await lead.get(f"/api/v1/orders/{number}/events")).json()["items"][0]
    assert event["facts"]["occurred_at"].startswith("2021-09-27T12:30")


async def test_a_phone_is_a_phone(web: Web) -> None:
    fields = {"_key": await key_of(web), **FIELDS}
    answer = await web.http.post("/appeal", data=fields, headers={"user-agent": "Demo Mobile Safari"})
    assert (await order_of(web, shown(answer.text, "number")))["channel"] == "mobile"


async def test_sent_twice_it_is_one_also_with_photographs(web: Web) -> None:
    fields = {"_key": await key_of(web), **FIELDS}
    first = await web.http.post("/appeal", data=fields, files={"_files": ("灯.png", PICTURE)})
    again = await web.http.post("/appeal", data=fields, files={"_files": ("灯.png", PICTURE)})
    assert shown(first.text, "number") == shown(again.text, "number")
    assert shown(first.text, "code") == shown(again.text, "code")
    other = await web.http.post("/appeal", data=fields | {"title": "另一件"})
    assert other.status_code == 422 and "已经提交成功过一次" in other.text
    key = hidden(other.text, "_key")
    assert key != fields["_key"]
    third = await web.http.post("/appeal", data=fields | {"title": "另一件", "_key": key})
    assert shown(third.text, "number") != shown(first.text, "number")


BAD: list[tuple[dict[str, str], str, str]] = [
    ({"kind": ""}, "kind", "请选择诉求类型"),
    ({"kind": "dance"}, "kind", "不在可选范围内"),
    ({"domain": ""}, "domain", "请选择所属领域"),
    ({"domain": "moon"}, "domain", "不在可选范围内"),
    ({"title": "  "}, "title", "请用一句话写明标题"),
    ({"title": "长" * 201}, "title", "最多200个字，现在有201个字"),
    ({"content": ""}, "content", "请写明诉求内容"),
    ({"content": "长" * 5001}, "content", "最多5000个字"),
    ({"content": "一\x00二"}, "content", "空字符"),
    ({"address": "长" * 501}, "address", "最多500个字"),
    ({"caller.phone": ""}, "caller-phone", "请填写联系电话"),
    ({"caller.phone": "12"}, "caller-phone", "电话号码有误"),
    ({"caller.name": "长" * 101}, "caller-name", "最多100个字"),
    ({"location.lon": "100"}, "location-lat", "请一起填写"),
    ({"location.lon": "x", "location.lat": "22"}, "location-lon", "应为数字"),
    ({"location.lon": "nan", "location.lat": "22"}, "location-lon", "经度"),
    ({"location.lon": "181", "location.lat": "22"}, "location-lon", "不得大于180"),
    ({"location.lon": "1e999", "location.lat": "22"}, "location-lon", "经度"),
    ({"occurred_at": "yesterday"}, "occurred_at", "应为带时区的时间"),
    ({"occurred_at": "2099-01-01T00:00"}, "occurred_at", "不晚于登记时间"),
    ({"occurred_at": "0001-01-01T00:00"}, "occurred_at", "1900年以后"),
]


async def test_a_refused_form_comes_back_whole(web: Web) -> None:
    for wrong, field, said in BAD:
        typed = FIELDS | wrong
        answer = await send(web, typed | {"caller.anonymous": "true", "area": "532801"})
        assert answer.status_code == 422, (wrong, answer.text)
        assert f'href="#{field}"' in answer.text and f'id="{field}-fault"' in answer.text, wrong
        assert said in answer.text, wrong
        for name in ("title", "address", "caller.name", "caller.phone", "location.lon"):
            if typed.get(name, "").strip():
                assert f'value="{html.escape(typed[name].strip())}"' in answer.text, wrong
        assert 'value="532801" selected' in answer.text
        assert re.search(r'name="caller.anonymous" value="true" checked', answer.text)
        assert typed["content"] in html.unescape(answer.text), wrong


async def test_every_mistake_is_told_at_once(web: Web) -> None:
    answer = await send(web, {"caller.phone": "x"})
    for field in ("kind", "domain", "title", "content", "caller-phone"):
        assert f'href="#{field}"' in answer.text, field
    assert "请更正 5 处" in answer.text


NO_FORMS = [
    (b"", "multipart/form-data; boundary=x"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"--x\r\n", "multipart/form-data"),
    (b"title=%ff", "application/x-www-form-urlencoded"),
    ("title=灯".encode(), "application/x-www-form-urlencoded"),
    (b"a=1&" * 400, "application/x-www-form-urlencoded"),
    (b"a=" + b"b" * 300_000, "application/x-www-form-urlencoded"),
    (b"{}", "application/json"),
]


async def test_a_form_that_is_none(web: Web) -> None:
    for path in ("/appeal", "/query", "/query/supplement", "/embed/appeal", "/knowledge/suggestions"):
        for body, kind in NO_FORMS:
            answer = await web.http.post(path, content=body, headers={"content-type": kind})
            assert 400 <= answer.status_code < 500, (path, body[:40], answer.text)
            assert "<h1" in answer.text


async def test_an_area_outside_the_tree_is_passed_over_and_a_stale_one_too(web: Web) -> None:
    answer = await send(web, FIELDS | {"area": ["532822", "532801100"]})  # the township lies in the other county
    order = await order_of(web, shown(answer.text, "number"))
    assert order["area_code"] == "532822"
    answer = await send(web, FIELDS | {"area": "110000"})
    assert (await order_of(web, shown(answer.text, "number")))["area_code"] is None


async def test_the_lists_of_places_without_scripts(web: Web) -> None:
    answer = await send(web, FIELDS | {"_step": "area", "area": "532801"})
    assert answer.status_code == 200 and "示范丙乡" in answer.text and 'value="路灯不亮"' in answer.text
    listed = await web.http.get("/appeal/areas", params={"of": "532801"})
    assert listed.json() == [{"code": "532801100", "name": "示范丙乡"}]


async def test_a_state_secret_is_refused_and_set_aside(web: Web) -> None:
    answer = await send(web, FIELDS | {"content": "绝密★30年"})
    assert answer.status_code == 422 and "国家秘密" in answer.text


async def test_submitting_without_end_is_stopped_and_the_form_is_still_there(web: Web) -> None:
    fields = {"_key": await key_of(web), **FIELDS}
    for _ in range(30):
        assert (await web.http.post("/appeal", data=fields)).status_code == 200
    answer = await web.http.post("/appeal", data=fields)
    assert answer.status_code == 429 and "操作过于频繁" in answer.text and 'value="路灯不亮"' in answer.text
    assert int(answer.headers["retry-after"]) <= 3600


# files


async def test_photographs_of_a_refused_form_are_kept_and_those_of_others_are_not_taken(web: Web) -> None:
    fields: dict[str, Any] = {"_key": await key_of(web), **FIELDS, "title": ""}
    two = [("_files", ("灯.png", PICTURE)), ("_files", ("账.exe", b"MZ no picture"))]
    refused = await web.http.post("/appeal", data=fields, files=two)
    assert refused.status_code == 422 and "灯.png（已上传" in refused.text and "不支持这种文件" in refused.text
    ids = re.findall(r'name="attachments" value="([0-9a-f]{32})" checked', refused.text)
    assert len(ids) == 1
    done = await web.http.post("/appeal", data=fields | {"title": "路灯", "attachments": ids})
    number = shown(done.text, "number")
    lead = await web.as_("shift_lead")
    files = (await lead.get(f"/api/v1/orders/{number}/attachments")).json()["items"]
    assert [(one["name"], one["media_type"]) for one in files] == [("灯.png", "image/png")]
    # Another matter cannot take it: it is that order's now.
    stolen = await send(web, FIELDS | {"attachments": ids})
    assert stolen.status_code == 422 and "重新上传" in stolen.text and f'value="{ids[0]}"' not in stolen.text


async def test_two_presses_at_once_are_one_also_with_photographs(web: Web) -> None:
    fields = {"_key": await key_of(web), **FIELDS}
    answers = await asyncio.gather(
        *(web.http.post("/appeal", data=fields, files={"_files": ("灯.png", PICTURE)}) for _ in range(4))
    )
    assert all(one.status_code in (200, 409) for one in answers), [one.text for one in answers]
    assert len({shown(one.text, "number") for one in answers if one.status_code == 200}) == 1


async def test_a_file_too_large_costs_no_text(web: Web) -> None:
    fields = {"_key": await key_of(web), **FIELDS}
    big = ("_files", ("大.png", PICTURE + b"\0" * LARGEST))
    answer = await web.http.post("/appeal", data=fields, files=[big, ("_files", ("灯.png", PICTURE))])
    assert answer.status_code == 422 and "大.png" in answer.text and "超过10 MB" in answer.text
    assert 'value="路灯不亮"' in answer.text and "灯.png（已上传" in answer.text


async def test_no_more_files_than_a_matter_takes(web: Web) -> None:
    fields = {"_key": await key_of(web), **FIELDS}
    many = [("_files", (f"{one}.png", PICTURE + bytes([one]))) for one in range(11)]
    answer = await web.http.post("/appeal", data=fields, files=many)
    assert answer.status_code == 422 and "最多上传10个附件" in answer.text
    assert len(re.findall(r'name="attachments" value="[0-9a-f]{32}" checked', answer.text)) == 10


# when the server itself is at fault


async def test_a_fault_of_the_server_costs_nothing_typed(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("13800000000")

    fields = {"_key": await key_of(web), **FIELDS}
    with monkeypatch.context() as patch:
        patch.setattr("yihao.web.portal.appeal.submitted", broken)
        answer = await web.http.post("/appeal", data=fields)
    assert answer.status_code == 500 and 'value="路灯不亮"' in answer.text and "系统内部错误" in answer.text
    assert hidden(answer.text, "_key") == fields["_key"]
    assert (await web.http.post("/appeal", data=fields)).status_code == 200


async def test_where_no_form_can_be_drawn_what_was_typed_stands_on_the_page(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise Unavailable(part="数据库")

    fields = {"_key": await key_of(web), **FIELDS}
    with monkeypatch.context() as patch:
        patch.setattr("yihao.web.portal.shell.tree", away)
        answer = await web.http.post("/appeal", data=fields)
        assert (await web.http.get("/")).status_code == 200
    assert answer.status_code == 503 and "数据库暂不可用" in answer.text
    again = {
        **dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)),
        **dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n([^<]*)</textarea>', answer.text)),
    }
    assert again == fields
    assert "提交成功" in (await web.http.post("/appeal", data=again)).text


# the own matter


async def act(web: Web, step: str, made: tuple[str, str], **fields: Any) -> httpx.Response:
    """Do a step by the page's form."""
    files = fields.pop("files", None)
    number, code = made
    data = {"number": number, "code": code, "_key": fields.pop("key", uuid4().hex), **fields}
    return await web.http.post(f"/query/{step}", data=data, files=files)


async def test_a_wrong_code_is_answered_like_an_unknown_number(web: Web) -> None:
    number, code = await filed(web)
    answers = [
        await web.http.post("/query", data={"number": number, "code": "AAAAAAAAAA"}),
        await web.http.post("/query", data={"number": "20210928532800999999X", "code": code}),
        await web.http.post("/query", data={"number": "1", "code": code}),
    ]
    assert [one.status_code for one in answers] == [404, 404, 404]
    assert all("请核对工单编号和查询码" in one.text for one in answers)
    empty = await web.http.post("/query", data={"number": " "})
    assert empty.status_code == 422 and 'href="#number"' in empty.text and 'href="#code"' in empty.text


async def test_guessing_is_stopped(web: Web) -> None:
    number, code = await filed(web)
    for _ in range(11):
        answer = await web.http.post("/query", data={"number": number, "code": "AAAAAAAAAA"})
    assert answer.status_code == 429 and "retry-after" in answer.headers
    # What was typed of a step goes along to the next try.
    late = await act(web, "supplement", (number, code), text="第三盏也不亮了")
    assert late.status_code == 429 and 'name="text" value="第三盏也不亮了"' in late.text
    web.house.clock.advance_to(web.house.clock() + timedelta(minutes=61))
    assert "已补充" in (await act(web, "supplement", (number, code), text="第三盏也不亮了")).text


async def test_supplement_with_photographs_once(web: Web) -> None:
    made = await filed(web)
    for _ in range(2):
        answer = await act(web, "supplement", made, key="k" * 20, files={"_files": ("三.png", PICTURE)})
        assert answer.status_code == 200 and "已补充" in answer.text, answer.text
    assert answer.text.count("您补充了情况") == 1
    files = (await (await web.as_("shift_lead")).get(f"/api/v1/orders/{made[0]}/attachments")).json()["items"]
    assert [one["name"] for one in files] == ["三.png"]
    empty = await act(web, "supplement", made)
    assert empty.status_code == 422 and "请写明要补充的情况" in empty.text
    wrong = await act(web, "supplement", made, text="看这里", files={"_files": ("x.exe", b"MZ")})
    assert wrong.status_code == 422 and "看这里" in wrong.text and "不支持这种文件" in wrong.text


async def test_own_files_and_those_of_the_released_reply_are_opened(web: Web) -> None:
    made, other = await filed(web), await filed(web)
    await act(web, "supplement", made, files={"_files": ("三.png", PICTURE)})
    dispatcher, handler = await web.as_("dispatcher"), await web.as_("unit_handler", unit="州建设局")
    order = await order_of(web, made[0])
    order = await web.do(dispatcher, order, "prepare", category="light", area_code="532801")
    order = await web.do(dispatcher, order, "dispatch", lead=web.house.units["州建设局"])
    order = await web.do(await web.as_("unit_receiver", unit="州建设局"), order, "sign")
    kept, agent = {}, await web.as_("agent")
    for name, who in (("内部.png", agent), ("答复.png", handler)):
        up = await who.post("/api/v1/attachments", files={"data": (name, PICTURE + name.encode())})
        kept[name] = up.json()["id"]
    order = await web.do(agent, order, "supplement", text="座席补充", attachments=[kept["内部.png"]])
    order = await web.do(handler, order, "reply", text="已修复。", attachments=[kept["答复.png"]])

    async def look() -> tuple[str, dict[str, str]]:
        page = await web.http.post("/query", data={"number": made[0], "code": made[1]})
        return page.text, {name: id_ for id_, name in re.findall(r'name="file" value="(\w+)">([^<]+)', page.text)}

    text, files = await look()
    assert set(files) == {"三.png"} and "您提供的照片和材料" in text
    early = await web.http.post("/query/file", data={"number": made[0], "code": made[1], "file": kept["答复.png"]})
    assert early.status_code == 404
    await web.do(await web.as_("shift_lead"), order, "approve_reply", reason="属实")
    _, files = await look()
    assert set(files) == {"三.png", "答复.png"}
    saved = await web.http.post("/query/file", data={"number": made[0], "code": made[1], "file": files["答复.png"]})
    assert saved.content == PICTURE + "答复.png".encode() and saved.headers["content-type"] == "image/png"
    assert saved.headers["content-disposition"].startswith("attachment")
    api = f"/api/public/v1/appeals/{made[0]}"
    told = (await web.http.get(api, params={"code": made[1]})).json()["files"]
    assert [(one["name"], one["own"]) for one in told] == [("三.png", True), ("答复.png", False)]
    own = await web.http.get(f"{api}/attachments/{told[0]['id']}", params={"code": made[1]})
    assert own.content == PICTURE
    for number, code, file in (
        (made[0], made[1], kept["内部.png"]),
        (made[0], "AAAAAAAAAA", files["三.png"]),
        (other[0], other[1], files["三.png"]),
        (made[0], made[1], "x"),
    ):
        refused = await web.http.post("/query/file", data={"number": number, "code": code, "file": file})
        assert refused.status_code == 404 and refused.headers["content-type"].startswith("text/html"), file


async def test_a_stranger_leaves_no_file(web: Web, owner: asyncpg.Connection) -> None:
    number, _ = await filed(web)
    answer = await act(web, "supplement", (number, "AAAAAAAAAA"), files={"_files": ("x.png", PICTURE)})
    assert answer.status_code == 404
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 0


BAD_STEPS: list[tuple[str, dict[str, str], str]] = [
    ("withdraw", {}, "请填写登记时的联系电话"),
    ("withdraw", {"phone": "13900000000", "reason": "已解决"}, "电话与登记时不一致"),
    ("withdraw", {"phone": "13800000000", "reason": "长" * 501}, "至多500个字"),
    ("withdraw", {"phone": "13800000000", "reason": "\x00"}, "空字符"),
    ("urge", {"reason": "长" * 501}, "至多500个字"),
    ("supplement", {"text": "长" * 5001}, "至多5000个字"),
    ("supplement", {"text": "看", "attachments": "f" * 32}, "重新上传"),
    ("rating", {}, "请选择问题是否解决"),
    ("rating", {"service": "9", "handling": "5", "solved": "true"}, "不得大于5"),
    ("rating", {"service": "x", "handling": "5", "solved": "maybe"}, "应为"),
    ("rating", {"service": "5", "handling": "5", "solved": "true"}, ""),
    ("review", {"phone": "13800000000", "reason": "再看看"}, ""),
]


async def test_a_refused_step_comes_back_whole(web: Web) -> None:
    made = await filed(web)
    for step, fields, said in BAD_STEPS:
        answer = await act(web, step, made, **fields)
        assert 400 <= answer.status_code < 500 and said in answer.text and 'id="faults"' in answer.text, (step, fields)
        assert made[0] in answer.text
        if step in ("withdraw", "supplement", "urge"):
            page = html.unescape(answer.text)
            assert all(value in page for value in fields.values() if value.isprintable()), (step, fields)


async def test_a_refusal_is_explained_and_appealed_against(web: Web) -> None:
    made = await filed(web)
    agent = await web.as_("agent")
    order = (await agent.get(f"/api/v1/orders/{made[0]}")).json()
    await web.do(agent, order, "refuse", code="litigation", explanation="请向人民法院提起诉讼。")
    page = await web.http.post("/query", data={"number": made[0], "code": made[1]})
    assert "请向人民法院提起诉讼。" in page.text and "申请复核" in page.text and "不属于本热线受理范围" in page.text
    done = await act(web, "review", made, phone="13800000000", reason="不是诉讼")
    assert "复核申请已收到" in done.text and "您申请复核" in done.text


async def test_five_levels_of_the_place_and_solved(web: Web) -> None:
    made, agent = await filed(web), await web.as_("agent")
    order = (await agent.get(f"/api/v1/orders/{made[0]}")).json()
    await web.do(agent, order, "answer", text="请到窗口办理。", expert="示范专家", reason="当场可答")
    page = await web.http.post("/query", data={"number": made[0], "code": made[1]})
    for level in load("xishuangbanna").indicators.satisfaction:
        assert page.text.count(f"<strong>{level.zh}</strong>") == 2
    assert "请到窗口办理。" in page.text
    done = await act(web, "rating", made, service="5", handling="1", solved="false", text="灯还是不亮")
    assert "感谢您的评价" in done.text and "您作了评价" in done.text


# enterprises


async def test_the_enterprise_lane(web: Web) -> None:
    firm = FIELDS | {"who": "enterprise", "caller.name": "示范公司", "caller.enterprise_code": "91350100M000100Y43"}
    plain = await send(web, firm)
    assert (await order_of(web, shown(plain.text, "number")))["lane"] is None
    lane = "enterprise: {on: true, urgency: expedited, basis: {design: 演示}}\n"
    await rules(web.house, {"place.yaml": OWN_SITE, "flow.yaml": lane})
    entrance = await web.http.get("/enterprise")
    assert "企业绿色通道" in entrance.text and "30分钟内" in entrance.text and "1个工作小时内" in entrance.text
    for wrong in ("", "91350100M000100Y44"):
        refused = await send(web, firm | {"caller.enterprise_code": wrong})
        assert refused.status_code == 422 and 'href="#caller-enterprise_code"' in refused.text
    done = await send(web, firm)
    assert "绿色通道" in done.text
    assert (await order_of(web, shown(done.text, "number")))["lane"] == "enterprise"


# knowledge


async def test_public_knowledge_is_found_and_suggested(web: Web) -> None:
    ids = {}
    for title, visibility in (("路灯报修", "public"), ("路灯内部口径", "internal")):
        async with web.house.database.write(Wall(account=INTERNAL["setup"])) as connection:
            draft = ItemDraft(
                jurisdiction_id=web.house.places["州"][0], title=title, body="写明路名<b>和</b>灯杆编号。",
                visibility=visibility, valid_from=date(2020, 1, 1), source="示范州建设局",
            )  # fmt: skip
            made = await knowledge.create_item(connection, await tree(connection), draft, by(web.house))
            ids[title] = made.id
            other = By(account=INTERNAL["clock"], role="setup", at=web.house.clock())
            for step in ("check", "publish"):
                await knowledge.take_step(connection, made.id, step, other)
    found = await web.http.get("/knowledge", params={"q": "路灯"})
    assert "路灯报修" in found.text and "内部口径" not in found.text
    item = await web.http.get(f"/knowledge/{ids['路灯报修']}")
    assert "写明路名&lt;b&gt;和" in item.text and "示范州建设局" in item.text
    closed = await web.http.get(f"/knowledge/{ids['路灯内部口径']}", headers={"accept": "text/html"})
    assert closed.status_code == 404 and "口径" not in closed.text
    suggested = await web.http.post("/knowledge/suggestions", data={"title": "路灯坏了"})
    assert "是不是想问" in suggested.text and "路灯报修" in suggested.text and "<html" not in suggested.text
    form = await send(web, FIELDS | {"_step": "suggest"})
    assert "是不是想问" in form.text and 'value="路灯不亮"' in form.text
    none = await web.http.get("/knowledge", params={"q": "？"})
    assert none.status_code == 200 and "没有找到" in none.text


# frames, and places without a site of their own


async def test_only_the_named_sites_may_frame_and_only_the_form(web: Web) -> None:
    framed = await web.http.get("/embed/appeal")
    assert framed.headers["content-security-policy"].endswith(f"frame-ancestors {GOV} https://m.example.gov")
    assert framed.headers["x-frame-options"] == "ALLOWALL"
    for path in ("/", "/appeal", "/query", "/sign-in"):
        own = (await web.http.get(path)).headers
        assert "frame-ancestors 'none'" in own["content-security-policy"] and own["x-frame-options"] == "DENY"
    number, code = await filed(web, "/embed/appeal")
    answer = await web.http.post("/embed/query", data={"number": number, "code": code})
    assert 'action="/embed/query/supplement"' in answer.text and "set-cookie" not in answer.headers
    assert 'href="/' not in re.sub(r'href="/(embed|static)/', "", answer.text)


async def test_without_a_list_nobody_may_frame(house: House) -> None:
    async with web_of(house) as web:
        answer = await web.http.get("/embed/appeal")
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


async def test_a_place_without_a_site_of_its_own_serves_in_the_frame_alone(house: House) -> None:
    """XS 四(三): 原则上不新建 12345 热线网站."""
    async with web_of(house, embed_origins=(GOV,)) as web:
        front = await web.http.get("/")
        assert front.status_code == 200 and GOV in front.text and 'href="tel:12345"' in front.text
        for path in ("/appeal", "/appeal/where", "/query", "/knowledge", "/guide", "/enterprise"):
            own = await web.http.get(path)
            assert own.status_code == 404 and GOV in own.text and "不另设网站" in own.text, path
        refused = await web.http.post("/appeal", data={"_key": "k" * 20, **FIELDS})
        assert refused.status_code == 404
        served = await web.http.post("/embed/appeal", data={"_key": "k" * 20, **FIELDS})
        assert served.status_code == 200 and "提交成功" in served.text


# large type


async def test_large_type_is_remembered_and_costs_nothing_typed(web: Web) -> None:
    client = web.client()
    switched = await client.post("/large", data={"_large": "1", "back": "/guide"})
    assert switched.status_code == 303 and switched.headers["location"] == "/guide"
    front = await client.get("/")
    assert 'class="large' in front.text and "打电话 12345" in front.text and "办事须知</strong>" not in front.text
    fields = {"_key": await key_of(web), **FIELDS, "_large": "1"}
    form = await web.client().post("/appeal", data=fields)
    assert (
        'class="large' in form.text
        and 'value="路灯不亮"' in form.text
        and "yihao_large=1" in form.headers["set-cookie"]
    )
    for evil in ("https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"):
        away = await client.post("/large", data={"_large": "1", "back": evil})
        assert away.headers["location"] == "/", evil
    framed = await web.http.get("/embed/appeal", params={"large": "1"})
    assert 'class="large' in framed.text and "large=1" in framed.text and "set-cookie" not in framed.headers


# whatever is sent


ODD = (
    "", " ", "x", "路灯", "\x00", "-1", "1e999", "nan", "true", "长" * 5001, "😀" * 300, "\u202e", "'\"<>&", "532801",
    "9" * 30, "0001-01-01T00:00", "9999-12-31T23:59", "2021-09-27T20:30+99:00", "f" * 32, "\r\n\r\n--x", "13800000000",
    "enterprise", "area", "suggest", "²³", "١٢", "％００",
)  # fmt: skip
NAMES = (
    *FIELDS, "area", "address", "location.lon", "location.lat", "occurred_at", "who", "attachments", "_key", "_step",
    "_large", "caller.enterprise_code", "number", "code", "text", "reason", "phone", "service", "solved", "file",
)  # fmt: skip
DOORS = (
    "/appeal", "/embed/appeal", "/query", "/query/supplement", "/query/urge", "/query/withdraw", "/query/rating",
    "/query/review", "/query/file", "/query/x", "/knowledge/suggestions", "/large",
)  # fmt: skip


async def test_nothing_sent_at_random_is_a_fault(web: Web) -> None:
    number, code = await filed(web)
    draw = random.Random(12345)
    for _ in range(150):
        data: dict[str, Any] = dict(FIELDS) if draw.random() < 0.5 else {}
        data |= {"number": number, "code": code} if draw.random() < 0.6 else {}
        data |= {draw.choice(NAMES): [draw.choice(ODD) for _ in range(draw.randrange(1, 3))] for _ in range(5)}
        names_ = ("a.png", "../../x", "", "长" * 100)
        parts = [("_files", (draw.choice(names_), draw.choice((PICTURE, b"", b"x", b"PK\x03\x04z"))))]
        web.house.clock.advance_to(web.house.clock() + timedelta(minutes=10))
        path = draw.choice(DOORS)
        answer = await web.http.post(path, data=data, files=parts if draw.random() < 0.3 else None)
        assert answer.status_code < 500, (path, data, answer.text)
    for field in ("number", "code"):
        nul = {"number": number, "code": code} | {field: "\x00"}
        answer = await web.http.post("/query/urge", data=nul)
        assert answer.status_code == 422 and f'href="#{field}"' in answer.text
