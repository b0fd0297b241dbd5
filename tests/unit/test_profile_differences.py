"""Where the founding documents contradict each other, the same order or number comes out two ways.

Each test takes one matter, or one question, to two places; nothing but their folders differs.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import pytest
from orders.play import SHANGHAI, UNITS, Play, actor, closed, dispatched, signed

from yihao.demo.plan import MARK, Plan, sites
from yihao.indicators.model import Facts, Step
from yihao.indicators.rules import Terms, contribution
from yihao.orders.draft import BadBody, NotNow
from yihao.orders.rules import NotOfPlace
from yihao.profile import Profile, load, names, prompt
from yihao.units.model import Category, Jurisdiction, Officer, Unit
from yihao.units.tree import Tree

MARKET = UNITS["州市场局"]
PAIR = ("zhejiang", "qingyuan")
"""A province and a city that give no figures and differ in nearly everything else."""


@cache
def of(name: str) -> Profile:
    return load(name)


def every(rule: str) -> dict[str, object]:
    """One attribute path in each place."""
    found: dict[str, object] = {}
    for name in names():
        value: object = of(name)
        for step in rule.split("."):
            value = getattr(value, step)
        found[name] = value
    return found


# who and what it is called


def test_each_place_has_a_managing_body_of_its_own() -> None:
    bodies = every("managing_body")
    assert bodies["shanxi"] == "省审批服务管理局"
    assert bodies["baiyin"] == "市政府值班室"
    assert len(set(bodies.values())) == len(bodies)


def home_of(name: str) -> Tree:
    """The demonstration's own units of the place, on a map of that one place."""
    planting = Plan(sites()[name]).planting
    (home,) = (node for node in planting.nodes if node.profile == name)
    keys = [unit.key for unit in planting.units if unit.area_code == home.area_code]
    ids = {key: number for number, key in enumerate(keys, 1)}
    units = [
        Unit(
            id=ids[unit.key], jurisdiction_id=1, superior_id=ids.get(unit.superior) if unit.superior else None,
            name=unit.name, short_name=None, name_pinyin="", kind=unit.kind, active=True, in_indicators=True,
            may_register=False, office_hours=None, answers_line=None,
        )
        for unit in planting.units
        if unit.key in ids
    ]  # fmt: skip
    assert home.managing is not None
    place = Jurisdiction(
        id=1, parent_id=None, path="/1/", area_code=home.area_code, name=home.name, level=home.level, profile=name,
        managing_unit_id=ids[home.managing], name_pinyin="",
    )  # fmt: skip
    officers = [
        Officer(id=unit.id, unit_id=unit.id, account_id=None, name="演示人员", duty="handler", active=True)
        for unit in units
    ]
    return Tree.of(
        jurisdictions=[place], units=units, officers=officers, categories=[Category(code="light", name="路灯")]
    )


@pytest.mark.parametrize("name", names())
def test_a_complaint_about_a_department_goes_to_the_body_the_document_names(name: str) -> None:
    play = Play(of(name))
    play.tree = home_of(name)
    departments = [unit.id for unit in play.tree.units.values() if unit.kind == "department"]
    accused = next(one for one in departments if play.tree.units[one].superior_id is None)
    neighbour = next(one for one in departments if one != accused)
    body = play.tree.superior(accused)
    assert body is not None
    play.register(kind="complaint", accused_unit=accused).do("prepare", "agent", area_code=play.tree.root.area_code)
    with pytest.raises(BadBody, match=body.name):
        play.do("dispatch", "dispatcher", lead=neighbour)
    assert play.do("dispatch", "dispatcher", lead=body.id).state == "dispatched"
    assert body.name.removesuffix(MARK).replace("人民", "") == of(name).managing_body


def test_one_field_names_the_hotline_in_every_prompt() -> None:
    spoken = {name: prompt(of(name), "greeting") for name in ("shanxi", "baiyin")}
    assert spoken == {
        "shanxi": "您好，这里是12345政务服务便民热线。",
        "baiyin": "您好，这里是白银市12345政务服务便民热线。",
    }


# limits and stages


