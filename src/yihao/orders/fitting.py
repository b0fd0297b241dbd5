"""A verb's form on one order: what of it the order itself settles, so that nobody is asked what is known or cannot be.

Only hints: what is sent is decided on by `decisions` all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

from yihao.orders.decisions.closing import missing_stages
from yihao.orders.decisions.who import may_pass_to
from yihao.orders.draft import Context
from yihao.orders.model import Matter
from yihao.orders.rules import Choice

Schema = dict[str, Any]
MOST_AMONG: Final = 500
"""Values listed one by one; of more a screen searches the whole list, and the decision refuses the wrong one."""


def fitted(choice: Choice, schema: Schema, matter: Matter, context: Callable[[Choice], Context]) -> Schema:
    """The form of a verb for this order. ``schema`` is shared and stays as it is."""
    fit = _FITS.get(choice.edge.verb)
    if fit is None:
        return schema
    made = deepcopy(schema)
    fit(made, matter, context(choice))
    return made


def _answer(schema: Schema, matter: Matter, context: Context) -> None:
    """Only what is normally dispatched needs a reason to be answered at once; every answer cites something."""
    if matter.order.kind in context.profile.acceptance.direct_answer.kinds:
        del schema["properties"]["reason"]
    else:
        schema["required"] = [*schema["required"], "reason"]
    schema["anyOf"] = [{"required": ["knowledge_item"]}, {"required": ["expert"]}]


def _transfer(schema: Schema, matter: Matter, context: Context) -> None:
    schema["anyOf"] = [{"required": ["to"]}, {"required": ["partner"]}]


def _prepare(schema: Schema, matter: Matter, context: Context) -> None:
    """What was said before stands there to be confirmed."""
    for name in ("category", "area_code"):
        if (value := getattr(matter.order, name)) is not None:
            schema["properties"][name]["default"] = value


def _request_extension(schema: Schema, matter: Matter, context: Context) -> None:
    known = {one.code for one in context.profile.kinds[matter.order.kind].extension.grounds}
    field = schema["properties"]["code"]
    field["x-options"] = [one for one in field["x-options"] if one["value"] in known]


def _waive_assist(schema: Schema, matter: Matter, context: Context) -> None:
    schema["properties"]["unit"]["x-among"] = list(matter.order.assist_units)


def _sub_dispatch(schema: Schema, matter: Matter, context: Context) -> None:
    lead = matter.order.lead_unit
    if lead is None:
        return
    below = [one.id for one in context.tree.units.values() if one.active and may_pass_to(one.id, lead, context)]
    if len(below) <= MOST_AMONG:
        schema["properties"]["unit"]["x-among"] = below


def _merge(schema: Schema, matter: Matter, context: Context) -> None:
    schema["properties"]["into"]["x-from"] = f"/api/v1/orders/{matter.order.number}/related"


def _archive(schema: Schema, matter: Matter, context: Context) -> None:
    """Only stages that lack both mark and reason are asked for, and then each of them."""
    order, fields = matter.order, schema["properties"]
    missing = set(missing_stages(matter, {}, context)[1])
    codes = {stage.code for stage in context.profile.stages if stage.zh in missing}
    needed = list(schema.get("required", ()))
    if codes:
        stages = fields["not_applicable"]
        stages["x-options"] = [one for one in stages["x-options"] if one["value"] in codes]
        stages["required"] = [one["value"] for one in stages["x-options"]]
        needed.append("not_applicable")
    else:
        del fields["not_applicable"]
    if order.state == "transferred" and not order.acknowledged:
        needed.append("acknowledgement")
    else:
        del fields["acknowledgement"]
    schema["required"] = needed


_FITS: Final[dict[str, Callable[[Schema, Matter, Context], None]]] = {
    "answer": _answer,
    "transfer": _transfer,
    "prepare": _prepare,
    "request_extension": _request_extension,
    "waive_assist": _waive_assist,
    "sub_dispatch": _sub_dispatch,
    "merge": _merge,
    "archive": _archive,
}
