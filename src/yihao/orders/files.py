"""HTTP of attachments: upload first, then name the id in an order, a supplement or a reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import PathParameter
from msgspec import Meta

from yihao.orders import attachments, door
from yihao.orders.attachments import LARGEST, UNNAMED, Attachment, NoFile, TooLarge
from yihao.orders.numbers import check_number
from yihao.orders.routes import READ, Number
from yihao.orders.service import Desk
from yihao.people.forms import BadForm, FormTooLarge, form_of
from yihao.people.problem import refusals
from yihao.people.scope import Act
from yihao.store.audit import Audit, audit_in
from yihao.store.db import Database

MOST_BYTES: Final = LARGEST + 64 * 1024
"""A body with its multipart frame."""
FileId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{32}$", description="Id of the attachment. 附件编号。")]


@dataclass
class Upload(Operation):
    """The description of an operation that takes one file: `file_of` reads it, once the sender may send any."""

    def __post_init__(self) -> None:
        """Say what the body is."""
        file = Schema(
            type=OpenAPIType.STRING, content_media_type="application/octet-stream", description="The file. 文件。"
        )
        form = Schema(type=OpenAPIType.OBJECT, properties={"data": file}, required=["data"])
        self.request_body = RequestBody({"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True)


async def file_of(request: Request[Any, Any, Any]) -> tuple[str, bytes]:
    """Name and content of the one file of a form.

    Raises:
        NoFile, TooLarge.
    """
    try:
        form = await form_of(request)
    except FormTooLarge:
        raise TooLarge(field="data") from None
    except BadForm:
        raise NoFile(field="data") from None
    files = [value for value in form.multi_items() if isinstance(value[1], UploadFile)]
    if len(files) != 1:
        raise NoFile(field="data")
    file: UploadFile = files[0][1]
    return file.filename or UNNAMED, await file.read(LARGEST + 1)  # one byte too many is enough to know


class AttachmentList(msgspec.Struct, frozen=True):
    """The attachments of an order."""

    items: Annotated[list[Attachment], Meta(description="In the order they were linked. 附件列表。")]


class AttachmentController(Controller):
    """Uploads of staff."""

    tags = ("附件 Attachments",)

    @post(
        "/attachments",
        operation_id="uploadAttachment",
        summary="上传附件",
        responses=refusals(400, 401, 403, 413, 415, 422, 503),
        request_max_body_size=MOST_BYTES,
        operation_class=Upload,
    )
    async def upload(
        self,
        request: Request[Any, Any, Any],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
    ) -> Attachment:
        """Keep a file, sealed. It is the uploader's alone until an order names it; loose ones go after a day."""
        door.sees_orders(act.actor)
        name, content = await file_of(request)
        actor = act.actor
        async with db.write(actor.wall()) as connection:
            made = await attachments.store(connection, desk.ring, act.now, actor, name, content)
            await audit_in(
                connection, act.row(actor.any_role(), "attachment.upload", attachment=made.id, size=made.size)
            )
        return made

    @get(
        "/orders/{number:str}/attachments",
        operation_id="listOrderAttachments",
        summary="工单附件",
        responses=READ,
    )
    async def of_order(
        self,
        number: Number,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
    ) -> AttachmentList:
        """What an order's steps have brought along; empty also for an order outside the caller's scope."""
        door.sees_orders(act.actor)
        async with db.read(act.actor.wall()) as connection:
            return AttachmentList(await attachments.of_order(connection, desk.ring, check_number(number)))

    @get("/attachments/{attachment:str}", operation_id="getAttachment", summary="下载附件", responses=READ)
    async def download(
        self,
        attachment: FileId,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        audit: NamedDependency[Audit],
    ) -> Response[bytes]:
        """The content. Each download is recorded; a browser saves it and never runs it."""
        door.sees_orders(act.actor)
        async with db.read(act.actor.wall()) as connection:
            found, content = await attachments.fetch(connection, desk.ring, attachment)
        await audit.record(act.row(act.actor.any_role(), "attachment.read", attachment=found.id))
        return Response(content, media_type=found.media_type, headers=saved(found.name))


def saved(name: str) -> dict[str, str]:
    """The headers with which a browser saves a file under its name."""
    # RFC 6266: the name in UTF-8; "attachment" so that nothing is shown inside our own origin.
    return {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
