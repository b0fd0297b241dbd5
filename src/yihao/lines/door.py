"""The register for routes and screens: one function for each thing an account may ask or do."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final, Literal

import asyncpg

from yihao.lines import reading, rules, service
from yihao.lines.dial import dial
from yihao.lines.errors import ForeignRegister, NotYourRegister
from yihao.lines.model import STATUS_ZH, Decision
from yihao.lines.register import DRAFT_FIELDS, Entry, LineDraft
from yihao.lines.views import (
    ChangedLine,
    ChangePage,
    Comparison,
    DutyList,
    LineDetail,
    LinePage,
    NewLine,
    Progress,
    StepIn,
    StepOfMerge,
    TickIn,
    detail,
    line_view,
    mode_label,
    progress_line,
    special_views,
)
from yihao.orders.door import Visit
from yihao.orders.places import Place
from yihao.people.scope import require
from yihao.store.audit import audit_in
from yihao.store.tables import Column, Format, write
from yihao.units.load import tree
from yihao.units.model import By

KEEPERS: Final = ("manager",)
"""管理机构 keeps the register (spec E)."""
ASSESSMENT: Final = tuple(
    Column(name, title)
    for name, title in (
        ("area", "辖区"), ("number", "号码"), ("name", "热线名称"), ("mode", "归并方式"), ("unit", "责任单位"),
        ("status", "状态"), ("by", "完成期限"), ("cut_over", "切换日期"), ("late", "逾期天数"), ("clause", "登记依据"),
        ("duty", "责任"), ("duty_clause", "责任依据"), ("done", "已落实"), ("at", "落实时间"), ("document", "证明材料"),
        ("evidence", "落实时平台记录"), ("live", "平台现有记录"), ("survey", "尚缺的调查内容"), ("against", "文件矛盾"),
        ("link", "查看"),
    )
)  # fmt: skip


async def numbers(visit: Visit, jurisdiction: int | None, after: str, limit: int) -> LinePage:
    """The numbers a place knows, by number: its register, those above that hold in it, 12345 and the emergencies."""
    async with visit.db.read(visit.actor.wall()) as connection:
        place = await _place(connection, visit, jurisdiction)
        found = await reading.page(connection, place.jurisdiction.path, after=after, limit=limit + 1)
        count = await reading.count(connection, place.jurisdiction.path)
    on = reading.today_in(place, visit.act.now)
    answered = reading.answering(place.tree, place.jurisdiction.path)
    views = [line_view(place, entry, on, answered) for entry in found]
    views += [view for view in special_views(place) if view.number > after]
    views.sort(key=lambda view: view.number)
    following = views[limit - 1].number if len(views) > limit else None
    return LinePage(items=views[:limit], next=following, incomplete=rules.incomplete(place.profile, count))


async def one(visit: Visit, number: str) -> LineDetail:
    """One line. Raises UnknownLine."""
    async with visit.db.read(visit.actor.wall()) as connection:
        entry, place = await _line(connection, visit, number)
        return await _detail(connection, visit, entry, place)


async def duties(visit: Visit, number: str) -> DutyList:
    """The check-list of a line. Raises UnknownLine."""
    async with visit.db.read(visit.actor.wall()) as connection:
        entry, place = await _line(connection, visit, number)
        found = (await reading.duties(connection, place, [entry], visit.act.now))[entry.id]
    done = all(duty.done for duty in found)
    return DutyList(number=number, version=entry.version, complete=done, items=found)


async def history(visit: Visit, number: str, after: int, limit: int) -> ChangePage:
    """What happened to a line. Raises UnknownLine."""
    async with visit.db.read(visit.actor.wall()) as connection:
        entry, _ = await _line(connection, visit, number)
        found = await reading.history(connection, entry.id, after=after, limit=limit)
    return ChangePage(items=found, next=found[-1].version if len(found) == limit else None)


async def dialled(visit: Visit, number: str, area: str | None, on: date | None) -> Decision:
    """What the number does, dialled in an area on a day. Raises NotANumber, NotAnArea."""
    async with visit.db.read(visit.actor.wall()) as connection:
        place = await _place(connection, visit, None)
        node = place.tree.area(area) if area and area.isdigit() else None
        if node is not None and node.path.startswith(place.jurisdiction.path):
            # A county with a layer of its own answers by its own rules.
            place = await visit.desk.places.at(connection, node.path)
        day = on or reading.today_in(place, visit.act.now)
        line = await reading.dialled(connection, place, number)
        linked = await reading.partner(connection, place.jurisdiction.path, number, day)
    return dial(place.profile, line, day, area, partner=linked)


async def create(visit: Visit, data: NewLine) -> LineDetail:
    """A new line. Raises Forbidden, NotYourRegister and what `service.create` raises."""
    async with _keeping(visit, "登记热线") as (connection, by):
        place = await _place(connection, visit, data.jurisdiction_id)
        _own(visit, place.jurisdiction.path)
        new = await service.create(
            connection, place, data.number, _draft(data), by, status=data.status, override=data.override
        )
        return await _detail(connection, visit, new, place)


async def change(visit: Visit, number: str, data: ChangedLine, version: int) -> LineDetail:
    """The entry as sent. Raises Forbidden, NotYourRegister and what `service.change` raises."""
    async with _keeping(visit, "修改热线登记") as (connection, by):
        entry, place = await _owned(connection, visit, number)
        new = await service.change(connection, place, entry, _draft(data), by, version=version, override=data.override)
        return await _detail(connection, visit, new, place)


async def take_step(visit: Visit, number: str, data: StepIn, version: int) -> LineDetail:
    """Merged, cancelled, opened again. Raises Forbidden, NotYourRegister and what `service.take_step` raises."""
    async with _keeping(visit, "变更热线状态") as (connection, by):
        entry, place = await _owned(connection, visit, number)
        new = await service.take_step(connection, place, entry, data.step, by, version=version, override=data.override)
        return await _detail(connection, visit, new, place)


async def tick(visit: Visit, number: str, code: str, data: TickIn, version: int) -> LineDetail:
    """A duty ticked or not. Raises Forbidden, NotYourRegister and what `service.tick` raises."""
    async with _keeping(visit, "勾选热线责任") as (connection, by):
        entry, place = await _owned(connection, visit, number)
        new = await service.tick(
            connection, place, entry, code, by, done=data.done, document=data.document, version=version
        )
        return await _detail(connection, visit, new, place)


async def progress(visit: Visit, jurisdiction: int | None) -> Progress:
    """How far the merge has come in a place; what is late stands first."""
    async with visit.db.read(visit.actor.wall()) as connection:
        place = await _place(connection, visit, jurisdiction)
        entries = await reading.page(connection, place.jurisdiction.path, limit=10_000)
        ticks = await reading.ticked(connection, entries)
    on, merging = reading.today_in(place, visit.act.now), place.profile.merging
    done = Counter(entry for (entry, _), yes in ticks.items() if yes)
    lines = [progress_line(place, entry, on, done[entry.id]) for entry in entries]
    red = sum(line.red for line in lines)
    return Progress(
        title=place.jurisdiction.name,
        on=on,
        registered=len(lines),
        announced=merging.announced.total if merging.announced else None,
        incomplete=rules.incomplete(place.profile, len(lines)),
        by_status=dict(Counter(STATUS_ZH[entry.status] for entry in entries)),
        by_mode=dict(Counter(mode_label(place.profile, entry.mode) for entry in entries)),
        red=red,
        slow=f"{merging.slow.zh}（{merging.slow.basis.cite()}）" if red and merging.slow else "",
        steps=[
            StepOfMerge(label=step.zh, by=step.by, past=on > step.by, clause=step.basis.cite())
            for step in merging.steps
        ],
        items=sorted(lines, key=lambda line: (-line.late_days, line.number)),
    )


async def compare(visit: Visit, theirs: Literal["parent", "document"]) -> Comparison:
    """Our register beside the parent's, or beside the list of our own document."""
    async with visit.db.read(visit.actor.wall()) as connection:
        place = await _place(connection, visit, None)
        node, profile = place.jurisdiction, place.profile
        ours = [_other(entry) for entry in await reading.page(connection, node.path, limit=10_000)]
        if theirs == "document":
            other = [rules.Other(o.number, o.name, o.mode, o.unit) for o in profile.register.values()]
            name = f"{profile.document or profile.title}所附清单"
        else:
            other, name = await reading.parent_list(connection, place)
            if not other and node.parent_id is not None:
                parent = place.tree.jurisdiction(node.parent_id)
                other = [_other(entry) for entry in await reading.page(connection, parent.path, limit=10_000)]
                name = f"{parent.name}登记册"
    found = rules.compare(ours, other)
    return Comparison(
        theirs=name or "没有上级清单，请用 yihao import parent_lines 导入",
        ours=len(ours),
        their_count=len(other),
        items=found,
    )


