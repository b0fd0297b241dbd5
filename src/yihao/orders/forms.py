"""What an account may do with an order now, each verb with the JSON Schema of its body: enough to draw a form from.

The schema is the body's own, inlined, with the place's choices added: ``x-options`` for short lists of the profile,
``x-from`` for the path where a long list is served.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final

import msgspec

from yihao.orders import bodies
from yihao.orders.model import DutyKind, Matter
from yihao.orders.places import Place
from yihao.orders.rules import Choice, available, clause
from yihao.orders.table import TABLE, Edge
from yihao.orders.views import VerbList, VerbView
from yihao.orders.words import CHOICES
from yihao.people.scope import Actor
from yihao.profile.model import Profile

CLOCK_OF: Final[dict[str, tuple[DutyKind, ...]]] = {
    "dispatch": ("dispatch",),
    "prepare": ("dispatch",),
    "confirm_refusal": ("refusal_confirm",),
    "sign": ("sign", "assist_sign"),
    "return": ("sign",),
    "approve_return": ("return_review",),
    "reject_return": ("return_review",),
    "adjudicate": ("return_review", "dispatch"),
    "progress": ("first_contact",),
    "assist_done": ("assist",),
    "decide_extension": ("extension_decision",),
    "reply": ("handling",),
    "request_extension": ("handling",),
    "sub_dispatch": ("handling",),
    "recall": ("handling",),
    "unit_approve": ("handling",),
    "unit_reject": ("handling",),
    "approve_reply": ("review",),
    "reject_reply": ("review",),
    "revisit": ("revisit",),
    "rate": ("rating_wait",),
    "redo": ("redo_decision",),
    "decline_redo": ("redo_decision",),
    "answer_supervision": ("supervision",),
    "pause": ("pause_review",),
    "resume": ("pause_end",),
    "archive": ("handover",),
    "take_back": ("handover",),
    "acknowledge": ("handover",),
    "decline_handover": ("handover",),
    "finalise": ("final_decision",),
    "uphold_refusal": ("appeal_decision",),
    "reopen": ("appeal_decision",),
}
"""Which clock a verb answers, if one runs."""
UNITS: Final = frozenset({"lead", "unit", "assists", "units", "accused_unit", "suggested_unit"})
"""Fields that hold a unit's id."""
GRAVE: Final = frozenset(
    {
        "refuse",
        "confirm_refusal",
        "uphold_refusal",
        "transfer",
        "withdraw",
        "merge",
        "finalise",
        "decline_redo",
        "archive",
        "erase",
    }
)
"""Verbs that end the matter or are hard to take back: a screen asks once more before it sends them."""
Named = tuple[str, str]
_OPTIONS: Final[dict[tuple[type[bodies.Body], str], Callable[[Profile], list[Named]]]] = {
    (bodies.Refuse, "code"): lambda p: [(one.code, one.zh) for one in p.refusals],
    (bodies.Return, "ground"): lambda p: [(one.code, one.zh) for one in p.returns.grounds],
    (bodies.Pause, "ground"): lambda p: [(one.code, one.zh) for one in p.flow.pause.reasons],
    (bodies.RequestExtension, "code"): lambda p: sorted(
        {(one.code, one.zh) for kind in p.kinds.values() for one in kind.extension.grounds}
    ),
    (bodies.Supervise, "tool"): lambda p: [(one.code, one.zh) for one in p.supervision.tools],
    (bodies.Supervise, "wrong"): lambda p: [(one.code, one.zh) for one in p.supervision.wrongs],
    (bodies.Prepare, "domain"): lambda p: [(one.code, one.zh) for one in p.domains],
    (bodies.Archive, "not_applicable"): lambda p: [(one.code, one.zh) for one in p.stages],
}


@lru_cache(maxsize=128)
def body_schema(body: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a body with nothing left to look up elsewhere. Shared: copy before changing."""
    made = msgspec.json.schema(body)
    whole: dict[str, Any] = _inlined(made, made.get("$defs", {}))
    return whole


def _inlined(part: Any, known: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(one, known) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(known[part["$ref"].rpartition("/")[2]], known)
    return {name: _inlined(value, known) for name, value in part.items() if name != "$defs"}


_FORMS: Final[dict[tuple[type[bodies.Body], str], dict[str, Any]]] = {}
"""By body and the profile's digest: as many as there are verbs and profiles in use."""


def form_schema(body: type[bodies.Body], profile: Profile) -> dict[str, Any]:
    """The schema of a body with the choices of a place. Shared: copy before changing."""
    key = (body, profile.digest)
    if key not in _FORMS:
        _FORMS[key] = _with_choices(body, profile)
    return _FORMS[key]


def _with_choices(body: type[bodies.Body], profile: Profile) -> dict[str, Any]:
    schema = deepcopy(body_schema(body))
    for name, field in schema.get("properties", {}).items():
        if (listed := _OPTIONS.get((body, name))) is not None:
            field["x-options"] = [{"value": code, "label": label} for code, label in listed(profile)]
        elif name in UNITS:
            field["x-from"] = "/api/v1/units"
        elif name == "partner":
            field["x-from"] = "/api/v1/partners"
        elif name == "category":
            field["x-from"] = "/api/v1/categories"
        elif name in CHOICES and (fixed := _enum(field)):
            field["x-options"] = [{"value": one, "label": CHOICES[name].get(one, one)} for one in fixed]
    if body is bodies.ProposeFinal and profile.flow.final.head_signs:
        schema["required"] = [*schema["required"], "head_signed"]
    if body is bodies.Return:
        asked = (("legal_basis", profile.returns.legal_basis), ("suggested_unit", profile.returns.suggested_unit))
        schema["required"] = [*schema["required"], *(name for name, needed in asked if needed)]
    return schema


def _enum(field: dict[str, Any]) -> list[str]:
    ways = [field, *field.get("anyOf", ())]
    return [one for way in ways for one in way.get("enum", ())]


def verbs_of(matter: Matter, actor: Actor, place: Place, contexts: Callable[[Choice], Any]) -> VerbList:
    """What the actor may do now."""
    profile = place.profile.for_line(matter.order.line)
    found = available(matter, actor, profile, contexts)
    return VerbList(version=matter.order.version, items=[_verb(choice, matter, profile) for choice in found])


def _verb(choice: Choice, matter: Matter, profile: Profile) -> VerbView:
    edge = choice.edge
    clock = next(
        (
            duty
            for kind in CLOCK_OF.get(edge.verb, ())
            for duty in matter.duties
            if duty.kind == kind and (choice.unit is None or duty.unit_id == choice.unit)
        ),
        None,
    )
    return VerbView(
        verb=edge.verb,
        label=edge.zh,
        label_en=edge.en,
        role=choice.role,
        unit=choice.unit,
        due_at=clock.due_at if clock else None,
        clause=clock.clause if clock else clause(edge, profile),
        body=form_schema(edge.body, profile),
    )


def offered() -> dict[str, Edge]:
    """The verbs people do, each by its first row: those of the clock alone have no route."""
    found: dict[str, Edge] = {}
    for edge in TABLE:
        if set(edge.roles) != {"clock"}:
            found.setdefault(edge.verb, edge)
    return found


LABELS: Final[dict[str, str]] = {"register": "登记"} | {edge.verb: edge.zh for edge in reversed(TABLE)}
"""Verb to Chinese label, for the history."""
