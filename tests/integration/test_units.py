"""The tree in a real database: writes, their order, their audit, the snapshot, files."""

import asyncio
from datetime import UTC, date, datetime

import asyncpg
import pytest

from yihao.store.db import Database, Wall
from yihao.store.tables import BadTable, read, write
from yihao.units import load as loading
from yihao.units.calendar import calendar_at
from yihao.units.errors import Taken, UnknownPlace, WrongPlace
from yihao.units.export import COLUMNS, export_rows
from yihao.units.model import (
    By,
    CatalogueDraft,
    Category,
    JurisdictionDraft,
    OfficerDraft,
    UnitDraft,
    YearDraft,
)
from yihao.units.service import edit, officers, tree, year_versions
from yihao.units.transfer import Counts, import_rows
from yihao.worktime.errors import UnreadableHours, WrongCalendar

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
BY = By(account=3, role="setup", at=NOW)
WALL = Wall(account=3)


@pytest.fixture
async def db(migrated_database):
    database = await Database.open(migrated_database, app=4)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def always_look(monkeypatch):
    monkeypatch.setattr(loading, "FRESH_SECONDS", 0)


async def plant(database):
    """A city (991100) with a county (991101), a managing body, a bureau and its county branch."""
    async with database.write(WALL) as connection:
        now = await edit(connection, BY)
        city = await now.create_jurisdiction(JurisdictionDraft(area_code="991100", name="示范州（演示）", level="city"))
        county = await now.create_jurisdiction(
            JurisdictionDraft(parent_id=city.id, area_code="991101", name="示范县（演示）", level="county")
        )
        body = await now.create_unit(UnitDraft(jurisdiction_id=city.id, name="州政府办（演示）", kind="managing_body"))
        bureau = await now.create_unit(UnitDraft(jurisdiction_id=city.id, name="州住建局（演示）", kind="department"))
        branch = await now.create_unit(
            UnitDraft(jurisdiction_id=county.id, superior_id=bureau.id, name="县住建局（演示）", kind="department")
        )
        await now.put_category(Category(code="01", name="城乡建设"))
        await now.put_category(Category(code="0101", parent="01", name="道路"))
    return city, county, body, bureau, branch


def row(unit, area="991100", **changes):
    values = {"category": "01", "area_code": area, "unit_id": unit.id, "basis": "示范职责清单"}
    return CatalogueDraft(**{**values, "valid_from": date(2026, 1, 1), **changes})


async def refused(database, error, act):
    with pytest.raises(error) as raised:
        async with database.write(WALL) as connection:
            await act(await edit(connection, BY))
    return raised.value


async def test_paths_are_made_by_the_database_and_never_change(db, migrated_database):
    city, county, *_ = await plant(db)
    assert (city.path, county.path) == (f"/{city.id}/", f"/{city.id}/{county.id}/")
    owner = await asyncpg.connect(migrated_database)
    try:
        with pytest.raises(asyncpg.RaiseError, match="does not move"):
            await owner.execute("UPDATE jurisdiction SET parent_id = NULL WHERE id = $1", county.id)
        await owner.execute("UPDATE jurisdiction SET path = '/7/' WHERE id = $1", county.id)
        assert await owner.fetchval("SELECT path FROM jurisdiction WHERE id = $1", county.id) == county.path
    finally:
        await owner.close()


async def test_names_sort_by_pinyin(db):
    city, *_ = await plant(db)
    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        for name in ("赵庄站", "阿勐站", "张庄站"):
            await now.create_unit(UnitDraft(jurisdiction_id=city.id, name=name, kind="soe"))
    async with db.read(WALL) as connection:
        names = [unit.name for unit in (await tree(connection)).units.values() if unit.kind == "soe"]
    assert names == ["阿勐站", "张庄站", "赵庄站"]


