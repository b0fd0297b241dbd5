"""Which unit may take part in a matter, and in what."""

from __future__ import annotations

from typing import Literal

from yihao.orders.draft import BadBody, Context, ManagerOnly
from yihao.orders.model import Order
from yihao.profile.model import Profile
from yihao.units.errors import UnitWithoutOfficer
from yihao.units.layers import is_rank
from yihao.units.model import LEVEL_ZH
from yihao.units.rules import below

Part = Literal["lead", "assist", "down"]
"""Leading after a dispatch, assisting, or having it passed down by the unit that leads."""
STATUTORY = frozenset({"complaint", "report"})
"""Kinds that end in a finding of an authority."""
DEPARTMENTS = frozenset({"department", "vertical"})
GOVERNMENTS = frozenset({"township", "managing_body"})
"""Kinds of units that stand for a level of government as a whole."""


def accused_matter(order: Order, context: Context) -> bool:
    """Whether the order complains of a unit: a praise or a question that names one does not."""
    return order.accused_unit is not None and order.kind in context.profile.flow.accused.kinds


def accused_party(order: Order, unit_id: int, context: Context) -> bool:
    """Whether the order complains of the unit, or of one it stands below."""
    accused = order.accused_unit
    if accused is None or not accused_matter(order, context):
        return False
    return unit_id == accused or context.tree.is_subordinate(unit_id, accused)


def check_unit(order: Order, unit_id: int, context: Context, field: str, part: Part) -> None:
    """Refuse a unit that may not take part.

    Raises:
        UnitInactive, UnitWithoutOfficer, BadBody with the clause that forbids it.
    """
    if unit_id not in context.tree.units:
        raise BadBody(field=field, zh="没有这个单位，请重新选择。", en="There is no such unit. Choose another.")
    _check_staffed(unit_id, context, field)
    _check_company(order, unit_id, context, field)
    _check_station(unit_id, context, field, part)
    if accused_matter(order, context):
        _check_accused(order, unit_id, context, field, part)
    _check_level(order, unit_id, context, field, part)


def _check_staffed(unit_id: int, context: Context, field: str) -> None:
    why = context.tree.dispatchable(unit_id)
    if why is None or (isinstance(why, UnitWithoutOfficer) and not context.profile.flow.officer_required):
        return
    why.field = field
    if isinstance(why, UnitWithoutOfficer):
        why.clause = context.profile.flow.officer_required.basis.cite()
    raise why


def _check_company(order: Order, unit_id: int, context: Context, field: str) -> None:
    """A contractor holds no powers (国办函〔2025〕66号 二(三) keeps outsourced staff out of it): a service company
    gets service matters only, and confidential ones stay with the authorities; it gets any only where the place has
    let such companies in (merging.social_services)."""
    if context.tree.unit(unit_id).kind != "service_company":
        return
    joined = context.profile.merging.social_services
    if not joined.on:
        raise BadBody(
            field=field,
            clause=joined.basis.cite(),
            zh="本地未将社会化服务企业纳入热线，不得派单给企业。",
            en="This place has not let service companies join the hotline.",
        )
    if context.joined is not None and unit_id not in context.joined:
        raise BadBody(
            field=field,
            clause=joined.basis.cite(),
            zh=f"{context.tree.unit(unit_id).name}未登记加入约定，或约定未生效、已到期，不得派单；请先由管理机构登记。",
            en="That company has no agreement in force; the managing body registers it first.",
        )
    if order.kind in STATUTORY or order.legal_process or order.secrecy == "confidential":
        raise BadBody(
            field=field,
            clause="国办函〔2025〕66号 二(三)",
            zh="社会化服务企业只承接服务类诉求，投诉、举报、执法类和保密件须派给行政机关。",
            en="A service company takes service matters only; complaints, reports, enforcement and confidential orders "
            "go to an authority.",
        )


def _check_station(unit_id: int, context: Context, field: str, part: Part) -> None:
    """Where a level has neither desk nor station of its own (place.tiers), orders reach it through the place above it
    alone: its county passes them down, and nobody goes over the county's head."""
    rule, tree = context.profile.place.tiers, context.tree
    node = tree.place(unit_id)
    if is_rank(node.level, (*rule.desks, *rule.stations)):
        return
    if part == "down" and context.unit is not None and tree.place(context.unit).id in (node.id, node.parent_id):
        return
    above = tree.jurisdiction(node.parent_id).name if node.parent_id else ""
    raise BadBody(
        field=field,
        clause=rule.basis.cite(),
        zh=f"{LEVEL_ZH[node.level]}未设热线平台或工作站，请派给{above}，由其下派{tree.unit(unit_id).name}。",
        en="That level has neither desk nor station here: send the order to the place above, which passes it down.",
    )


