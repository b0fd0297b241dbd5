"""Before dispatch (spec D.2 1-5, 24-26, 33, 35, 37; XS 三(二), 三(四))."""

from __future__ import annotations

import pytest
from play import UNITS, Play, actor, at, but, closed, dispatched, final, local, place, signed

from yihao.orders.decisions import intake
from yihao.orders.draft import BadBody, NotNow
from yihao.orders.rules import NotOfPlace, WrongRole, WrongState


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("consult", "2021-09-29 23:59:59"),  # 1 working day
        ("help", "2021-10-08 23:59:59"),  # 3: 09-29, 09-30, 10-08
        ("suggestion", "2021-10-08 23:59:59"),
        ("complaint", "2021-10-25 23:59:59"),  # 15
        ("report", "2021-10-25 23:59:59"),
        ("praise", "2021-10-11 23:59:59"),  # 5
        ("other", "2021-10-11 23:59:59"),
    ],
)
def test_the_overall_clock_starts_at_acceptance(kind: str, due: str) -> None:
    play = Play().register(kind=kind)
    assert play.state == "received"
    assert play.due("overall") == due
    assert local(play.order.overall_due_at) == due


@pytest.mark.parametrize(
    ("now", "fields", "due"),
    [
        ("2021-09-28T10:00", {}, "2021-09-28 23:59:59"),  # in hours: the same day
        ("2021-09-28T12:30", {}, "2021-09-28 23:59:59"),  # lunch counts as in hours
        ("2021-09-28T08:10", {}, "2021-09-28 10:00:00"),
        ("2021-09-28T19:00", {}, "2021-09-29 10:00:00"),
        ("2021-09-30T19:00", {}, "2021-10-08 10:00:00"),  # over National Day
        ("2021-10-09T09:30", {}, "2021-10-09 23:59:59"),  # a Saturday made up for
        ("2021-09-28T02:00", {"kind": "complaint"}, "2021-09-28 02:30:00"),  # at once, also at night
        ("2021-10-02T02:00", {"kind": "report"}, "2021-10-02 02:30:00"),
        ("2021-10-02T02:00", {"legal_process": True}, "2021-10-02 02:30:00"),  # an enforcement matter of any kind
        ("2021-10-02T02:00", {"line": "96301"}, "2021-10-02 02:30:00"),  # that line's own rule
        ("2021-10-02T02:00", {"line": "12328"}, "2021-10-08 10:00:00"),
    ],
)
def test_the_dispatch_clock(now: str, fields: dict[str, object], due: str) -> None:
    assert Play(now=now).register(**fields).due("dispatch") == due


def test_preparing_late_does_not_move_the_dispatch_clock() -> None:
    play = Play().register().when("2021-09-29T15:00").do("prepare", "agent")
    assert play.due("dispatch") == "2021-09-28 23:59:59"
    play.do("dispatch", "dispatcher")
    assert play.past("dispatch").breached_at == at("2021-09-28T23:59:59")


def refused(field: str, play: Play | None = None, **fields: object) -> BadBody:
    with pytest.raises(BadBody) as caught:
        (play or Play()).register(**fields)
    assert caught.value.field == field
    return caught.value


def test_what_the_place_asks_of_every_matter() -> None:
    assert refused("in_petition", in_petition=True).clause == "西政办发〔2021〕28号 三(二)"
    assert refused("domain", domain=None).clause == "西政办发〔2021〕28号 三(二)"
    refused("category", category="nothing")
    refused("category", category="old")
    refused("area_code", area_code="110101")
    refused("accused_unit", accused_unit=999)
    refused("channel", Play(but(place(), acceptance__channels__fax__on=False)), channel="fax")
    nameless = {"anonymous": True}
    refused("caller.anonymous", Play(but(place(), acceptance__anonymous__on=False)), caller=nameless)
    assert Play().register(caller=nameless).order.anonymous
    Play(but(place(), acceptance__domain_required__on=False)).register(domain=None)


def test_secrecy_on_request() -> None:
    assert Play().register(caller={"confidential": True}).order.secrecy == "confidential"
    off = but(place(), acceptance__confidential_on_request__on=False)
    assert Play(off).register(caller={"confidential": True}).order.secrecy == "internal"
    assert Play().register().order.secrecy == "internal"


def test_an_order_names_the_rules_it_was_made_under() -> None:
    order = Play().register(line="96301").order
    assert order.profile_digest == place().for_line("96301").digest != place().digest
    assert order.calendar_digest and order.base_rule == "3 working days"


