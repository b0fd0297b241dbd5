"""Attachments over HTTP: upload, name in an order, download by whoever sees the order."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from test_order_attachments import PICTURE

from conftest import House
from web import LAMP, Web, web_of


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def test_upload_register_download(web: Web) -> None:
    agent = await web.as_("agent")
    made = await agent.post("/api/v1/attachments", files={"data": ("演示 照片.png", PICTURE, "text/html")})
    assert made.status_code == 201 and made.json()["media_type"] == "image/png"
    order = await agent.post("/api/v1/orders", json=LAMP | {"attachments": [made.json()["id"]]})
    assert order.status_code == 201, order.text
    dispatcher = await web.as_("dispatcher")
    listed = await dispatcher.get(f"/api/v1/orders/{order.json()['number']}/attachments")
    assert [item["name"] for item in listed.json()["items"]] == ["演示 照片.png"]
    got = await dispatcher.get(f"/api/v1/attachments/{made.json()['id']}")
    assert got.content == PICTURE and got.headers["content-type"] == "image/png"
    assert got.headers["content-disposition"].startswith("attachment;")


async def test_a_script_is_refused_and_so_is_a_request_without_a_file(web: Web) -> None:
    agent = await web.as_("agent")
    bad = await agent.post("/api/v1/attachments", files={"data": ("a.png", b"<script>", "image/png")})
    assert bad.status_code == 415 and bad.json()["code"] == "attachment_type"
    none = await agent.post("/api/v1/attachments", json={})
    assert none.status_code in (400, 415, 422)
    unknown = await agent.get("/api/v1/attachments/" + "0" * 32)
    assert unknown.status_code == 404


async def test_a_supplement_brings_a_file_along(web: Web) -> None:
    agent = await web.as_("agent")
    order = await web.register()
    made = (await agent.post("/api/v1/attachments", files={"data": ("图.png", PICTURE)})).json()["id"]
    await web.do(agent, order, "supplement", text="补一张照片", attachments=[made])
    listed = await agent.get(f"/api/v1/orders/{order['number']}/attachments")
    assert [item["id"] for item in listed.json()["items"]] == [made]
