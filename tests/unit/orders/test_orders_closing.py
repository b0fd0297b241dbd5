"""After the reply (spec D.2 20-22, 29, 30, 33; XS 六(四))."""

from __future__ import annotations

import pytest
from play import UNITS, Play, actor, at, but, closed, final, place, rated_badly, signed

from yihao.orders.draft import BadBody, NotNow
from yihao.orders.rules import WrongRole

BUREAU, OFFICE = UNITS["州建设局"], UNITS["州办"]


def test_a_revisit_asks_for_a_rating() -> None:
    play = closed()
    assert play.due("revisit") == "2021-10-08 23:59:59" and play.due("quiet") == "2021-10-28 10:00:00"
    play.do("revisit", "revisit", reached=False)
    assert play.state == "revisiting" and play.due("rating_wait") == "2021-10-08 10:00:00"  # 168 hours, off days over
    assert "revisit" not in play.order.stages and "quiet" not in play.duties()


def test_three_attempts_each_at_another_hour() -> None:
    play = closed().do("revisit", "revisit", reached=False)
    with pytest.raises(NotNow, match="换一个时段"):
        play.when("2021-09-29T10:59").do("revisit", "revisit")
    play.when("2021-09-29T15:00").do("revisit", "revisit", reached=False)
    play.when("2021-09-29T19:00").do("revisit", "revisit", reached=False)
    with pytest.raises(NotNow, match="达到上限"):
        play.when("2021-09-29T20:00").do("revisit", "revisit")
    same = closed(but(place(), flow__revisit__different_hours=False)).do("revisit", "revisit", reached=False)
    assert same.do("revisit", "revisit").order.attempts == 2


def test_a_confidential_order_is_revisited_by_consent_only() -> None:
    play = closed(secrecy="confidential")
    assert "revisit" not in play.duties()
    with pytest.raises(BadBody) as caught:
        play.do("revisit", "revisit")
    assert caught.value.field == "consent"
    assert play.do("revisit", "revisit", consent=True).state == "revisiting"


@pytest.mark.parametrize("score", [3, 4, 5])
def test_a_satisfied_rating_archives(score: int) -> None:
    play = closed().do("revisit", "revisit").do("rate", "revisit", service=score, handling=score)
    assert play.state == "archived" and play.order.sealed_from == "revisiting" and play.duties() == {}
    assert play.order.stages["rate"] == play.order.stages["revisit"] == "done"
    assert play.order.stages["supervise"] == "未发生需督办的情形"
    own = closed().do("rate", "portal")
    assert own.state == "archived" and own.order.stages["revisit"] == "诉求人已自行评价，无须回访"


@pytest.mark.parametrize("scores", [{"handling": 2}, {"handling": 1}, {"service": 2}])
def test_an_unsatisfied_one_stays_until_somebody_decides(scores: dict[str, int]) -> None:
    play = rated_badly(closed(), **scores)
    assert play.state == "revisiting" and play.order.bad_rating
    assert play.due("redo_decision") == "2021-10-25 23:59:59"
    assert "rating_wait" not in play.duties()
    for who, verb in (("clock", "archive"), ("manager", "archive")):
        with pytest.raises(NotNow, match="差评"):
            play.do(verb, who, not_applicable={"rate": "无"})
    with pytest.raises(NotNow):
        play.do("rate", "portal")
    play.do("decline_redo", "supervisor")
    assert play.state == "archived" and not play.order.bad_rating and play.past("redo_decision").outcome == "declined"


def test_nobody_rates_for_seven_days() -> None:
    play = closed().do("revisit", "revisit", reached=False)
    with pytest.raises(NotNow, match="回访"):
        play.do("archive", "clock")  # the citizen's time is not over
    play.when("2021-10-08T10:01").do("archive", "clock")
    assert play.state == "archived" and play.order.ratings == ()
    assert play.order.stages["rate"] == "诉求人未评价" and play.order.stages["revisit"] == "静默期满未能回访"


def test_levels_are_the_places() -> None:
    levels = tuple(level for level in place().indicators.satisfaction if level.score != 3)
    with pytest.raises(BadBody) as caught:
        closed(but(place(), indicators__satisfaction=levels)).do("rate", "portal", handling=3)
    assert caught.value.field == "handling"


# 重办


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("consult", "2021-09-29 23:59:59"),  # half of 1, at least 1
        ("help", "2021-09-30 23:59:59"),  # half of 3, rounded up: 2
        ("complaint", "2021-10-14 23:59:59"),  # 8: 09-29, 30, 10-08, 09, 11, 12, 13, 14
    ],
)
def test_redone_in_half_the_base(kind: str, due: str) -> None:
    play = rated_badly(closed(kind=kind)).do("redo", "revisit")
    assert play.state == "signed" and play.due("handling", "州建设局") == due
    assert play.order.redos == 1 and play.order.signed_at == play.now and play.facts["passed"] == "redo"
    assert play.order.ratings == () and play.order.closed_at is None and play.order.attempts == 0
    assert "notice.redo_copy" in play.effects  # the higher unit has a copy
    assert not {"reply", "close", "revisit", "rate"} & set(play.order.stages)  # to be gone through again
    assert {"redo_decision", "revisit", "rating_wait", "quiet"}.isdisjoint(play.duties())


def test_redone_under_the_statutory_limit() -> None:
    play = rated_badly(signed().do("set_limit", days=9).do("reply", "州建设局").do("approve_reply", "lead"))
    assert play.do("redo", "manager").due("handling", "州建设局") == "2021-10-11 23:59:59"  # 5 of 9


