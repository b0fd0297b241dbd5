"""Who handles, and who may not (spec D.2 6-12, 29, 31, 36; D.3 4-6; XS 三(四), 三(六))."""

from __future__ import annotations

import pytest
from play import UNITS, Play, actor, at, but, dispatched, place, signed

from yihao.orders.draft import BadBody, ManagerOnly, NotNow
from yihao.orders.rules import WrongRole, WrongState
from yihao.profile import load
from yihao.profile.model import Profile
from yihao.units.errors import UnitInactive, UnitWithoutOfficer

BUREAU, MARKET, OFFICE = UNITS["州建设局"], UNITS["州市场局"], UNITS["州办"]


def ready(profile: Profile | None = None, **fields: object) -> Play:
    return Play(profile).register(**fields).do("prepare", "agent")


@pytest.mark.parametrize(
    ("now", "kind", "due"),
    [
        ("2021-09-28T10:00", "consult", "2021-09-29 23:59:59"),
        ("2021-09-28T10:00", "help", "2021-10-08 23:59:59"),
        ("2021-09-30T16:00", "consult", "2021-10-08 23:59:59"),  # the calendar's own example T01/T02
        ("2021-10-08T09:30", "help", "2021-10-12 23:59:59"),  # T03
        ("2024-02-07T10:00", "complaint", "2024-03-05 23:59:59"),  # T10
    ],
)
def test_the_units_clock_starts_at_its_dispatch(now: str, kind: str, due: str) -> None:
    play = dispatched(now=now, kind=kind)
    assert play.state == "dispatched" and play.due("handling", "州建设局") == due
    assert play.order.due_at == play.duty("handling", "州建设局").due_at
    assert play.order.handling_from == play.order.dispatched_at == play.now


@pytest.mark.parametrize(
    ("now", "urgency", "due"),
    [
        ("2021-09-28T10:00", "normal", "2021-09-28 12:00:00"),
        ("2021-09-28T11:00", "normal", "2021-09-28 15:00:00"),  # lunch does not count
        ("2023-04-28T17:00", "expedited", "2023-05-04 10:00:00"),  # T12, over Labour Day
        ("2023-04-28T17:00", "urgent", "2023-04-28 19:00:00"),  # natural time
        ("2021-10-02T02:00", "critical", "2021-10-02 04:00:00"),
    ],
)
def test_two_hours_to_sign(now: str, urgency: str, due: str) -> None:
    play = dispatched(now=now, urgency=urgency, assists=("州市场局",))
    assert play.due("sign", "州建设局") == due
    assert play.due("assist_sign", "州市场局") == due  # the assisting unit under the same limit


def test_late_signing_is_flagged_and_never_blocked() -> None:
    play = dispatched().when("2021-09-29T09:00").do("sign", "州建设局")
    assert play.state == "signed" and play.past("sign", "州建设局").breached_at == at("2021-09-28T12:00")
    assert play.due("first_contact", "州建设局") == "2021-09-30 23:59:59"  # a working day from signing
    assert play.order.first_unit == BUREAU and play.order.stages["handle"] == "done"


def test_a_place_may_count_a_dispatch_as_signed() -> None:
    play = dispatched(but(place(), flow__auto_sign__on=True), assists=("州市场局",))
    assert play.state == "signed" and play.order.signed_at == play.now
    assert not {"sign 州建设局", "assist_sign 州市场局"} & set(play.duties())
    assert "first_contact 州建设局" in play.duties()
    down = play.do("waive_assist", unit=MARKET).do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"])
    assert down.state == "signed" and "first_contact 甲县建设局" in down.duties()


def test_a_place_may_count_the_units_time_from_signing() -> None:
    late = but(place(), flow__clocks__handling_from="sign")
    play = dispatched(late).when("2021-09-29T09:00").do("sign", "州建设局")
    assert play.due("handling", "州建设局") == "2021-10-09 23:59:59"  # 09-30, 10-08, 10-09
    assert play.past("handling", "州建设局").outcome == "superseded"


