"""Files a citizen adds to a matter: by number and code, few and small, of types that may be stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from test_http_citizens import PATH, look, submit
from test_order_attachments import PICTURE

from conftest import House
from web import Web, web_of
from yihao.orders import attachments, citizen_files


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def attach(
    web: Web, made: dict[str, str], content: bytes = PICTURE, *, code: str | None = None, **more: Any
) -> httpx.Response:
    return await web.http.post(
        f"{PATH}/{made['number']}/attachments",
        params={"code": code or made["query_code"]},
        files={"data": ("现场照片.png", content)},
        **more,
    )


async def test_a_picture_goes_with_the_matter(web: Web, owner: asyncpg.Connection) -> None:
    made = await submit(web)
    added = await attach(web, made)
    assert added.status_code == 201, added.text
    assert (added.json()["media_type"], added.json()["name"]) == ("image/png", "现场照片.png")
    assert (await look(web, made)).json()["steps"][-1]["what"] == "您补充了情况"
    dispatcher = await web.as_("dispatcher")
    listed = await dispatcher.get(f"/api/v1/orders/{made['number']}/attachments")
    assert [one["id"] for one in listed.json()["items"]] == [added.json()["id"]]
    assert (await dispatcher.get(f"/api/v1/attachments/{added.json()['id']}")).content == PICTURE
    assert PICTURE not in bytes(await owner.fetchval("SELECT content FROM attachment"))
    assert await owner.fetchval("SELECT numbers FROM audit WHERE action = 'attachment.upload'") == [made["number"]]


async def test_number_and_code_open_it_and_nothing_else(web: Web, owner: asyncpg.Connection) -> None:
    made, other = await submit(web), await submit(web)
    for sent in (
        await attach(web, made, code="AAAAAAAAAA"),
        await attach(web, made, code=other["query_code"]),
        await attach(web, made | {"number": "20210928532800999999X"}),
    ):
        assert (sent.status_code, sent.json()["code"]) == (404, "no_such_appeal")
    missing = await web.http.post(f"{PATH}/{made['number']}/attachments", files={"data": ("a.png", PICTURE)})
    assert missing.status_code == 400
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 0


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<html><script>alert(1)</script>", 415, "attachment_type"),
        (b"MZ" + bytes(200), 415, "attachment_type"),
        (b"", 415, "attachment_type"),
        (PICTURE + bytes(attachments.LARGEST), 413, "attachment_too_large"),
    ],
)
async def test_what_may_not_be_stored_leaves_nothing(
    web: Web, owner: asyncpg.Connection, content: bytes, status: int, code: str
) -> None:
    made = await submit(web)
    refused = await attach(web, made, content)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 0
    assert await owner.fetchval("SELECT max(version) FROM work_order") == 1
    empty = await web.http.post(f"{PATH}/{made['number']}/attachments", params={"code": made["query_code"]})
    assert (empty.status_code, empty.json()["code"]) == (422, "no_file")


async def test_a_matter_takes_only_so_many(
    web: Web, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citizen_files, "MOST_FILES", 3)
    made = await submit(web)
    sent = await asyncio.gather(*(attach(web, made) for _ in range(6)))
    assert sorted(answer.status_code for answer in sent) == [201, 201, 201, 409, 409, 409]
    assert {answer.json()["code"] for answer in sent if answer.status_code == 409} == {"too_many_files"}
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 3
    # What the staff adds does not count against the citizen, and another matter is another matter.
    assert (await attach(web, await submit(web))).status_code == 201


async def test_sending_without_end_is_stopped(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizen_files, "FILES_PER_HOUR", 2)
    statuses = [(await attach(web, await submit(web))).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]


async def test_the_same_file_sent_again_under_its_key_is_added_once(web: Web, owner: asyncpg.Connection) -> None:
    made = await submit(web)
    key = {"headers": {"idempotency-key": "photo-1"}}
    first, again = await attach(web, made, **key), await attach(web, made, **key)
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 1
    assert await owner.fetchval("SELECT version FROM work_order") == 2
    other = await attach(web, made, PICTURE + b"\0", **key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 1


async def test_a_matter_that_has_ended_takes_none(web: Web, owner: asyncpg.Connection) -> None:
    made = await submit(web)
    body = {"code": made["query_code"], "phone": "13800000000", "reason": "已自行解决"}
    assert (await web.http.post(f"{PATH}/{made['number']}/withdraw", json=body)).status_code == 200
    refused = await attach(web, made)
    assert refused.status_code == 409
    assert await owner.fetchval("SELECT count(*) FROM attachment") == 0