def test_a_request_for_help_is_due_sooner_where_the_document_has_numbers() -> None:
    dues = {name: dispatched(of(name)).due("overall") for name in ("xishuangbanna", "shanxi", "baiyin")}
    assert dues == {
        "xishuangbanna": "2021-10-08 23:59:59",  # 三(五): 3 working days
        "shanxi": "2021-10-13 23:59:59",  # no number: the national layer's 7
        "baiyin": "2021-10-13 23:59:59",
    }
    for name in ("shanxi", "baiyin"):
        assert all(rule.base.basis.design for rule in of(name).kinds.values())


def test_eight_stages_know_no_coordination_and_ten_do() -> None:
    assert dispatched(of("qingyuan")).do("coordinate").order.stages["coordinate"] == "done"
    for name in ("shanxi", "baiyin"):
        assert len(of(name).stages) == 8
        with pytest.raises(NotOfPlace):
            dispatched(of(name)).do("coordinate")


# acceptance and channels


def test_a_matter_without_a_domain_is_registered_where_no_document_asks_for_one() -> None:
    assert Play(of("shanxi")).register(domain=None).state == "received"
    with pytest.raises(BadBody) as caught:
        Play(of("baiyin")).register(domain=None)
    assert (caught.value.field, caught.value.clause) == ("domain", "市政办发〔2021〕74号 二(三)3")


def test_a_message_board_is_a_door_where_boards_are_unified() -> None:
    assert Play(of("shanxi")).register(channel="message_board").order.channel == "message_board"
    with pytest.raises(BadBody, match="留言互动系统"):
        Play(of("baiyin")).register(channel="message_board")


def test_an_enterprise_goes_first_on_a_clock_of_its_own_where_it_has_a_lane() -> None:
    caller = {"name": "演示公司", "phone": "13800000000", "kind": "enterprise"}
    fast, plain = (Play(of(name)).register(caller=caller) for name in ("shanxi", "baiyin"))
    assert (fast.order.urgency, fast.due("dispatch")) == ("expedited", "2021-09-28 10:30:00")
    assert (plain.order.urgency, plain.due("dispatch")) == ("normal", "2021-09-28 23:59:59")
    assert fast.duty("dispatch").clause == "晋政办发电〔2021〕22号 二(二)7"
    for play, due in ((fast, "2021-09-28 11:00:00"), (plain, "2021-09-28 12:00:00")):
        assert play.do("prepare", "agent").do("dispatch", "dispatcher").due("sign", "州建设局") == due
    citizen = Play(of("shanxi")).register()
    assert (citizen.order.urgency, citizen.due("dispatch")) == ("normal", "2021-09-28 23:59:59")


def test_the_lane_never_slows_what_is_at_once_or_urgent_anyway() -> None:
    caller = {"name": "演示公司", "phone": "13800000000", "kind": "enterprise"}
    play = Play(of("shanxi")).register(caller=caller, kind="complaint", urgency="critical")
    assert (play.order.urgency, play.due("dispatch")) == ("critical", "2021-09-28 10:30:00")
    assert play.do("prepare", "agent").do("dispatch", "dispatcher").due("sign", "州建设局") == "2021-09-28 12:00:00"
    corrected = Play(of("shanxi")).register(caller=caller, kind="complaint").do("prepare", "agent", kind="help")
    assert corrected.duty("dispatch").clause == "晋政办发电〔2021〕22号 二(二)7"


# supervision and figures


def test_a_letter_supervises_in_one_place_and_an_order_in_the_other() -> None:
    for name, tool, unknown in (
        ("shanxi", "letter", "supervision_order"),
        ("baiyin", "supervision_order", "letter"),
    ):
        play = dispatched(of(name)).do("supervise", "supervisor", level=2, tool=tool)
        assert play.order.supervision_level == 2
        with pytest.raises(BadBody):
            play.do("supervise", "supervisor", level=2, tool=unknown)


def test_what_a_unit_is_held_to_account_for() -> None:
    assert {wrong.code for wrong in of("baiyin").supervision.wrongs} == {
        "poor_quality", "buck_passing", "false_report", "improper_return",
    }  # fmt: skip
    assert {wrong.zh for wrong in of("shanxi").supervision.wrongs if wrong.basis.document} == {
        "无理退单", "逾期不办", "推诿扯皮", "敷衍应付",
    }  # fmt: skip


