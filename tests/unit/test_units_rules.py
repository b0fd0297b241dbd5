"""Area codes, levels, the catalogue's choice, the snapshot's answers, keywords."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.units.errors import UnitInactive, UnitWithoutOfficer, UnknownPlace
from yihao.units.keywords import suggest_category
from yihao.units.model import CatalogueRow, Category, Jurisdiction, Officer, Unit
from yihao.units.rules import ancestry, below, covers, in_force, pick, reason, significant
from yihao.units.tree import Tree

DAY = date(2026, 1, 5)


def node(number, parent, path, code, level, managing=None):
    return Jurisdiction(
        id=number,
        parent_id=parent,
        path=path,
        area_code=code,
        name=f"示范{number}",
        level=level,
        profile=None,
        managing_unit_id=managing,
        name_pinyin="",
    )


def unit(number, place, superior=None, *, kind="department", active=True):
    return Unit(
        id=number,
        jurisdiction_id=place,
        superior_id=superior,
        name=f"示范单位{number}",
        short_name=None,
        name_pinyin="",
        kind=kind,
        active=active,
        in_indicators=True,
        may_register=False,
        office_hours=None,
        answers_line=None,
    )


def row(number, area="990000", unit_id=1, kind=None, category="0101", start=date(2026, 1, 1), end=None):
    return CatalogueRow(
        id=number,
        category=category,
        area_code=area,
        kind=kind,
        unit_id=unit_id,
        assist_unit_ids=(),
        basis="示范职责清单",
        min_level="township",
        valid_from=start,
        valid_to=end,
        version=1,
    )


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("990000", "99"),
        ("991100", "9911"),
        ("991101", "991101"),
        ("991101003", "991101003"),
        ("991101000", "991101"),
        ("991101003000", "991101003"),
        ("991101003205", "991101003205"),
        ("991100000000", "9911"),
        ("990000000", "99"),
    ],
)
def test_significant_digits(code, digits):
    assert significant(code) == digits


def test_an_area_covers_itself_and_what_lies_in_it():
    assert covers("991100", "991101003")
    assert covers("991100", "991100")
    assert not covers("991101", "991102")
    assert not covers("991101", "991100")


CODE = st.integers(110000, 659999).map(str) | st.integers(110000000, 659999999).map(str)


@given(CODE, CODE)
def test_covering_is_being_in_the_ancestry(area, place):
    assert covers(area, place) == (significant(area) in ancestry(place))
    assert ancestry(place)[0] == significant(place)


def test_levels_from_the_top_down():
    assert below("township", "county")
    assert not below("county", "county")
    assert not below("city", "county")


def test_same_matter_other_area_other_unit():
    rows = [row(1, "991100", 10), row(2, "991101", 11), row(3, "991102", 12)]
    assert [pick(rows, "0101", code, "help", DAY).unit_id for code in ("991101", "991102", "991103", "991101001")] == [
        11,
        12,
        10,
        11,
    ]


def test_area_before_kind_and_kind_before_all():
    rows = [row(1, "991100", 10, "complaint"), row(2, "991100", 11), row(3, "991101", 12)]
    assert pick(rows, "0101", "991101", "complaint", DAY).id == 3
    assert pick(rows, "0101", "991102", "complaint", DAY).id == 1
    assert pick(rows, "0101", "991102", "help", DAY).id == 2


def test_a_row_holds_from_its_first_to_its_last_day():
    closed = row(1, start=date(2026, 1, 5), end=date(2026, 1, 6))
    assert [in_force(closed, date(2026, 1, d)) for d in (4, 5, 6, 7)] == [False, True, True, False]
    never = row(2, start=date(2026, 1, 5), end=date(2026, 1, 4))
    assert not any(in_force(never, date(2026, 1, d)) for d in (4, 5, 6))


def test_no_row_fits():
    assert pick([row(1, "991101")], "0101", "991102", "help", DAY) is None
    assert pick([row(1, kind="report")], "0101", "990000", "help", DAY) is None
    assert pick([row(1)], "0102", "990000", "help", DAY) is None
    assert "无主事项" in reason(None, "0101", "991102", "help", DAY)


def test_the_reason_names_row_area_and_basis():
    text = reason(row(7, "991100"), "0101", "991101", "help", DAY)
    assert "第7行" in text and "上级区域991100" in text and "示范职责清单" in text


@pytest.fixture
def tree():
    """A city with two counties and a township; unit 1 manages the city, 2 the county; 5 is a department under 4."""
    return Tree.of(
        jurisdictions=[
            node(1, None, "/1/", "991100", "city", 1),
            node(2, 1, "/1/2/", "991101", "county", 2),
            node(3, 1, "/1/3/", "991102", "county"),
            node(4, 2, "/1/2/4/", "991101001", "township"),
        ],
        units=[
            unit(1, 1, kind="managing_body"),
            unit(2, 2, 1, kind="managing_body"),
            unit(4, 1),
            unit(5, 2, 4),
            unit(6, 3),
            unit(7, 2, active=False),
        ],
        officers=[
            Officer(id=1, unit_id=5, account_id=None, name="演示签收员01", duty="receiver", active=True),
            Officer(id=2, unit_id=6, account_id=None, name="演示签收员02", duty="receiver", active=False),
            Officer(id=3, unit_id=7, account_id=None, name="演示签收员03", duty="receiver", active=True),
        ],
        categories=[Category(code="01", name="城乡建设"), Category(code="0101", parent="01", name="道路")],
        catalogue=[row(1, "991100", 4, category="01"), row(2, "991101", 5)],
    )


def test_nearest_area(tree):
    assert tree.area("991101001").id == 4
    assert tree.area("991101002").id == 2
    assert tree.area("991109").id == 1
    assert tree.area("110000") is None
    assert tree.root.id == 1


def test_lineage_and_place(tree):
    assert [j.id for j in tree.lineage(4)] == [1, 2, 4]
    assert tree.place(5).id == 2
    assert tree.at_path("/1/2/").id == 2


def test_superior_is_named_or_the_managing_body_above(tree):
    assert tree.superior(5).id == 4
    assert tree.superior(4).id == 1, "no superior named: the managing body of the place"
    assert tree.superior(6).id == 1, "no managing body in the county: the one above"
    assert tree.superior(1) is None, "nobody stands above the top"


def test_subordinate_by_the_chain_of_superiors(tree):
    assert tree.is_subordinate(5, 4)
    assert not tree.is_subordinate(4, 5)
    assert not tree.is_subordinate(5, 5)
    assert not tree.is_subordinate(6, 1)


def test_dispatch_needs_a_unit_in_use_with_a_named_officer(tree):
    assert tree.dispatchable(5) is None
    assert isinstance(tree.dispatchable(4), UnitWithoutOfficer)
    assert isinstance(tree.dispatchable(6), UnitWithoutOfficer), "its only officer has left"
    assert isinstance(tree.dispatchable(7), UnitInactive)


def test_a_class_without_a_row_asks_its_parent(tree):
    assert tree.pick("0101", "991101001", "help", DAY).id == 2
    assert tree.pick("0101", "991102", "help", DAY).id == 1
    assert tree.pick("0101", "110000", "help", DAY) is None
    assert tree.pick("9999", "991101", "help", DAY) is None


@pytest.mark.parametrize("ask", ["unit", "jurisdiction", "superior", "dispatchable", "place"])
def test_unknown_ids_are_said_to_be_unknown(tree, ask):
    with pytest.raises(UnknownPlace, match="999"):
        getattr(tree, ask)(999)


CATEGORIES = [
    Category(code="01", name="道路", keywords=("道路", "路")),
    Category(code="02", name="照明", keywords=("路灯",)),
    Category(code="0201", parent="02", name="路灯维修", keywords=("路灯",)),
    Category(code="03", name="停用", keywords=("路灯不亮了很久",), active=False),
    Category(code="04", name="网络", keywords=("WiFi",)),
    Category(code="99", name="其他"),
]


def test_longer_keywords_and_deeper_classes_win():
    code, why = suggest_category("小区门口的路灯不亮了很久", CATEGORIES)
    assert code == "0201"
    assert "路灯" in why and "2分" in why
    assert suggest_category("道路不平", CATEGORIES)[0] == "01"


def test_a_word_in_the_title_counts_three_times():
    assert suggest_category("学校旁边的路灯旁", CATEGORIES, title="道路不平")[0] == "01"
    assert suggest_category("道路不平，学校旁边的路灯旁", CATEGORIES)[0] == "01", "道路 and 路 make three"
    assert suggest_category("道路不平", CATEGORIES, title="路灯不亮")[0] == "0201"


def test_keywords_ignore_case_and_width():
    assert suggest_category("景区ＷＩＦＩ太慢", CATEGORIES)[0] == "04"


def test_no_keyword_falls_back_to_other():
    assert suggest_category("您好", CATEGORIES)[0] == "99"
    with pytest.raises(UnknownPlace):
        suggest_category("您好", CATEGORIES[:5])
