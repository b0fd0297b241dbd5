"""Handing a matter to a linked partner, and what the partner says to it."""

from __future__ import annotations

import pytest
from play import UNITS, Play, actor, but, place

from yihao.orders.draft import BadBody, Linkage, NotNow
from yihao.orders.rules import NotOfPlace, WrongRole, WrongState
from yihao.profile import load
from yihao.profile.model import Profile

POWER = actor("partner", unit="州供电局")
COURT = actor("partner", unit="州法院")


def linked(profile: Profile | None = None, service: str = "power", unit: str = "州供电局", **fields: object) -> Play:
    """A matter at the desk of a place that is linked with that unit."""
    play = Play(profile)
    play.linkage = Linkage(UNITS[unit], service)
    return play.register(**fields)  # type: ignore[arg-type]  # fields of the appeal


def handed(profile: Profile | None = None, **fields: object) -> Play:
    """The same, handed over at once."""
    return linked(profile, **fields).do("transfer", "agent", to=None, partner=UNITS["州供电局"], way="order")


def test_handed_over_with_a_clock_and_acknowledged_by_the_partner_itself() -> None:
    play = handed()
    assert play.state == "transferred" and play.order.partner_unit == UNITS["州供电局"]
    assert play.facts["partner"] == UNITS["州供电局"] and play.facts["to"] == "州供电局"
    assert play.events[-1].change.join == (UNITS["州供电局"],)
    assert play.duties() == {"handover 州供电局": "2021-09-28 10:30:00"}
    assert play.effects == ["call.transfer", "notice.handed_over"]
    assert play.verbs(POWER) == {"acknowledge", "decline_handover"}
    assert play.verbs(COURT) == set()
    with pytest.raises(WrongRole):
        play.do("acknowledge", COURT)
    with pytest.raises(WrongRole):
        play.do("acknowledge", "lead")
    play.when("2021-09-28T10:10").do("acknowledge", POWER, reference="电-2021-7", note="已派抢修车")
    assert play.facts["reference"] == "电-2021-7" and play.order.acknowledged
    assert play.past("handover", "州供电局").outcome == "met" and play.past("handover", "州供电局").breached_at is None
    assert play.due("quiet") == "2021-09-28 10:10:00"
    play.when("2021-09-28T10:11").do("archive", "clock")
    assert play.state == "archived" and play.order.lead_unit is None  # no lead, so nothing in anybody's ranking


def test_silence_is_a_breach_and_a_late_word_stays_late() -> None:
    play = handed().when("2021-09-28T10:31")
    play.do("breach", "clock", duties=[play.duty("handover", "州供电局").no])
    assert play.effects == ["notice.breached"] and play.duty("handover", "州供电局").breached_at is not None
    play.when("2021-09-28T10:40").do("acknowledge", POWER)
    assert play.past("handover", "州供电局").breached_at is not None


def test_what_the_partner_tells_later_stands_in_the_same_history() -> None:
    play = handed()
    with pytest.raises(NotNow, match="请先确认接收"):
        play.do("feed_back", POWER)
    play.do("acknowledge", POWER).do("feed_back", POWER, result="under_way", text="正在抢修")
    assert play.state == "transferred" and play.facts == {"result": "under_way"}
    play.when("2021-09-28T10:05").do("archive", "clock").do("feed_back", POWER)
    assert play.state == "archived" and play.effects == ["notice.partner_feedback"]
    assert play.decision is not None and play.decision.texts == {"text": "已到现场处置。"}
    with pytest.raises(WrongState):
        play.do("acknowledge", POWER)
    erased = play.do("erase", basis="个人信息保护法第四十七条")
    with pytest.raises(NotNow, match="已依法删除"):
        erased.do("feed_back", POWER)


def test_an_order_archived_otherwise_takes_no_feedback() -> None:
    play = handed().do("decline_handover", POWER).do("refuse", "agent").do("archive", "lead")
    assert "feed_back" not in play.verbs(POWER)
    with pytest.raises(WrongRole):
        play.do("feed_back", POWER)


def test_a_refused_hand_over_returns_to_the_desk_with_clocks_of_its_own() -> None:
    play = handed(kind="complaint").when("2021-09-28T10:20").do("decline_handover", POWER, reason="产权属小区物业")
    assert play.state == "received" and play.order.partner_unit is None and play.order.handled_by is None
    assert play.past("handover", "州供电局").outcome == "declined"
    assert play.due("dispatch") == "2021-09-28 10:50:00" and play.due("overall") == "2021-10-25 23:59:59"
    assert play.events[-1].change.leave == (UNITS["州供电局"],)
    assert play.effects == ["notice.handover_declined"] and play.order.declined_by == (UNITS["州供电局"],)
    with pytest.raises(NotNow):
        handed().do("acknowledge", POWER).do("decline_handover", POWER)