def satisfaction(name: str) -> tuple[int, int]:
    """Numerator and denominator of one enforcement case that was rated badly."""
    play = closed(of(name), legal_process=True).do("revisit", "revisit").do("rate", "portal", handling=2)
    steps = tuple(
        Step(verb=event.verb, at=event.at, to_state=event.to_state, facts=event.facts) for event in play.events
    )
    facts = Facts(order=play.order, duties=(), steps=steps)
    counts = contribution(facts, Terms(zone=SHANGHAI, profile=of(name), counted=frozenset())).counts
    found = [(count.numerator, count.denominator) for count in counts if count.indicator == "satisfaction"]
    return found[0] if found else (0, 0)


def test_an_enforcement_case_counts_for_satisfaction_where_no_document_takes_it_out() -> None:
    assert satisfaction("shanxi") == (0, 1)
    assert satisfaction("baiyin") == (0, 0)


def test_the_rates_a_place_is_judged_by() -> None:
    def core(name: str) -> set[str]:
        return {one.zh for one in of(name).indicators.indicators if one.core and one.basis.document}

    assert core("shanxi") == {"按时办结率", "办理满意率", "知识库更新"}
    assert core("baiyin") == {"问题解决率", "企业和群众满意率"}


# the tree


ABOVE = actor("manager", "supervisor")
OWN = msgspec.structs.replace(actor("manager", account=200), jurisdiction=2, path="/1/2/")


def below(profile: Profile, above: str = "province") -> Play:
    """An order of the place at ``/1/2/`` whose reply waits for review; the place at ``/1/`` is of the level above."""
    play = signed(profile).do("reply", "州建设局")
    assert play.matter is not None
    play.matter = msgspec.structs.replace(
        play.matter, order=msgspec.structs.replace(play.matter.order, path="/1/2/", jurisdiction_id=2)
    )
    places = play.tree.jurisdictions
    play.tree = msgspec.structs.replace(
        play.tree, jurisdictions={**places, 1: msgspec.structs.replace(places[1], level=above)}
    )
    return play


def test_the_province_coordinates_and_does_not_close_a_citys_order() -> None:
    assert below(of("shanxi")).do("approve_reply", ABOVE).state == "closed"
    play = below(of("baiyin"))
    assert {"supervise", "urge"} & play.verbs(ABOVE) and "approve_reply" not in play.verbs(ABOVE)
    assert "approve_reply" in play.verbs(OWN)
    with pytest.raises(NotNow, match="统筹协调") as caught:
        play.do("approve_reply", ABOVE)
    assert caught.value.clause == "市政办发〔2021〕74号 二(三)4"
    assert play.do("supervise", ABOVE).do("approve_reply", OWN).state == "closed"


def test_the_city_still_acts_in_its_own_counties() -> None:
    """The rule names the province; a city above a county is no province."""
    play = below(of("baiyin"), above="city")
    assert play.do("approve_reply", ABOVE).state == "closed"


# how lines join


def test_a_fourth_mode_is_known_where_the_document_has_one() -> None:
    modes = {name: {mode.code for mode in of(name).merging.modes} for name in names()}
    assert modes.pop("shanxi") == {"whole", "dual", "subcentre", "linkage"}
    assert all(found == {"whole", "dual", "subcentre"} for found in modes.values())


def test_a_list_that_is_not_at_hand_is_counted_and_marked_incomplete() -> None:
    shanxi, baiyin = (of(name).merging.announced for name in ("shanxi", "baiyin"))
    assert shanxi is not None and baiyin is not None
    assert (shanxi.total, shanxi.undivided, shanxi.modes, shanxi.at_hand) == (29, 24, {"linkage": 5}, False)
    assert (baiyin.total, baiyin.undivided, baiyin.at_hand) == (17, 0, True)


def test_a_countys_line_joins_the_city_or_its_own_level() -> None:
    joins = {name: next(rule.joins for rule in of(name).merging.founders if rule.code == "county") for name in names()}
    assert (joins["shanxi"], joins["baiyin"], joins["zhejiang"]) == ("city", "city", "own_level")


def test_a_number_on_no_list() -> None:
    answers = {name: of(name).merging.unlisted.answer for name in names()}
    assert (answers["shanxi"], answers["baiyin"]) == ("as_before", "hotline")
    assert answers["xishuangbanna"] == "not_opened"