def test_refusing_names_class_route_and_clause() -> None:
    play = Play().register().do("refuse", "agent")
    assert play.state == "refused" and play.order.refusal == "litigation"
    assert "人民法院" in play.facts["route"] and play.facts["clause"] == "西政办发〔2021〕28号 三(二)"
    assert set(play.duties()) == {"quiet"}  # nothing is owed any more
    with pytest.raises(BadBody):
        Play().register().do("refuse", "agent", code="no_such_class")


def test_a_refusal_waits_for_the_shift_lead_where_the_place_says_so() -> None:
    two = but(place(), acceptance__confirm_refusal__on=True)
    play = Play(two).register().do("refuse", "agent")
    assert play.state == "received" and play.due("refusal_confirm") == "2021-09-28 10:30:00"
    with pytest.raises(NotNow):
        play.do("refuse", "agent")
    with pytest.raises(WrongRole):
        play.do("confirm_refusal", "agent")
    play.do("confirm_refusal", "lead")
    assert play.state == "refused" and play.order.pending is None and set(play.duties()) == {"quiet"}

    no = Play(two).register().do("refuse", "agent").do("confirm_refusal", "lead", approve=False)
    assert no.state == "received" and no.order.pending is None and no.order.refusal is None
    assert set(no.duties()) == {"overall", "dispatch"}
    assert no.do("refuse", "agent").order.pending is not None  # another class may be proposed

    taken_on = Play(two).register().do("refuse", "agent").do("prepare", "agent")
    assert taken_on.order.pending is None and "refusal_confirm" not in taken_on.duties()
    assert Play(two).register().do("refuse", "lead").state == "refused"  # the shift lead needs no second
    both = actor("agent", "shift_lead")
    assert Play(two).register().do("refuse", both).state == "refused"
    with pytest.raises(NotOfPlace):
        Play().register().do("confirm_refusal", "lead")  # this place knows no second person here


def test_transferred_at_once_and_archived_when_acknowledged() -> None:
    play = Play(now="2021-10-02T03:00").register().do("transfer", "agent", to="110", way="three_way")
    assert play.state == "transferred" and play.facts["emergency"] is True
    assert play.duties() == {"handover": "2021-10-02 03:30:00"}  # the receiver's word is owed
    with pytest.raises(BadBody):
        play.do("archive", "lead")
    play.when("2021-10-02T03:10").do("archive", "lead", acknowledgement="110已接警")
    assert play.state == "archived" and play.past("handover").outcome == "met"
    assert play.order.stages["handle"] == "已转紧急或联动热线办理"

    known = Play().register().do("transfer", "agent", acknowledged=True, to="州供水热线")
    assert known.facts["emergency"] is False and known.due("quiet") == "2021-09-28 10:00:00"  # the clock's next look
    assert known.when("2021-09-28T10:01").do("archive", "clock").state == "archived"


def test_a_phone_number_in_a_short_text_is_masked() -> None:
    play = Play().register().do("transfer", "agent", to="转给13800138000")
    assert "13800138000" not in str(play.events[-1]) and "13800138000" not in str(play.decision)


def test_a_direct_answer_cites_something() -> None:
    with pytest.raises(BadBody):
        Play().register(kind="consult").do("answer", "agent", knowledge_item=None)
    with pytest.raises(BadBody) as caught:
        Play().register().do("answer", "agent")  # a request for help needs a reason
    assert caught.value.clause == "西政办发〔2021〕28号 三(五)"
    play = Play().register(kind="consult").do("answer", actor("expert"), knowledge_item=None, expert="12329专家座席")
    assert play.state == "answered" and play.order.handled_by == "hotline"
    assert play.order.closed_at == play.now and set(play.duties()) == {"quiet"}
    assert play.past("overall").outcome == "answered" and play.past("overall").breached_at is None
    help_ = Play().register().do("answer", "agent", reason="政策明确，无须派单")
    assert help_.state == "answered"


def test_a_share_of_direct_answers_is_revisited() -> None:
    assert place().flow.revisit.sample_percent == 5
    drawn = [sequence for sequence in range(200) if _revisited(sequence)]
    assert len(drawn) == 10
    play = Play(sequence=1).register(kind="consult").do("answer", "agent")
    assert play.due("revisit") == "2021-10-08 23:59:59"  # 3 working days
    play.do("revisit", "revisit").do("rate", "portal", handling=2)
    assert play.state == "revisiting" and play.order.bad_rating
    play.do("redo", "supervisor")
    assert play.state == "received" and play.order.redos == 1  # no unit had it: it goes the way of all others
    assert {"overall", "dispatch"} <= set(play.duties())
    spoken = Play(sequence=1).register(kind="consult").do("answer", "agent").do("rate", "portal")
    assert spoken.state == "answered" and "revisit" not in spoken.duties()
    with pytest.raises(NotNow, match="抽样"):
        Play(sequence=50).register(kind="consult").do("answer", "agent").do("revisit", "revisit")


