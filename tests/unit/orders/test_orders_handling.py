"""In the unit's hands (spec D.2 12-19, 32, 34; D.3 8-10; D.4; XS 三(五))."""

from __future__ import annotations

import pytest
from play import UNITS, Play, actor, at, but, dispatched, place, signed

from yihao.orders.draft import BadBody, NotNow
from yihao.orders.rules import NotOfPlace, UnknownVerb, WrongRole, WrongState

BUREAU, MARKET = UNITS["州建设局"], UNITS["州市场局"]


def extended(play: Play) -> Play:
    return play.do("request_extension", "州建设局").do("decide_extension")


def test_contact_ends_the_first_contact() -> None:
    play = signed().do("progress", "州建设局", contacted=False)
    assert "first_contact 州建设局" in play.duties()
    assert "first_contact 州建设局" not in play.do("progress", "州建设局").duties()
    with pytest.raises(WrongRole):
        signed(assists=("州市场局",)).do("progress", "州市场局")


@pytest.mark.parametrize(
    ("kind", "base", "cap"),
    [
        ("consult", "2021-09-29 23:59:59", "2021-10-08 23:59:59"),  # 1 -> 3 working days from the start
        ("help", "2021-10-08 23:59:59", "2021-10-11 23:59:59"),  # 3 -> 5
        ("suggestion", "2021-10-08 23:59:59", "2021-10-11 23:59:59"),
    ],
)
def test_a_cap_is_a_total_from_the_start(kind: str, base: str, cap: str) -> None:
    play = signed(kind=kind)
    assert play.due("handling", "州建设局") == base
    extended(play.when("2021-09-29T11:00"))  # asked on the next day, counted from the dispatch all the same
    assert play.due("handling", "州建设局") == play.due("overall") == cap
    assert play.order.due_at == play.duty("handling", "州建设局").due_at and play.order.extensions == 1
    with pytest.raises(NotNow, match="1 次为限") as caught:
        play.do("request_extension", "州建设局")
    assert caught.value.clause == "西政办发〔2021〕28号 三(五)"


@pytest.mark.parametrize("kind", ["complaint", "report"])
def test_a_complaint_gets_ten_days_on_its_due_at_most_twice(kind: str) -> None:
    play = signed(kind=kind)
    assert play.due("handling", "州建设局") == "2021-10-25 23:59:59"
    extended(play.when("2021-10-25T17:00"))
    assert play.due("handling", "州建设局") == "2021-11-08 23:59:59"
    extended(play.when("2021-11-08T17:00"))
    assert play.due("handling", "州建设局") == play.due("overall") == "2021-11-22 23:59:59"  # 35 in all
    with pytest.raises(NotNow, match="2 次为限"):
        play.do("request_extension", "州建设局")
    assert "request_extension" not in play.verbs("州建设局")


@pytest.mark.parametrize("kind", ["praise", "other"])
def test_kinds_that_are_not_extended(kind: str) -> None:
    with pytest.raises(NotNow, match="0 次为限"):
        signed(kind=kind).do("request_extension", "州建设局")


def test_a_request_turned_down_counts_and_changes_nothing() -> None:
    play = signed(kind="complaint").do("request_extension", "州建设局")
    assert play.due("extension_decision") == "2021-09-29 23:59:59"
    assert play.due("handling", "州建设局") == "2021-10-25 23:59:59"  # the old due stays until it is granted
    with pytest.raises(NotNow, match="待审批"):
        play.do("request_extension", "州建设局")
    play.do("decide_extension", approve=False)
    assert play.due("handling", "州建设局") == "2021-10-25 23:59:59" and play.order.extensions == 0
    extended(play)
    with pytest.raises(NotNow, match="已申请 2 次"):
        play.do("request_extension", "州建设局")


def test_silence_is_not_consent() -> None:
    play = signed(kind="consult").do("request_extension", "州建设局").when("2021-09-30T09:00")
    play.do("breach", "clock", duties=[duty.no for duty in play.matter.duties])  # type: ignore[union-attr]
    assert play.due("handling", "州建设局") == "2021-09-29 23:59:59"
    assert play.duty("handling", "州建设局").breached_at == at("2021-09-29T23:59:59")
    # Granted at last, within what may be granted: the due was never missed.
    play.do("decide_extension")
    assert play.duty("handling", "州建设局").breached_at is None and play.duty("overall").breached_at is None
    assert play.due("handling", "州建设局") == "2021-10-08 23:59:59"


def test_asked_after_the_due_it_is_refused() -> None:
    play = signed(kind="consult").when("2021-09-30T00:00")
    with pytest.raises(NotNow, match="已超过办理时限"):
        play.do("request_extension", "州建设局")


