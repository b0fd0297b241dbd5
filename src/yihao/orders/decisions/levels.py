"""What a desk may do with an order of another level: one above it coordinates where the place says so, one below it
sees to its own units and leaves the order to whom it belongs. Pure."""

from __future__ import annotations

from typing import Final

from yihao.orders.draft import Context, NotNow
from yihao.orders.model import Matter
from yihao.people.model import ROLES
from yihao.units.layers import is_rank

COORDINATION: Final = frozenset({"coordinate", "supervise", "urge", "supplement"})
"""What a desk above may still do where the place keeps handling and closing to itself."""


def may_from_here(verb: str, role: str, unit: int | None, matter: Matter, context: Context) -> None:
    """Whether the actor's desk stands where the verb is done from.

    Raises:
        NotNow: the act is another level's.
    """
    order, actor = matter.order, context.actor
    if unit is not None or order.path == actor.path or ROLES[role].internal:
        return  # who holds a part acts on it wherever it came from
    if order.path.startswith(actor.path):
        _above(verb, context)
    else:
        _below(verb, matter, context)


def _above(verb: str, context: Context) -> None:
    """省级统筹、市县主办 (BY 一(二), 二(三)4)."""
    rule = context.profile.flow.superior
    level = context.tree.jurisdiction(context.actor.jurisdiction).level
    if verb not in COORDINATION and is_rank(level, rule.coordinate_only):
        raise NotNow(
            clause=rule.basis.cite(),
            zh="上级平台只作统筹协调，可以督办、催办、协调；办理和办结由承办地热线负责。",
            en="A desk of this level coordinates, urges and supervises; handling and closing are the place's own.",
        )


def _below(verb: str, matter: Matter, context: Context) -> None:
    """分级负责: an order a desk above has passed into this branch is answered and closed there; here it is pressed."""
    rule, tree, order = context.profile.flow.passed_down, context.tree, matter.order
    owner = tree.jurisdiction(order.jurisdiction_id).name
    if verb not in rule.desk:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"本件由{owner}热线受理后下派，答复和办结由{owner}热线负责；本级可督促承办单位，"
            "承办事宜由承办单位的签收、经办人员办理。",
            en=f"The order belongs to the desk of {owner}, which answers and closes it; here you press your own units.",
        )
    lead = order.lead_unit
    if verb == "supervise" and (lead is None or not tree.place(lead).path.startswith(context.actor.path)):
        raise NotNow(
            clause=rule.basis.cite(),
            zh="本件现不在本辖区单位手中，由上级热线督办。",
            en="No unit of this branch has the order now: the desk above supervises.",
        )