def _revisited(sequence: int) -> bool:
    return "revisit" in Play(sequence=sequence).register(kind="consult").do("answer", "agent").duties()


def test_a_bad_word_on_an_undrawn_direct_answer_is_looked_at_too() -> None:
    play = Play().register(kind="consult").do("answer", "agent").do("rate", "portal", service=1)
    assert play.state == "revisiting" and "redo_decision" in play.duties()
    play.do("decline_redo", "supervisor")
    assert play.state == "archived" and play.order.stages["handle"] == "热线直接答复，无须经此环节"
    good = Play().register(kind="consult").do("answer", "agent").do("rate", "portal")
    assert good.state == "answered"
    with pytest.raises(NotNow):
        good.do("rate", "portal")


def test_a_corrected_kind_moves_both_clocks_to_its_own_limits() -> None:
    play = Play().register().when("2021-09-28T11:00").do("prepare", "agent", kind="complaint")
    assert play.order.kind == "complaint" and play.order.base_rule == "15 working days"
    assert play.due("overall") == "2021-10-25 23:59:59"  # from registration
    assert play.due("dispatch") == "2021-09-28 10:30:00"  # at once, from registration
    assert play.past("overall").outcome == "superseded"
    play.when("2021-09-29T11:00").do("dispatch", "dispatcher")
    assert play.due("handling", "州建设局") == "2021-10-26 23:59:59"


def test_a_clock_that_has_run_out_is_not_moved_by_a_correction() -> None:
    play = Play().register(kind="consult").when("2021-09-30T11:00").do("prepare", "agent", kind="complaint")
    assert play.order.base_rule == "15 working days"  # for the unit still to come
    assert play.due("overall") == "2021-09-29 23:59:59" and play.due("dispatch") == "2021-09-28 23:59:59"
    play.do("dispatch", "dispatcher")
    assert play.past("dispatch").breached_at == play.past("dispatch").due_at


def test_what_a_citizen_could_not_tell_is_corrected_at_the_desk() -> None:
    """XS 三(四), 六(四): an enforcement case goes on at once; an urgent one is signed in natural time."""
    web = {"who": "portal", "channel": "web", "kind": "help"}
    play = Play(now="2021-09-28T16:00").register(**web)
    assert play.due("dispatch") == "2021-09-28 23:59:59"
    play.when("2021-09-28T16:10").do("prepare", "agent", legal_process=True, urgency="urgent")
    assert play.order.legal_process and play.order.urgency == "urgent" and play.order.kind == "help"
    assert play.due("dispatch") == "2021-09-28 16:30:00" and play.past("dispatch").outcome == "superseded"
    assert play.facts["legal_process"] is True and play.facts["urgency"] == "urgent"
    assert play.due("overall") == "2021-10-08 23:59:59" and play.order.base_rule == "3 working days"
    play.when("2021-09-28T16:15").do("dispatch", "dispatcher")
    assert play.due("sign", "州建设局") == "2021-09-28 18:15:00"
    no = Play().register(legal_process=True).do("prepare", "agent", legal_process=False)
    assert not no.order.legal_process and no.due("dispatch") == "2021-09-28 23:59:59"
    same = Play().register(legal_process=True).do("prepare", "agent")
    assert (
        same.order.legal_process and same.due("dispatch") == "2021-09-28 10:30:00" and "legal_process" not in same.facts
    )
    statutory = Play().register().do("set_limit", days=7).do("prepare", "agent", legal_process=True)
    assert statutory.due("dispatch") == "2021-09-28 10:30:00" and statutory.order.base_rule == "7 working days"


def test_a_kind_is_not_corrected_into_one_whose_caller_is_kept_apart() -> None:
    with pytest.raises(BadBody, match="重新登记") as caught:
        Play().register().do("prepare", "agent", kind="report")
    assert caught.value.field == "kind" and caught.value.clause == "西政办发〔2021〕28号 三(四)"
    was = Play().register(kind="report").do("prepare", "agent", kind="complaint")
    assert was.order.kind == "complaint" and was.order.protected  # who was put apart stays apart
    assert was.do("prepare", "dispatcher", kind="report").order.kind == "report"


def test_a_statutory_limit_outlives_a_corrected_kind() -> None:
    play = Play().register().do("set_limit", days=7).do("prepare", "agent", kind="complaint")
    assert play.order.base_rule == "7 working days" and play.due("overall") == "2021-10-13 23:59:59"