def test_an_assisting_unit_is_done_a_day_before_the_lead() -> None:
    play = dispatched(kind="complaint", assists=("州市场局", "甲县建设局"))
    assert play.due("assist", "州市场局") == "2021-10-22 23:59:59"
    assert play.order.assist_units == (MARKET, UNITS["甲县建设局"])


def test_a_limit_of_one_day_leaves_the_assist_its_own_day() -> None:
    assert dispatched(kind="consult", assists=("州市场局",)).due("assist", "州市场局") == "2021-09-28 23:59:59"
    # Added on the last day, a day before would be over: then the lead's own due.
    play = signed(kind="consult").when("2021-09-29T09:00").do("assist", "州建设局", unit=MARKET)
    assert play.due("assist", "州市场局") == "2021-09-29 23:59:59"


def test_the_lead_waits_for_its_assists_or_has_them_waived() -> None:
    play = signed(assists=("州市场局",))
    with pytest.raises(NotNow):
        play.do("reply", "州建设局")
    assert "reply" not in play.verbs("州建设局")
    play.do("sign", "州市场局").do("assist_done", "州市场局")
    assert play.past("assist", "州市场局").outcome == "met"
    assert play.do("reply", "州建设局").state == "replied"

    waived = signed(assists=("州市场局",)).do("waive_assist", unit=MARKET)
    assert waived.past("assist", "州市场局").outcome == "waived" and waived.order.assist_units == ()
    assert waived.decision is not None and waived.decision.change.leave == (MARKET,)
    with pytest.raises(BadBody):
        signed(assists=("州市场局",)).do("waive_assist", unit=UNITS["甲县建设局"])


def test_an_assisting_unit_may_be_asked_again() -> None:
    play = signed().do("assist", "州建设局", unit=MARKET)
    with pytest.raises(BadBody, match="主办或协办"):
        play.do("assist", "dispatcher", unit=MARKET)
    play.do("assist_done", "州市场局").do("assist", "dispatcher", unit=MARKET)
    assert play.order.assist_units == (MARKET,) and "assist 州市场局" in play.duties()
    with pytest.raises(BadBody):
        play.do("assist", "dispatcher", unit=BUREAU)


@pytest.mark.parametrize(
    ("unit", "error"),
    [("无人局", UnitWithoutOfficer), ("停用局", UnitInactive), ("丙乡政府", BadBody)],
)
def test_units_nothing_is_sent_to(unit: str, error: type[Exception]) -> None:
    for verb in ("dispatch", "assist", "sub_dispatch"):
        play = ready() if verb == "dispatch" else signed()
        who = {"dispatch": "dispatcher", "assist": "dispatcher", "sub_dispatch": "州建设局"}[verb]
        with pytest.raises(error) as caught:
            play.do(verb, who, **{"lead" if verb == "dispatch" else "unit": UNITS[unit]})
        assert caught.value.field == ("lead" if verb == "dispatch" else "unit")  # type: ignore[attr-defined]
    with pytest.raises(error):
        ready().do("dispatch", "dispatcher", assists=[UNITS[unit]])


def test_no_unit_twice_and_none_that_is_not_there() -> None:
    for assists in ([BUREAU], [MARKET, MARKET], [999]):
        with pytest.raises(BadBody) as caught:
            ready().do("dispatch", "dispatcher", assists=assists)
        assert caught.value.field == "assists"
    with pytest.raises(BadBody):
        ready().do("dispatch", "dispatcher", lead=999)


def test_a_matter_is_not_pushed_below_the_catalogues_level() -> None:
    with pytest.raises(BadBody, match="不得下压") as caught:
        ready().do("dispatch", "dispatcher", lead=UNITS["丙乡政府"])
    assert caught.value.clause == "国办函〔2025〕66号 三(五)"
    assert (
        ready().do("dispatch", "dispatcher", lead=UNITS["甲县建设局"]).state == "dispatched"
    )  # county level is allowed