async def test_rules_of_the_tree(db):
    city, county, body, bureau, branch = await plant(db)

    def place(**changes):
        values = {"parent_id": county.id, "area_code": "991101001", "name": "示范镇", "level": "township"}
        return lambda now: now.create_jurisdiction(JurisdictionDraft(**{**values, **changes}))

    def change(unit, **changes):
        values = {"jurisdiction_id": unit.jurisdiction_id, "name": unit.name, "kind": unit.kind}
        return lambda now: now.change_unit(unit.id, UnitDraft(**{**values, **changes}))

    assert (await refused(db, Taken, place(area_code="991101"))).field == "area_code"
    assert (await refused(db, WrongPlace, place(area_code="991102001"))).field == "area_code"
    assert (await refused(db, WrongPlace, place(level="county"))).field == "level"
    assert (await refused(db, WrongPlace, place(parent_id=None))).field == "parent_id"
    unknown = await refused(db, UnknownPlace, place(parent_id=999))
    assert (unknown.status, unknown.field) == (404, "parent_id")
    assert (await refused(db, WrongPlace, change(bureau, superior_id=branch.id))).field == "superior_id"
    assert (await refused(db, WrongPlace, change(bureau, superior_id=bureau.id))).field == "superior_id"
    assert (await refused(db, WrongPlace, change(bureau, kind="referral_partner"))).field == "in_indicators"
    assert (await refused(db, WrongPlace, change(bureau, may_register=True))).field == "may_register"
    assert (await refused(db, UnreadableHours, change(bureau, office_hours="9-12"))).status == 422
    assert (await refused(db, Taken, change(bureau, name=body.name))).field == "name"
    moved = JurisdictionDraft(parent_id=city.id, area_code="991102", name="示范县", level="county")
    await refused(db, WrongPlace, lambda now: now.change_jurisdiction(county.id, moved))
    foreign = JurisdictionDraft(
        parent_id=city.id, area_code="991101", name="示范县", level="county", managing_unit_id=bureau.id
    )
    refusal = await refused(db, WrongPlace, lambda now: now.change_jurisdiction(county.id, foreign))
    assert refusal.field == "managing_unit_id"
    circle = Category(code="01", parent="0101", name="城乡建设")
    assert (await refused(db, WrongPlace, lambda now: now.put_category(circle))).field == "parent"


async def test_a_catalogue_row_is_followed_never_rewritten(db):
    *_, bureau, branch = await plant(db)
    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        first = await now.create_catalogue(row(bureau))
        second = await now.revise_catalogue(first.id, row(branch, valid_from=date(2026, 3, 1)))
        third = await now.revise_catalogue(second.id, row(bureau, valid_from=date(2026, 3, 1), basis="更正"))
    assert [first.version, second.version, third.version] == [1, 2, 3]
    async with db.read(WALL) as connection:
        snapshot = await tree(connection)
    rows = {r.id: r for r in snapshot.catalogue["01"]}
    assert rows[first.id].valid_to == date(2026, 2, 28)
    assert rows[second.id].valid_to == date(2026, 2, 28), "corrected on its first day: it never was in force"
    assert snapshot.pick("0101", "991101", "help", date(2026, 2, 28)).id == first.id
    assert snapshot.pick("0101", "991101", "help", date(2026, 3, 1)).id == third.id
    assert rows[first.id].unit_id == bureau.id


async def test_rules_of_the_catalogue(db):
    *_, bureau, branch = await plant(db)

    def add(draft):
        return lambda now: now.create_catalogue(draft)

    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        standing = await now.create_catalogue(row(bureau, valid_to=date(2026, 6, 30)))
    assert (await refused(db, WrongPlace, add(row(branch, valid_from=date(2026, 6, 30))))).field == "valid_from"
    assert (await refused(db, WrongPlace, add(row(branch, kind="help", min_level="city")))).clause is not None
    assert (await refused(db, WrongPlace, add(row(bureau, kind="help", assist_unit_ids=(bureau.id,))))).status == 422
    assert (await refused(db, UnknownPlace, add(row(bureau, area="991109")))).field == "area_code"
    assert (await refused(db, UnknownPlace, add(row(bureau, category="77")))).field == "category"
    late = date(2026, 7, 31)
    assert (await refused(db, WrongPlace, lambda now: now.end_catalogue(standing.id, late))).field == "valid_to"
    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        await now.create_catalogue(row(branch, valid_from=date(2026, 7, 1)))
        ended = await now.end_catalogue(standing.id, date(2026, 5, 31))
    assert ended.valid_to == date(2026, 5, 31)