def test_seats_may_be_kept_and_for_how_long() -> None:
    kept = {name: of(name).merging.kept_seats.temporary for name in ("zhejiang", "xishuangbanna", "baiyin")}
    assert kept == {"zhejiang": False, "xishuangbanna": True, "baiyin": True}
    seats = {name: next(m.keep_seats for m in of(name).merging.modes if m.code == "dual") for name in names()}
    assert (seats["shanxi"], seats["baiyin"], seats["zhejiang"]) == ("no", "may", "no")


def test_a_dual_line_keeps_its_seats_or_brings_them_along() -> None:
    def seats(name: str, number: str) -> str:
        return next(m.keep_seats for m in of(name).for_line(number).merging.modes if m.code == "dual")

    places = ("zhejiang", "xishuangbanna", "baiyin")
    assert [seats(name, "12315") for name in places] == ["no", "may", "yes"]
    assert [seats(name, "12328") for name in places] == ["no", "may", "no"]
    assert {number: seats("baiyin", number) for number in ("12319", "12329", "12333", "12369")} == {
        "12319": "yes", "12329": "yes", "12333": "no", "12369": "yes",
    }  # fmt: skip


def test_a_line_renamed_after_the_merge_needs_leave_in_one_place_only() -> None:
    day = date(2021, 10, 15)

    def frozen(name: str, act: str) -> bool:
        freeze = of(name).merging.freeze
        return day >= freeze.since and act in freeze.covers

    assert frozen("shanxi", "new") and frozen("baiyin", "new") and not frozen("xishuangbanna", "new")
    assert frozen("baiyin", "rename") and not frozen("shanxi", "rename")


def test_a_merged_line_speaks_on_or_is_gone() -> None:
    said = {
        name: prompt(of(name), "merged", line="全国统一民政服务电话", number="12349") for name in ("shanxi", "baiyin")
    }
    assert said["shanxi"] is None
    assert said["baiyin"] == (
        "您拨打的全国统一民政服务电话已整合到白银市12345政务服务便民热线，请直接拨打12345，现在为您转接。"
    )
    before = prompt(of("shanxi"), "transition", line="某热线", date=date(2021, 9, 30))
    assert before == "您拨打的某热线将于2021年9月30日撤销，届时请直接拨打12345。"


def test_keys_to_press_where_the_document_asks_for_navigation() -> None:
    assert prompt(of("shanxi"), "navigation") is None
    assert prompt(of("baiyin"), "navigation")


def test_a_fire_line_merged_whole_does_not_wait_for_the_office() -> None:
    """12119 stands in one list only; elsewhere its matters come in under the place's own rules."""
    night = "2021-09-28T23:00"
    dues = {name: Play(of(name), night).register(line="12119").due("dispatch") for name in ("shanxi", "baiyin")}
    assert dues == {"shanxi": "2021-09-29 10:00:00", "baiyin": "2021-09-28 23:30:00"}
    assert "119" in (prompt(of("baiyin").for_line("12119"), "merged", line="森林草原火警报警电话") or "")


def test_the_duties_of_a_subcentre() -> None:
    duties = {name: {duty.code for duty in of(name).merging.subcentre_duties} for name in ("shanxi", "baiyin")}
    assert duties["baiyin"] - duties["shanxi"] == {"transfer", "orders"}


def test_who_the_hotline_is_linked_with() -> None:
    partners = {name: {one.code for one in of(name).merging.partners} for name in names()}
    assert partners["shanxi"] - partners["baiyin"] == {"telecom"}
    assert partners["baiyin"] - partners["xishuangbanna"] == {"heat"}
    assert of("shanxi").merging.social_services and not of("baiyin").merging.social_services


# a province without an end of its own, a city with ten stages


def archived(name: str) -> dict[str, str]:
    """The marks an order of the place is archived with, after a satisfied rating."""
    play = closed(of(name)).do("revisit", "revisit").do("rate", "portal")
    assert play.state == "archived"
    return play.order.stages


def test_an_archived_order_has_the_stages_of_its_place_and_no_others() -> None:
    for name in names():
        assert set(archived(name)) == {stage.code for stage in of(name).stages}
    assert len(archived("zhejiang")) == 7 and "close" not in archived("zhejiang")
    assert len(archived("qingyuan")) == 10 and archived("qingyuan")["appraise"] == "纳入定期考核"
    assert archived("xishuangbanna")["close"] == "done"


