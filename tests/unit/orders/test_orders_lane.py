"""The enterprise lane: who is in it, where, and what it changes."""

from __future__ import annotations

from typing import Any

from play import Play, actor

from yihao.profile import load

COMPANY: dict[str, Any] = {"name": "演示公司", "phone": "13800000000", "kind": "enterprise"}
CODE = "91110000600037341L"


def in_place(name: str, who: str = "agent", **caller: Any) -> Play:
    """An order of an enterprise there."""
    return Play(load(name)).register(actor(who), caller=COMPANY | caller)


def test_the_same_order_is_in_the_lane_in_one_place_and_like_any_other_elsewhere() -> None:
    fast, others = in_place("shanxi"), [in_place(name) for name in ("zhejiang", "xishuangbanna", "baiyin", "qingyuan")]
    assert (fast.order.lane, fast.order.urgency) == ("enterprise", "expedited")
    assert fast.duty("dispatch").rule == "30 minutes"
    for play in others:
        citizen = Play(play.profile).register()
        assert play.order.enterprise and play.order.lane is None and play.order.urgency == "normal"
        assert play.duties() == citizen.duties()


def test_who_files_online_shows_the_credit_code_and_the_desk_takes_a_word() -> None:
    assert in_place("shanxi", "portal").order.lane is None
    assert in_place("shanxi", "portal", enterprise_code=CODE).order.lane == "enterprise"
    assert in_place("shanxi", "agent").order.lane == "enterprise"
    plain = in_place("shanxi", "portal")
    assert plain.order.urgency == "normal" and plain.duties() == Play(load("shanxi")).register().duties()


def test_a_person_is_in_no_lane_whatever_the_code() -> None:
    assert in_place("shanxi", kind="person", enterprise_code=CODE).order.lane is None