def test_the_ground_is_the_places() -> None:
    assert signed().do("request_extension", "州建设局").facts["code"] == "complex"
    with pytest.raises(BadBody, match="complex"):
        signed().do("request_extension", "州建设局", code="busy")


def test_the_count_survives_redo_and_re_dispatch() -> None:
    play = extended(signed())
    play.do("return", "州建设局").do("approve_return", "manager").do("dispatch", "dispatcher", lead=MARKET)
    play.do("sign", "州市场局")
    with pytest.raises(NotNow, match="1 次为限"):
        play.do("request_extension", "州市场局")
    again = extended(signed(kind="complaint")).do("reply", "州建设局").do("approve_reply", "lead")
    again.do("revisit", "revisit").do("rate", "portal", handling=1).do("redo", "supervisor")
    extended(again)
    with pytest.raises(NotNow, match="2 次为限"):
        again.do("request_extension", "州建设局")


def test_after_a_rejected_reply_the_cap_still_counts_from_the_start() -> None:
    play = signed().when("2021-10-08T17:00").do("reply", "州建设局").when("2021-10-09T09:00").do("reject_reply", "lead")
    assert play.due("handling", "州建设局") == "2021-10-11 23:59:59"
    extended(play)
    assert play.due("handling", "州建设局") == "2021-10-11 23:59:59"  # 5 working days from 09-28, no more
    assert play.due("overall") == "2021-10-11 23:59:59"


def test_shared_and_passed_down_parts_move_with_the_whole() -> None:
    play = extended(signed(kind="complaint", assists=("州市场局",)))
    assert play.due("assist", "州市场局") == "2021-11-05 23:59:59"
    down = signed(kind="complaint").do("request_extension", "州建设局")
    down.do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"]).do("decide_extension")
    assert down.due("handling", "州建设局") == "2021-11-08 23:59:59"
    assert down.due("handling", "甲县建设局") == "2021-11-05 23:59:59"
    assert down.order.due_at == down.duty("handling", "甲县建设局").due_at


def test_the_unit_below_asks_for_the_whole() -> None:
    play = signed(kind="complaint").do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"]).do("sign", "甲县建设局")
    play.do("request_extension", "甲县建设局").do("decide_extension")
    assert play.due("handling", "州建设局") == play.due("overall") == "2021-11-08 23:59:59"
    assert play.due("handling", "甲县建设局") == "2021-11-05 23:59:59"  # still inside the parent's


# 挂起


def test_whole_working_days_of_a_pause_are_given_back() -> None:
    play = signed(kind="complaint", assists=("州市场局",)).when("2021-09-29T09:00").do("pause", ground="appraisal")
    assert play.state == "paused"
    assert play.due("pause_review") == "2021-10-14 09:00:00" and play.due("pause_end") == "2021-11-29 09:00:00"
    for kind, unit in (("handling", "州建设局"), ("overall", None), ("assist", "州市场局")):
        assert play.duty(kind, unit).paused_at == play.now
    play.when("2021-10-11T15:00").do("resume")  # 09-30, 10-08, 10-09, 10-11: four
    assert play.facts["working_days"] == 4 and play.state == "signed"
    assert play.due("handling", "州建设局") == play.due("overall") == "2021-10-29 23:59:59"
    assert play.due("assist", "州市场局") == "2021-10-28 23:59:59"
    assert play.order.due_at == play.duty("handling", "州建设局").due_at
    assert play.order.paused_days == play.order.paused_total == 4
    assert not {"pause_review", "pause_end"} & set(play.duties())


def test_a_clock_that_stands_still_misses_nothing() -> None:
    play = signed().do("pause").when("2021-10-20T09:00")
    with pytest.raises(NotNow):
        play.do("breach", "clock", duties=[play.duty("handling", "州建设局").no, play.duty("overall").no])
    play.do("withdraw", "portal")
    assert play.past("handling", "州建设局").breached_at is None and play.past("overall").breached_at is None


def test_a_pause_comes_on_top_of_a_cap() -> None:
    play = signed().when("2021-09-29T09:00").do("pause").when("2021-10-11T09:00").do("resume")
    assert play.due("handling", "州建设局") == "2021-10-13 23:59:59"  # 10-08 and four working days
    extended(play)
    assert (
        play.due("handling", "州建设局") == play.due("overall") == "2021-10-15 23:59:59"
    )  # 5 from the start, and four


