"""Attachments: found by content, sealed, seen with their order."""

from __future__ import annotations

import io
import zipfile

import asyncpg
import pytest

from conftest import House
from yihao.errors import NotFound
from yihao.orders import attachments

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" + "1f15c489" + "0000000a49444154789c6300010000050001"
    "0d0a2db40000000049454e44ae426082"
)


async def upload(house: House, actor: object, content: bytes = PICTURE) -> attachments.Attachment:
    async with house.database.write(actor.wall()) as connection:
        return await attachments.store(connection, house.ring, house.clock(), actor, "演示照片.png", content)


async def test_linked_to_its_order_and_seen_with_it(house: House, owner: asyncpg.Connection) -> None:
    agent = house.actor("agent")
    made = await upload(house, agent)
    assert made.media_type == "image/png"
    order = await house.register(agent, attachments=(made.id,))
    assert PICTURE not in bytes(await owner.fetchval("SELECT content FROM attachment"))
    async with house.database.read(house.actor("dispatcher").wall()) as connection:
        assert [a.name for a in await attachments.of_order(connection, house.ring, order.number)] == ["演示照片.png"]
        assert (await attachments.fetch(connection, house.ring, made.id))[1] == PICTURE
    stranger = house.actor("unit_handler", unit="州市场局")
    async with house.database.read(stranger.wall()) as connection:
        with pytest.raises(NotFound):
            await attachments.fetch(connection, house.ring, made.id)


async def test_a_loose_upload_is_its_uploaders_alone(house: House) -> None:
    made = await upload(house, house.actor("agent"))
    with pytest.raises(attachments.NotYours):
        await house.register(house.actor("agent"), attachments=(made.id,))


@pytest.mark.parametrize("content", [b"", b"<html><script>alert(1)</script>", b"MZ" + bytes(200), "纯文本".encode()])
async def test_what_a_browser_or_a_machine_would_run_is_refused(house: House, content: bytes) -> None:
    with pytest.raises(attachments.BadType):
        await upload(house, house.actor("agent"), content)


async def test_too_large_is_said(house: House) -> None:
    with pytest.raises(attachments.TooLarge):
        await upload(house, house.actor("agent"), PICTURE + bytes(attachments.LARGEST))


def package(*parts: str) -> bytes:
    """A zip of empty parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for part in parts:
            made.writestr(part, "")
    return out.getvalue()


def test_an_office_document_is_known_by_its_parts() -> None:
    types = "[Content_Types].xml"
    assert attachments.media_type(package(types, "word/document.xml")).endswith("wordprocessingml.document")
    assert attachments.media_type(package(types, "xl/workbook.xml")).endswith("spreadsheetml.sheet")
    for content in (
        package("a.txt"),
        package(types, "ppt/presentation.xml"),
        package(types, "word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04" + bytes(100),
    ):
        with pytest.raises(attachments.BadType):
            attachments.media_type(content)


@pytest.mark.parametrize("path", ["../../etc/表.png", "C:\\Users\\某人\\表.png"])
async def test_of_a_path_the_last_part_is_kept(house: House, path: str) -> None:
    actor = house.actor("agent")
    async with house.database.write(actor.wall()) as connection:
        made = await attachments.store(connection, house.ring, house.clock(), actor, path, PICTURE)
    assert made.name == "表.png"
