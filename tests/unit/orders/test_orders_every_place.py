"""What each packaged place asks of an order in its own words, place by place; nothing but their folders differs."""

from __future__ import annotations

import msgspec
import pytest
from play import UNITS, Play, actor, closed, dispatched, rated_badly, signed

from yihao.indicators.model import Facts, Step
from yihao.indicators.rules import Terms, contribution
from yihao.orders.draft import BadBody
from yihao.orders.model import CHANNELS
from yihao.profile import load, names
from yihao.worktime import SHANGHAI

PLACES = {name: load(name) for name in names()}
TEN = {
    "litigation", "arbitration", "discipline", "reconsideration", "disclosure", "petition", "state_secret",
    "trade_secret", "privacy", "public_morals",
}  # fmt: skip


# what is taken, and by which door


@pytest.mark.parametrize("name", ["zhejiang", "xishuangbanna", "baiyin"])
def test_ten_classes_are_refused_each_with_its_lawful_route_and_the_places_clause(name: str) -> None:
    own = [refusal for refusal in PLACES[name].refusals if refusal.basis.document]
    assert {refusal.code for refusal in own} == TEN
    for refusal in own:
        play = Play(PLACES[name]).register().do("refuse", "agent", code=refusal.code)
        assert (play.state, play.order.refusal) == ("refused", refusal.code)
        assert play.facts["route"] == refusal.route != "" and play.facts["clause"] == refusal.basis.cite()
        assert play.facts["clause"].startswith(PLACES[name].document)


@pytest.mark.parametrize("name", PLACES)
def test_what_is_in_petition_already_is_not_registered(name: str) -> None:
    with pytest.raises(BadBody) as caught:
        Play(PLACES[name]).register(in_petition=True)
    petition = next(refusal for refusal in PLACES[name].refusals if refusal.code == "petition")
    assert (caught.value.field, caught.value.clause) == ("in_petition", petition.basis.cite())


@pytest.mark.parametrize("name", PLACES)
def test_an_order_is_born_from_each_door_the_place_offers_and_from_no_other(name: str) -> None:
    offered = {channel.code: channel.on for channel in PLACES[name].acceptance.channels}
    assert set(offered) <= set(CHANNELS)
    for code in sorted(set(offered) - {"partner"}):  # a partner's own door asks who stands there
        play = Play(PLACES[name])
        if offered[code]:
            assert play.register(channel=code).order.channel == code
        else:
            with pytest.raises(BadBody) as caught:
                play.register(channel=code)
            assert caught.value.field == "channel"


def test_all_doors_of_baiyin_are_open() -> None:
    """BY 二(一)2: 电话、网络、短信、来函、传真等全渠道."""
    doors = {channel.code for channel in PLACES["baiyin"].acceptance.channels if channel.on and channel.basis.document}
    assert doors == {"phone", "web", "sms", "letter", "fax"}


def test_what_was_sent_down_keeps_its_number_at_the_sender() -> None:
    """QY 二(四)1: 衔接好省政务服务网等其他渠道下派工单."""
    order = Play(PLACES["qingyuan"]).register(channel="superior", parent="示粤-2021-17").order
    assert (order.channel, order.parent) == ("superior", "示粤-2021-17")


# when it goes on


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("fields", [{"kind": "complaint"}, {"kind": "report"}, {"legal_process": True}])
def test_enforcement_complaints_and_reports_go_on_in_the_night(name: str, fields: dict[str, object]) -> None:
    night = "2021-10-02T02:00"  # a holiday
    assert Play(PLACES[name], night).register(**fields).due("dispatch") == "2021-10-02 02:30:00"
    assert Play(PLACES[name], night).register().due("dispatch") > "2021-10-08"


# who takes it


def test_the_order_tells_whether_the_hotline_or_a_unit_had_it() -> None:
    for profile in PLACES.values():
        assert Play(profile).register(kind="consult").do("answer", "agent").order.handled_by == "hotline"
        assert dispatched(profile, kind="consult").order.handled_by == "unit"


@pytest.mark.parametrize("kind", ["vertical", "soe"])
def test_a_vertical_body_and_a_state_enterprise_sign_and_answer_as_departments_do(kind: str) -> None:
    """XS 三(六): 垂直管理单位、驻当地国有企业."""
    play = Play().register().do("prepare", "agent")
    units = play.tree.units
    power = msgspec.structs.replace(units[UNITS["州供电局"]], kind=kind)
    play.tree = msgspec.structs.replace(play.tree, units={**units, power.id: power})
    play.do("dispatch", "dispatcher", lead=power.id)
    assert {"sign 州供电局", "handling 州供电局"} <= set(play.duties()) and "referral" not in play.facts
    assert play.do("sign", "州供电局").do("reply", "州供电局").state == "replied"


