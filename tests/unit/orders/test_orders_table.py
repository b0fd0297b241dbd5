"""The table itself: the permitted edges of a place kept in a file, and the page for readers kept true.

After a deliberate change: ``YIHAO_WRITE_SNAPSHOTS=1 .venv/bin/pytest tests/unit/orders/test_orders_table.py``, and
read what changed before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from play import Play, but, place, signed

from yihao.errors import YihaoError
from yihao.orders import bodies, describe
from yihao.orders.model import DUTY_KINDS, OPEN_STATES, STATES
from yihao.orders.rules import clause, edges
from yihao.orders.table import TABLE
from yihao.people.model import ROLES
from yihao.profile import load, names

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[2] / "docs" / "orders.md"
WRITE = os.environ.get("YIHAO_WRITE_SNAPSHOTS") == "1"
CONTRACT = """
confirm_refusal refuse transfer answer prepare dispatch sub_dispatch coordinate set_limit assist waive_assist
sign return approve_return reject_return adjudicate assist_done progress supplement request_extension
decide_extension pause resume reply unit_approve unit_reject approve_reply reject_reply revisit rate redo
decline_redo supervise answer_supervision urge withdraw merge finalise reopen escalate archive unseal
"""
"""The verbs the public contract names."""
PARTS = {"table": describe.table_page, "duties": describe.duties_page, "roles": describe.roles_page}


@pytest.mark.parametrize("name", names())
def test_the_permitted_edges_of_each_place(name: str) -> None:
    file = HERE / "permitted_edges" / f"{name}.txt"
    now = "\n".join(describe.permitted(load(name))) + "\n"
    if WRITE:
        file.write_text(now, encoding="utf-8")
    assert now == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("part", PARTS)
def test_the_page_shows_the_table_as_it_is(part: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {part} -->\n\n)(.*?)(\n<!-- end of {part} -->)", re.DOTALL)
    found = pattern.search(text)
    assert found is not None, f"docs/orders.md has no part {part}"
    if WRITE:
        PAGE.write_text(pattern.sub(lambda m: m[1] + PARTS[part]() + m[3], text), encoding="utf-8")
        text = PAGE.read_text(encoding="utf-8")
        found = pattern.search(text)
        assert found is not None
    assert found[2] == PARTS[part]()


def test_every_row_is_well_formed() -> None:
    for edge in TABLE:
        assert set(edge.source) <= set(STATES) and edge.source, edge.verb
        assert edge.target is None or edge.target in STATES
        assert set(edge.roles) <= set(ROLES)
        assert issubclass(edge.body, bodies.Body)
        unit_roles = {role for role in edge.roles if ROLES[role].kind == "unit"}
        if edge.holder != "hotline":
            assert unit_roles == set(edge.roles), f"{edge.verb}: only roles of units hold a unit's part"
        assert edge.zh and edge.en


def test_no_state_is_a_dead_end_and_every_state_but_the_passed_one_is_reached() -> None:
    reached = {"received"} | {edge.target for edge in TABLE if edge.target}
    assert set(STATES) - reached == {"redo"}  # passed through
    # Where return, reply and unseal lead is in their reasons; everything open can end.
    for state in OPEN_STATES:
        assert any(state in edge.source and edge.target not in (None, state) for edge in TABLE)
    for state in set(STATES) - {"redo"}:
        assert any(state in edge.source and edge.roles != ("clock",) for edge in TABLE)


def test_rows_of_the_domain_are_all_there() -> None:
    # 1 registers outside the table; 28 waits for calls; 39 to 41 are this table's own.
    assert {edge.row for edge in TABLE} >= set(range(2, 39)) - {28}


def test_the_contracts_verbs_are_all_there() -> None:
    assert set(CONTRACT.split()) <= {edge.verb for edge in TABLE}


def test_a_place_leaves_out_what_it_does_not_know() -> None:
    here = {edge.verb for edge in edges(place())}
    assert not {"coordinate", "confirm_refusal"} & here
    assert "confirm_refusal" in {e.verb for e in edges(but(place(), acceptance__confirm_refusal__on=True))}
    early = but(place(), flow__returns__from_states=("dispatched", "signed"))
    sources = {edge.verb: edge.source for edge in edges(early)}
    assert sources["return"] == ("dispatched", "signed")


def test_each_duty_says_what_it_measures() -> None:
    assert set(describe.MEASURES) == set(DUTY_KINDS)


def test_every_refusal_names_its_clause() -> None:
    for edge in edges(place()):
        assert clause(edge, place()), edge.verb
    for no in (
        lambda: Play().register().do("dispatch", "agent"),  # not this role
        lambda: Play().register().do("dispatch", "dispatcher"),  # not from this state
        lambda: signed().do("urge", "portal").do("urge", "portal"),  # not now
        lambda: signed().do("pause", ground="holiday"),  # not this body
    ):
        with pytest.raises(YihaoError) as caught:
            no()
        assert caught.value.clause, caught.value.code