def test_rating_comes_before_the_revisit_where_the_stages_say_so() -> None:
    early, late = closed(of("qingyuan")), closed(of("zhejiang"))
    assert early.due("rating_wait") == "2021-10-08 10:00:00" and "sms.rate" in early.effects
    assert "rating_wait" not in late.duties() and "sms.rate" not in late.effects
    assert "revisit" in early.duties() and "revisit" in late.duties()
    assert early.when("2021-10-08T10:00:01").do("archive", "clock").order.stages["rate"] == "诉求人未评价"
    with pytest.raises(NotNow):
        late.when("2021-10-08T10:00:01").do("archive", "clock")


def test_a_revisit_after_the_invitation_does_not_prolong_it() -> None:
    play = closed(of("qingyuan")).when("2021-09-29T15:00").do("revisit", "revisit", reached=False)
    assert play.due("rating_wait") == "2021-10-08 10:00:00"
    confidential = closed(of("qingyuan"), caller={"phone": "13800000000", "confidential": True})
    assert "rating_wait" not in confidential.duties() and "quiet" in confidential.duties()


def test_no_figures_in_the_document_no_figures_in_its_name() -> None:
    dues = {name: dispatched(of(name), kind="consult").due("overall") for name in ("xishuangbanna", "zhejiang")}
    assert dues == {"xishuangbanna": "2021-09-29 23:59:59", "zhejiang": "2021-10-08 23:59:59"}
    for name in ("zhejiang", "qingyuan"):
        assert all(rule.base.basis.design for rule in of(name).kinds.values())


def test_who_manages_and_what_it_is_called() -> None:
    for name, body, hotline in (
        ("zhejiang", "省信访局", "浙江省12345政务服务便民热线"),
        ("qingyuan", "市政务服务数据管理局", "清远市12345政务服务便民热线"),
    ):
        assert (of(name).managing_body, of(name).hotline_name) == (body, hotline)
    assert (of("zhejiang").place.number.value, of("qingyuan").place.number.value) == ("0571-12345-*", "12345")
    assert (of("zhejiang").level, of("qingyuan").level) == ("province", "city")


def test_a_new_name_in_one_field_is_heard_in_every_prompt(tmp_path: Path) -> None:
    (tmp_path / "renamed").mkdir()
    (tmp_path / "renamed" / "place.yaml").write_text(
        "extends: qingyuan\nhotline_name: {value: 新名热线, basis: {design: 演示}}\n"
    )
    old, new = of("qingyuan"), load(tmp_path / "renamed")
    told = {"line": "某热线", "number": "12300", "date": date(2021, 10, 31)}
    for key in old.prompts:
        before, after = prompt(old, key, **told), prompt(new, key, **told)
        assert after == (before and before.replace(old.hotline_name, "新名热线"))
    assert prompt(new, "greeting") == "您好，这里是新名热线。"


# who speaks to the citizen


def test_one_way_out() -> None:
    two, one = signed(of("zhejiang")), signed(of("qingyuan"))
    for play, public in ((two, True), (one, False)):
        assert play.do("progress", "州建设局", public=True).facts["public"] is public
    with pytest.raises(BadBody, match="直接答复诉求人"):
        two.do("reply", "州建设局", contacted=False, internal=None)
    assert one.do("reply", "州建设局", contacted=False, internal=None).state == "replied"


def test_a_site_of_its_own_or_an_embedded_form() -> None:
    assert of("xishuangbanna").place.embed_only
    assert not of("qingyuan").place.embed_only and of("qingyuan").place.embed_only.basis.document == "QY"


# who decides and who handles


def test_a_dispute_is_decided_at_once_or_after_a_joint_meeting() -> None:
    plays = {name: signed(of(name)).do("return", "州建设局") for name in ("zhejiang", "qingyuan")}
    assert plays["zhejiang"].do("adjudicate").state == "dispatched"
    city = plays["qingyuan"]
    assert "adjudicate" not in city.verbs("manager")
    with pytest.raises(NotNow, match="先经会议协调") as caught:
        city.do("adjudicate")
    assert caught.value.clause == "清府办函〔2021〕135号 三(一)"
    assert city.do("coordinate").do("adjudicate").state == "dispatched"