async def assessment(visit: Visit, form: Format) -> bytes:
    """Every line with its duties and their evidence, as a file (BY 三(五), XS 五(三)); recorded."""
    role = require(visit.actor, *KEEPERS, "supervisor", "superior", what="导出热线归并自查评估")
    async with visit.db.write(visit.actor.wall()) as connection:
        place = await _place(connection, visit, None)
        entries = await reading.branch(connection, place.jurisdiction.path)
        rows: list[list[str]] = []
        for path in dict.fromkeys(entry.path for entry in entries):
            there = await visit.desk.places.at(connection, path)
            rows += await _assessed(connection, visit, there, [entry for entry in entries if entry.path == path])
        await audit_in(connection, visit.act.row(role, "line.assessment", lines=len(entries), rows=len(rows)))
    return write(form, ASSESSMENT, rows, taken_by=visit.actor.name, at=visit.act.now.astimezone(place.zone))


async def _assessed(
    connection: asyncpg.Connection, visit: Visit, place: Place, entries: list[Entry]
) -> list[list[str]]:
    on, owed = reading.today_in(place, visit.act.now), await reading.duties(connection, place, entries, visit.act.now)
    rows = []
    for entry in entries:
        head = [
            *(place.jurisdiction.name, entry.number, entry.name, mode_label(place.profile, entry.mode)),
            *(entry.local_unit or entry.unit, STATUS_ZH[entry.status]),
            *(day.isoformat() if day else "" for day in (entry.by, entry.cut_over)),
            *(str(rules.late_days(entry, on)), entry.clause),
        ]
        tail = ["、".join(rules.survey_gaps(place.profile, entry)), entry.against, f"/console/lines/{entry.number}"]
        if not owed[entry.id]:  # not merged here: one row, so that no line is missing
            rows.append([*head, *[""] * 7, *tail])
        for duty in owed[entry.id]:
            at = duty.at.astimezone(place.zone).isoformat(timespec="minutes") if duty.at else ""
            shown = ["是" if duty.done else "否", at, duty.document, duty.evidence, duty.live]
            rows.append([*head, duty.label, duty.clause, *shown, *tail])
    return rows