def test_an_officer_is_not_asked_for_where_the_place_does_not() -> None:
    lax = but(place(), flow__officer_required__on=False)
    assert (
        Play(lax).register().do("prepare", "agent").do("dispatch", "dispatcher", lead=UNITS["无人局"]).order.lead_unit
    )


@pytest.mark.parametrize("kind", ["help", "complaint", "report", "suggestion", "other"])
@pytest.mark.parametrize("unit", ["州建设局", "甲县建设局", "甲县市政所"])
def test_an_accused_unit_and_what_stands_below_it_never_handle(kind: str, unit: str) -> None:
    fields = {"kind": kind, "accused_unit": BUREAU}
    with pytest.raises(BadBody, match="被反映单位") as caught:
        ready(**fields).do("dispatch", "dispatcher", lead=UNITS[unit])
    assert caught.value.clause == "西政办发〔2021〕28号 三(四)"
    for assists in ([UNITS[unit]],):
        with pytest.raises(BadBody, match="被反映单位"):
            ready(**fields).do("dispatch", "dispatcher", lead=OFFICE, assists=assists)
    at_superior = signed(lead="州办", **fields)
    with pytest.raises(BadBody, match="被反映单位"):
        at_superior.do("assist", "dispatcher", unit=UNITS[unit])
    with pytest.raises(BadBody, match="被反映单位"):
        at_superior.do("sub_dispatch", "州办", unit=UNITS[unit])
    at_superior.do("return", "州办", suggested_unit=MARKET)
    with pytest.raises(BadBody, match="被反映单位"):
        at_superior.do("adjudicate", lead=UNITS[unit])


def test_the_superior_body_investigates() -> None:
    with pytest.raises(BadBody, match="州办") as caught:
        ready(kind="complaint", accused_unit=BUREAU).do("dispatch", "dispatcher", lead=MARKET)  # a neighbour
    assert caught.value.field == "lead"
    play = ready(kind="complaint", accused_unit=BUREAU).do("dispatch", "dispatcher", lead=OFFICE, assists=[MARKET])
    assert play.order.lead_unit == OFFICE
    county = ready(kind="complaint", accused_unit=UNITS["甲县建设局"])
    assert county.do("dispatch", "dispatcher", lead=BUREAU).state == "dispatched"  # its named superior
    above = ready(kind="complaint", accused_unit=UNITS["甲县建设局"]).do("dispatch", "dispatcher", lead=OFFICE)
    assert above.state == "dispatched"  # or one higher
    nobody = ready(kind="complaint", accused_unit=UNITS["甲县城管局"])  # without a named superior: its place's body
    assert nobody.do("dispatch", "dispatcher", lead=UNITS["甲县办"]).state == "dispatched"


@pytest.mark.parametrize("kind", ["consult", "praise"])
def test_praise_and_questions_accuse_nobody(kind: str) -> None:
    assert ready(kind=kind, accused_unit=BUREAU).do("dispatch", "dispatcher", lead=BUREAU).state == "dispatched"


def test_a_service_company_gets_service_matters_only() -> None:
    company = UNITS["家政公司"]
    joined = but(place(), merging__social_services__on=True)
    for fields in ({"kind": "complaint"}, {"kind": "report"}, {"legal_process": True}, {"secrecy": "confidential"}):
        with pytest.raises(BadBody, match="社会化服务企业"):
            ready(joined, **fields).do("dispatch", "dispatcher", lead=company)
    play = ready(joined).do("dispatch", "dispatcher", lead=company).do("sign", actor("company", unit="家政公司"))
    assert play.do("reply", actor("company", unit="家政公司")).state == "replied"


