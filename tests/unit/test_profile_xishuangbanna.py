"""The prefecture's profile: what its document rules, and the table of limits."""

import pytest

from yihao.profile import load, most_days
from yihao.profile.provision import working_days

PROFILE = load("xishuangbanna")


def test_who_and_where():
    assert PROFILE.title == "西双版纳傣族自治州"
    assert PROFILE.hotline_name == "西双版纳州12345政务服务便民热线"
    assert PROFILE.document == "西政办发〔2021〕28号"
    assert PROFILE.managing_body == "州政府办公室"
    assert (PROFILE.level, PROFILE.area_code, PROFILE.zone) == ("prefecture", "532800", "Asia/Shanghai")
    assert PROFILE.office_hours == "09:00-12:00,14:00-18:00"
    assert PROFILE.place.embed_only.on
    assert PROFILE.limits["return_window"].basis.cite() == "西政办发〔2021〕28号 三(四)"


# type: base, may extend, count, each, maximum in working days: the table D.4 of the domain specification
LIMITS_BY_TYPE = {
    "consult": (1, True, 1, None, 3),
    "help": (3, True, 1, None, 5),
    "suggestion": (3, True, 1, None, 5),
    "complaint": (15, True, 2, 10, 35),
    "report": (15, True, 2, 10, 35),
    "praise": (5, False, 0, None, 5),
    "other": (5, False, 0, None, 5),
}


@pytest.mark.parametrize("kind", LIMITS_BY_TYPE)
def test_limits_by_type(kind):
    rule = PROFILE.kinds[kind]
    each = working_days(rule.extension.each) if rule.extension.each else None
    got = (rule.base.days, rule.extension.allowed, rule.extension.count, each, most_days(rule))
    assert got == LIMITS_BY_TYPE[kind]


def test_kinds_are_named_as_the_document_names_them():
    names = {kind: rule.zh for kind, rule in PROFILE.kinds.items()}
    assert list(names.values()) == ["咨询", "求助", "投诉", "举报", "意见建议", "表扬", "其他"]
    assert [kind for kind, rule in PROFILE.kinds.items() if rule.immediate_dispatch] == ["complaint", "report"]


def test_the_clocks_of_dispatch_and_return():
    rules = {key: PROFILE.limits[key].rule for key in ("dispatch", "dispatch_immediate", "sign", "return_window")}
    assert rules == {
        "dispatch": "dispatch",
        "dispatch_immediate": "30 minutes",
        "sign": "2 office hours",
        "return_window": "24 hours",
    }
    assert PROFILE.place.dispatch_by.value == "10:00"
    assert PROFILE.returns.from_states == ("signed",)
    assert [ground.code for ground in PROFILE.returns.grounds] == ["not_own_duty"]


def test_ten_classes_of_the_document_and_the_national_ones():
    own = [refusal.zh for refusal in PROFILE.refusals if refusal.basis.document]
    assert len(own) == 10
    words = [
        "诉讼",
        "仲裁",
        "纪检监察",
        "行政复议",
        "政府信息公开",
        "信访",
        "国家秘密",
        "商业秘密",
        "个人隐私",
        "公序良俗",
    ]
    for word, name in zip(words, own, strict=True):
        assert word in name
    national = {refusal.code for refusal in PROFILE.refusals if refusal.basis.source}
    assert national == {"work_secret", "personal_information", "unlawful", "malicious"}
    assert all(refusal.route for refusal in PROFILE.refusals)


def test_supervision_and_wrongs():
    tools = {tool.zh for tool in PROFILE.supervision.tools if tool.basis.document}
    assert tools == {"督办单", "专题协调", "约谈提醒"}
    wrongs = [wrong.zh for wrong in PROFILE.supervision.wrongs]
    assert wrongs == ["办理质量差", "推诿扯皮", "谎报瞒报", "不当退单"]
    assert [PROFILE.limits[step.answer].days for step in PROFILE.supervision.levels][:3] == [2, 3, 5]


def test_satisfaction():
    levels = PROFILE.indicators.satisfaction
    assert [level.zh for level in levels] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    assert [level.bad for level in levels] == [False, False, False, True, True]
    assert "legal_process" in PROFILE.indicators.exclusions["satisfaction"].flags
    assert "legal_process" not in PROFILE.indicators.exclusions["on_time"].flags


def test_the_merge():
    merging = PROFILE.merging
    assert merging.announced is not None
    assert (merging.announced.total, merging.announced.modes) == (33, {"whole": 20, "dual": 8, "subcentre": 5})
    assert merging.freeze.covers == ("new", "rename", "repurpose")
    assert [f"{step.by}" for step in merging.steps] == ["2021-12-31", "2021-09-30", "2021-11-30"]
    assert len(merging.subcentre_duties) == 5
    assert not merging.restore_cancelled
    assert PROFILE.emergency_numbers == ("110", "119", "120", "122")


def test_tourism_complaints_go_on_at_once():
    assert PROFILE.for_line("96301").limits["dispatch"].rule == "30 minutes"
    assert PROFILE.limits["dispatch"].rule == "dispatch"