def test_a_pause_is_looked_at_and_ends_by_itself() -> None:
    play = signed().do("pause").when("2021-10-12T09:00").do("pause", ground="season")
    assert play.state == "paused" and play.due("pause_review") == "2021-10-27 09:00:00"
    assert play.past("pause_review").outcome == "met"
    assert play.due("pause_end") == "2021-11-29 10:00:00"  # 60 days (11-27 is a Saturday): not moved
    assert play.duty("handling", "州建设局").paused_at == at("2021-09-28T10:00")
    assert play.when("2021-11-29T10:01").do("resume", "clock").state == "signed"
    with pytest.raises(BadBody, match="citizen"):
        signed().do("pause", ground="holiday")
    with pytest.raises(WrongRole):
        signed().do("pause", "州建设局")


def test_an_extension_is_decided_wherever_the_order_has_gone() -> None:
    paused = signed(kind="complaint").do("request_extension", "州建设局").do("pause")
    paused.do("decide_extension")
    assert paused.due("handling", "州建设局") == "2021-11-08 23:59:59"
    assert paused.when("2021-09-30T10:00").do("resume").due("handling", "州建设局") == "2021-11-10 23:59:59"
    returned = signed(kind="complaint").do("request_extension", "州建设局").do("return", "州建设局")
    assert returned.do("decide_extension").order.extensions == 1


# 改限


def test_a_limit_by_law_replaces_the_base_from_the_start() -> None:
    play = signed(now="2023-12-27T10:00").when("2023-12-28T09:00").do("set_limit", days=7, basis="示范条例第9条")
    assert play.due("handling", "州建设局") == play.due("overall") == "2024-01-08 23:59:59"  # T20
    duty = play.duty("handling", "州建设局")
    assert (duty.rule, duty.clause) == ("7 working days", "示范条例第9条") and play.order.statutory == "示范条例第9条"
    with pytest.raises(NotNow, match="示范条例第9条"):
        play.do("request_extension", "州建设局")
    assert signed().do("set_limit", days=1).duty("overall").rule == "1 working day"


def test_a_limit_by_law_before_dispatch_holds_for_the_unit() -> None:
    play = Play().register().do("set_limit", days=20).do("prepare", "agent").do("dispatch", "dispatcher")
    assert play.due("handling", "州建设局") == play.due("overall") == "2021-11-01 23:59:59"
    assert play.duty("handling", "州建设局").clause == "示范条例第9条"


def test_a_longer_limit_takes_a_breach_back_and_a_shorter_one_moves_the_shared_parts() -> None:
    play = signed(assists=("州市场局",)).when("2021-10-09T09:00")
    play.do("breach", "clock", duties=[duty.no for duty in play.matter.duties])  # type: ignore[union-attr]
    assert play.duty("handling", "州建设局").breached_at is not None
    play.do("set_limit", days=20)
    assert play.duty("handling", "州建设局").breached_at is None and play.duty("overall").breached_at is None
    assert play.due("assist", "州市场局") == "2021-10-29 23:59:59"
    assert play.duty("assist", "州市场局").breached_at is None
    assert play.do("set_limit", days=10).due("assist", "州市场局") == "2021-10-15 23:59:59"


def test_a_limit_by_law_after_a_rejected_reply_and_with_a_pause() -> None:
    play = (
        signed(kind="complaint").when("2021-09-29T09:00").do("pause").when("2021-10-08T09:00").do("resume")
    )  # two days
    play.do("reply", "州建设局").when("2021-10-09T09:00").do("reject_reply", "lead").do("set_limit", days=10)
    assert play.due("handling", "州建设局") == "2021-10-20 23:59:59"  # 10 from 09-28 are 10-18; two on top


def test_no_limit_without_its_basis_and_none_where_the_place_knows_none() -> None:
    import msgspec

    for body in ({"basis": "法"}, {"basis": None}, {"days": 0}):
        with pytest.raises(msgspec.ValidationError):
            signed().do("set_limit", **body)
    with pytest.raises(NotOfPlace):
        signed(but(place(), flow__override__on=False)).do("set_limit")


# 答复


def test_a_reply_goes_to_review() -> None:
    play = signed().when("2021-09-28T17:00").do("reply", "州建设局", legal_basis="示范条例")
    assert play.state == "replied" and play.order.replied_at == play.now
    assert play.due("review") == "2021-09-29 23:59:59" and play.due("overall") == "2021-10-08 23:59:59"
    assert play.past("handling", "州建设局").outcome == "met" and play.order.reply_seq == len(play.events)
    assert "handle" in play.order.stages and play.order.stages["reply"] == "done"


