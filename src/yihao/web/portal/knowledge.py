"""What the hotline answers from, for everybody to read (XS 四(二)): search, one item, and what fits a title."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.status_codes import HTTP_200_OK

from yihao.errors import YihaoError
from yihao.knowledge import service
from yihao.knowledge.errors import NotCitable, NothingToSearch, UnknownItem
from yihao.knowledge.model import PUBLIC as READER
from yihao.knowledge.model import KnowledgeItem
from yihao.people.guard import PUBLIC
from yihao.store.db import Wall
from yihao.web.portal.sent import received
from yihao.web.portal.shell import TEMPLATES, AnyRequest, House, page, served, shell_of
from yihao.worktime import SHANGHAI

FEW: Final = 3
"""Suggested beside the form."""
MANY: Final = 10
"""On a page."""
LONGEST: Final = 200
INT4: Final = 2**31 - 1


class KnowledgePages(Controller):
    """Public knowledge."""

    path = "/knowledge"
    include_in_schema = False
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @get()
    async def search(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """Items that answer a question, best first; all of them without one."""
        here = await served(request, house)
        asked = request.query_params.get("q", "").replace("\x00", "").strip()[:LONGEST]
        after = request.query_params.get("after", "")
        # By its length first: Python refuses to read numbers of thousands of digits.
        fits = after.isascii() and after.isdecimal() and len(after) <= len(str(INT4)) and int(after) <= INT4
        last = int(after) if fits else 0
        today = house.clock().astimezone(SHANGHAI).date()
        found: list[KnowledgeItem] = []
        async with house.db.read(Wall(account=0)) as connection:
            try:
                if asked:
                    found = await service.search(connection, asked, READER, today, limit=MANY)
                else:
                    found = await service.in_force(connection, READER, today, after=last, limit=MANY)
            except NothingToSearch:
                found = []
        more = found[-1].id if not asked and len(found) == MANY else None
        return page(request, here, "knowledge.html", keeps=True, asked=asked, found=found, more=more)

    @get("/{item:int}")
    async def one(
        self,
        request: AnyRequest,
        house: NamedDependency[House],
        item: Annotated[int, PathParameter(ge=1, le=INT4)],
    ) -> Response[str]:
        """One item, while it is in force."""
        here = await served(request, house)
        today = house.clock().astimezone(SHANGHAI).date()
        async with house.db.read(Wall(account=0)) as connection:
            try:
                found = await service.cite(connection, item, READER, today)
            except NotCitable:
                raise UnknownItem(item=item) from None
        return page(request, here, "item.html", keeps=True, item=found)

    @post("/suggestions", status_code=HTTP_200_OK)
    async def suggest(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """What fits a title that is being typed, as a part of the form's page."""
        sent = await received(request)
        await served(request, house)
        found = await suggestions(house, sent.one("title"))
        text = TEMPLATES.get_template("suggested.html").render(shell=shell_of(request), suggested=found)
        return Response(text, media_type="text/html")


async def suggestions(house: House, title: str) -> list[KnowledgeItem]:
    """Items that may answer a matter before it is filed; none where nothing can be searched for."""
    asked = title.replace("\x00", "").strip()[:LONGEST]
    if not asked:
        return []
    today = house.clock().astimezone(SHANGHAI).date()
    try:
        async with house.db.read(Wall(account=0)) as connection:
            return await service.search(connection, asked, READER, today, limit=FEW)
    except YihaoError:  # only a comfort: the form works without
        return []
