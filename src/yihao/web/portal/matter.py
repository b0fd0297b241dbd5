"""A matter of the citizen's own: opened by number and code, and what may still be done with it.

Number and code travel in the form alone: no cookie, and nothing of them in an address, a history or a log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.status_codes import HTTP_200_OK

from yihao.errors import TooMany, YihaoError
from yihao.orders.citizen_files import MOST_FILES, opened_file, supplemented
from yihao.orders.citizen_steps import looked_at, rated, reviewed, urged, withdrawn
from yihao.orders.citizen_views import RatingIn, ReviewIn, SupplementIn, UrgeIn, WithdrawIn
from yihao.orders.door import Visit
from yihao.orders.progress import Progress
from yihao.people.guard import PUBLIC
from yihao.web.portal import form
from yihao.web.portal.appeal import keep_files, nul_in, still_kept
from yihao.web.portal.sent import Sent, received
from yihao.web.portal.shell import AnyRequest, Here, House, Problem, here_at, page, problem_of, served
from yihao.web.portal.words import PLACES, STAGES
from yihao.web.problems import as_yihao, of_body

LABELS: Final = {
    "text": "补充的内容",
    "reason": "原因",
    "phone": "登记时的联系电话",
    "service": "对热线服务的评价",
    "handling": "对办理结果的评价",
    "solved": "问题是否解决",
    "_files": "照片和材料",
}
NEEDED: Final = {
    "text": "请写明要补充的情况，或选择要补充的照片和材料。",
    "reason": "请写明原因。",
    "phone": "请填写登记时的联系电话，用于核实是您本人。",
    "service": "请选择对热线服务的评价。",
    "handling": "请选择对办理结果的评价。",
    "solved": "请选择问题是否解决。",
}
WITH_FILES: Final = "诉求人补充了照片和材料。"
NO_NUMBER, NO_CODE = "请填写工单编号。", "请填写查询码，提交诉求时已告知。"


class Step(msgspec.Struct, frozen=True):
    """One thing a citizen may do. ``asks``: fields that must be filled in; ``done``: what the page says then."""

    asks: tuple[str, ...]
    done: str


STEPS: Final = {
    "supplement": Step(("text",), "已补充，承办单位可以看到。"),
    "urge": Step((), "已催办，承办单位会收到提醒。"),
    "withdraw": Step(("phone", "reason"), "已提交撤回。"),
    "rating": Step(("service", "handling", "solved"), "感谢您的评价。"),
    "review": Step(("phone", "reason"), "复核申请已收到，由原决定人以外的人员复核。"),
}


class MatterPages(Controller):
    """The own matter."""

    path = "/query"
    include_in_schema = False
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @get()
    async def ask(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """Number and code, please."""
        here = await served(request, house)
        sent = Sent(typed={"number": (request.query_params.get("number", "")[:40],)})
        return _ask(request, here, sent, [], keeps=True)

    @post(status_code=HTTP_200_OK, request_max_body_size=None)
    async def look(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """How it stands."""
        sent = await received(request)
        here = await served(request, house)
        if problems := _closed(sent):
            return _ask(request, here, sent, problems, status=422)
        try:
            found = await looked_at(request, await house.citizen(request), sent.one("number"), sent.one("code"))
            return await _matter(request, house, sent, found)
        except Exception as error:  # also what nobody foresaw must not cost what was typed
            said = as_yihao(request, error)
            return _waits(said, _ask(request, here, sent, [Problem("", said.sentence())], status=said.status))

    @post("/file", status_code=HTTP_200_OK, request_max_body_size=None)
    async def file(self, request: AnyRequest, house: NamedDependency[House]) -> Response[Any]:
        """A file of the own, or of the reply."""
        sent = await received(request)
        here = await served(request, house)
        if problems := _closed(sent):
            return _ask(request, here, sent, problems, status=422)
        number, code, file = (sent.one(name)[:40] for name in ("number", "code", "file"))
        try:
            return await opened_file(request, await house.citizen(request), number, code, file)
        except YihaoError as said:
            if said.status >= 500:
                raise
            return _waits(said, _ask(request, here, sent, [Problem("", said.sentence())], status=said.status))

    @post("/{step:str}", status_code=HTTP_200_OK, request_max_body_size=None)
    async def act(
        self, request: AnyRequest, house: NamedDependency[House], step: Annotated[str, PathParameter(max_length=40)]
    ) -> Response[str]:
        """Do one thing; refused, its form comes back whole."""
        sent = await received(request, files=True)
        try:
            return await _acted(request, house, sent, step)
        finally:
            await sent.close()


async def _acted(request: AnyRequest, house: House, sent: Sent, step: str) -> Response[str]:
    here = await served(request, house)
    if step not in STEPS:
        return _ask(request, here, sent, [], status=404)
    sent.put("_key", form.key_of(sent))
    if problems := _closed(sent):
        return _ask(request, here, sent, problems, status=422, step=step)
    # The code first: of who does not know it nothing is kept. From here on he may look, whatever else goes wrong.
    try:
        citizen = await house.citizen(request)
        found = await looked_at(request, citizen, sent.one("number")[:40], sent.one("code")[:40])
    except Exception as error:  # also what nobody foresaw must not cost what was typed
        said = as_yihao(request, error)
        if said.status >= 500:
            raise
        return _waits(said, _ask(request, here, sent, [Problem("", said.sentence())], status=said.status, step=step))
    try:
        problems = await keep_files(request, citizen, sent) if step == "supplement" else []
        problems += nul_in(sent) or [Problem(name, NEEDED[name]) for name in _lacking(sent, step)]
        if problems:
            return await _matter(request, house, sent, found, step=step, problems=problems, status=422)
        after = await DOES[step](request, citizen, sent)
        return await _matter(request, house, Sent(typed=_opened(sent)), after, notice=STEPS[step].done)
    except Exception as error:  # also what nobody foresaw must not cost what was typed
        said = as_yihao(request, error)
        problems.append(problem_of(said, frozenset(LABELS)))
        answer = await _matter(request, house, sent, found, step=step, problems=problems, status=said.status)
        return _waits(said, answer)


def _closed(sent: Sent) -> list[Problem]:
    """What is missing, or cannot be, of number and code."""
    asked = (("number", NO_NUMBER), ("code", NO_CODE))
    missing = [Problem(name, text) for name, text in asked if not sent.one(name)]
    return missing or nul_in(Sent(typed={name: sent.typed[name] for name, _ in asked}))


def _lacking(sent: Sent, step: str) -> list[str]:
    return [name for name in STEPS[step].asks if not sent.one(name) and not (name == "text" and form.kept_of(sent))]


def _opened(sent: Sent) -> dict[str, tuple[str, ...]]:
    return {name: (sent.one(name),) for name in ("number", "code")}


def _said(sent: Sent, shape: type[Any], *names: str) -> Any:
    """The body of the step, read by the very shape of the API."""
    body: dict[str, Any] = {name: value for name in names if (value := sent.one(name))}
    for name in ("service", "handling"):
        if name in body and body[name].isascii() and body[name].isdecimal() and len(body[name]) < 4:
            body[name] = int(body[name])
    if "solved" in body:
        body["solved"] = {"true": True, "false": False}.get(body["solved"], body["solved"])
    try:
        return msgspec.convert(body, shape)
    except msgspec.ValidationError as wrong:
        raise of_body(str(wrong), shape) from None


async def _supplement(request: AnyRequest, citizen: Visit, sent: Sent) -> Progress:
    number, code = sent.one("number"), sent.one("code")
    if not sent.one("text"):
        sent.put("text", WITH_FILES)
    said = _said(sent, SupplementIn, "text")
    await supplemented(request, citizen, number, code, said.text, form.kept_of(sent), sent.one("_key"))
    return await looked_at(request, citizen, number, code)


Does = Callable[[AnyRequest, Visit, Sent], Awaitable[Progress]]


def _does(function: Callable[..., Awaitable[Progress]], shape: type[Any], *names: str) -> Does:
    async def do(request: AnyRequest, citizen: Visit, sent: Sent) -> Progress:
        said = _said(sent, shape, *names)
        return await function(request, citizen, sent.one("number"), sent.one("code"), said, sent.one("_key"))

    return do


DOES: Final[dict[str, Does]] = {
    "supplement": _supplement,
    "urge": _does(urged, UrgeIn, "reason"),
    "withdraw": _does(withdrawn, WithdrawIn, "phone", "reason"),
    "rating": _does(rated, RatingIn, "service", "handling", "solved", "text"),
    "review": _does(reviewed, ReviewIn, "phone", "reason"),
}


def _ask(
    request: AnyRequest,
    here: Here,
    sent: Sent,
    problems: list[Problem],
    *,
    status: int = 200,
    step: str = "",
    keeps: bool = False,
) -> Response[str]:
    return page(
        request,
        here,
        "query.html",
        status=status,
        keeps=keeps,
        form="query",
        sent=sent,
        problems=problems,
        wrong={one.field: one.text for one in problems if one.field},
        step=step,
        carried=carried(sent) if step else [],
    )


def carried(sent: Sent) -> list[tuple[str, str]]:
    """What else was typed, to be sent along with the next try."""
    return [(name, one) for name, values in sent.typed.items() if name not in ("number", "code") for one in values]


async def _matter(
    request: AnyRequest,
    house: House,
    sent: Sent,
    found: Progress,
    *,
    step: str = "",
    problems: list[Problem] | None = None,
    status: int = 200,
    notice: str = "",
) -> Response[str]:
    # Whose rules it is under: the division code is part of every number.
    here = await here_at(house, found.number[8:14])
    files = await still_kept(await house.citizen(request), sent) if step == "supplement" else ()
    problems = problems or []
    return page(
        request,
        here,
        "matter.html",
        status=status,
        matter=found,
        sent=sent,
        key=sent.one("_key") if step else form.new_key(),
        step=step,
        problems=problems,
        wrong={one.field: one.text for one in problems if one.field},
        notice=notice,
        files=files,
        stages=STAGES,
        reached=PLACES.get(found.stage, len(STAGES) - 1),
        labels=LABELS,
        most=MOST_FILES,
        scores=sorted(here.profile.indicators.satisfaction, key=lambda one: -one.score),
    )


def _waits(said: YihaoError, answer: Response[str]) -> Response[str]:
    if isinstance(said, TooMany):
        answer.headers["retry-after"] = str(said.params["seconds"])
    return answer
