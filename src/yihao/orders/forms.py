"""What an account may do with an order now, each verb with the JSON Schema of its body: enough to draw a form from.

The schema is the body's own, inlined and described as a form (`fields`), fitted to the order (`fitting`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import msgspec

from yihao.orders import bodies
from yihao.orders.asked import ask_by_kind
from yihao.orders.draft import Context
from yihao.orders.fields import described
from yihao.orders.fitting import fitted
from yihao.orders.model import DutyKind, Matter
from yihao.orders.places import Place
from yihao.orders.rules import Choice, available, clause
from yihao.orders.table import TABLE, Edge
from yihao.orders.views import VerbList, VerbView
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
        # What is said beside the reference (its own title) holds before what the type says of itself.
        beside = {name: value for name, value in part.items() if name != "$ref"}
        return {**_inlined(known[part["$ref"].rpartition("/")[2]], known), **beside}
    return {name: _inlined(value, known) for name, value in part.items() if name != "$defs"}


_FORMS: Final[dict[tuple[type[msgspec.Struct], str], dict[str, Any]]] = {}
"""By body and the profile's digest: as many as there are verbs and profiles in use."""


def form_schema(body: type[msgspec.Struct], profile: Profile) -> dict[str, Any]:
    """The schema of a body with the choices of a place. Shared: copy before changing."""
    key = (body, profile.digest)
    if key not in _FORMS:
        _FORMS[key] = _with_choices(body, profile)
    return _FORMS[key]


def _with_choices(body: type[msgspec.Struct], profile: Profile) -> dict[str, Any]:
    schema = described(body, body_schema(body), profile)
    ask_by_kind(body, schema, profile)
    if body is bodies.ProposeFinal and profile.flow.final.head_signs:
        schema["required"] = [*schema["required"], "head_signed"]
    if body is bodies.Return:
        asked = (("legal_basis", profile.returns.legal_basis), ("suggested_unit", profile.returns.suggested_unit))
        schema["required"] = [*schema["required"], *(name for name, needed in asked if needed)]
    return schema


def verbs_of(matter: Matter, actor: Actor, place: Place, contexts: Callable[[Choice], Context]) -> VerbList:
    """What the actor may do now."""
    profile = place.profile.for_line(matter.order.line)
    found = available(matter, actor, profile, contexts)
    return VerbList(
        version=matter.order.version,
        zone=profile.zone,
        items=[_verb(choice, matter, profile, contexts) for choice in found],
    )


def _verb(choice: Choice, matter: Matter, profile: Profile, contexts: Callable[[Choice], Context]) -> VerbView:
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
        danger=edge.verb in GRAVE,
        body=fitted(choice, form_schema(edge.body, profile), matter, contexts),
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