def test_a_meeting_is_not_asked_for_where_nothing_is_disputed() -> None:
    play = closed(of("qingyuan")).when("2021-12-01T09:00").do("archive", "clock").do("reopen").do("prepare", "agent")
    assert play.do("adjudicate", lead=MARKET).order.first_unit == MARKET


def test_a_redo_keeps_what_was_coordinated() -> None:
    play = dispatched(of("qingyuan")).do("coordinate").do("sign", "州建设局").do("reply", "州建设局")
    play.do("approve_reply", "lead").do("rate", "portal", handling=1).do("redo", "revisit")
    assert play.order.stages["coordinate"] == "done" and "reply" not in play.order.stages


def test_departments_supervise_together_and_are_named() -> None:
    play = dispatched(of("qingyuan"))
    with pytest.raises(BadBody, match="哪些单位共同督办") as caught:
        play.do("supervise", "supervisor", tool="joint_order")
    assert (caught.value.field, caught.value.clause) == ("units", "清府办函〔2021〕135号 二(三)2")
    play.do("supervise", "supervisor", tool="joint_order", units=[MARKET])
    assert play.facts["units"] == [MARKET] and "notice.joint_supervision" in play.effects
    for body in ({"tool": "joint_order", "units": [MARKET]}, {"tool": "supervision_order", "units": [MARKET]}):
        with pytest.raises(BadBody):
            dispatched(of("zhejiang")).do("supervise", "supervisor", **body)
    with pytest.raises(BadBody):
        dispatched(of("qingyuan")).do("supervise", "supervisor", tool="joint_order", units=[999])
    accused = dispatched(of("qingyuan"), lead="州办", kind="complaint", accused_unit=MARKET)
    with pytest.raises(BadBody, match="被反映单位"):
        accused.do("supervise", "supervisor", tool="joint_order", units=[MARKET])


def countys(name: str) -> Play:
    """A matter the catalogue gives a county's bureau, taken by the place above, waiting for dispatch."""
    play = Play(of(name)).register().do("prepare", "agent")
    row = msgspec.structs.replace(play.tree.catalogue["light"][0], unit_id=UNITS["甲县建设局"])
    play.tree = msgspec.structs.replace(play.tree, catalogue={"light": (row,)})
    return play


def test_a_matter_of_a_place_below_is_sent_down() -> None:
    assert countys("qingyuan").do("dispatch", "dispatcher", lead=UNITS["州建设局"]).state == "dispatched"
    play = countys("zhejiang")
    with pytest.raises(BadBody, match="下派当地办理") as caught:
        play.do("dispatch", "dispatcher", lead=UNITS["州建设局"])
    assert (caught.value.field, caught.value.clause) == ("lead", "浙政办发〔2021〕49号 二(一)")
    assert play.do("dispatch", "dispatcher", lead=UNITS["甲县建设局"]).state == "dispatched"
    # 需省级协调处理: the desk of the place leads that itself; and a matter of the province's own stays there.
    assert countys("zhejiang").do("dispatch", "dispatcher", lead=UNITS["州办"]).state == "dispatched"
    assert dispatched(of("zhejiang")).state == "dispatched"


def test_who_takes_the_calls_of_the_places_below() -> None:
    levels = {name: of(name).place.answering for name in ("zhejiang", "qingyuan", "xishuangbanna")}
    assert {name: "county" in rule.levels for name, rule in levels.items()} == {
        "zhejiang": False,
        "qingyuan": False,
        "xishuangbanna": True,
    }
    assert (levels["zhejiang"].may, levels["qingyuan"].may) == (("county",), ())
    tiers = {name: of(name).place.tiers for name in ("zhejiang", "qingyuan")}
    assert tiers["zhejiang"].stations == () and tiers["qingyuan"].stations == ("township",)


# what is taken, and what is measured


def test_classes_not_accepted_stand_in_the_document_or_in_national_rules() -> None:
    clauses = {name: Play(of(name)).register().do("refuse", "agent").facts["clause"] for name in PAIR}
    assert clauses == {"zhejiang": "浙政办发〔2021〕49号 三(一)", "qingyuan": "国办函〔2025〕66号 二(二)"}