def test_sent_back_it_has_a_day_at_least() -> None:
    early = signed().when("2021-09-28T17:00").do("reply", "州建设局").do("reject_reply", "lead")
    assert early.state == "signed" and early.due("handling", "州建设局") == "2021-10-08 23:59:59"  # its own is later
    late = signed().when("2021-10-08T17:00").do("reply", "州建设局").when("2021-10-09T18:00").do("reject_reply", "lead")
    assert late.due("handling", "州建设局") == "2021-10-11 23:59:59" and late.order.reply_rejections == 1
    assert late.past("review").outcome == "rejected" and late.order.replied_at is None


def test_closed_when_the_unit_handed_it_in() -> None:
    play = signed(kind="consult").when("2021-09-29T23:00").do("reply", "州建设局").when("2021-09-30T15:00")
    # The review runs past the matter's own due; the clock notes it, and the release takes it back.
    play.do("breach", "clock", duties=[play.duty("overall").no]).do("approve_reply", "lead")
    assert play.state == "closed" and play.order.closed_at == at("2021-09-29T23:00")
    assert play.past("overall").met_at == at("2021-09-29T23:00") and play.past("overall").breached_at is None
    assert play.due("revisit") == "2021-10-11 23:59:59" and play.facts["reply_in"] == play.order.reply_seq


def test_a_place_without_review_closes_at_once() -> None:
    play = signed(but(place(), flow__reply__review="automatic")).do("reply", "州建设局")
    assert play.state == "closed" and "review" not in play.duties() and "revisit" in play.duties()
    assert play.past("overall").outcome == "met" and "sms.reply" in play.effects


# 单位内审


def test_without_unit_review_nothing_waits() -> None:
    with pytest.raises(NotNow):
        signed().do("unit_approve", "州建设局/unit_reviewer")


def test_with_unit_review_the_reviewer_lets_it_out() -> None:
    own = but(place(), flow__unit_review__on=True)
    play = signed(own).when("2021-09-29T09:00").do("reply", "州建设局")
    assert play.state == "signed" and play.order.pending is not None
    asked = len(play.events)
    for verb in ("reply", "return", "request_extension", "sub_dispatch"):
        assert verb not in play.verbs("州建设局")
    play.when("2021-09-30T09:00").do("unit_approve", "州建设局/unit_reviewer")
    assert play.state == "replied" and play.order.replied_at == at("2021-09-30T09:00")  # what left, when it left
    assert play.order.reply_seq == asked and play.order.pending is None

    back = signed(own).do("reply", "州建设局").do("unit_reject", "州建设局/unit_reviewer")
    assert back.state == "signed" and back.order.pending is None and "reply" in back.verbs("州建设局")
    assert signed(own).do("reply", "州建设局/unit_reviewer").state == "replied"  # the reviewer's own needs no second
    both = actor("unit_handler", "unit_reviewer", unit="州建设局")
    assert signed(own).do("reply", both).events[-1].role == "unit_reviewer"
    with pytest.raises(WrongRole):
        signed(own).do("reply", "州建设局").do("unit_approve", "州市场局/unit_reviewer")


def test_a_return_and_an_extension_pass_the_reviewer_too() -> None:
    own = but(place(), flow__unit_review__on=True)
    play = signed(own).do("return", "州建设局")
    assert play.state == "signed" and play.order.returns == 0
    play.when("2021-09-29T11:00").do("unit_approve", "州建设局/unit_reviewer")
    assert play.state == "return_review" and play.order.late_return  # it left the unit after the window
    more = signed(own, kind="complaint").do("request_extension", "州建设局")
    assert more.order.extension_requests == 0
    more.do("unit_approve", "州建设局/unit_reviewer")
    assert more.order.extension_pending == "requested" and more.facts["code"] == "complex"
    overtaken = signed(own, kind="consult").do("request_extension", "州建设局").when("2021-09-30T09:00")
    with pytest.raises(NotNow, match="已超过办理时限"):
        overtaken.do("unit_approve", "州建设局/unit_reviewer")


def test_only_the_holder_and_only_from_its_state() -> None:
    with pytest.raises(WrongState) as caught:
        dispatched().do("reply", "州建设局")
    assert "办理中" in caught.value.sentence() and caught.value.status == 409
    with pytest.raises(WrongRole):
        signed().do("reply", "州市场局")
    with pytest.raises(WrongRole) as forbidden:
        signed().do("reply", "agent")
    assert forbidden.value.status == 403
    # Whoever has signed is told that it is done, though an assisting unit could still sign its own part now.
    with pytest.raises(WrongState, match="已派待签收"):
        signed().do("sign", "州建设局")
    with pytest.raises(UnknownVerb):
        signed().do("juggle")
