"""The glossary names every word of the closed lists, with the Chinese word the screens show."""

import re
from pathlib import Path

import pytest

from yihao.lines.model import DOES_ZH, LANDING_ZH, SEATS_ZH, STATUS_ZH
from yihao.lines.register import STEP_ZH
from yihao.orders.model import CHANNELS, DOMAINS, DUTY_KINDS, KINDS, SECRECIES, STATES, URGENCIES
from yihao.orders.table import TABLE
from yihao.people.model import ROLES
from yihao.units.model import LEVEL_ZH, UNIT_KIND_ZH

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
SECTIONS = {
    "States of an order": {(state, zh) for state, zh in STATES.items()},
    "Verbs": {(edge.verb, edge.zh) for edge in TABLE},
    "Duties": set(DUTY_KINDS.items()),
    "Roles": {(role.id, role.zh) for role in ROLES.values()},
}
LISTS = (
    KINDS,
    CHANNELS,
    DOMAINS,
    URGENCIES,
    SECRECIES,
    UNIT_KIND_ZH,
    LEVEL_ZH,
    STATUS_ZH,
    SEATS_ZH,
    LANDING_ZH,
    DOES_ZH,
    STEP_ZH,
)


def section(title: str) -> str:
    return next(part for part in TEXT.split("\n## ") if part.startswith(title))


@pytest.mark.parametrize("title", SECTIONS)
def test_a_row_for_each_and_no_other(title):
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", section(title), re.M)
    assert {(name, zh) for name, many, _ in rows for zh in many.split("；")} == SECTIONS[title]
    assert len({name for name, _, _ in rows}) == len(rows)


def test_the_short_lists():
    part = section("Kinds, channels")
    for words in LISTS:
        for name, zh in words.items():
            assert f"`{name}` {zh}" in part