def test_what_came_back_is_classed_anew_by_the_dispatcher() -> None:
    play = signed().do("return", "州建设局").when("2021-09-29T09:00").do("approve_return", "dispatcher")
    with pytest.raises(WrongRole):
        play.do("prepare", actor("qa"))
    play.do("prepare", "dispatcher", kind="complaint")
    assert play.state == "pending_dispatch"
    assert play.due("dispatch") == "2021-09-29 09:30:00"  # from the granted return
    assert play.due("overall") == "2021-10-25 23:59:59"  # from registration, as ever
    with pytest.raises(BadBody):
        play.do("prepare", "dispatcher", category="nothing")


def test_a_repeat_is_merged_and_a_cluster_linked() -> None:
    other = Play(sequence=200).register().number
    repeat = Play().register().do("merge", "agent", into=other, relation="repeat")
    assert repeat.state == "merged" and repeat.order.merged_into == other
    assert repeat.decision is not None and repeat.decision.link is not None
    assert (repeat.decision.link.parent, repeat.decision.link.kind) == (other, "merged")
    assert "overall" not in repeat.duties() and repeat.past("overall").outcome == "merged"

    cluster = Play().register().do("merge", "agent", into=other, relation="cluster")
    assert cluster.state == "received" and cluster.order.merged_into is None
    assert cluster.decision is not None and cluster.decision.link is not None
    assert cluster.decision.link.kind == "cluster"
    assert set(cluster.duties()) == {"overall", "dispatch"}  # each keeps its own clocks and answer

    off = Play(but(place(), flow__merge__clusters="off")).register()
    with pytest.raises(NotNow):
        off.do("merge", "agent", into=other, relation="cluster")
    both = Play(but(place(), flow__merge__clusters="merge")).register()
    assert both.do("merge", "dispatcher", into=other, relation="cluster").state == "merged"
    with pytest.raises(WrongState):
        dispatched().do("merge", "agent", into=other, relation="repeat")


def test_what_a_repeat_may_follow() -> None:
    child = Play(sequence=201).register(accused_unit=UNITS["州建设局"]).order
    plain_child = Play(sequence=202).register().order
    target = Play(sequence=200).register().order
    intake.check_target(plain_child, target, ())
    with pytest.raises(BadBody):
        intake.check_target(target, target, ())
    with pytest.raises(BadBody):
        intake.check_target(plain_child, target, (plain_child.number,))  # a circle
    with pytest.raises(BadBody, match="被反映单位"):
        intake.check_target(child, signed().order, ())
    for ended in (
        closed().order,
        Play().register().do("refuse", "agent").order,
        Play().register().do("merge", "agent", into=target.number, relation="repeat").order,
        Play().register().do("withdraw", "portal").order,
    ):
        with pytest.raises(BadBody, match="已办结"):
            intake.check_target(plain_child, ended, ())
        intake.check_target(plain_child, ended, (), follows=False)  # only bound to it
    with pytest.raises(BadBody):
        intake.check_target(plain_child, target, (plain_child.number,), follows=False)
    last = final(closed())
    intake.check_target(plain_child, last.order, ())  # closed by reference to the final answer
    intake.check_target(plain_child, last.when("2021-12-01T09:00").do("archive", "clock").order, ())


def test_withdrawing_ends_everything_but_a_report() -> None:
    play = signed(assists=("州市场局",)).do("withdraw", "portal")
    assert play.state == "withdrawn" and set(play.duties()) == {"quiet"}
    assert {duty.outcome for duty in play.closed.values() if duty.kind == "handling"} == {"withdrawn"}
    assert "notice.withdrawn" in play.effects

    report = signed(kind="report").do("withdraw", "agent")
    assert report.state == "signed" and "handling 州建设局" in report.duties()
    assert report.facts["goes_on"]
    with pytest.raises(WrongState):
        closed().do("withdraw", "portal")
    waiting = signed(but(place(), flow__unit_review__on=True)).do("reply", "州建设局").do("withdraw", "portal")
    assert waiting.order.pending is None


def test_a_supplement_reaches_the_unit() -> None:
    assert signed().do("supplement", "portal").effects == ["notice.supplement"]
    with pytest.raises(WrongState):
        closed().do("supplement", "portal")


def test_an_urge_is_counted_once_a_day() -> None:
    play = signed().do("urge", "portal")
    assert play.order.urges == 1 and play.effects == ["notice.urged"]
    with pytest.raises(NotNow):
        play.when("2021-09-28T23:59").do("urge", "agent")
    play.when("2021-09-29T00:01").do("urge", "agent")
    assert play.order.urges == 2
    twice = signed(but(place(), flow__urge__per_day=2)).do("urge", "portal").do("urge", "portal")
    with pytest.raises(NotNow):
        twice.do("urge", "portal")
    assert twice.when("2021-09-29T09:00").do("urge", "portal").order.urges == 3
