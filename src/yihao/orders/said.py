"""What a step of the history says, text by text: its name on a screen, and whether it is addressed to the citizen.

Whoever reads an order must never take a note between offices for the public reply; so the API says which is which.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from yihao.orders.forms import body_schema, offered
from yihao.orders.views import Said
from yihao.orders.words import TITLES_EN

OUTWARD: Final[Mapping[str, frozenset[str]]] = {
    "reply": frozenset({"text", "legal_basis"}),
    "answer": frozenset({"text"}),
    "refuse": frozenset({"explanation"}),
    "uphold_refusal": frozenset({"explanation"}),
    "propose_final": frozenset({"finding"}),
}
"""Texts written to the citizen, by verb; those of ``progress`` where the step says so (`progress.progress`)."""


def said_of(verb: str, facts: Mapping[str, Any], texts: Mapping[str, Any]) -> list[Said]:
    """The texts of a step in the order of its form; those that are no text (a caller) are not here."""
    names = _names(verb)
    known = [name for name in names if name in texts] + [name for name in texts if name not in names]
    return [
        Said(
            name=name,
            label=names.get(name, (name, name))[0],
            label_en=names.get(name, (name, name))[1],
            text=text,
            outward=_outward(verb, name, facts),
        )
        for name in known
        if isinstance(text := texts[name], str) and text
    ]


def _outward(verb: str, name: str, facts: Mapping[str, Any]) -> bool:
    if verb == "progress":
        return bool(facts.get("public"))
    return name in OUTWARD.get(verb, ())


@lru_cache(maxsize=128)
def _names(verb: str) -> Mapping[str, tuple[str, str]]:
    edge = offered().get(verb)
    if edge is None:
        return REGISTERED if verb == "register" else {}
    fields = body_schema(edge.body).get("properties", {})
    return {name: (title, TITLES_EN.get(title, name)) for name, part in fields.items() if (title := part.get("title"))}


REGISTERED: Final = {
    "title": ("标题", "Title"),
    "content": ("诉求内容", "Content"),
    "address": ("地址", "Address"),
}
