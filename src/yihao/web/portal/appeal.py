"""Filing a matter: where it happened, the form, and the answer with number and code."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK

from yihao.errors import TooMany, YihaoError
from yihao.orders import attachments
from yihao.orders.attachments import LARGEST, Attachment
from yihao.orders.citizen_files import MOST_FILES, TooManyFiles, kept
from yihao.orders.citizen_steps import submitted
from yihao.orders.citizen_views import AppealMade
from yihao.orders.door import Visit
from yihao.orders.model import KINDS
from yihao.orders.service import KeyReused
from yihao.people.guard import PUBLIC
from yihao.units.model import Jurisdiction
from yihao.web.portal import form
from yihao.web.portal.areas import below, chosen, levels, spelled, start
from yihao.web.portal.knowledge import suggestions
from yihao.web.portal.sent import Sent, received
from yihao.web.portal.shell import AnyRequest, Here, House, Problem, page, problem_of, served
from yihao.web.portal.words import HINTS, coming
from yihao.web.problems import NulInText, as_yihao

AGAIN: Final = "这份表单刚才已经提交成功过一次，这次的内容与上次不同。如果是另一件事，请再次点击“提交”。"
LEFT_OUT: Final = "有{count}个文件超过10 MB或合计超过30 MB，没有上传：{names}。其余内容都在，请压缩后重新选择。"


class AppealPages(Controller):
    """What a citizen files."""

    path = "/appeal"
    include_in_schema = False
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @get("/where")
    async def where(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """One step down the tree of places; the form itself takes over anywhere."""
        query = request.query_params
        here = await served(request, house, query.get("in"))
        node = here.area or start(here.tree, here.desk)
        return page(
            request,
            here,
            "where.html",
            keeps=True,
            node=node,
            line=here.tree.lineage(node.id),
            choices=below(here.tree, node),
            who=query.get("who", "") if query.get("who") == "enterprise" else "",
        )

    @get("/areas")
    async def areas(self, request: AnyRequest, house: NamedDependency[House]) -> Response[Any]:
        """The places right below one, for the lists of the form."""
        here = await served(request, house, request.query_params.get("of"))
        node = here.area or here.tree.root
        found = [{"code": one.area_code, "name": one.name} for one in below(here.tree, node)]
        return Response(found, headers={"cache-control": "public, max-age=300"})

    @get()
    async def blank(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """The empty form."""
        query = request.query_params
        here = await served(request, house, query.get("area"))
        sent = Sent(typed={"_key": (form.new_key(),)})
        if query.get("who") == "enterprise":
            sent.put("who", "enterprise")
        if here.area is not None:
            sent.put("area", *(one.area_code for one in here.tree.lineage(here.area.id)))
        return _form(request, here, sent, (), keeps=True)

    @post(status_code=HTTP_200_OK, request_max_body_size=None)
    async def file(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """File it; whatever is wrong, the form comes back whole."""
        sent = await received(request, files=True)
        try:
            return await _filed(request, house, sent)
        finally:
            await sent.close()


async def _filed(request: AnyRequest, house: House, sent: Sent) -> Response[str]:
    here = await served(request, house)
    area = chosen(here.tree, sent.all("area"))
    if area is not None:
        here = await served(request, house, area.area_code)
    sent.put("_key", form.key_of(sent))
    files: tuple[Attachment, ...] = ()
    problems: list[Problem] = []
    try:
        citizen = await house.citizen(request)
        problems = await keep_files(request, citizen, sent)
        files = await still_kept(citizen, sent)
        if sent.one("_step") in ("area", "suggest") or "_large" in sent.typed:
            found = await suggestions(house, sent.one("title")) if sent.one("_step") == "suggest" else None
            return _form(request, here, sent, files, problems=problems, suggested=found)
        problems += nul_in(sent) or form.missing(sent, here)
        if problems:
            return _form(request, here, sent, files, status=422, problems=problems)
        appeal = form.appeal_of(sent, here, _channel(request, here))
        # As the form names them: sent again, they are the matter's by now, and it is still the same submission.
        named = form.kept_of(sent)
        made = await submitted(request, citizen, appeal, sent.one("_key"), named)
        return _told(request, here, sent, made, len(named))
    except Exception as error:  # also what nobody foresaw must not cost what was typed
        said = as_yihao(request, error)
        if isinstance(said, KeyReused):
            sent.put("_key", form.new_key())
            problems.append(Problem("", AGAIN))
        else:
            problems.append(problem_of(said, form.FIELDS))
        answer = _form(request, here, sent, files, status=said.status, problems=problems)
        if isinstance(said, TooMany):
            answer.headers["retry-after"] = str(said.params["seconds"])
        return answer


async def keep_files(request: AnyRequest, citizen: Visit, sent: Sent) -> list[Problem]:
    """Keep the files that came, and name them in the form; answers what is wrong with the others."""
    problems = []
    if sent.left_out:
        names = "、".join(one[:60] or "未命名" for one in sent.left_out)
        problems.append(Problem("_files", LEFT_OUT.format(count=len(sent.left_out), names=names)))
    ids = list(form.kept_of(sent))
    try:
        for file in sent.files:
            if len(ids) >= MOST_FILES:
                raise TooManyFiles(most=MOST_FILES)
            content = await file.read(LARGEST + 1)
            made = await kept(request, citizen, file.filename, content, sent.one("_key"))
            ids = list(dict.fromkeys((*ids, made.id)))
    except YihaoError as refused:
        if refused.status >= 500:
            raise
        problems.append(Problem("_files", refused.sentence()))
    finally:
        sent.put("attachments", *ids)
    return problems


async def still_kept(citizen: Visit, sent: Sent) -> tuple[Attachment, ...]:
    """The files the form names that are still kept for it."""
    ids = form.kept_of(sent)
    if not ids:
        return ()
    async with citizen.db.read(citizen.actor.wall()) as connection:
        return tuple(await attachments.loose(connection, citizen.desk.ring, ids))


def nul_in(sent: Sent) -> list[Problem]:
    """Fields with a sign no text of the database can hold."""
    names = [name for name, values in sent.typed.items() if any("\x00" in value for value in values)]
    return [Problem(name, NulInText().sentence()) for name in names]


def _channel(request: AnyRequest, here: Here) -> str:
    """By its own word a phone; which door it was is counted, and changes nothing else."""
    mobile = any(one.code == "mobile" and one.on for one in here.profile.acceptance.channels)
    return "mobile" if mobile and "Mobile" in request.headers.get("user-agent", "") else "web"


def _form(
    request: AnyRequest,
    here: Here,
    sent: Sent,
    files: tuple[Attachment, ...],
    *,
    status: int = 200,
    problems: list[Problem] | None = None,
    suggested: list[Any] | None = None,
    keeps: bool = False,
) -> Response[str]:
    area: Jurisdiction | None = chosen(here.tree, sent.all("area"))
    enterprise = form.is_enterprise(sent)
    problems = problems or []
    return page(
        request,
        here,
        "appeal.html",
        status=status,
        keeps=keeps,
        sent=sent,
        form="appeal",
        levels=levels(here.tree, area),
        area=spelled(here.tree, area),
        files=files,
        enterprise=enterprise,
        kinds=[(kind, here.profile.kinds[kind], HINTS[kind]) for kind in KINDS if kind in here.profile.kinds],
        labels=form.LABELS,
        problems=[one for one in problems if one.text],
        wrong={one.field: one.text for one in problems if one.field},
        suggested=suggested,
        most=MOST_FILES,
    )


def _told(request: AnyRequest, here: Here, sent: Sent, made: AppealMade, files: int) -> Response[str]:
    kind: Any = sent.one("kind")
    lane = here.lane and form.is_enterprise(sent)
    return page(
        request, here, "filed.html", made=made, files=files, coming=coming(here.profile, kind, lane=lane), lane=lane
    )
