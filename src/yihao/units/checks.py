"""What a proposed row of the tree must keep to. Pure: each check looks at a tree and a draft, and raises or passes."""

from __future__ import annotations

from datetime import date

from yihao.units.errors import Taken, UnknownPlace, WrongPlace
from yihao.units.model import (
    LEVEL_ZH,
    LEVELS,
    CatalogueDraft,
    CatalogueRow,
    Category,
    Jurisdiction,
    JurisdictionDraft,
    UnitDraft,
)
from yihao.units.rules import below, covers, significant
from yihao.units.tree import Tree
from yihao.worktime import OfficeHours
from yihao.worktime.errors import UnreadableHours

REGISTERING = ("subcentre", "kept_seat", "managing_body")
"""Kinds that may take matters themselves: QY 二(二)2 保留接听座席和设立分中心的部门, and the hotline."""


def check_jurisdiction(now: Tree, draft: JurisdictionDraft) -> None:
    """A new node lies, by level and by area code, under its parent; there is one root."""
    if any(j.area_code == draft.area_code for j in now.jurisdictions.values()):
        raise Taken(field="area_code", what="区划代码", key=draft.area_code)
    if draft.parent_id is None:
        if now.jurisdictions:
            raise WrongPlace(
                field="parent_id",
                why=f"已有根辖区“{now.root.name}”，请填写上级辖区",
                why_en=f"there is a root already, “{now.root.name}”; name the parent",
            )
        return
    parent = now.jurisdiction(draft.parent_id, field="parent_id")
    if LEVELS.index(draft.level) <= LEVELS.index(parent.level):
        raise WrongPlace(
            field="level",
            why=f"“{draft.name}”的层级须低于上级“{parent.name}”（{LEVEL_ZH[parent.level]}）",
            why_en=f"the level of “{draft.name}” must lie below its parent's, {parent.level}",
        )
    if not covers(parent.area_code, draft.area_code) or significant(parent.area_code) == significant(draft.area_code):
        raise WrongPlace(
            field="area_code",
            why=f"区划代码{draft.area_code}不在上级{parent.area_code}之下，请核对（GB/T 2260）",
            why_en=f"area code {draft.area_code} does not lie under {parent.area_code}; check it (GB/T 2260)",
        )


def check_jurisdiction_change(old: Jurisdiction, draft: JurisdictionDraft) -> None:
    """A node keeps its parent, code and level: orders carry its path, the catalogue its code."""
    if (draft.parent_id, draft.area_code, draft.level) != (old.parent_id, old.area_code, old.level):
        raise WrongPlace(
            field="parent_id",
            why="辖区的上级、区划代码和层级不能修改，因为工单已按原路径归属；请新建辖区",
            why_en="a node keeps its parent, code and level, because orders carry its path; make a new node",
        )


def check_managing_unit(now: Tree, jurisdiction_id: int | None, unit_id: int | None) -> None:
    """The managing body is a unit of the very node; a new node has no units yet."""
    if unit_id is not None and now.unit(unit_id, field="managing_unit_id").jurisdiction_id != jurisdiction_id:
        raise WrongPlace(
            field="managing_unit_id",
            why="热线管理机构须是本辖区的单位；新建辖区请先建辖区、再建单位、最后指定管理机构",
            why_en="the managing body must be a unit of this jurisdiction; make the node, then the unit, then name it",
        )


def check_unit(now: Tree, draft: UnitDraft, unit_id: int | None) -> None:
    """Kinds, opening hours, superiors. ``unit_id``: the unit that is changed, ``None`` for a new one.

    What a kind of unit may do holds in every place: the kinds themselves come from the documents (see docs/units.md).
    """
    now.jurisdiction(draft.jurisdiction_id, field="jurisdiction_id")
    if draft.office_hours is not None:
        try:
            OfficeHours.parse(draft.office_hours)
        except UnreadableHours as refusal:
            refusal.field = "office_hours"
            raise
    if draft.kind == "referral_partner" and draft.in_indicators:
        raise WrongPlace(
            field="in_indicators",
            why="转介协同单位（法院、检察院、纪检监察等）不计入考核，请将 in_indicators 设为 false",
            why_en="referral partners (courts and so on) stay out of indicators; set in_indicators to false",
        )
    if draft.may_register and draft.kind not in REGISTERING:
        raise WrongPlace(
            field="may_register",
            why="只有分中心、保留座席单位和管理机构可以自行登记诉求",
            why_en="only sub-centres, kept seats and managing bodies may register matters themselves",
        )
    if draft.superior_id is not None:
        now.unit(draft.superior_id, field="superior_id")
        if unit_id is not None and (draft.superior_id == unit_id or now.is_subordinate(draft.superior_id, unit_id)):
            raise WrongPlace(
                field="superior_id",
                why=f"“{draft.name}”的上级主管部门又是它自己的下级，请改正",
                why_en=f"the superiors of “{draft.name}” lead back to itself; mend superior_id",
            )
    if unit_id is not None and now.unit(unit_id).jurisdiction_id != draft.jurisdiction_id:
        check_move(now, unit_id)


