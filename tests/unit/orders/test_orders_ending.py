"""Ends that a second person decides (spec D.2 3, 27, 33): final answers, appeals against a refusal."""

from __future__ import annotations

import pytest
from play import UNITS, Play, actor, but, closed, final, place, rated_badly, repeated, signed

from yihao.orders.draft import BadBody, ManagerOnly, NotNow, OtherPerson
from yihao.orders.forms import form_schema
from yihao.orders.rules import WrongRole, WrongState, weighs_family
from yihao.orders.table import TABLE

BUREAU = UNITS["州建设局"]


# 最终答复


def test_a_unit_proposes_and_the_manager_decides() -> None:
    play = repeated(closed().when("2021-09-29T10:00"))
    play.do("propose_final", "州建设局", evidence="录音13800138000", head_signed="局长")
    assert play.state == "closed" and play.order.final_seq == len(play.events)
    assert play.facts == {"evidence": "录音138****8000", "head_signed": "局长", "orders": 3, "unit": BUREAU}
    assert play.due("final_decision") == "2021-10-12 23:59:59"  # 09-30, 10-08, 09, 11, 12
    assert play.due("quiet") == "2021-10-29 10:00:00"  # lies quiet from the proposal on
    assert "finalise" in play.verbs("manager") and "propose_final" not in play.verbs("州建设局")
    with pytest.raises(NotNow, match="已提请"):
        play.do("propose_final", "州建设局")
    proposed = play.order.final_seq
    play.do("finalise")
    assert play.state == "final" and play.facts == {"approve": True, "proposed_in": proposed}
    assert set(play.duties()) == {"quiet"} and play.effects == ["sms.final"]
    assert play.past("final_decision").outcome == "met"
    again = play.when("2021-10-20T09:00").do("reopen")
    assert again.state == "received" and again.order.lead_unit is None and again.order.final_seq is None
    assert again.due("overall") == "2021-10-25 23:59:59" and again.order.stages == {"accept": "done"}
    assert again.decision is not None and again.decision.change.leave == (BUREAU,)


def test_a_proposal_turned_down_leaves_everything_as_it_was() -> None:
    play = repeated(closed()).do("propose_final", "州建设局").do("finalise", approve=False)
    assert play.state == "closed" and play.effects == ["notice.final_rejected"] and play.facts["approve"] is False
    assert set(play.duties()) == {"quiet", "revisit"}
    assert play.do("propose_final", "州建设局").state == "closed"  # better founded, once more


def test_nobody_decides_the_own_proposal() -> None:
    both = actor("shift_lead", "manager")
    play = Play().register()
    repeated(play).do("propose_final", both)
    assert "finalise" not in play.verbs(both)
    with pytest.raises(OtherPerson):
        play.do("finalise", both)
    assert play.do("finalise").state == "final"
    with pytest.raises(NotNow, match="请先提请"):
        closed().do("finalise")
    with pytest.raises(WrongRole):
        repeated(closed()).do("propose_final", "州建设局").do("finalise", "dispatcher")


def test_how_many_repeats_it_takes_is_the_places() -> None:
    for orders, after, allowed in ((1, 3, False), (2, 3, False), (3, 3, True), (2, 2, True), (5, 3, True)):
        play = repeated(closed(but(place(), flow__repeat__after=after)), orders=orders)
        assert ("propose_final" in play.verbs("州建设局")) is allowed
        if not allowed:
            with pytest.raises(NotNow, match=f"满 {after} 件") as caught:
                play.do("propose_final", "州建设局")
            assert caught.value.clause == place().flow.repeat.basis.cite()
    with pytest.raises(WrongState):
        repeated(signed()).do("propose_final", "州建设局")