def test_neither_asks_for_a_domain() -> None:
    for name in PAIR:
        assert Play(of(name)).register(domain=None).state == "received"
    with pytest.raises(BadBody):
        Play(of("xishuangbanna")).register(domain=None)


def test_an_enforcement_case_counts_in_the_province_and_not_in_the_city() -> None:
    assert satisfaction("zhejiang") == (0, 1)
    assert satisfaction("qingyuan") == (0, 0)


def test_what_the_two_are_judged_by_and_report() -> None:
    core = {name: {i.zh for i in of(name).indicators.indicators if i.core and i.basis.document} for name in PAIR}
    assert core == {"zhejiang": {"有效接通率", "直接答复率", "群众满意率"}, "qingyuan": {"满意率"}}
    reports = {name: {(r.code, r.every) for r in of(name).indicators.reports if r.basis.document} for name in PAIR}
    assert reports == {
        "zhejiang": {("public_opinion", "regular")},
        "qingyuan": {("bulletin", "month"), ("appraisal", "year")},
    }
    assert {of(name).merging.sharing.pace for name in PAIR} == {"realtime", "on_demand"}


def test_the_four_wrongs_are_named_by_the_city_alone() -> None:
    wrongs = {name: {one.code for one in of(name).supervision.wrongs if one.basis.document} for name in PAIR}
    assert wrongs == {
        "zhejiang": set(),
        "qingyuan": {"poor_quality", "buck_passing", "false_report", "improper_return"},
    }
    with pytest.raises(BadBody, match="问责情形"):
        dispatched(of("zhejiang")).do("supervise", "supervisor", wrong="improper_return")
    assert dispatched(of("qingyuan")).do("supervise", "supervisor", wrong="improper_return")


# how lines join the two


def test_the_province_merges_three_months_before_the_city() -> None:
    ends = {name: next(s.by for s in of(name).merging.steps if s.code == "completion") for name in PAIR}
    assert ends == {"zhejiang": date(2021, 9, 30), "qingyuan": date(2021, 12, 31)}


def test_how_many_lines_each_lists() -> None:
    lists = {name: of(name).merging.announced for name in PAIR}
    assert {name: (rule.total, rule.modes) for name, rule in lists.items() if rule} == {
        "zhejiang": (35, {"whole": 15, "dual": 16, "subcentre": 4}),
        "qingyuan": (34, {"whole": 14, "dual": 16, "subcentre": 4}),
    }


def test_an_unlisted_number_joins_the_one_and_is_not_opened_in_the_other() -> None:
    answers = {name: of(name).merging.unlisted.answer for name in PAIR}
    assert answers == {"zhejiang": "hotline", "qingyuan": "not_opened"}


def test_the_province_forbids_new_numbers_from_its_day_on_and_renaming_not_at_all() -> None:
    frozen = {name: of(name).merging.freeze for name in PAIR}
    assert (frozen["zhejiang"].since, frozen["zhejiang"].covers) == (date(2021, 8, 14), ("new",))
    assert frozen["qingyuan"].basis.source and "rename" in frozen["qingyuan"].covers


def test_one_number_one_policy() -> None:
    def seats(name: str, number: str, mode: str) -> str:
        profile = of(name).for_line(number)
        return next(one.keep_seats for one in profile.merging.modes if one.code == mode)

    assert (seats("zhejiang", "12305", "dual"), seats("zhejiang", "12333", "dual")) == ("may", "no")
    assert (seats("qingyuan", "12349", "whole"), seats("qingyuan", "12396", "whole")) == ("may", "no")
    assert seats("zhejiang", "12349", "whole") == "no"


def test_kept_seats_register_for_themselves_in_the_city() -> None:
    assert {name: of(name).merging.kept_seats.register for name in PAIR} == {"zhejiang": False, "qingyuan": True}


def test_the_province_links_with_life_services_by_number() -> None:
    partners = {one.code: one.numbers for one in of("zhejiang").merging.partners}
    assert partners["life_service"] == ("96345", "81890")
    assert "life_service" not in {one.code for one in of("qingyuan").merging.partners}
    assert {one.code for one in of("zhejiang").place.stationing} == {"resident", "rotating", "on_call", "seconded"}