def test_a_company_gets_nothing_where_companies_have_not_joined() -> None:
    """SX 二(一)2 encourages them in; the other documents do not: the same dispatch, two outcomes."""
    shanxi = ready(load("shanxi")).do("dispatch", "dispatcher", lead=UNITS["家政公司"])
    assert shanxi.state == "dispatched"
    with pytest.raises(BadBody, match="未将社会化服务企业纳入") as caught:
        ready().do("dispatch", "dispatcher", lead=UNITS["家政公司"])
    assert caught.value.clause == "国办函〔2025〕66号 二(三)"


def test_partners_and_sub_centres_take_orders_as_units_do() -> None:
    court = ready().do("dispatch", "dispatcher", lead=UNITS["州法院"])
    assert court.facts["referral"] is True and "handling 州法院" in court.duties()
    court.do("sign", actor("partner", unit="州法院"))
    tax = ready().do("dispatch", "dispatcher", lead=UNITS["税务分中心"])
    assert "referral" not in tax.facts
    tax.do("sign", actor("subcentre_agent", unit="税务分中心")).do("reply", actor("subcentre_agent", unit="税务分中心"))
    assert tax.state == "replied"


def test_outsourced_staff_hold_no_handling_row() -> None:
    vendor = actor("agent", "dispatcher", vendor=True)
    assert Play().register().do("prepare", vendor).state == "pending_dispatch"
    with pytest.raises(WrongRole):
        ready().do("dispatch", vendor)


# 退单


def test_a_return_within_the_day_is_decided_by_any_reviewer() -> None:
    play = signed().when("2021-09-29T10:00").do("return", "州建设局")  # 24 hours to the second
    assert play.state == "return_review" and play.facts["late"] is False
    assert play.due("return_review") == "2021-09-29 16:00:00"  # 4 office hours
    assert "handling 州建设局" in play.duties()  # its clock goes on
    play.do("approve_return", "dispatcher")
    assert play.state == "pending_dispatch" and play.order.lead_unit is None and play.order.due_at is None
    assert play.past("handling", "州建设局").outcome == "returned"
    assert play.decision is not None and play.decision.change.leave == (BUREAU,)
    assert play.order.first_unit == BUREAU  # 首办责任


@pytest.mark.parametrize(
    ("signed_at", "last", "first_late"),
    [
        ("2026-05-08T15:00", "2026-05-09T15:00", "2026-05-09T15:01"),  # T15: a Saturday made up for
        ("2024-06-07T17:00", "2024-06-11T17:00", "2024-06-11T17:01"),  # T17: over the Dragon Boat festival
    ],
)
def test_the_window_is_natural_time_and_never_ends_on_a_day_off(signed_at: str, last: str, first_late: str) -> None:
    assert signed(now=signed_at).when(last).do("return", "州建设局").facts["late"] is False
    assert signed(now=signed_at).when(first_late).do("return", "州建设局").facts["late"] is True


def test_a_late_return_needs_the_manager() -> None:
    play = signed().when("2021-09-29T10:01").do("return", "州建设局")
    assert play.facts["late"] is True and play.state == "return_review"
    for who in ("dispatcher", "lead"):
        assert "approve_return" not in play.verbs(who)
        with pytest.raises(ManagerOnly) as caught:
            play.do("approve_return", who)
        assert caught.value.clause == "西政办发〔2021〕28号 三(四)"
    both = actor("dispatcher", "manager")
    assert "approve_return" in play.verbs("manager") & play.verbs(both)
    assert play.do("approve_return", both).events[-1].role == "manager"
    assert (
        signed().when("2021-09-29T10:01").do("return", "州建设局").do("reject_return", "dispatcher").state == "signed"
    )
    strict = but(place(), flow__returns__late="refuse")
    with pytest.raises(NotNow, match="2021-09-29 10:00"):
        signed(strict).when("2021-09-29T10:01").do("return", "州建设局")


def test_a_return_says_why_and_who_instead() -> None:
    for field, value in (("ground", "too_busy"), ("suggested_unit", None), ("suggested_unit", 999)):
        with pytest.raises(BadBody) as caught:
            signed().do("return", "州建设局", **{field: value})
        assert caught.value.field == field
    lax = but(place(), flow__returns__suggested_unit=False)
    assert signed(lax).do("return", "州建设局", suggested_unit=None).state == "return_review"


