"""HTTP for citizens, relative to ``/api/public/v1``: pictures and papers added to a matter of their own.

A file is stored and added to the matter in one transaction, by the same step as a supplement in words: nothing of a
stranger's lies about, and what may not be added (the matter has ended, the code is wrong) leaves nothing behind.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import asyncpg
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from yihao.errors import Conflict, NotFound, TooMany
from yihao.orders import attachments, bodies, door, service
from yihao.orders.attachments import Attachment
from yihao.orders.citizen_steps import HOUR, AnyRequest, counted, opened
from yihao.orders.citizens import READ, WRITE, StepKey
from yihao.orders.door import Visit
from yihao.orders.files import MOST_BYTES, FileId, Upload, file_of, saved
from yihao.orders.progress import shown_files
from yihao.orders.routes import Number
from yihao.orders.statements import SQL
from yihao.people.guard import PUBLIC
from yihao.people.views import NO_NUL
from yihao.store import throttle
from yihao.store.audit import audit_in

MOST_FILES: Final = 10
"""Of one matter."""
FILES_PER_HOUR: Final = 60
"""From one address."""
SAID: Final = "诉求人补充了附件。"


class TooManyFiles(Conflict):
    """A matter holds as many files of its citizen as it may."""

    code = "too_many_files"
    zh = "一件诉求最多上传{most}个附件，其余材料请在答复人员联系时提供。"
    en = "A matter takes at most {most} files; give the rest to the officer who contacts you."


class CitizenFileController(Controller):
    """Files of a citizen's own matter."""

    path = "/appeals"
    tags = ("市民诉求 Appeals",)
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @post(
        "/{number:str}/attachments",
        operation_id="attachToAppeal",
        summary="补充附件",
        responses=WRITE,
        request_max_body_size=MOST_BYTES,
        operation_class=Upload,
    )
    async def attach(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        citizen: NamedDependency[Visit],
        code: Annotated[
            str, QueryParameter(description="The query code. 查询码。", min_length=1, max_length=40, pattern=NO_NUL)
        ],
        key: StepKey = None,
    ) -> Attachment:
        """Add a file while the matter is open: at most 10 MB each, ten a matter; its type is found from its content.

        With `Idempotency-Key`, the same file sent again is added once.
        """
        number = await opened(request, citizen, number, code)
        desk, actor, act = citizen.desk, citizen.actor, citizen.act
        await _count(request, citizen)
        name, content = await file_of(request)  # after the code: a stranger's megabytes are not even read
        scoped = f"{number}/{key}" if key else None

        async def work(connection: asyncpg.Connection) -> Attachment:
            made = await attachments.store(connection, desk.ring, act.now, actor, name, content, once=scoped)
            body = bodies.Supplement(text=SAID, attachments=(made.id,))
            await _supplement(connection, citizen, number, body, scoped)
            await audit_in(
                connection,
                act.row(actor.any_role(), "attachment.upload", numbers=(number,), attachment=made.id, size=made.size),
            )
            return made

        return await door.written(citizen, work)

    @get(
        "/{number:str}/attachments/{attachment:str}",
        operation_id="getAppealAttachment",
        summary="下载附件（市民）",
        responses=READ,
    )
    async def download(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        attachment: FileId,
        citizen: NamedDependency[Visit],
        code: Annotated[
            str, QueryParameter(description="The query code. 查询码。", min_length=1, max_length=40, pattern=NO_NUL)
        ],
    ) -> Response[bytes]:
        """A file of the own, or of the released reply. Each download is recorded."""
        return await opened_file(request, citizen, number, code, attachment)


async def opened_file(request: AnyRequest, citizen: Visit, number: str, code: str, file: str) -> Response[bytes]:
    """A file of the matter its citizen may open, to be saved by a browser and never run.

    Raises:
        NotFound: it is none of those; as `opened`.
    """
    number = await opened(request, citizen, number, code)
    desk, actor, act = citizen.desk, citizen.actor, citizen.act
    async with citizen.db.read(actor.wall()) as connection:
        order = (await service.load(connection, number))[0].order
        if file not in {one.id for one in await shown_files(connection, desk, actor, order)}:
            raise NotFound(what="附件", field="attachment")
        found, content = await attachments.fetch(connection, desk.ring, file)
    await citizen.audit.record(act.row(actor.any_role(), "attachment.read", numbers=(number,), attachment=found.id))
    return Response(content, media_type=found.media_type, headers=saved(found.name))


async def kept(request: AnyRequest, citizen: Visit, name: str, content: bytes, key: str) -> Attachment:
    """A file of a form that is not yet submitted: sealed, nobody's order's, gone after a day (`LOOSE_KEPT`).

    A mistake elsewhere in the form then costs no second upload. Its id is a keyed digest of submission and content,
    known to who sent it alone.

    Raises:
        TooMany, TooLarge, BadType.
    """
    act, actor = citizen.act, citizen.actor
    attachments.media_type(content)  # what is refused anyway is not counted, and costs the database nothing
    await _count(request, citizen)

    async def work(connection: asyncpg.Connection) -> Attachment:
        made = await attachments.store(connection, citizen.desk.ring, act.now, actor, name, content, once=key)
        row = act.row(actor.any_role(), "attachment.upload", attachment=made.id, size=made.size)
        await audit_in(connection, row)
        return made

    return await door.written(citizen, work)


async def supplemented(
    request: AnyRequest,
    citizen: Visit,
    number: str,
    code: str,
    text: str,
    files: tuple[str, ...],
    key: str | None,
) -> None:
    """Facts and files added in one step; ``files`` are `kept`.

    Raises:
        TooManyFiles, NotYours; as `opened`, and as `service.act`.
    """
    number = await opened(request, citizen, number, code)
    body = bodies.Supplement(text=text, attachments=files)
    scoped = f"{number}/{key}" if key else None
    await door.written(citizen, lambda connection: _supplement(connection, citizen, number, body, scoped))


async def _supplement(
    connection: asyncpg.Connection, citizen: Visit, number: str, body: bodies.Supplement, key: str | None
) -> None:
    await service.act(connection, citizen.desk, citizen.actor, number, "supplement", body, version=None, key=key)
    # Counted behind the order's lock, so that files sent at once are counted one after another.
    if await connection.fetchval(SQL["attached_by"], number, citizen.actor.account) > MOST_FILES:
        raise TooManyFiles(most=MOST_FILES)


async def _count(request: AnyRequest, citizen: Visit) -> None:
    subject = counted(citizen.desk, request, "files")
    most, seconds = await throttle.count(citizen.db, [subject], citizen.act.now, HOUR)
    if most > FILES_PER_HOUR:
        raise TooMany(seconds=seconds)
