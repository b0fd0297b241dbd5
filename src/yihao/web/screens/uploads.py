"""Files sent with a form: kept before the form is read, so that a mistake elsewhere in it costs no second upload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar.datastructures import UploadFile

from yihao.errors import Invalid
from yihao.orders import attachments, door
from yihao.orders.attachments import LARGEST, UNNAMED
from yihao.orders.door import Visit
from yihao.people.forms import form_of
from yihao.store.audit import audit_in
from yihao.web.screens.fields import UPLOADED, Choice, Form
from yihao.web.screens.user import AnyRequest

FIELD: Final = "attachments"
"""The field of the API's body: ids of files kept already."""
INPUT: Final = "_files"
"""The form's own input, for files that come now."""
MOST_BYTES: Final = 3 * LARGEST + 256 * 1024
"""Of one form: three of the largest files, and what else was typed."""
assert FIELD in UPLOADED  # noqa: S101 - drawn as an input for files


async def sent(request: AnyRequest) -> tuple[dict[str, tuple[str, ...]], list[UploadFile]]:
    """What was typed, and the files that came with it."""
    form = await form_of(request)
    typed = {name: tuple(one for one in form.getall(name) if isinstance(one, str)) for name in form}
    files = [one for one in form.getall(INPUT, []) if isinstance(one, UploadFile)]
    return {name: values for name, values in typed.items() if name != INPUT}, files


async def keep(visit: Visit, form: dict[str, tuple[str, ...]], files: Sequence[UploadFile], key: str) -> None:
    """Keep the files, one after another, and name them in the form: those before a bad one stay named.

    Args:
        key: of the submission; sent twice, a file is kept once.

    Raises:
        TooLarge, BadType, NoOrders.
    """
    actor, act, ring = visit.actor, visit.act, visit.desk.ring
    if files:
        door.sees_orders(actor)
    for file in files:
        content = await file.read(LARGEST + 1)
        try:
            async with visit.db.write(actor.wall()) as connection:
                name = file.filename or UNNAMED
                made = await attachments.store(connection, ring, act.now, actor, name, content, once=key)
                row = act.row(actor.any_role(), "attachment.upload", attachment=made.id, size=made.size)
                await audit_in(connection, row)
        except Invalid as refused:
            refused.field = FIELD
            raise
        form[FIELD] = tuple(dict.fromkeys((*form.get(FIELD, ()), made.id)))


async def kept(visit: Visit, form: Form | None) -> tuple[Choice, ...]:
    """The files a form names that were kept, to be shown again."""
    ids = (form or {}).get(FIELD, ())
    if not ids:
        return ()
    async with visit.db.read(visit.actor.wall()) as connection:
        found = await attachments.loose(connection, visit.desk.ring, ids)
    return tuple(Choice(one.id, one.name) for one in found)
