"""HTTP of service companies, relative to ``/api/v1``: the register, how each does, proposals and decisions."""

from __future__ import annotations

from typing import Annotated, Any, Final

import asyncpg
import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK

from yihao.companies import rules, service
from yihao.companies.errors import WrongCompany
from yihao.companies.model import Case, CaseDraft, CaseKind, Company, CompanyDraft, DecisionIn, Record
from yihao.orders.door import Visit
from yihao.people.model import ROLES
from yihao.people.problem import refusals
from yihao.people.scope import Actor, require
from yihao.units.load import look_again, tree
from yihao.units.model import By
from yihao.units.service import edit
from yihao.units.tree import Tree

INT4: Final = 2**31 - 1
KEEPERS: Final = ("manager", "admin")
PROPOSERS: Final = ("supervisor", "manager")
DECIDERS: Final = ("manager",)
"""管理机构 decides; the rule and the supervisors propose (SX 二(二)8: 建立动态调整机制)."""
READ: Final = refusals(401, 403, 404, 503)
WRITE: Final = refusals(400, 401, 403, 404, 409, 422, 503)
UnitId = Annotated[int, PathParameter(ge=1, le=INT4, description="Unit's id. 单位编号。")]
CaseId = Annotated[int, PathParameter(ge=1, le=INT4, description="Case's id. 提请编号。")]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class CompanyView(Company, frozen=True, kw_only=True):
    """A company in the register, with how it does."""

    name: Annotated[str, _says("单位名称")]
    path: Annotated[str, _says("所属辖区的路径，如 /1/4/")]
    dispatchable: Annotated[bool, _says("可以派单：在用且有在岗办理人员")]
    record: Annotated[Record, _says("近期评价与得分（本账号可见范围内）")]
    open_case: Annotated[Case | None, _says("待决定的提请；没有时为空")]
    may_change: Annotated[bool, _says("本账号可以修改登记")]
    may_propose: Annotated[list[CaseKind], _says("本账号现在可以提请的事项")]
    may_decide: Annotated[bool, _says("本账号可以决定待决定的提请：不能是提出人")]


class CompanyList(msgspec.Struct, frozen=True, kw_only=True):
    """The register."""

    items: Annotated[list[CompanyView], _says("服务企业，按辖区、单位编号排列")]


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """Proposals with their decisions."""

    items: Annotated[list[Case], _says("提请及决定，新的在前")]