def test_a_repeat_no_unit_has_is_proposed_by_the_hotline_once_an_earlier_one_was_answered() -> None:
    with pytest.raises(NotNow, match="尚未依法办结"):
        repeated(Play().register(), answered=0).do("propose_final", "lead")
    play = repeated(Play().register()).do("propose_final", "lead")
    assert play.state == "received" and {"dispatch", "overall", "final_decision"} == set(play.duties())
    with pytest.raises(WrongRole):
        repeated(Play().register()).do("propose_final", "agent")
    handled = repeated(Play().register()).do("propose_final", "lead").do("prepare", "agent")
    assert handled.past("final_decision").outcome == "superseded"
    assert play.do("finalise").state == "final" and set(play.duties()) == {"quiet"}


def test_the_head_signs_where_the_place_says_so() -> None:
    with pytest.raises(BadBody) as caught:
        repeated(closed()).do("propose_final", "州建设局", head_signed=None)
    assert caught.value.field == "head_signed"
    lax = but(place(), flow__final__head_signs=False)
    assert repeated(closed(lax)).do("propose_final", "州建设局", head_signed=None).facts["head_signed"] is None
    body = next(edge.body for edge in TABLE if edge.verb == "propose_final")
    assert "head_signed" in form_schema(body, place())["required"]


def test_a_place_may_leave_the_decision_to_any_reviewer() -> None:
    lax = but(place(), flow__final__manager_decides=False)
    assert repeated(closed(lax)).do("propose_final", "州建设局").do("finalise", "dispatcher").state == "final"
    lead = repeated(Play(lax).register()).do("propose_final", "lead")
    with pytest.raises(OtherPerson):
        lead.do("finalise", "lead")


def test_where_units_review_their_reviewer_proposes() -> None:
    inner = but(place(), flow__unit_review__on=True)
    play = signed(inner).do("reply", "州建设局/unit_reviewer").do("approve_reply", "lead")
    with pytest.raises(NotNow, match="审核人提请"):
        repeated(play).do("propose_final", "州建设局")
    assert "propose_final" not in play.verbs("州建设局")
    assert "final_decision" in play.do("propose_final", "州建设局/unit_reviewer").duties()


def test_what_comes_between_proposal_and_decision() -> None:
    rated = repeated(closed()).do("propose_final", "州建设局").do("rate", "portal")
    assert rated.state == "archived" and rated.past("final_decision").outcome == "archived"
    bad = rated_badly(repeated(closed()).do("propose_final", "州建设局"))
    assert bad.do("finalise").state == "final" and not bad.order.bad_rating
    redone = rated_badly(repeated(closed()).do("propose_final", "州建设局")).do("redo", "supervisor")
    assert redone.past("final_decision").outcome == "superseded" and "final_decision" not in redone.duties()
    late = repeated(closed()).do("propose_final", "州建设局").when("2021-10-28T10:01")
    late.do("breach", "clock", duties=[late.duty("final_decision").no])
    assert late.state == "closed"  # silence is no consent
    assert late.do("archive", "clock").state == "archived"


def test_only_rows_that_weigh_repeats_have_them_counted() -> None:
    play = closed()
    assert play.matter is not None
    assert weighs_family(play.matter, actor("unit_handler", unit="州建设局"), play.profile)
    assert not weighs_family(play.matter, actor("unit_handler", unit="州市场局"), play.profile)
    assert not weighs_family(play.matter, actor("manager"), play.profile)
    assert {edge.verb for edge in TABLE if edge.family} == {"propose_final"}


# 不予受理的复核


def refused(**changes: object) -> Play:
    return Play(but(place(), **changes)).register(kind="complaint").do("refuse", "agent")


def test_a_refusal_is_appealed_once_and_another_person_decides() -> None:
    play = refused().when("2021-09-28T15:00").do("appeal_refusal", "portal")
    assert play.state == "refused" and play.order.appeals == 1
    assert play.duties() == {"appeal_decision": "2021-10-08 23:59:59"}
    with pytest.raises(NotNow, match="正在复核"):
        play.do("appeal_refusal", "agent")
    with pytest.raises(NotNow, match="复核申请待决定"):
        play.do("archive", "manager")
    play.do("uphold_refusal")
    assert play.state == "refused" and set(play.duties()) == {"quiet"} and play.effects == ["sms.refusal_upheld"]
    assert play.past("appeal_decision").outcome == "met"
    with pytest.raises(NotNow, match="1 次，已用完"):
        play.do("appeal_refusal", "portal")
    assert "appeal_refusal" not in play.verbs("portal")
    assert play.do("reopen", ground="new_fact", reason="新证据").state == "received"  # a new fact is always heard


