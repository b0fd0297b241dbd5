"""The table of transitions for readers: one line an edge for the snapshot, one row a verb for the page in ``docs``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yihao.orders.model import DUTY_KINDS, STATES, WAITS, DutyKind
from yihao.orders.rules import clause, edges
from yihao.orders.table import TABLE, Edge
from yihao.people.model import ROLES
from yihao.profile.model import Profile

HOLDERS: Final = {
    "hotline": "hotline",
    "lead": "lead unit",
    "above": "unit that passed it down",
    "assist": "assisting unit",
    "partner": "linked partner",
}
MEASURES: Final[dict[DutyKind, str]] = {
    "overall": "acceptance to the unit's reply that was released; never restarts",
    "refusal_confirm": "an agent's refusal to the shift lead's word, where the place asks for one",
    "handover": "a transfer to the receiver's word that it took the matter",
    "dispatch": "registration (or a granted return) to dispatch",
    "sign": "dispatch to the lead unit's signing",
    "assist_sign": "dispatch to an assisting unit's signing",
    "handling": "the unit's dispatch, or the redo, to its reply; a new one at each re-dispatch",
    "assist": "the assisting part: a margin before the lead's due",
    "first_contact": "signing to the unit's first contact with the citizen",
    "return_review": "a return asked for to its verdict",
    "extension_decision": "an extension asked for to its decision",
    "review": "the unit's reply to the hotline's review",
    "revisit": "close to the first attempt to reach the citizen",
    "redo_decision": "a bad rating to redo, escalation, or the reviewer's no",
    "supervision": "a step of supervision to the answer; the unit's, or the hotline's before a unit has the order",
    "final_decision": "a final answer proposed to another person's decision",
    "appeal_decision": "an appeal against a refusal to its decision; in refused until then",
    "pause_review": "start or last look of a pause to the next look",
    "pause_end": "start of a pause to its end at the latest; then the clock resumes",
    "rating_wait": "the invitation to rate (first attempt of a revisit; where rating comes before it, the closing) to "
    "archiving as not rated; then the clock archives",
    "quiet": "end of the matter to archiving; then the clock archives",
}
"""From which moment to which act each duty runs."""


def permitted(profile: Profile) -> list[str]:
    """Every permitted edge of a place, one line each: verb, from, to, roles, holder, limit, clause, label."""
    lines = []
    for edge in edges(profile):
        limit = profile.limits[edge.limit] if edge.limit else None
        for source in edge.source:
            cells = (
                edge.verb,
                source,
                edge.target or "=",
                ",".join(edge.roles),
                edge.holder,
                limit.rule if limit else "-",
                clause(edge, profile),
                edge.zh,
            )
            lines.append(" | ".join(cells))
    return lines


def table_page() -> str:
    """The table as Markdown: one row an edge, with its reason."""
    head = "| row | verb | 操作 | from | to | roles | why it is so |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(f"| {' | '.join(_cells(edge))} |\n" for edge in TABLE)


def _cells(edge: Edge) -> Iterator[str]:
    yield str(edge.row)
    yield f"`{edge.verb}`"
    yield edge.zh
    yield "any" if set(edge.source) == set(STATES) else ", ".join(edge.source)
    yield edge.target or "stays"
    who = ", ".join(edge.roles)
    yield who if edge.holder == "hotline" else f"{who} of the {HOLDERS[edge.holder]}"
    yield edge.why or " "


def duties_page() -> str:
    """What each duty measures, as Markdown."""
    head = "| duty | 期限 | measures | when missed |\n|---|---|---|---|\n"
    rows = (
        f"| `{kind}` | {zh} | {MEASURES[kind]} | {'the clock does the next step' if kind in WAITS else 'breach'} |\n"
        for kind, zh in DUTY_KINDS.items()
    )
    return head + "".join(rows)


def roles_page() -> str:
    """Which verbs each role may do, as Markdown; roles that may do none are left out."""
    head = "| role | 岗位 | verbs |\n|---|---|---|\n"
    rows = []
    for role, about in ROLES.items():
        verbs = dict.fromkeys(edge.verb for edge in TABLE if role in edge.roles)
        if verbs:
            rows.append(f"| `{role}` | {about.zh} | {', '.join(verbs)} |\n")
    return head + "".join(rows)
