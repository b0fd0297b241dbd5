"""Attachments: checked by their content, sealed at rest, linked to the order whose event names them.

The type is found from the bytes (``puremagic``), never believed from the sender; what is not on the list is refused,
so nothing that a browser would run can be stored.
"""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Final

import asyncpg
import msgspec
import puremagic
from msgspec import Meta

from yihao.errors import Invalid, NotFound
from yihao.orders.statements import SQL
from yihao.people.scope import Actor
from yihao.seal.box import blind_index, open_bytes, open_json, seal_bytes, seal_json
from yihao.seal.keys import KeyRing
from yihao.seal.provider import sm3

LARGEST: Final = 10 * 1024 * 1024
"""Bytes; a minute of a phone's video, or a scanned paper of forty pages."""
TYPES: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_PACKAGE: Final = b"PK\x03\x04"
_PACKAGES: Final = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ALIASES: Final = {"audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/mp3": "audio/mpeg"}
TABLE: Final = "attachment"
UNNAMED: Final = "附件"
LOOSE_KEPT: Final = timedelta(days=1)
"""How long an upload waits for an order to name it."""


class TooLarge(Invalid):
    """An attachment is larger than `LARGEST`."""

    code = "attachment_too_large"
    status = 413
    zh = "附件不能超过 10 MB，请压缩或分次上传。"
    en = "An attachment holds at most 10 MB; make it smaller or send it in parts."


class BadType(Invalid):
    """The content is not of a type that may be stored."""

    code = "attachment_type"
    status = 415
    zh = "不支持这种文件，可上传：jpg、png、gif、webp、pdf、mp3、wav、mp4、docx、xlsx。"
    en = "Files of this type are not taken. Possible: jpg, png, gif, webp, pdf, mp3, wav, mp4, docx, xlsx."


class NoFile(Invalid):
    """An upload holds no file, or several."""

    code = "no_file"
    zh = "没有收到文件，请用表单（multipart/form-data）字段“data”上传，一次一个。"
    en = "No file came; send it as field “data” of a form (multipart/form-data), one at a time."


class NotYours(Invalid):
    """An attachment is unknown, somebody else's, or belongs to another order already."""

    code = "attachment_unknown"
    zh = "附件 {id} 不存在、不是您上传的或已用于其他工单，请重新上传。"
    en = "Attachment {id} is unknown, not yours, or used by another order. Upload it again."


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an attachment without opening it."""

    id: Annotated[str, Meta(description="Id, to be named in an order or a reply. 附件编号。")]
    media_type: Annotated[str, Meta(description="Media type found from the content. 文件类型。")]
    size: Annotated[int, Meta(description="Size in bytes. 字节数。")]
    name: Annotated[str, Meta(description="File name as uploaded. 文件名。")]
    at: Annotated[datetime, Meta(description="When it was uploaded. 上传时间。")]


def media_type(content: bytes) -> str:
    """The type of the content.

    Raises:
        TooLarge, BadType.
    """
    if len(content) > LARGEST:
        raise TooLarge(field="data")
    try:
        found: list[str] = [match.mime_type for match in puremagic.magic_string(content)]
    except (puremagic.PureError, ValueError):
        raise BadType(field="data") from None
    for name in (_office(content),) if content.startswith(_PACKAGE) else found:
        if (known := _ALIASES.get(name, name)) in TYPES:
            return known
    raise BadType(field="data")


def _office(content: bytes) -> str:
    """Which office document a package is (ECMA-376 part 2); nothing for other packages, damaged ones, and macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return ""
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return ""
    folders = {name.partition("/")[0] for name in names}
    return next((kind for folder, kind in _PACKAGES.items() if folder in folders), "")


async def store(
    connection: asyncpg.Connection,
    ring: KeyRing,
    now: datetime,
    actor: Actor,
    name: str,
    content: bytes,
    *,
    once: str | None = None,
) -> Attachment:
    """Seal and keep an upload; it is the uploader's alone until an order names it.

    Args:
        once: the submission it comes with: the same content with the same submission is the same attachment.

    Raises:
        TooLarge, BadType.
    """
    kind, digest = media_type(content), sm3(content)
    # Some clients send the whole path; of somebody's folders nothing is kept.
    last = name.replace("\\", "/").rpartition("/")[2]
    named = "".join(sign for sign in last if sign.isprintable())[:200].strip() or UNNAMED
    id_ = secrets.token_hex(16)
    if once is not None:
        id_ = blind_index(ring, "attachment", f"{actor.account}/{once}/{digest.hex()}")[:16].hex()
    new = Attachment(id=id_, media_type=kind, size=len(content), name=named, at=now)
    await connection.execute(
        SQL["attach"],
        *(new.id, actor.account, new.at, kind, new.size, digest),
        seal_json(ring, {"name": new.name}, table=TABLE, column="name", number=new.id),
        seal_bytes(ring, content, table=TABLE, column="content", number=new.id),
    )
    return new


async def link(connection: asyncpg.Connection, number: str, seq: int, ids: tuple[str, ...]) -> None:
    """Bind uploads to the order whose event ``seq`` names them.

    Raises:
        NotYours
    """
    if not ids:
        return
    bound = {row["id"] for row in await connection.fetch(SQL["tie_attachments"], list(ids), number, seq)}
    for name in ids:
        if name not in bound:
            raise NotYours(field="attachments", id=name)


async def of_order(connection: asyncpg.Connection, ring: KeyRing, number: str) -> list[Attachment]:
    """The attachments of an order, in the order they were linked."""
    rows = await connection.fetch(SQL["attachments"], number)
    return [_attachment(ring, row) for row in rows]


async def for_citizen(
    connection: asyncpg.Connection, ring: KeyRing, number: str, citizens: int, reply: int | None
) -> list[tuple[Attachment, bool]]:
    """What the citizen of an order may see of its files: those of the own, and those of the reply in force.

    Args:
        connection: behind the citizens' wall.
        ring: to open the names.
        number: of the order.
        citizens: the account citizens' files stand under.
        reply: the step that holds the released reply, if there is one.

    Returns:
        Each with whether the citizen brought it.
    """
    rows = await connection.fetch(SQL["citizen_files"], number, citizens, reply)
    return [(_attachment(ring, row), row["own"]) for row in rows]


async def loose(connection: asyncpg.Connection, ring: KeyRing, ids: Iterable[str]) -> list[Attachment]:
    """Those of these uploads that are the caller's own and belong to no order yet."""
    rows = await connection.fetch(SQL["loose_attachments"], list(ids))
    return [_attachment(ring, row) for row in rows]


async def sweep(connection: asyncpg.Connection, before: datetime, *, most: int = 1_000) -> int:
    """Delete uploads no order has named that were made before a moment, at most ``most``; answers how many."""
    return len(await connection.fetch(SQL["sweep_attachments"], before, most))


async def fetch(connection: asyncpg.Connection, ring: KeyRing, attachment_id: str) -> tuple[Attachment, bytes]:
    """An attachment in the clear.

    Raises:
        NotFound: unknown, or outside the caller's scope.
    """
    row = await connection.fetchrow(SQL["attachment"], attachment_id)
    if row is None:
        raise NotFound(what="附件", field="id")
    content = open_bytes(ring, row["content"], table=TABLE, column="content", number=attachment_id)
    return _attachment(ring, row), content


def _attachment(ring: KeyRing, row: asyncpg.Record) -> Attachment:
    name = open_json(ring, row["name"], table=TABLE, column="name", number=row["id"])["name"]
    return Attachment(id=row["id"], media_type=row["media_type"], size=row["size"], name=name, at=row["at"])