class CompanyController(Controller):
    """Service companies that joined the hotline."""

    path = "/companies"
    tags = ("服务企业 Companies",)

    @get(operation_id="listCompanies", summary="服务企业名录", responses=refusals(401, 403, 503))
    async def list_all(self, visit: NamedDependency[Visit]) -> CompanyList:
        """Hotline roles and administrators see all of their place; a company's people their own entry."""
        return CompanyList(items=await register(visit))

    @put("/{unit:int}", operation_id="putCompany", summary="登记服务企业", responses=WRITE)
    async def change(self, unit: UnitId, data: JSONBody[CompanyDraft], visit: NamedDependency[Visit]) -> CompanyView:
        """What is agreed, as sent; the status changes by a decision alone. Within the caller's own branch."""
        return await put_company(visit, unit, data)

    @get("/{unit:int}/cases", operation_id="listCompanyCases", summary="服务企业的提请和决定", responses=READ)
    async def cases(self, unit: UnitId, visit: NamedDependency[Visit]) -> CaseList:
        """Every proposal about a company with its decision, newest first."""
        async with visit.db.read(visit.actor.wall()) as connection:
            now = await tree(connection)
            if not _sees(visit.actor, now, unit):
                return CaseList(items=[])
            await service.company(connection, unit)
            return CaseList(items=await service.cases(connection, unit))

    @post("/{unit:int}/cases", operation_id="openCompanyCase", summary="提请观察、退出或恢复", responses=WRITE)
    async def propose(self, unit: UnitId, data: JSONBody[CaseDraft], visit: NamedDependency[Visit]) -> Case:
        """A proposal by a supervisor or the managing body; another person of the managing body decides."""
        return await open_case(visit, unit, data)

    @post(
        "/appraisals",
        operation_id="appraiseCompanies",
        summary="按规则考评服务企业",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def appraise(self, visit: NamedDependency[Visit]) -> CaseList:
        """What is done every night, now: proposals the rules of the caller's branch lead to."""
        require(visit.actor, *DECIDERS, what="考评服务企业")
        async with visit.db.work() as connection:
            made = await service.appraise(connection, visit.desk.places, visit.act.now, visit.actor.path)
        return CaseList(items=made)

    @post(
        "/cases/{case:int}/decision",
        operation_id="decideCompanyCase",
        summary="决定提请",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def decide(self, case: CaseId, data: JSONBody[DecisionIn], visit: NamedDependency[Visit]) -> Case:
        """By another person of the managing body than who proposed. Removal puts the unit out of use."""
        return await decide(visit, case, data)


async def register(visit: Visit) -> list[CompanyView]:
    """The companies the account may see, each with its figures and open proposal."""
    async with visit.db.read(visit.actor.wall()) as connection:
        now = await tree(connection)
        found = [one for one in await service.companies(connection) if _sees(visit.actor, now, one.unit_id)]
        views = [await _view(connection, visit, now, one) for one in found]
    return sorted(views, key=lambda one: (one.path, one.unit_id))


async def put_company(visit: Visit, unit: int, draft: CompanyDraft) -> CompanyView:
    """Register or change. Raises Forbidden, UnknownPlace, WrongCompany."""
    by = _by(visit, *KEEPERS, what="登记服务企业")
    async with visit.db.write(visit.actor.wall()) as connection:
        now = await tree(connection)
        _own_branch(visit.actor, now, unit)
        return await _view(connection, visit, now, await service.put(connection, now, unit, draft, by))


async def open_case(visit: Visit, unit: int, draft: CaseDraft) -> Case:
    """Propose. Raises Forbidden, UnknownCompany, WrongCompany, CaseNotNow."""
    by = _by(visit, *PROPOSERS, what="提请调整服务企业")
    async with visit.db.write(visit.actor.wall()) as connection:
        now = await tree(connection)
        _own_branch(visit.actor, now, unit)
        place = await visit.desk.places.at(connection, now.place(unit).path)
        seen = await service.record(connection, place, await service.company(connection, unit), visit.act.now)
        return await service.open_case(connection, place, unit, draft, seen, by)


async def decide(visit: Visit, number: int, said: DecisionIn) -> Case:
    """Decide. Raises Forbidden, UnknownCase, WrongCompany, CaseNotNow, SameHand."""
    by = _by(visit, *DECIDERS, what="决定服务企业的观察、退出和恢复")
    async with visit.db.write(visit.actor.wall()) as connection:
        opened = await edit(connection, by)
        found = await service.case(connection, number)
        _own_branch(visit.actor, opened.now, found.unit_id)
        made = await service.decide(opened, number, said, by)
    look_again()
    return made


def _by(visit: Visit, *roles: str, what: str) -> By:
    role = require(visit.actor, *roles, what=what)
    return By(account=visit.actor.account, role=role, at=visit.act.now, request_id=visit.act.request_id)


def _sees(actor: Actor, now: Tree, unit: int) -> bool:
    if unit not in now.units:
        return False
    whole = actor.has_any(KEEPERS) or any(ROLES[role].kind == "hotline" for role in actor.roles)
    path = now.place(unit).path
    return unit in actor.units or (whole and (path.startswith(actor.path) or actor.path.startswith(path)))


def _own_branch(actor: Actor, now: Tree, unit: int) -> None:
    if not now.place(unit).path.startswith(actor.path):
        raise WrongCompany(
            field="unit",
            why="只能办理本辖区及下级的服务企业，请由上级管理机构办理",
            why_en="you may write for your own branch only",
        )


async def _view(connection: asyncpg.Connection, visit: Visit, now: Tree, one: Company) -> CompanyView:
    place = await visit.desk.places.at(connection, now.place(one.unit_id).path)
    past = await service.cases(connection, one.unit_id)
    fields: dict[str, Any] = msgspec.structs.asdict(one)
    actor, opened = visit.actor, next((case for case in past if case.status == "open"), None)
    own = place.jurisdiction.path.startswith(actor.path)
    return CompanyView(
        **fields,
        name=now.unit(one.unit_id).name,
        path=place.jurisdiction.path,
        dispatchable=now.dispatchable(one.unit_id) is None,
        record=await service.record(connection, place, one, visit.act.now),
        open_case=opened,
        may_change=own and actor.has_any(KEEPERS),
        may_propose=rules.open_kinds(one, past) if own and actor.has_any(PROPOSERS) else [],
        may_decide=own and actor.has_any(DECIDERS) and opened is not None and opened.opened_by != actor.account,
    )