def check_move(now: Tree, unit_id: int) -> None:
    """A managing body does not leave its place while it manages it."""
    for jurisdiction in now.jurisdictions.values():
        if jurisdiction.managing_unit_id == unit_id:
            raise WrongPlace(
                field="jurisdiction_id",
                why=f"该单位是“{jurisdiction.name}”的热线管理机构，请先为该辖区另行指定管理机构",
                why_en=f"the unit is the managing body of “{jurisdiction.name}”; name another one there first",
            )


def check_category(now: Tree, draft: Category) -> None:
    """The parents of a class do not lead back to it."""
    above = draft.parent
    while above is not None:
        if above == draft.code:
            raise WrongPlace(
                field="parent",
                why=f"分类“{draft.code}”的上级又是它自己的下级，请改正上级编码",
                why_en=f"the parents of category “{draft.code}” lead back to itself; mend the parent",
            )
        above = now.category(above, field="parent").parent


def check_catalogue(now: Tree, draft: CatalogueDraft) -> None:
    """Known class, node and units; units in use, high enough, named once; no two rows of one key in force at once."""
    now.category(draft.category, field="category")
    if all(j.area_code != draft.area_code for j in now.jurisdictions.values()):
        raise UnknownPlace(field="area_code", what="辖区", key=draft.area_code)
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise WrongPlace(
            field="valid_to", why="失效日期早于生效日期，请改正", why_en="valid_to lies before valid_from; mend it"
        )
    for unit_id in (draft.unit_id, *draft.assist_unit_ids):
        _check_handler(now, draft, unit_id)
    if len({draft.unit_id, *draft.assist_unit_ids}) <= len(draft.assist_unit_ids):
        raise WrongPlace(
            field="assist_unit_ids", why="主办、协办单位重复，请删去重复的", why_en="a unit is named twice; remove one"
        )
    for row in now.catalogue.get(draft.category, ()):
        if (row.area_code, row.kind) == (draft.area_code, draft.kind) and _overlap(row, draft):
            raise WrongPlace(
                field="valid_from",
                why=f"与目录第{row.id}行（自{row.valid_from}起）在时间上重叠，请修订该行或错开日期",
                why_en=f"overlaps in time with row {row.id} (from {row.valid_from}); revise that row or move the dates",
            )


def _overlap(row: CatalogueRow, draft: CatalogueDraft) -> bool:
    row_end, draft_end = row.valid_to or date.max, draft.valid_to or date.max
    never = row_end < row.valid_from  # ended before it began: a correction
    return not never and row.valid_from <= draft_end and draft.valid_from <= row_end


def _check_handler(now: Tree, draft: CatalogueDraft, unit_id: int) -> None:
    field = "unit_id" if unit_id == draft.unit_id else "assist_unit_ids"
    unit, level = now.unit(unit_id, field=field), now.place(unit_id).level
    if not unit.active:
        raise WrongPlace(
            field="unit_id",
            why=f"“{unit.name}”已停用，请另选单位",
            why_en=f"“{unit.name}” is out of use; choose another",
        )
    if unit_id == draft.unit_id and below(level, draft.min_level):
        raise WrongPlace(
            field="unit_id",
            clause="国办函〔2025〕66号 三(五)",
            why=f"“{unit.name}”为{LEVEL_ZH[level]}，低于该事项的最低办理层级{LEVEL_ZH[draft.min_level]}",
            why_en=f"“{unit.name}” is of level {level}, below the lowest allowed, {draft.min_level}",
        )