def test_an_extension_of_a_redo_counts_from_the_redo() -> None:
    play = rated_badly(closed().when("2021-10-09T10:00")).do("redo", "revisit")
    play.do("request_extension", "州建设局").do("decide_extension")
    assert play.due("handling", "州建设局") == "2021-10-15 23:59:59"  # 5 working days: 11, 12, 13, 14, 15


def test_two_redos_then_a_higher_unit() -> None:
    play = closed(kind="complaint")
    for _ in range(2):
        rated_badly(play).do("redo", "supervisor").do("reply", "州建设局").do("approve_reply", "lead")
    with pytest.raises(NotNow, match="没有须提级重办的差评"):
        play.do("revisit", "revisit").do("escalate", lead=OFFICE)
    play.do("rate", "portal", handling=1)
    with pytest.raises(NotNow, match="达到上限"):
        play.do("redo", "supervisor")
    assert "redo" not in play.verbs("supervisor") and "escalate" in play.verbs("manager")
    play.do("escalate", lead=OFFICE)
    assert play.state == "dispatched" and play.order.lead_unit == OFFICE and play.order.redos == 3
    assert play.due("handling", "州办") == "2021-10-14 23:59:59" and "sign 州办" in play.duties()
    assert not play.order.bad_rating and "redo_decision" not in play.duties()
    assert play.decision is not None and play.decision.change.leave == (BUREAU,)


def test_a_first_bad_rating_does_not_go_up() -> None:
    with pytest.raises(NotNow, match="重办满 3 次"):
        rated_badly(closed()).do("escalate", lead=OFFICE)


def test_mediation_and_enforcement_are_explained_not_redone() -> None:
    play = rated_badly(closed(legal_process=True))
    with pytest.raises(NotNow, match="解释说明"):
        play.do("redo", "manager")
    with pytest.raises(NotNow):
        play.do("escalate", lead=OFFICE)
    assert play.do("decline_redo", "manager").state == "archived"


def test_no_redo_without_a_bad_rating() -> None:
    with pytest.raises(NotNow):
        closed().do("revisit", "revisit").do("redo", "manager")
    with pytest.raises(NotNow):
        closed().do("revisit", "revisit").do("decline_redo", "manager")


# 归档, 解封, 重启


def test_thirty_quiet_days() -> None:
    play = closed()
    with pytest.raises(NotNow, match="回访、评价"):
        play.do("archive", "clock")
    play.when("2021-10-28T10:01").do("archive", "clock")
    assert play.state == "archived" and play.order.sealed_from == "closed" and play.duties() == {}
    assert play.order.archived_at == play.now


def test_earlier_a_person_says_why_a_stage_was_left_out() -> None:
    play = closed()
    with pytest.raises(NotNow, match="回访、评价"):
        play.do("archive", "manager", not_applicable={"supervise": "无"})
    with pytest.raises(BadBody) as caught:
        play.do("archive", "manager", not_applicable={"dance": "无"})
    assert caught.value.field == "not_applicable"
    play.do("archive", "manager", not_applicable={"revisit": "诉求人13800138000要求不回访", "rate": "诉求人放弃"})
    assert play.state == "archived" and play.order.stages["revisit"] == "诉求人138****8000要求不回访"
    assert {stage.code for stage in place().stages} == set(play.order.stages)


@pytest.mark.parametrize(("verb", "who"), [("refuse", "agent"), ("withdraw", "portal"), ("answer", "agent")])
def test_what_ended_early_has_its_reason(verb: str, who: str) -> None:
    play = Play().register(kind="consult").do(verb, who).do("archive", "lead")
    assert play.state == "archived" and all(play.order.stages[stage.code] for stage in place().stages)


def test_unsealed_it_is_where_it_was() -> None:
    for play in (
        closed(),
        Play().register().do("refuse", "agent"),
        closed().do("revisit", "revisit"),
        final(closed()),
    ):
        before = play.state
        reasons = {"revisit": "不回访", "rate": "未评价"}
        play.do("archive", "manager", not_applicable=reasons).do("unseal")
        assert play.state == before and play.order.sealed_from is None and play.order.archived_at is None
        assert set(play.duties()) == {"quiet"}
    with pytest.raises(WrongRole):
        closed().when("2021-12-01T09:00").do("archive", "clock").do("unseal", "lead")


def test_reopened_a_complaint_is_dispatched_at_once_to_the_unit_that_had_it() -> None:
    play = closed(kind="complaint").when("2021-12-01T09:00").do("archive", "clock").do("reopen")
    assert play.due("dispatch") == "2021-12-01 09:30:00" and play.order.appeals == 0
    play.do("prepare", "agent").do("dispatch", "dispatcher", lead=BUREAU)
    assert play.order.first_unit == BUREAU and play.order.dispatches == 2


def test_reopened_under_a_statutory_limit() -> None:
    play = signed().do("set_limit", days=7).do("reply", "州建设局").do("approve_reply", "lead")
    final(play).do("reopen")
    assert play.duty("overall").rule == "7 working days"


def test_a_duty_met_late_is_missed_at_its_due() -> None:
    play = signed(kind="consult").when("2021-09-30T09:00").do("reply", "州建设局")
    assert play.past("handling", "州建设局").breached_at == at("2021-09-29T23:59:59")
    assert play.state == "replied"  # overdue is never a state


def test_accounts_without_a_row_do_nothing() -> None:
    for role in ("qa", "kb_editor", "auditor", "admin"):
        assert closed().verbs(actor(role)) == set()
