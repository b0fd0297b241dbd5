"""Attachments over HTTP: upload, name in an order, download by whoever sees the order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from test_order_attachments import PICTURE

from conftest import House
from web import LAMP, Web, web_of
from yihao.orders import attachments
from yihao.work import Work


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


async def test_a_script_is_refused(web: Web) -> None:
    agent = await web.as_("agent")
    bad = await agent.post("/api/v1/attachments", files={"data": ("a.png", b"<script>", "image/png")})
    assert (bad.status_code, bad.json()["code"], bad.json()["field"]) == (415, "attachment_type", "data")
    unknown = await agent.get("/api/v1/attachments/" + "0" * 32)
    assert unknown.status_code == 404


def part(head: str, content: bytes = b"") -> bytes:
    return b"--cut\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"


END = b"--cut--\r\n"
FILE = part('name="data"; filename="a.png"', PICTURE)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (END, "multipart/form-data; boundary=cut"),
        (b"", "multipart/form-data; boundary=cut"),
        (b"nothing of the kind", "multipart/form-data; boundary=cut"),
        (FILE, "multipart/form-data"),  # no boundary named
        (part('name="data"', b"a text") + END, "multipart/form-data; boundary=cut"),
        (part('name="data"; filename=""') + END, "multipart/form-data; boundary=cut"),
        (part('name="other"', b"a text") + END, "multipart/form-data; boundary=cut"),
        (FILE + FILE + END, "multipart/form-data; boundary=cut"),
        (b"data=x", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ],
)
async def test_a_body_without_one_file_is_said_to_have_none(web: Web, body: bytes, media_type: str) -> None:
    agent = await web.as_("agent")
    answer = await agent.post("/api/v1/attachments", content=body, headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "no_file", "data")


async def test_a_file_larger_than_is_taken_is_told_its_limit(web: Web) -> None:
    agent = await web.as_("agent")
    for extra in (1, 5_000_000):  # refused by its content, and by the door before it is read whole
        large = PICTURE + bytes(attachments.LARGEST + extra - len(PICTURE))
        answer = await agent.post("/api/v1/attachments", files={"data": ("a.png", large)})
        assert (answer.status_code, answer.json()["code"]) == (413, "attachment_too_large"), answer.text
        assert "10 MB" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("head", "status"),
    [('filename="a\x00\x1b图.png"', 201), ("filename*=utf-8''%00", 422), ("filename*=utf-8''%ff%fe.png", 422)],
)
async def test_a_name_no_file_can_have_harms_nothing(web: Web, head: str, status: int) -> None:
    agent = await web.as_("agent")
    headers = {"content-type": "multipart/form-data; boundary=cut"}
    body = part(f'name="data"; {head}', PICTURE) + END
    made = await agent.post("/api/v1/attachments", content=body, headers=headers)
    assert made.status_code == status, made.text
    if status == 201:
        assert made.json()["name"] == "a图.png"


async def test_loose_uploads_are_swept_after_a_day(web: Web, owner: asyncpg.Connection) -> None:
    agent = await web.as_("agent")
    named, forgotten = [
        (await agent.post("/api/v1/attachments", files={"data": (name, PICTURE)})).json()["id"] for name in "ab"
    ]
    assert (await agent.post("/api/v1/orders", json=LAMP | {"attachments": [named]})).status_code == 201
    house = web.house
    work = Work(house.database, house.ring, house.clock)
    (job,) = [one for one in work.jobs() if one.name == "attachments.sweep"]
    house.clock.advance_to(house.clock() + timedelta(hours=23, minutes=59))
    await job.run()
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 2
    house.clock.advance_to(house.clock() + timedelta(minutes=2))
    assert await job.run() == 1
    assert [row["id"] for row in await owner.fetch("SELECT id FROM attachment")] == [named] != [forgotten]


async def test_a_supplement_brings_a_file_along(web: Web) -> None:
    agent = await web.as_("agent")
    order = await web.register()
    made = (await agent.post("/api/v1/attachments", files={"data": ("图.png", PICTURE)})).json()["id"]
    await web.do(agent, order, "supplement", text="补一张照片", attachments=[made])
    listed = await agent.get(f"/api/v1/orders/{order['number']}/attachments")
    assert [item["id"] for item in listed.json()["items"]] == [made]
