"""From outside the handling (spec D.2 23, 24, 38; XS 六(四))."""

from __future__ import annotations

import pytest
from play import UNITS, Play, at, but, place, signed

from yihao.orders.draft import BadBody, NotNow
from yihao.orders.rules import NotOfPlace, WrongRole, WrongState
from yihao.profile.load import load
from yihao.profile.model import Profile, Stage
from yihao.profile.provision import Basis


@pytest.mark.parametrize(
    ("level", "due"),
    [
        (1, "2021-09-30 23:59:59"),  # 2 working days
        (2, "2021-10-08 23:59:59"),  # 3
        (3, "2021-10-11 23:59:59"),  # 5
        (4, "2021-10-11 23:59:59"),
        (5, "2021-10-11 23:59:59"),
    ],
)
def test_each_level_has_its_own_answer_time(level: int, due: str) -> None:
    play = signed().do("supervise", "supervisor", level=level)
    assert play.due("supervision", "州建设局") == due and play.order.supervision_level == level
    assert play.order.stages["supervise"] == "done" and play.effects == ["notice.supervision"]
    play.do("answer_supervision", "州建设局")
    assert play.past("supervision", "州建设局").outcome == "met" and "supervision 州建设局" not in play.duties()


def test_the_instruments_of_the_place() -> None:
    play = signed().do("supervise", "supervisor", level=2, tool="supervision_order")
    assert play.facts == {"level": 2, "tool": "supervision_order", "wrong": None}
    for level, tool in ((2, "interview"), (2, "horn")):
        with pytest.raises(BadBody) as caught:
            play.do("supervise", "supervisor", level=level, tool=tool)
        assert caught.value.field == "tool"
    with pytest.raises(BadBody, match="只升不降"):
        play.do("supervise", "supervisor", level=1)
    play.do("supervise", "supervisor", level=3)
    assert play.past("supervision", "州建设局").outcome == "superseded"


def test_unanswered_it_rises_a_level() -> None:
    play = signed(kind="complaint").do("supervise", "supervisor", level=1).when("2021-10-08T09:00")
    play.do("breach", "clock", duties=[play.duty("supervision", "州建设局").no])
    assert play.order.supervision_level == 2 and play.due("supervision", "州建设局") == "2021-10-12 23:59:59"
    first = play.past("supervision", "州建设局")
    assert first.outcome == "unanswered" and first.breached_at == at("2021-09-30T23:59:59")
    still = but(place(), supervision__rises__on=False)
    kept = signed(still, kind="complaint").do("supervise", "supervisor", level=1).when("2021-10-08T09:00")
    kept.do("breach", "clock", duties=[kept.duty("supervision", "州建设局").no])
    assert kept.order.supervision_level == 1 and kept.duty("supervision", "州建设局").breached_at is not None
    top = signed(kind="complaint").do("supervise", "supervisor", level=5).when("2021-10-12T09:00")
    assert top.do("breach", "clock", duties=[top.duty("supervision", "州建设局").no]).order.supervision_level == 5


def test_before_a_unit_has_it_the_hotline_answers() -> None:
    play = Play().register().do("supervise", "supervisor")
    assert play.due("supervision") == "2021-10-08 23:59:59"
    assert "answer_supervision" in play.verbs("dispatcher")
    play.do("answer_supervision", "dispatcher")
    assert "supervision" not in play.duties()
    unit = signed().do("supervise", "supervisor")
    with pytest.raises(NotNow):
        unit.do("answer_supervision", "manager")
    with pytest.raises(NotNow):
        signed().do("answer_supervision", "州建设局")
    with pytest.raises(WrongRole):
        unit.do("answer_supervision", "州市场局")


def test_a_breach_is_recorded_once_and_is_no_state() -> None:
    play = signed().when("2021-10-09T00:00")
    numbers = [duty.no for duty in play.matter.duties]  # type: ignore[union-attr]
    play.do("breach", "clock", duties=numbers)
    assert play.state == "signed"
    assert play.duty("handling", "州建设局").breached_at == at("2021-10-08T23:59:59")
    assert play.duty("first_contact", "州建设局").breached_at == at("2021-09-29T23:59:59")
    assert play.effects.count("notice.breached") == len(numbers)
    with pytest.raises(NotNow):
        play.do("breach", "clock", duties=numbers)
    with pytest.raises(WrongRole):
        play.do("breach", "manager", duties=numbers)
    in_time = signed().when("2021-10-08T23:59:59")
    with pytest.raises(NotNow):
        in_time.do("breach", "clock", duties=[in_time.duty("handling", "州建设局").no])


def test_urging_needs_an_open_order() -> None:
    play = signed().do("reply", "州建设局").do("approve_reply", "lead")
    with pytest.raises(WrongState):
        play.do("urge", "portal")


def coordinating() -> Profile:
    """A place whose loop has the stage of coordination."""
    base = load("xishuangbanna")
    order = (*base.flow.stages.order[:2], "coordinate", *base.flow.stages.order[2:])
    made = but(base, flow__stages__order=order)
    assert any(isinstance(stage, Stage) and stage.code == "coordinate" for stage in made.stages)
    return made


def test_coordination_only_where_the_place_has_the_stage() -> None:
    with pytest.raises(NotOfPlace):
        signed().do("coordinate")
    play = signed(coordinating()).do("coordinate", units=[UNITS["州市场局"]])
    assert play.order.stages["coordinate"] == "done" and play.effects == ["notice.coordination"]
    done = signed(coordinating()).do("reply", "州建设局").do("approve_reply", "lead").do("rate", "portal")
    assert done.order.stages["coordinate"] == "无须协调"


def test_another_calendar_moves_open_dues() -> None:
    play = signed()
    number = play.duty("handling", "州建设局").no
    later = at("2021-10-09T23:59:59")
    play.do("recalculate", "clock", dues={number: later}, calendar_digest="x")
    assert play.duty("handling", "州建设局").due_at == play.order.due_at == later
    assert play.order.calendar_digest == "x" and list(play.facts["moved"]) == [str(number)]


def test_every_duty_names_where_its_limit_stands() -> None:
    play = (
        signed(kind="complaint", assists=("州市场局",))
        .do("request_extension", "州建设局")
        .do("supervise", "supervisor")
    )
    for duty in play.matter.duties:  # type: ignore[union-attr]
        assert duty.clause and duty.rule
    assert play.duty("handling", "州建设局").clause == "西政办发〔2021〕28号 三(五)"
    assert Basis(source="示范条例第9条").cite() == "示范条例第9条"