async def test_every_write_is_audited_with_before_and_after(db, migrated_database):
    *_, bureau, _ = await plant(db)
    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        draft = UnitDraft(
            jurisdiction_id=bureau.jurisdiction_id, name="州住建局（演示）", kind="department", active=False
        )
        await now.change_unit(bureau.id, draft)
    owner = await asyncpg.connect(migrated_database)
    try:
        found = await owner.fetch("SELECT action, detail FROM audit ORDER BY id")
    finally:
        await owner.close()
    assert [r["action"] for r in found].count("unit.create") == 3
    assert found[-1]["action"] == "unit.change"
    assert '"active": false' in found[-1]["detail"] and '"old"' in found[-1]["detail"]


async def test_a_refused_write_leaves_nothing(db, migrated_database):
    await plant(db)

    async def half(now):
        await now.put_category(Category(code="02", name="民政"))
        await now.put_category(Category(code="0201", parent="77", name="救助"))

    await refused(db, UnknownPlace, half)
    async with db.read(WALL) as connection:
        assert "02" not in (await tree(connection)).categories


async def test_snapshot_is_kept_and_looked_at_again(db, monkeypatch):
    await plant(db)
    monkeypatch.setattr(loading, "FRESH_SECONDS", 600)
    async with db.read(WALL) as connection:
        first = await tree(connection)
        assert await tree(connection) is first
    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        await now.put_category(Category(code="02", name="民政"))
        assert "02" in (await tree(connection)).categories, "a transaction sees its own writes"
        await connection.execute("SAVEPOINT inner_step")
        await now.put_category(Category(code="03", name="交通"))
        assert "03" in (await tree(connection)).categories, "also within a savepoint"
    loading.look_again()
    async with db.read(WALL) as connection:
        later = await tree(connection)
    assert {"02", "03"} <= set(later.categories)
    assert later.version == first.version + 1


async def test_what_rolls_back_is_shown_to_nobody(db):
    await plant(db)
    with pytest.raises(RuntimeError):
        async with db.write(WALL) as connection:
            await (await edit(connection, BY)).put_category(Category(code="02", name="民政"))
            assert "02" in (await tree(connection)).categories
            raise RuntimeError
    async with db.read(WALL) as connection:
        assert "02" not in (await tree(connection)).categories


async def test_two_databases_in_one_process_keep_apart(db, fresh_database, migrated_template):
    await plant(db)
    other = await Database.open(fresh_database(template=migrated_template), app=1)
    try:
        async with db.read(WALL) as connection:
            assert (await tree(connection)).jurisdictions
        async with other.read(WALL) as connection:
            assert not (await tree(connection)).jurisdictions
    finally:
        await other.close()


