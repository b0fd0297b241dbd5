"""A whole tree is looked at whole: every contradiction of it at once, each with what it is about."""

from __future__ import annotations

from typing import Any

import msgspec

from yihao.units.model import Category
from yihao.units.planting import PlantedNode, PlantedOfficer, PlantedRow, PlantedUnit, Planting, faults

CITY, COUNTY = ("991100", "示范市局"), ("991101", "甲县局")
GOOD = Planting(
    nodes=(
        PlantedNode(area_code="991100", parent=None, name="示范市", level="city", managing=CITY),
        PlantedNode(area_code="991101", parent="991100", name="甲县", level="county", managing=None),
    ),
    units=(
        PlantedUnit(area_code="991100", name="示范市局", short_name="市局", kind="managing_body"),
        PlantedUnit(area_code="991101", name="甲县局", short_name="县局", kind="department", superior=CITY),
    ),
    officers=(PlantedOfficer(unit=CITY, name="演示员", duty="receiver"),),
    categories=(Category(code="01", name="甲类"), Category(code="0101", parent="01", name="甲一")),
    catalogue=(
        PlantedRow(
            category="0101",
            area_code="991101",
            kind=None,
            unit=COUNTY,
            assists=(CITY,),
            basis="演示",
            min_level="county",
        ),
    ),
)


def but(**changes: Any) -> list[str]:
    return faults(msgspec.structs.replace(GOOD, **changes))


def changed(thing: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(thing, **fields)


def test_a_good_one_has_no_fault() -> None:
    assert faults(GOOD) == []


def test_nodes() -> None:
    city, county = GOOD.nodes
    assert but(nodes=()) and "根辖区" in but(nodes=())[0]
    assert any("991101 重复" in one for one in but(nodes=(city, county, county)))
    assert any("没有上级辖区 991109" in one for one in but(nodes=(city, changed(county, parent="991109"))))
    circle = but(nodes=(city, changed(county, parent="991102"), changed(county, area_code="991102", parent="991101")))
    assert any("991101" in one and "互为上级" in one for one in circle)
    assert any("须在上级" in one for one in but(nodes=(city, changed(county, level="city"))))
    assert any(
        "须在上级" in one for one in but(nodes=(city, changed(county, area_code="881101")), units=GOOD.units[:1])
    )
    assert any("不是本辖区的单位" in one for one in but(nodes=(city, changed(county, managing=CITY))))


def test_units() -> None:
    city, county = GOOD.units
    assert any("991101/甲县局 重复" in one for one in but(units=(city, county, county)))
    assert any("没有这个辖区" in one for one in but(units=(city, county, changed(county, area_code="991109"))))
    assert any("没有上级主管部门" in one for one in but(units=(city, changed(county, superior=("991100", "无名局")))))
    circle = but(units=(changed(city, superior=COUNTY), county))
    assert sum("自己的下级" in one for one in circle) == 2
    assert any("没有单位" in one for one in but(officers=(changed(GOOD.officers[0], unit=("991100", "无名局")),)))


def test_the_catalogue() -> None:
    (row,) = GOOD.catalogue
    found = but(
        catalogue=(
            row,
            row,
            changed(row, category="99"),
            changed(row, area_code="991109"),
            changed(row, kind="help", unit=("991101", "无名局")),
            changed(row, kind="report", assists=(COUNTY,)),
            changed(row, kind="consult", min_level="city"),
        )
    )
    for word in ("重复", "没有这个分类", "没有这个辖区", "没有单位", "主办、协办单位重复", "低于最低办理层级"):
        assert any(word in one for one in found), word
    assert any("没有上级分类" in one for one in but(categories=(Category(code="0101", parent="02", name="甲一"),)))