def test_after_two_rejected_returns_the_managing_body_decides() -> None:
    play = signed(now="2021-09-28T09:00")
    with pytest.raises(NotNow):
        play.do("adjudicate", lead=MARKET)  # nothing is disputed
    for hour in (9, 10):
        play.when(f"2021-09-28T{hour:02}:30").do("return", "州建设局").do("reject_return", "dispatcher")
    assert play.order.returns == play.order.returns_rejected == 2 and play.state == "signed"
    assert "return" not in play.verbs("州建设局")
    with pytest.raises(NotNow, match="驳回 2 次"):
        play.do("return", "州建设局")
    play.when("2021-09-28T11:00").do("adjudicate", lead=BUREAU, assists=[MARKET])
    assert play.state == "dispatched" and play.order.not_returnable
    assert play.decision is not None
    assert BUREAU not in play.decision.change.leave  # named again, it keeps its sight
    play.do("sign", "州建设局")
    with pytest.raises(NotNow, match="裁定"):
        play.do("return", "州建设局")


def test_a_rejected_return_of_an_unsigned_order_is_still_unsigned() -> None:
    early = but(place(), flow__returns__from_states=("dispatched", "signed"))
    play = dispatched(early).do("return", "州建设局").do("reject_return", "dispatcher")
    assert play.state == "dispatched" and "sign 州建设局" in play.duties()
    with pytest.raises(WrongState):
        dispatched().do("return", "州建设局")  # here only what was signed


def test_a_place_may_stop_the_clock_while_a_return_is_looked_at() -> None:
    still = but(place(), flow__returns__clock_runs=False)
    play = signed(still).do("return", "州建设局")
    assert play.duty("handling", "州建设局").paused_at == play.now
    play.when("2021-09-30T10:00").do("reject_return", "dispatcher")
    assert play.due("handling", "州建设局") == "2021-10-11 23:59:59"  # two working days given back: 10-09, 10-11
    assert play.duty("overall").paused_at is None
    again = signed(still).do("return", "州建设局").when("2021-09-30T10:00").do("approve_return", "manager")
    assert again.duty("overall").paused_at is None and again.due("overall") == "2021-10-11 23:59:59"


def test_a_re_dispatch_starts_the_units_clock_anew_and_hides_nothing() -> None:
    play = signed(kind="complaint").do("return", "州建设局").when("2021-09-29T09:00").do("approve_return", "dispatcher")
    assert play.due("dispatch") == "2021-09-29 09:30:00"  # complaints at once, again
    assert play.due("overall") == "2021-10-25 23:59:59"
    play.do("dispatch", "dispatcher", lead=MARKET)
    assert play.due("handling", "州市场局") == "2021-10-26 23:59:59" and play.due("overall") == "2021-10-25 23:59:59"
    assert play.order.first_unit == BUREAU and play.order.lead_unit == MARKET and play.order.dispatches == 2
    helped = signed().do("return", "州建设局").when("2021-09-28T19:00").do("approve_return", "dispatcher")
    assert helped.due("dispatch") == "2021-09-29 10:00:00"
    on = but(place(), flow__clocks__restart=False)
    kept = signed(on).do("return", "州建设局").when("2021-09-29T09:00").do("approve_return", "dispatcher")
    assert kept.do("dispatch", "dispatcher", lead=MARKET).due("handling", "州市场局") == "2021-10-08 23:59:59"


def test_a_statutory_limit_outlives_a_re_dispatch() -> None:
    play = signed().do("set_limit", days=7, basis="示范条例第9条").do("return", "州建设局")
    play.when("2021-09-29T09:00").do("approve_return", "dispatcher").do("dispatch", "dispatcher", lead=MARKET)
    duty = play.duty("handling", "州市场局")
    assert (duty.rule, duty.clause) == ("7 working days", "示范条例第9条")
    assert play.due("handling", "州市场局") == "2021-10-14 23:59:59"  # 09-30, 10-08, 09, 11, 12, 13, 14


