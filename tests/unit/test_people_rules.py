"""Roles, their split, passwords, locks and one-time codes: the pure part."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.errors import Forbidden
from yihao.people.errors import RolesExclude, UnitNeeded, UnknownRole, VendorNotAllowed, WeakPassword
from yihao.people.model import APPROVERS, ASKERS, ROLES, THREE
from yihao.people.rules import (
    COMMON,
    caller_rules,
    check_grant,
    check_password,
    matching_step,
    privileged,
    session_ended,
)
from yihao.people.scope import Actor, internal_actor, require

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
GRANTABLE = sorted(name for name, role in ROLES.items() if not role.internal)


def grant(role, held=(), *, vendor=False):
    unit = 1 if ROLES[role].kind == "unit" else None
    check_grant(role, unit, held=held, vendor=vendor)


def actor(*roles, **more):
    given_ = {"account": 101, "username": "demo", "name": "演示", "jurisdiction": 4, "path": "/1/4/"} | more
    return Actor(roles=frozenset(roles), **given_)


def test_the_roles_of_the_specification_are_all_there():
    assert set(ROLES) == {
        *("agent", "online_agent", "dispatcher", "shift_lead", "supervisor", "revisit_clerk", "qa"),
        *("kb_editor", "kb_reviewer", "expert", "unit_receiver", "unit_handler", "unit_reviewer"),
        *("subcentre_agent", "manager", "superior", "partner", "company", "system"),
        *("admin", "security_admin", "auditor", "portal", "clock", "setup", "files"),
    }


@pytest.mark.parametrize("one", sorted(THREE))
@pytest.mark.parametrize("other", GRANTABLE)
def test_the_three_administrators_exclude_everybody_in_both_orders(one, other):
    if one == other:
        grant(one, [one])
        return
    with pytest.raises(RolesExclude):
        grant(one, [other])
    with pytest.raises(RolesExclude):
        grant(other, [one])


@given(st.lists(st.sampled_from(GRANTABLE), max_size=8))
def test_no_order_of_grants_joins_an_administrator_with_anything(wanted):
    held: list[str] = []
    for role in wanted:
        try:
            grant(role, held)
        except RolesExclude:
            continue
        held.append(role)
    assert not THREE.intersection(held) or len(set(held)) == 1


def test_outsourced_staff_may_only_answer():
    allowed = []
    for role in GRANTABLE:
        try:
            grant(role, vendor=True)
            allowed.append(role)
        except VendorNotAllowed:
            pass
    assert allowed == ["agent", "online_agent"]


def test_a_unit_role_needs_its_unit_and_others_take_none():
    with pytest.raises(UnitNeeded):
        check_grant("unit_handler", None, held=(), vendor=False)
    with pytest.raises(UnitNeeded):
        check_grant("dispatcher", 3, held=(), vendor=False)


@pytest.mark.parametrize("role", ["portal", "clock", "setup", "root", ""])
def test_what_is_no_role_of_people_cannot_be_granted(role):
    with pytest.raises(UnknownRole):
        check_grant(role, None, held=(), vendor=False)


def test_who_needs_a_second_factor():
    assert {name for name in GRANTABLE if privileged([name])} == {
        "admin",
        "auditor",
        "manager",
        "security_admin",
        "superior",
    }
    assert privileged(["a role of a later version"])


def test_no_administrator_meets_a_callers_data_and_only_two_persons_a_reporters():
    for role in THREE:
        assert caller_rules([role]) == {"none"}
    assert {name for name in ROLES if "reason_second" in caller_rules([name])} == {"manager"}
    assert set(ASKERS) | set(APPROVERS) <= {name for name in ROLES if ROLES[name].privileged}
    assert caller_rules(["dispatcher", "agent"]) == {"masked", "reason", "own_24h"}


def test_the_wall_of_each_kind_of_role():
    assert actor("dispatcher").wall().branch == "/1/4/"
    unit = actor("unit_handler", units=(3, 8), cleared=True).wall()
    assert (unit.branch, unit.units, unit.cleared) == ("", (3, 8), True)
    for role in [*THREE, "kb_editor", "kb_reviewer"]:
        assert actor(role).wall().branch == ""
    assert actor("kb_editor", "dispatcher").wall().branch == "/1/4/"
    assert actor("of a later version").wall().branch == ""


def test_an_actor_knows_where_it_holds_a_role():
    both = actor("unit_handler", "unit_reviewer", unit_roles=(("unit_handler", (3, 8)), ("unit_reviewer", (8,))))
    assert both.units_as("unit_reviewer") == (8,)
    assert both.units_as("agent") == ()
    assert both.role_among("manager", "unit_reviewer") == "unit_reviewer"
    assert both.has_any(("agent", "unit_handler")) and not both.has("agent")


def test_a_refusal_names_who_may():
    assert require(actor("manager"), "dispatcher", "manager", what="派单") == "manager"
    with pytest.raises(Forbidden) as refused:
        require(actor("agent"), "dispatcher", "manager", what="派单")
    assert "派单员、管理机构" in refused.value.sentence("zh")


def test_yihao_itself_has_accounts_of_its_own():
    portal = internal_actor("portal", jurisdiction=1, path="/1/")
    assert portal.account == 1 and portal.wall().branch == "/1/" and portal.wall().cleared
    assert internal_actor("setup", jurisdiction=1, path="/1/").wall().branch == ""


@pytest.mark.parametrize(
    "password",
    ["short-Pass1", "x" * 129, "demo.agent-2026", "DEMO.AGENT-long", "aaaaaaaaaaaa", "ababababcdcd", *sorted(COMMON)],
)
def test_weak_passwords_are_refused(password):
    with pytest.raises(WeakPassword):
        check_password(password, "demo.agent")


def test_a_sentence_is_a_password():
    check_password("correct horse battery", "demo.agent")
    check_password("绿水青山就是金山银山一二三四", "demo.agent")


@pytest.mark.parametrize(
    ("kind", "roles", "idle", "age", "ended"),
    [
        ("browser", ["agent"], 14, 14, False),
        ("browser", ["agent"], 15, 15, True),
        ("token", ["agent"], 15, 15, False),
        ("token", ["manager"], 15, 15, True),
        ("token", ["agent"], 1, 719, False),
        ("token", ["agent"], 1, 720, True),
    ],
)
def test_when_a_session_is_over(kind, roles, idle, age, ended):
    begun = NOW - timedelta(minutes=age)
    times = {"seen_at": NOW - timedelta(minutes=idle), "expires_at": begun + timedelta(hours=12)}
    assert session_ended(NOW, kind=kind, roles=roles, **times) is ended


def test_a_one_time_code_counts_once_and_near_its_time():
    secret = pyotp.random_base32()
    step = int(NOW.timestamp()) // 30
    code = pyotp.TOTP(secret).at(NOW)
    assert matching_step(secret, code, NOW, None) == step
    assert matching_step(secret, code, NOW + timedelta(seconds=30), None) == step
    assert matching_step(secret, code, NOW, step) is None
    assert matching_step(secret, code, NOW + timedelta(seconds=61), None) is None
    before = pyotp.TOTP(secret).at(NOW - timedelta(seconds=30))
    assert matching_step(secret, before, NOW, step) is None  # older than one used already
    for wrong in ("", "12345", "abcdef", "１２３４５６", "0" * 400):
        assert matching_step(secret, wrong, NOW, None) is None
