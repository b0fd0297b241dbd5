"""The pages as they are served: the front page, the console's files, a browser's session; names come from the place."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator

import pytest

from conftest import House
from web import LAMP, PASSWORD, Web, web_of
from yihao.web.console import pages


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def test_front_page(web: Web) -> None:
    answer = await web.http.get("/")
    assert answer.status_code == 200 and answer.text.startswith("<!DOCTYPE html>")
    assert "西双版纳" in answer.text and 'href="/console/"' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_every_page_of_the_console_is_its_document(web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>12345</title>")
    (tmp_path / "assets/index-1a.js").write_text("let a")
    (tmp_path / "assets/index-1a.js.gz").write_bytes(b"packed")
    (tmp_path / "secret.txt").write_text("no")
    monkeypatch.setattr(pages, "BUILT", tmp_path)
    for path in ("/console", "/console/", "/console/orders/1", "/console/secret.txt", "/console/..%2fpages.py"):
        answer = await web.http.get(path)
        assert answer.status_code == 200 and "<title>12345</title>" in answer.text, path
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-cache" and answer.headers["x-frame-options"] == "DENY"
    script = await web.http.get("/console/assets/index-1a.js", headers={"accept-encoding": "identity"})
    assert script.text == "let a" and "immutable" in script.headers["cache-control"]
    async with web.http.stream("GET", "/console/assets/index-1a.js", headers={"accept-encoding": "gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        assert b"".join([part async for part in packed.aiter_raw()]) == b"packed"
    assert (await web.http.get("/console/assets/index-0f.js")).status_code == 404
    # Built anew under the running server.
    (tmp_path / "assets/index-1a.js").rename(tmp_path / "assets/index-2b.js")
    (tmp_path / "index.html").write_text("<!doctype html><title>anew</title>")
    os.utime(tmp_path / "index.html", (1, 1))
    assert "anew" in (await web.http.get("/console/")).text
    assert (await web.http.get("/console/assets/index-1a.js")).status_code == 404
    assert (await web.http.get("/console/assets/index-2b.js")).text == "let a"
    (tmp_path / "index.html").unlink()
    missing = await web.http.get("/console/")
    assert missing.status_code == 503 and "tools/console.sh" in missing.text


async def test_a_browsers_session_needs_the_token_for_every_change(web: Web) -> None:
    client = web.client()
    sent = {"username": await web.account("agent"), "password": PASSWORD}
    made = await client.post("/api/v1/sessions", json=sent)
    assert made.status_code == 201, made.text
    assert re.search("HttpOnly", made.headers.get_list("set-cookie")[0], re.I)
    order = LAMP | {"channel": "visit"}
    for headers in ({}, {"x-csrf-token": "wrong"}):
        refused = await client.post("/api/v1/orders", json=order, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    token = {"x-csrf-token": client.cookies["yihao_csrf"]}
    done = await client.post("/api/v1/orders", json=order, headers=token | {"idempotency-key": "browser"})
    assert done.status_code == 201, done.text


async def test_a_new_name_in_one_field_is_on_every_page(web: Web) -> None:
    """QY 二(一)2: the hotline is renamed, and no page says the old name any longer."""
    manager, agent = await web.as_("manager"), await web.as_("agent")
    old, new = "西双版纳州12345政务服务便民热线", "示范新名热线"
    citizens = ("/", "/appeal", "/query", "/knowledge", "/guide")
    for path in citizens:
        assert old in (await web.http.get(path)).text, path
    named = {"place.yaml": f"hotline_name: {{value: {new}, basis: {{design: 演示更名}}}}\n"}
    layer = f"/api/v1/jurisdictions/{web.house.places['州'][0]}/layer"
    put = await manager.put(layer, json={"files": named, "reason": "演示更名"})
    assert put.status_code == 200, put.text
    for path in citizens:
        text = (await web.http.get(path)).text
        assert new in text and old not in text, path
    # The console has no names of its own: it shows this one.
    assert (await agent.get("/api/v1/profile")).json()["hotline_name"] == new


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
