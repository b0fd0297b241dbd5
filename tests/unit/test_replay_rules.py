"""The written rules of a replay: kind, field, place, times, ratings. All texts are made up."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.orders.places import Place
from yihao.profile import load
from yihao.replay import kinds, plan
from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree
from yihao.worktime import SHANGHAI, OfficeHours, base_calendar, due, parse_rule

PROFILE = load("xishuangbanna")
ROOT = Jurisdiction(
    id=1, parent_id=None, path="/1/", area_code="532800", name="示范州", level="city", profile="xishuangbanna",
    managing_unit_id=None, name_pinyin="shifanzhou",
)  # fmt: skip
PLACE = Place(
    jurisdiction=ROOT,
    profile=PROFILE,
    calendar=base_calendar(),
    hours=OfficeHours.parse(PROFILE.office_hours),
    zone=ZoneInfo(PROFILE.zone),
    tree=Tree.of(jurisdictions=[ROOT]),
)


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("投诉演示公司", "", "complaint"),
        ("举报演示公司无证经营", "", "report"),
        ("请问社保怎么办理", "", "consult"),
        ("咨询并投诉演示公司", "", "consult"),
        ("演示路几时能修好？", "", "consult"),
        ("建议增设公交站", "", "suggestion"),
        ("呼吁请求解决出行难", "", "suggestion"),
        ("请求修路", "我要投诉", "help"),
        ("感谢演示局的工作人员", "服务热情周到。", "praise"),
        ("感谢答复，希望尽快修路", "", "help"),
        ("反映演示小区的问题", "楼下餐馆扰民，能管吗？", "complaint"),
        ("反映演示小区的问题", "什么时候通水？", "help"),
        ("演示小区停水", "哪天来水？", "consult"),
        ("演示小区", "请派人看看", "help"),
        ("演示小区", "晴天", "other"),
        ("", "", "other"),
        ("　投　诉　演示公司", "", "complaint"),
    ],
)
def test_kind(title: str, body: str, kind: str) -> None:
    assert kinds.kind_of(title, body)[0] == kind


def test_every_kind_of_the_rule_is_one_of_the_place() -> None:
    assert set(kinds.TITLE_WORDS) | {"other"} == set(PROFILE.kinds)
    assert set(kinds.DOMAIN_WORDS) | {"service"} == {domain.code for domain in PROFILE.domains}


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_has_a_kind_and_a_field(title: str, body: str) -> None:
    assert kinds.kind_of(title, body)[0] in PROFILE.kinds
    assert kinds.domain_of(title, body) in {domain.code for domain in PROFILE.domains}


def test_the_same_mask_is_the_same_area() -> None:
    areas = ["532800", "532801", "532822", "532823"]
    assert plan.area_of("A3区的路灯", "", areas) == plan.area_of("别的事", "在A3区某处", areas)
    assert plan.area_of("没有地名", "也没有", areas) == "532800"
    assert len({plan.area_of(f"K{number}县", "", areas) for number in range(40)}) == 4


MOMENTS = st.integers(0, 10 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2011, 1, 1, tzinfo=SHANGHAI) + timedelta(seconds=seconds)
)
IDS = st.text(st.characters(categories=["Nd"]), min_size=1, max_size=8)


@given(IDS, MOMENTS, st.booleans())
def test_dispatch_keeps_the_rule_of_the_place(id_: str, moment: datetime, at_once: bool) -> None:
    limit = PROFILE.limits["dispatch_immediate" if at_once else "dispatch"]
    latest = due(parse_rule(limit.rule), moment, PLACE.calendar, PLACE.hours, zone=PLACE.zone).at
    sent = plan.dispatch_at(id_, moment, latest, at_once, PLACE)
    assert moment <= sent <= latest
    if not at_once and sent.date() == moment.date() and moment.hour >= 9:
        assert sent - moment <= timedelta(hours=1)


@given(IDS, MOMENTS, st.integers(0, 90 * 24 * 3600))
def test_no_step_after_the_reply_it_must_precede(id_: str, moment: datetime, seconds: int) -> None:
    reply_at = moment + timedelta(seconds=seconds)
    signed = plan.sign_at(id_, moment, reply_at, PLACE)
    assert moment <= signed <= reply_at
    called = plan.contact_at(id_, signed, reply_at, PLACE)
    assert called is None or signed <= called < reply_at
    assert plan.approve_at(id_, reply_at, PLACE) >= reply_at


def test_citizens_rate_the_same_way_every_time_and_some_never() -> None:
    said = {in_time: [plan.verdict(str(n), in_time=in_time) for n in range(2000)] for in_time in (True, False)}
    assert said[True] == [plan.verdict(str(n), in_time=True) for n in range(2000)]
    silent = sum(one is None for one in said[True]) / 2000
    assert 0.35 < silent < 0.45
    means = {}
    for in_time, verdicts in said.items():
        scores = [one.handling for one in verdicts if one is not None]
        assert set(scores) == {1, 2, 3, 4, 5}
        means[in_time] = sum(scores) / len(scores)
        assert all(one.solved == (one.handling >= 3) for one in verdicts if one is not None)
    assert means[True] > means[False]


def test_the_die_falls_evenly() -> None:
    seen = Counter(plan.draw(str(n), "x", 6) for n in range(6000))
    assert set(seen) == set(range(6)) and all(800 < count < 1200 for count in seen.values())


@given(IDS, MOMENTS)
def test_each_attempt_comes_in_an_hour_of_its_own(id_: str, moment: datetime) -> None:
    tried: set[int] = set()
    for attempt in range(plan.REVISITS):
        later = plan.revisit_at(id_, moment, attempt, PLACE, tried)
        assert later > moment and plan.clock_hour(later, PLACE) not in tried
        tried.add(plan.clock_hour(later, PLACE))
        moment = later