@asynccontextmanager
async def _keeping(visit: Visit, what: str) -> AsyncIterator[tuple[asyncpg.Connection, By]]:
    role = require(visit.actor, *KEEPERS, what=what)
    by = By(account=visit.actor.account, role=role, at=visit.act.now, request_id=visit.act.request_id)
    async with visit.db.write(visit.actor.wall()) as connection:
        yield connection, by


async def _place(connection: asyncpg.Connection, visit: Visit, jurisdiction: int | None) -> Place:
    """The place asked for, in the caller's own branch or above it; without one the caller's own.

    Raises:
        UnknownPlace, ForeignRegister.
    """
    if jurisdiction is None:
        return await visit.desk.places.at(connection, visit.actor.path)
    node = (await tree(connection)).jurisdiction(jurisdiction)
    if not (node.path.startswith(visit.actor.path) or visit.actor.path.startswith(node.path)):
        raise ForeignRegister(what="", who="该辖区的管理机构")
    return await visit.desk.places.at(connection, node.path)


async def _line(connection: asyncpg.Connection, visit: Visit, number: str) -> tuple[Entry, Place]:
    entry = await reading.own(connection, visit.actor.path, number)
    return entry, await visit.desk.places.at(connection, entry.path)


async def _owned(connection: asyncpg.Connection, visit: Visit, number: str) -> tuple[Entry, Place]:
    entry, place = await _line(connection, visit, number)
    _own(visit, entry.path)
    return entry, place


def _own(visit: Visit, path: str) -> None:
    if not path.startswith(visit.actor.path):
        raise NotYourRegister(what="", who="上级管理机构")


async def _detail(connection: asyncpg.Connection, visit: Visit, entry: Entry, place: Place) -> LineDetail:
    on = reading.today_in(place, visit.act.now)
    owed = (await reading.duties(connection, place, [entry], visit.act.now))[entry.id]
    answered = entry.number in reading.answering(place.tree, entry.path)
    return detail(place, entry, on, owed, dial(place.profile, entry.line(answered), on))


def _draft(data: LineDraft) -> LineDraft:
    fields: dict[str, Any] = {name: getattr(data, name) for name in DRAFT_FIELDS}
    return LineDraft(**fields)


def _other(entry: Entry) -> rules.Other:
    return rules.Other(entry.number, entry.name, entry.mode, entry.unit)