def test_an_upheld_appeal_starts_the_matter_again() -> None:
    play = refused().when("2021-09-29T08:00").do("appeal_refusal", "agent").when("2021-09-29T09:00")
    play.do("reopen", ground="appeal_upheld", reason="应予受理")
    assert play.state == "received" and play.order.refusal is None and play.order.refused_by == ()
    assert play.past("appeal_decision").outcome == "met"
    assert play.due("dispatch") == "2021-09-29 09:30:00"  # a complaint: at once again
    assert play.due("overall") == "2021-10-26 23:59:59"
    with pytest.raises(NotNow, match="已用完"):
        play.do("refuse", "agent").do("appeal_refusal", "portal")


def test_an_appeal_nobody_asked_for_is_not_upheld() -> None:
    with pytest.raises(NotNow, match="没有待复核的申请"):
        refused().do("reopen", ground="appeal_upheld", reason="应予受理")
    with pytest.raises(NotNow, match="没有待复核的申请"):
        refused().do("uphold_refusal")
    mistake = refused().do("appeal_refusal", "portal").do("reopen", ground="wrong_decision", reason="登记有误")
    assert mistake.state == "received" and mistake.duties().keys() == {"overall", "dispatch"}


def test_who_refused_or_confirmed_it_does_not_decide_the_appeal() -> None:
    both = actor("shift_lead", "manager")
    alone = Play().register().do("refuse", both).do("appeal_refusal", "portal")
    assert "uphold_refusal" not in alone.verbs(both)
    for verb, more in (("uphold_refusal", {}), ("reopen", {"ground": "appeal_upheld"})):
        with pytest.raises(OtherPerson):
            alone.do(verb, both, **more)
    two = Play(but(place(), acceptance__confirm_refusal__on=True)).register().do("refuse", "agent")
    two.do("confirm_refusal", both).do("appeal_refusal", "portal")
    assert len(two.order.refused_by) == 2
    with pytest.raises(OtherPerson):
        two.do("uphold_refusal", both)
    assert two.do("uphold_refusal").state == "refused"
    with pytest.raises(WrongRole):
        refused().do("appeal_refusal", "portal").do("uphold_refusal", "lead")


def test_how_often_is_the_places() -> None:
    with pytest.raises(NotNow, match="0 次"):
        refused(acceptance__refusal_appeals__value=0).do("appeal_refusal", "portal")
    twice = refused(acceptance__refusal_appeals__value=2).do("appeal_refusal", "portal").do("uphold_refusal")
    assert twice.do("appeal_refusal", "portal").order.appeals == 2
    with pytest.raises(WrongState):
        refused().when("2021-12-01T09:00").do("archive", "clock").do("appeal_refusal", "portal")


def test_a_missed_decision_is_missed_and_still_owed() -> None:
    play = refused().do("appeal_refusal", "portal").when("2021-12-01T09:00")
    play.do("breach", "clock", duties=[play.duty("appeal_decision").no])
    assert play.state == "refused" and play.duty("appeal_decision").breached_at is not None
    assert play.do("uphold_refusal").past("appeal_decision").breached_at is not None


def test_a_final_answer_and_its_reopening_are_nobodys_appeal() -> None:
    assert final(closed()).do("reopen", ground="appeal_upheld", reason="复查意见").state == "received"
    with pytest.raises(ManagerOnly):  # the first unit still answers for it
        final(closed()).do("reopen").do("prepare", "agent").do("dispatch", "dispatcher", lead=UNITS["州市场局"])