def test_adjudicated_after_a_granted_return_too() -> None:
    play = signed().do("return", "州建设局").do("approve_return", "dispatcher")
    assert play.do("adjudicate", lead=MARKET).order.not_returnable
    with pytest.raises(NotNow, match="无须裁定"):
        ready().do("adjudicate", lead=MARKET)
    returnable = but(place(), flow__adjudication__returnable=True)
    assert not signed(returnable).do("return", "州建设局").do("adjudicate", lead=MARKET).order.not_returnable


def test_supervision_of_a_unit_ends_with_its_part() -> None:
    play = signed().do("supervise", "supervisor").do("return", "州建设局").do("approve_return", "dispatcher")
    assert "supervision 州建设局" not in play.duties() and play.past("supervision", "州建设局").outcome == "superseded"


# 下派 and 提级


def test_passed_down_inside_the_own_limit_and_back() -> None:
    play = signed(kind="complaint").when("2021-09-29T09:00").do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"])
    assert play.state == "dispatched" and play.order.upward == (BUREAU,)
    assert play.due("handling", "州建设局") == "2021-10-25 23:59:59"
    assert play.due("handling", "甲县建设局") == "2021-10-22 23:59:59"
    assert play.order.due_at == play.duty("handling", "甲县建设局").due_at
    assert "first_contact 州建设局" not in play.duties()  # made by the unit below now
    with pytest.raises(WrongRole):
        play.do("sign", "州建设局")
    play.do("sign", "甲县建设局").when("2021-09-30T09:00").do("reply", "甲县建设局", text="查实并整改")
    assert play.state == "signed" and play.order.lead_unit == BUREAU and play.order.upward == ()
    assert play.order.reply_seq == len(play.events) and play.effects == ["notice.handed_up"]
    assert play.order.due_at == play.duty("handling", "州建设局").due_at
    assert "reply" not in play.order.stages  # the citizen has none yet
    with pytest.raises(NotNow, match="下派"):
        play.do("return", "州建设局")  # who passed it down took it up
    assert play.do("reply", "州建设局").state == "replied"


def test_passed_down_twice_each_inside_the_one_above() -> None:
    play = signed(kind="complaint").do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"]).do("sign", "甲县建设局")
    play.do("sub_dispatch", "甲县建设局", unit=UNITS["甲县市政所"])
    assert play.due("handling", "甲县市政所") == "2021-10-21 23:59:59" and play.order.upward == (
        BUREAU,
        UNITS["甲县建设局"],
    )
    play.do("set_limit", days=10)  # 09-29, 30, 10-08, 09, 11, 12, 13, 14, 15, 18
    assert play.due("handling", "州建设局") == "2021-10-18 23:59:59"
    assert play.due("handling", "甲县建设局") == "2021-10-15 23:59:59"
    assert play.due("handling", "甲县市政所") == "2021-10-14 23:59:59"
    play.do("sign", "甲县市政所").do("reply", "甲县市政所")
    assert play.order.lead_unit == UNITS["甲县建设局"]
    assert play.do("reply", "甲县建设局").order.lead_unit == BUREAU


def test_passed_down_to_the_wrong_unit_it_goes_back_one_step() -> None:
    play = signed().do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"]).do("sign", "甲县建设局")
    play.do("return", "甲县建设局").do("approve_return", "dispatcher")
    assert play.state == "signed" and play.order.lead_unit == BUREAU
    assert play.due("handling", "州建设局") == "2021-10-08 23:59:59"
    assert play.decision is not None and play.decision.change.leave == (UNITS["甲县建设局"],)