async def test_concurrent_edits_queue_and_see_each_other(db):
    *_, bureau, branch = await plant(db)

    async def claim(unit):
        async with db.write(WALL) as connection:
            await (await edit(connection, BY)).create_catalogue(row(unit))

    outcomes = await asyncio.gather(claim(bureau), claim(branch), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {type(None), WrongPlace}


async def test_worker_reads_and_the_app_cannot_delete(db):
    await plant(db)
    async with db.work() as connection:
        assert (await tree(connection)).jurisdictions
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.write(WALL) as connection:
            await connection.execute("DELETE FROM catalogue")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.write(WALL) as connection:
            await connection.execute("UPDATE calendar_year SET source = ''")


HOLIDAYS = tuple(date(2027, month, day) for month, day in [(1, 1), (2, 5), (2, 8), (5, 3), (10, 1), (10, 4)])


async def test_a_year_of_the_calendar_by_place_and_version(db):
    city, county, *_ = await plant(db)
    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        await now.put_year(None, 2027, YearDraft(holidays=HOLIDAYS, source="示范通知（演示）"))
        await now.put_year(None, 2027, YearDraft(holidays=HOLIDAYS[1:], source="示范通知（演示）更正"))
        local = YearDraft(holidays=(*HOLIDAYS, date(2027, 4, 14)), source="示范县节日（演示）")
        await now.put_year(county.id, 2027, local)
        with pytest.raises(WrongCalendar):
            await now.put_year(None, 2027, YearDraft(holidays=(date(2026, 1, 1),), source="错误"))
    async with db.read(WALL) as connection:
        snapshot = await tree(connection)
        versions = await year_versions(connection, None, 2027)
    assert [v.version for v in versions] == [2, 1]
    in_city, in_county = calendar_at(snapshot, city.id), calendar_at(snapshot, county.id)
    assert in_city.is_working(date(2027, 1, 1)), "the second version holds"
    assert in_city.is_working(date(2027, 4, 14)) and not in_county.is_working(date(2027, 4, 14))
    assert not in_county.is_working(date(2027, 1, 1)), "the nearer edit replaces the whole year"
    assert in_city.digest != in_county.digest


async def export(database, kind):
    async with database.read(WALL) as connection:
        snapshot, staff = await tree(connection), await officers(connection)
    rows = export_rows(snapshot, staff, kind, date(2026, 1, 1))
    return write("xlsx", COLUMNS[kind], rows, taken_by="演示员", at=NOW)


async def take(database, kind, content):
    async with database.write(WALL) as connection:
        return await import_rows(connection, kind, read(content, COLUMNS[kind]), BY)


async def test_what_is_exported_can_be_imported_elsewhere(db, fresh_database, migrated_template):
    *_, body, bureau, branch = await plant(db)
    async with db.write(WALL) as connection:
        now = await edit(connection, BY)
        await now.create_officer(OfficerDraft(unit_id=bureau.id, name="演示签收员01", duty="receiver"))
        await now.create_catalogue(row(bureau, assist_unit_ids=(branch.id, body.id)))
        await now.create_catalogue(row(branch, "991101", kind="complaint", min_level="county"))
    other = await Database.open(fresh_database(template=migrated_template), app=2)
    try:
        for kind in COLUMNS:
            content = await export(db, kind)
            counts = await take(other, kind, content)
            assert counts.created and not counts.changed
            assert await take(other, kind, content) == Counts(0, 0, counts.created), "the second time nothing changes"
            assert await export(other, kind) is not None
        async with other.read(WALL) as connection:
            copy = await tree(connection)
        assert copy.pick("0101", "991101", "complaint", date(2026, 2, 1)).min_level == "county"
        assert [copy.unit(u).name for u in copy.pick("01", "991100", "help", NOW.date()).assist_unit_ids] == [
            branch.name,
            body.name,
        ]
    finally:
        await other.close()


async def test_bad_rows_are_all_listed_and_nothing_is_taken_in(db):
    await plant(db)
    content = (
        "区划代码,名称,类型,上级主管部门,在用\n"
        "991100,州水务局（演示）,部门,,是\n"
        "991109,某局（演示）,部门,,是\n"
        "991100,某局（演示）,委员会,,是\n"
        "991100,另一局（演示）,部门,无此单位,是\n"
        "991100,某法院（演示）,转介协同单位,,也许\n"
    ).encode()
    with pytest.raises(BadTable) as refusal:
        await take(db, "units", content)
    assert [(cell.row, cell.column) for cell in refusal.value.cells] == [
        (3, "区划代码"),
        (4, "类型"),
        (5, "上级主管部门"),
        (6, "在用"),
    ]
    async with db.read(WALL) as connection:
        assert len((await tree(connection)).units) == 3


async def test_a_changed_catalogue_file_appends_versions(db):
    await plant(db)
    head = "分类编码,区划代码,主办单位,依据,生效日期\n"
    assert await take(db, "catalogue", (head + "01,991100,州住建局（演示）,甲,2026-01-01\n").encode()) == Counts(
        1, 0, 0
    )
    assert await take(db, "catalogue", (head + "01,991100,县住建局（演示）,乙,2026-02-01\n").encode()) == Counts(
        0, 1, 0
    )
    async with db.read(WALL) as connection:
        rows = (await loading.load(connection)).catalogue["01"]
    assert [(r.basis, r.version, r.valid_to) for r in rows] == [("甲", 1, date(2026, 1, 31)), ("乙", 2, None)]


async def test_units_may_hang_from_units_further_down_the_file(db):
    await plant(db)
    content = (
        "区划代码,名称,类型,上级主管部门\n991101,甲站（演示）,部门,乙局（演示）\n991100,乙局（演示）,部门,\n".encode()
    )
    assert await take(db, "units", content) == Counts(2, 0, 0)


async def told_of(db, kind, lines):
    """Row, column and reason of everything wrong with a file; nothing of it is kept."""
    heads = ",".join(column.name for column in COLUMNS[kind])
    with pytest.raises(BadTable) as told:
        await take(db, kind, f"{heads}\n{lines}".encode())
    return {(cell.row, cell.column): cell.reason for cell in told.value.cells}


async def test_a_circle_in_the_tree_is_told_with_its_rows(db):
    found = await told_of(
        db,
        "jurisdictions",
        "532800,,示范州,市级,,\n532801,532822,甲县,县级,,\n532822,532801,乙县,县级,,\n532823,532829,丙县,县级,,\n",
    )
    assert set(found) == {(3, "上级区划代码"), (4, "上级区划代码"), (5, "上级区划代码")}
    assert "第3行、第4行互为上级" in found[3, "上级区划代码"] == found[4, "上级区划代码"]
    assert "532829" in found[5, "上级区划代码"] and "请先导入辖区" in found[5, "上级区划代码"]


async def test_codes_and_names_that_stand_twice_are_told_all_at_once(db):
    found = await told_of(
        db, "jurisdictions", "532800,,示范州,市级,,\n532801,532800,甲县,县级,,\n532801,532800,乙县,县级,,\n"
        "532802,532800,丙县,村级,,\n",
    )  # fmt: skip
    assert "与第3行相同" in found[4, "区划代码"] and "村级" in found[5, "层级"]
    assert set(found) == {(4, "区划代码"), (5, "层级")}
    found = await told_of(db, "categories", "a,,甲,,\na,,乙,,\nb,c,丙,,\nc,b,丁,,\nd,d,戊,,\n")
    assert {row for row, _ in found} == {3, 4, 5, 6} and "互为上级" in found[4, "上级编码"]


async def test_units_hang_in_no_circle_and_from_known_units(db):
    await take(db, "jurisdictions", "区划代码,名称,层级\n532800,示范州,市级\n".encode())
    rest = ",,,,,"
    found = await told_of(
        db,
        "units",
        f"532800,甲局,,部门,乙局{rest}\n532800,乙局,,部门,532800/丙局{rest}\n532800,丙局,,部门,甲局{rest}\n"
        f"532800,丁局,,部门,无名局{rest}\n532899,戊局,,部门,{rest}\n532800,丁局,,科室,{rest}\n",
    )
    assert {row for row, _ in found} == {2, 3, 4, 5, 6, 7}
    assert all("第2行、第3行、第4行互为上级" in found[row, "上级主管部门"] for row in (2, 3, 4))
    assert "无名局" in found[5, "上级主管部门"] and "532899" in found[6, "区划代码"]
    assert "与第5行相同" in found[7, "区划代码"]
    async with db.read(WALL) as connection:
        assert not (await loading.load(connection)).units