@pytest.mark.parametrize("name", ["shanxi", "qingyuan"])
def test_a_township_signs_what_its_county_passes_down(name: str) -> None:
    """SX 三(一) stations, QY 二(二)1 three levels: one order, city to county to township and back, one history."""
    play = Play(PLACES[name]).register().do("prepare", "agent")
    row = msgspec.structs.replace(
        play.tree.catalogue["light"][0], unit_id=UNITS["丙乡政府"], area_code="532801100", min_level="township"
    )
    play.tree = msgspec.structs.replace(play.tree, catalogue={"light": (row,)})
    play.do("dispatch", "dispatcher", lead=UNITS["甲县办"]).do("sign", "甲县办")
    play.do("sub_dispatch", "甲县办", unit=UNITS["丙乡政府"])
    assert play.order.lead_unit == UNITS["丙乡政府"] and play.order.upward == (UNITS["甲县办"],)
    assert play.due("handling", "丙乡政府") < play.due("handling", "甲县办")
    play.do("sign", "丙乡政府").do("reply", "丙乡政府")
    assert play.order.lead_unit == UNITS["甲县办"]
    assert play.do("reply", "甲县办").state == "replied"
    verbs = ["register", "prepare", "dispatch", "sign", "sub_dispatch", "sign", "reply", "reply"]
    assert [event.verb for event in play.events] == verbs


def test_a_sub_centre_is_supervised_and_counted_as_other_units_are() -> None:
    """ZJ 二(一)3: 纳入统一考核督办工作体系."""
    centre = UNITS["税务分中心"]
    seat = actor("subcentre_agent", unit="税务分中心")
    play = dispatched(PLACES["zhejiang"], lead="税务分中心").do("sign", seat)
    play.do("supervise", "supervisor", level=2, tool="supervision_order")
    assert "supervision 税务分中心" in play.duties()
    play.do("answer_supervision", seat).do("reply", seat).do("approve_reply", "lead")
    play.do("revisit", "revisit").do("rate", "portal", handling=4)
    steps = tuple(
        Step(verb=event.verb, at=event.at, to_state=event.to_state, facts=event.facts) for event in play.events
    )
    facts = Facts(order=play.order, duties=tuple(play.closed.values()), steps=steps)
    terms = Terms(zone=SHANGHAI, profile=PLACES["zhejiang"], counted=frozenset({centre}))
    own = {count.indicator for count in contribution(facts, terms).counts if count.unit == centre}
    assert {"signed_on_time", "on_time", "satisfaction", "solved"} <= own


# how it is watched


TOOLS = [(name, tool.code) for name, profile in PLACES.items() for tool in profile.supervision.tools]


@pytest.mark.parametrize(("name", "code"), TOOLS)
def test_each_tool_of_each_place_is_issued_answered_and_closed(name: str, code: str) -> None:
    profile = PLACES[name]
    tool = next(one for one in profile.supervision.tools if one.code == code)
    joint = {"units": [UNITS["州市场局"]]} if tool.joint else {}
    play = signed(profile).do("supervise", "supervisor", level=int(tool.level), tool=code, **joint)
    assert play.facts["tool"] == code and play.order.supervision_level == int(tool.level)
    owed = play.duty("supervision", "州建设局")
    limit = next(level.answer for level in profile.supervision.levels if level.code == tool.level)
    assert owed.rule == profile.limits[limit].rule and owed.due_at > play.now
    play.when("2021-09-28T16:00").do("answer_supervision", "州建设局")
    done = play.past("supervision", "州建设局")
    assert (done.outcome, done.met_at, done.breached_at) == ("met", play.now, None)


WRONGS = [(name, wrong.code) for name, profile in PLACES.items() for wrong in profile.supervision.wrongs]


@pytest.mark.parametrize(("name", "code"), WRONGS)
def test_each_wrong_of_each_place_is_held_to_account_from_an_order(name: str, code: str) -> None:
    play = signed(PLACES[name]).do("supervise", "supervisor", level=5, wrong=code)
    assert play.facts["wrong"] == code and "supervision 州建设局" in play.duties()
    others = {one for _, one in WRONGS} - {wrong.code for wrong in PLACES[name].supervision.wrongs}
    for stranger in others:
        with pytest.raises(BadBody) as caught:
            play.do("supervise", "supervisor", level=5, wrong=stranger)
        assert caught.value.field == "wrong"


@pytest.mark.parametrize("name", PLACES)
def test_the_two_worst_of_five_ratings_open_a_task(name: str) -> None:
    """国办发〔2019〕51号 好差评; SX 三(三), QY 二(三)2."""
    for score in range(1, 6):
        play = rated_badly(closed(PLACES[name]), handling=score)
        assert (play.state == "revisiting", "redo_decision" in play.duties()) == (score <= 2, score <= 2)