def test_only_downwards_and_only_to_those_not_taking_part() -> None:
    with pytest.raises(BadBody, match="下级"):
        signed().do("sub_dispatch", "州建设局", unit=MARKET)
    with pytest.raises(BadBody, match="主办或协办"):
        signed(assists=("甲县建设局",)).do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"])
    desk = signed(lead="甲县办", kind="complaint")  # a county's desk serves its whole county
    assert desk.do("sub_dispatch", "甲县办", unit=UNITS["甲县城管局"]).order.upward == (UNITS["甲县办"],)
    with pytest.raises(BadBody, match="下级"):
        signed(lead="甲县办").do("sub_dispatch", "甲县办", unit=BUREAU)


def test_a_problem_order_goes_up() -> None:
    play = signed(lead="甲县建设局")
    with pytest.raises(NotNow, match="提级"):
        play.do("escalate", lead=BUREAU)
    for lead in (MARKET, BUREAU, UNITS["甲县建设局"]):
        play.do("return", _lead(play)).do("approve_return", "manager").do("dispatch", "dispatcher", lead=lead)
        play.do("sign", _lead(play))
    assert play.order.dispatches == 4  # three transfers
    with pytest.raises(BadBody, match="上级"):
        play.do("escalate", lead=MARKET)
    play.do("escalate", lead=BUREAU)
    assert play.state == "dispatched" and play.order.lead_unit == BUREAU and play.facts["before"] == UNITS["甲县建设局"]
    assert play.past("handling", "甲县建设局").outcome == "escalated"


def _lead(play: Play) -> str:
    return next(name for name, number in UNITS.items() if number == play.order.lead_unit)


def test_no_escalating_into_the_accused() -> None:
    play = signed(lead="州建设局", kind="complaint", accused_unit=UNITS["甲县建设局"])
    for _ in range(3):
        play.do("return", "州建设局", suggested_unit=OFFICE).do("approve_return", "manager")
        play.do("dispatch", "dispatcher", lead=BUREAU).do("sign", "州建设局")
    with pytest.raises(BadBody):
        play.do("escalate", lead=UNITS["甲县建设局"])
    assert play.do("escalate", lead=OFFICE).state == "dispatched"


def down(profile: Profile | None = None) -> Play:
    """An order the county's bureau has from the prefecture's."""
    play = signed(profile, kind="complaint").do("sub_dispatch", "州建设局", unit=UNITS["甲县建设局"])
    return play.do("sign", "甲县建设局")


def test_the_unit_above_recalls_what_it_passed_down() -> None:
    play = down()
    due = play.due("handling", "州建设局")
    play.do("recall", "州建设局")
    assert (play.state, play.order.lead_unit, play.order.upward) == ("signed", BUREAU, ())
    assert play.due("handling", "州建设局") == due, "the clock above never stopped"
    assert play.past("handling", "甲县建设局").outcome == "recalled"
    assert play.effects == ["notice.handed_up", "notice.recalled"]
    assert play.do("reply", "州建设局").state == "replied"
    with pytest.raises(WrongRole):
        down().do("recall", "甲县建设局")
    with pytest.raises(WrongRole):
        signed().do("recall", "州建设局")


@pytest.mark.parametrize(("verb", "lead"), [("approve_return", "州建设局"), ("reject_return", "甲县建设局")])
def test_the_unit_above_decides_on_a_return_from_below(verb: str, lead: str) -> None:
    play = down().do("return", "甲县建设局").do(verb, "州建设局")
    assert (play.state, play.order.lead_unit) == ("signed", UNITS[lead])
    assert "return_review" not in play.duties()
    with pytest.raises(WrongRole):
        down().do("return", "甲县建设局").do(verb, "甲县建设局")


def test_where_the_place_leaves_returns_to_the_hotline_it_alone_decides() -> None:
    hotline = but(place(), flow__passed_down__returns="hotline")
    with pytest.raises(WrongRole):
        down(hotline).do("return", "甲县建设局").do("approve_return", "州建设局")
    assert down(hotline).do("return", "甲县建设局").do("approve_return", "dispatcher").order.lead_unit == BUREAU
