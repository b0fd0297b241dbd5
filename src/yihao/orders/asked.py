"""Which fields of a form each kind of matter needs, so that nobody is asked what the matter does not need.

``x-kinds`` on a field: it is asked for those kinds alone (for none where the list is empty); without it, for all. What
is left unasked may be sent all the same; what must be there is in ``required``, or refused by `decisions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from yihao.orders import bodies
from yihao.profile.model import KindCode, Profile

Kinds = tuple[KindCode, ...]
ACCUSING: Final[Kinds] = ("complaint", "report")
"""Somebody is complained of: who it is, and whether the caller wishes to stay unnamed or secret (GB/T 33358)."""
PLACED: Final[Kinds] = ("help", *ACCUSING, "suggestion", "other")
"""Handled somewhere by somebody: where it is decides on the unit (XS 三(三) 管辖权限)."""
HAPPENED: Final[Kinds] = ("help", *ACCUSING, "other")
_APPEAL: Final[Mapping[str, Callable[[Profile], Kinds]]] = {
    "category": lambda _: PLACED,
    "area_code": lambda _: PLACED,
    "address": lambda _: PLACED,
    "location": lambda _: (),
    "occurred_at": lambda _: HAPPENED,
    "urgency": lambda _: HAPPENED,
    "attachments": lambda _: PLACED,
    "accused_unit": lambda _: ACCUSING,
    "legal_process": lambda _: ACCUSING,
    "in_petition": lambda _: ACCUSING,
    "caller.id_number": lambda _: (),
    "caller.anonymous": lambda profile: ACCUSING if profile.acceptance.anonymous else (),
    "caller.confidential": lambda profile: ACCUSING if profile.acceptance.confidential_on_request.on else (),
    "secrecy": lambda _: (),
    "line": lambda _: (),
    "parent": lambda _: (),
}
_ANSWER: Final[Mapping[str, Callable[[Profile], Kinds]]] = {
    # What is normally dispatched needs a reason to be answered at once (D.2 4).
    "reason": lambda profile: tuple(
        kind for kind in profile.kinds if kind not in profile.acceptance.direct_answer.kinds
    ),
}
ASKED: Final[Mapping[type[msgspec.Struct], Mapping[str, Callable[[Profile], Kinds]]]] = {
    bodies.Appeal: _APPEAL,
    bodies.Answer: _ANSWER,
}


def ask_by_kind(body: type[msgspec.Struct], schema: dict[str, Any], profile: Profile) -> None:
    """Write ``x-kinds`` and what the place asks of every matter into the form of a body; the form is changed.

    Args:
        body: whose form it is.
        schema: its form, the caller's own copy.
        profile: of the place.
    """
    for path, kinds in ASKED.get(body, {}).items():
        part = schema
        for name in path.split("."):
            part = part["properties"][name]
        part["x-kinds"] = list(kinds(profile))
    if body is bodies.Appeal and profile.acceptance.domain_required:
        schema["required"] = [*schema["required"], "domain"]
    if body is bodies.Answer:
        schema["anyOf"] = [{"required": ["knowledge_item"]}, {"required": ["expert"]}]