def test_the_same_order_is_handed_there_twice_where_no_rule_names_the_first_receiver() -> None:
    """首接先受理 (国办发〔2022〕12号): where it holds the desk keeps what was given back; elsewhere it tries again."""
    with pytest.raises(NotNow, match="按首接先受理") as kept:
        handed().do("decline_handover", POWER).do("transfer", "agent", to=None, partner=UNITS["州供电局"])
    assert kept.value.clause == "国办发〔2022〕12号"
    without = but(place(), acceptance__first_receiver__on=False)
    again = handed(without).do("decline_handover", POWER).do("transfer", "agent", to=None, partner=UNITS["州供电局"])
    assert again.state == "transferred"
    with pytest.raises(NotOfPlace):
        again.do("take_back", "agent")


def test_what_a_partner_got_first_and_handed_in_it_cannot_give_back() -> None:
    def back(profile: Profile) -> Play:
        play = linked(profile, who=POWER, channel="partner")
        assert play.order.origin_unit == UNITS["州供电局"]
        return play.do("transfer", "agent", to=None, partner=UNITS["州供电局"], reason="属供电抢修")

    mine = back(place())
    with pytest.raises(NotNow, match="由贵单位首先接到"):
        mine.do("decline_handover", POWER)
    assert mine.verbs(POWER) == {"acknowledge"}
    free = back(but(place(), acceptance__first_receiver__on=False)).do("decline_handover", POWER)
    assert free.state == "received" and free.events[-1].change.leave == ()  # it still sees what it handed in


def test_a_partner_hands_in_by_its_own_channel_while_its_agreement_holds() -> None:
    assert linked(who=POWER, channel="partner").state == "received"
    with pytest.raises(BadBody, match="联动单位"):
        linked(who=POWER, channel="phone")
    with pytest.raises(NotNow, match="未登记为联动单位") as caught:
        Play().register(POWER, channel="partner")
    assert caught.value.clause == "西政办发〔2021〕28号 三(六)"


def test_which_services_are_linked_is_the_places_own() -> None:
    """Heating is linked in Shanxi (供暖) and not in Xishuangbanna; the same hand-over, two outcomes."""
    assert handed(load("shanxi"), kind="help").state == "transferred"

    def of(name: str) -> Play:
        play = Play(load(name))
        play.linkage = Linkage(UNITS["州供电局"], "heat")
        return play.register().do("transfer", "agent", to=None, partner=UNITS["州供电局"])

    assert of("shanxi").state == "transferred"
    with pytest.raises(NotNow, match="本地文件未列此类联动单位") as caught:
        of("xishuangbanna")
    assert caught.value.clause == "西政办发〔2021〕28号 三(六)"


def test_what_is_not_handed_to_a_partner() -> None:
    with pytest.raises(NotNow, match="未登记为联动单位"):
        Play().register().do("transfer", "agent", to=None, partner=UNITS["州供电局"])
    with pytest.raises(BadBody, match="没有这个联动单位"):
        linked().do("transfer", "agent", to=None, partner=999)
    with pytest.raises(BadBody, match="没有这个联动单位"):
        linked().do("transfer", "agent", to=None, partner=UNITS["停用局"])
    with pytest.raises(BadBody, match="请填写转往的号码"):
        linked().do("transfer", "agent", to=None)
    with pytest.raises(BadBody, match="保密件"):
        linked(secrecy="confidential").do("transfer", "agent", to=None, partner=UNITS["州供电局"])
    with pytest.raises(BadBody, match="举报件不移交"):
        linked(kind="report").do("transfer", "agent", to=None, partner=UNITS["州供电局"])


def test_the_police_take_a_report_and_it_is_an_emergency() -> None:
    play = Play()
    play.linkage = Linkage(UNITS["州法院"], "emergency")
    play.register(kind="report").do("transfer", "agent", to=None, partner=UNITS["州法院"])
    assert play.facts["emergency"] is True and play.state == "transferred"


def test_taken_back_from_a_silent_partner_and_reopened_it_leaves_its_sight() -> None:
    play = handed().when("2021-09-28T10:40").do("take_back", "agent")
    assert play.order.partner_unit is None and play.events[-1].change.leave == (UNITS["州供电局"],)
    ended = handed().do("acknowledge", POWER).when("2021-09-28T10:05").do("archive", "clock").do("reopen")
    assert ended.order.partner_unit is None and not ended.order.acknowledged
    assert ended.events[-1].change.leave == (UNITS["州供电局"],)


def test_who_handed_a_matter_in_is_told_when_it_came_to_something() -> None:
    play = linked(who=POWER, channel="partner").do("prepare", "agent")
    assert "notice.handed_in_ended" not in play.effects
    play.do("dispatch", "dispatcher").do("sign", "州建设局").do("reply", "州建设局")
    assert "notice.handed_in_ended" not in play.effects
    play.do("approve_reply", "lead")
    assert play.decision is not None and play.decision.effects[-1].topic == "notice.handed_in_ended"
    assert play.decision.effects[-1].body == {"unit": UNITS["州供电局"], "state": "closed"}
    refused = linked(who=POWER, channel="partner").do("refuse", "agent")
    assert refused.effects[-1] == "notice.handed_in_ended"
    assert "notice.handed_in_ended" not in Play().register().do("refuse", "agent").effects