def _check_accused(order: Order, unit_id: int, context: Context, field: str, part: Part) -> None:
    """XS 三(四): 指定涉及单位的上级主管部门、单位开展调查. The accused and what stands below it take no part at all;
    the lead stands above it, and may pass it down to others below itself."""
    tree, accused = context.tree, order.accused_unit
    assert accused is not None  # noqa: S101  # accused_matter has just made sure
    above = tree.superior(accused)
    clause = context.profile.flow.accused.basis.cite()
    if accused_party(order, unit_id, context):
        raise BadBody(
            field=field,
            clause=clause,
            zh=f"{tree.unit(unit_id).name}是被反映单位或其下属，不得办理本件，"
            f"请派给其上级主管部门{above.name if above else ''}。",
            en="That is the unit complained of, or below it; send the order to its superior body.",
        )
    if part == "lead" and above is not None and unit_id != above.id and not _above(unit_id, accused, context):
        raise BadBody(
            field=field,
            clause=clause,
            zh=f"本件反映{tree.unit(accused).name}，应由其上级主管部门、单位（{above.name}）办理。",
            en="The order complains of a unit: its superior body leads.",
        )


def _above(unit_id: int, accused: int, context: Context) -> bool:
    """A unit over the accused in the chain of superiors, or the managing body of its place or one around it."""
    tree = context.tree
    around = {node.managing_unit_id for node in tree.lineage(tree.unit(accused).jurisdiction_id)}
    return tree.is_subordinate(accused, unit_id) or unit_id in around


def _check_level(order: Order, unit_id: int, context: Context, field: str, part: Part) -> None:
    """国办函〔2025〕66号 三(五): 不得将部门职责事项派给基层. What the catalogue gives a department is no government's
    at the grass roots, unless it names that very one; assisting may be asked of any."""
    if not (order.category and order.area_code):
        return
    row = context.tree.pick(order.category, order.area_code, order.kind, context.today)
    if row is not None and below(context.tree.place(unit_id).level, row.min_level):
        raise BadBody(
            field=field,
            clause=context.profile.flow.grass_roots.basis.cite(),
            zh=f"该事项应由{LEVEL_ZH[row.min_level]}以上单位办理，不得下压给{context.tree.unit(unit_id).name}。",
            en=f"This matter may not be pushed below {row.min_level} level.",
        )
    if row is None or part == "assist" or unit_id in (row.unit_id, *row.assist_unit_ids):
        return
    rule, tree = context.profile.flow.grass_roots, context.tree
    if (
        tree.unit(row.unit_id).kind in DEPARTMENTS
        and tree.unit(unit_id).kind in GOVERNMENTS
        and tree.place(unit_id).level in rule.levels
    ):
        raise BadBody(
            field=field,
            clause=rule.basis.cite(),
            zh=f"该事项属{tree.unit(row.unit_id).name}的职责，不得派给基层（{tree.unit(unit_id).name}）。",
            en="The matter is a department's own; it may not be pushed down to the grass roots.",
        )


def check_own_level(order: Order, lead: int, context: Context) -> None:
    """Where the desk's own units take matters of its level alone (ZJ 二(一)), what the catalogue gives a place below is
    sent down to it. The managing body itself may lead what it has to coordinate."""
    rule, tree = context.profile.acceptance.own_level, context.tree
    if not (rule and order.category and order.area_code) or accused_matter(order, context):
        return
    row = tree.pick(order.category, order.area_code, order.kind, context.today)
    home = tree.jurisdiction(order.jurisdiction_id)
    if row is None or lead not in tree.units or lead == home.managing_unit_id or tree.place(lead).id != home.id:
        return
    owner = tree.place(row.unit_id)
    if owner.id != home.id and owner.path.startswith(home.path):
        raise BadBody(
            field="lead",
            clause=rule.basis.cite(),
            zh=f"该事项属{owner.name}的职责，请下派当地办理；需本级协调的由管理机构牵头。",
            en="The matter belongs to a place below: send it down. The managing body leads what it has to coordinate.",
        )


def may_pass_to(unit_id: int, parent: int, context: Context) -> bool:
    """Whether ``parent`` may pass a matter down to the unit: its subordinate, or, from the desk of a place (管理机构),
    any unit of that place or below it."""
    tree = context.tree
    if tree.is_subordinate(unit_id, parent):
        return True
    desk = tree.unit(parent)
    return (
        desk.kind == "managing_body"
        and unit_id != parent
        and (tree.place(unit_id).path.startswith(tree.jurisdiction(desk.jurisdiction_id).path))
    )


def first_answers(order: Order, profile: Profile) -> bool:
    """首办责任: the first unit still answers for the matter, its return was not granted (flow.first_unit_stays)."""
    return profile.flow.first_unit_stays.on and order.first_unit is not None and not order.first_released


def stays_with_first(order: Order, lead: int, context: Context) -> None:
    """A matter that starts again goes back to its first unit; another one is the managing body's to name."""
    if not first_answers(order, context.profile) or order.first_unit in (None, lead):
        return
    name = context.tree.unit(order.first_unit).name
    raise ManagerOnly(
        field="lead",
        clause=context.profile.flow.first_unit_stays.basis.cite(),
        zh=f"本件由{name}首办负责，改派其他单位",
        en="The first unit stays responsible for this matter; another unit",
    )
