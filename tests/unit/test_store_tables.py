"""CSV and XLSX in and out: encodings, digits, formulas, watermark, faults."""

import io
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.store.tables import BadTable, Column, read, read_file, read_whole, safe, write

COLUMNS = [Column("name", "名称", required=True), Column("phone", "电话"), Column("note", "备注")]
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def csv_text(*lines: str) -> str:
    return "\r\n".join(lines) + "\r\n"


def xlsx(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def faults(content: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(BadTable) as refused:
        read(content, COLUMNS)
    return [(cell.row, cell.column, cell.reason) for cell in refused.value.cells]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_reads_every_encoding_and_keeps_digits(encoding):
    content = csv_text("名称,电话", "市政科（演示）㐂,013800000000").encode(encoding)
    (row,) = read(content, COLUMNS)
    assert (row.number, row.cells) == (2, {"name": "市政科（演示）㐂", "phone": "013800000000"})


def test_a_byte_order_mark_turned_into_gb18030_is_no_part_of_the_heading():
    (row,) = read(("\ufeff" + csv_text("名称", "甲")).encode("gb18030"), COLUMNS)
    assert row.cells == {"name": "甲"}


def test_headings_may_be_english_and_in_any_order():
    (row,) = read(b"note,NAME\nx,y\n", COLUMNS)
    assert row.cells == {"note": "x", "name": "y"}


def test_xlsx_cells_are_read_as_the_text_a_person_sees():
    first, second = read(
        xlsx(["名称", "电话", "备注"], ["甲", 13800000000, date(2026, 1, 5)], ["乙", "0691000", 1.5]), COLUMNS
    )
    assert first.cells == {"name": "甲", "phone": "13800000000", "note": "2026-01-05"}
    assert second.cells == {"name": "乙", "phone": "0691000", "note": "1.5"}


def test_xlsx_number_that_lost_digits_is_refused():
    assert [(r, c) for r, c, _ in faults(xlsx(["名称", "电话"], ["甲", 532801199001011234]))] == [(2, "电话")]


def test_formulas_are_refused_in_both_forms():
    assert faults(xlsx(["名称", "备注"], ["甲", "=1+1"])) == [(2, "备注", "是公式，请改为文字或数值")]
    assert faults("名称,备注\n甲,=1+1\n乙,@SUM(A1)\n".encode()) == [
        (2, "备注", "是公式，请改为文字或数值"),
        (3, "备注", "是公式，请改为文字或数值"),
    ]


def test_every_fault_is_listed_with_row_and_column():
    content = "名称,电话,备注\n,1,\n\n乙,2,3,4\n,5,\n".encode()
    assert faults(content) == [
        (2, "名称", "不能为空"),
        (4, "", "列数多于标题行，请检查逗号和引号"),
        (5, "名称", "不能为空"),
    ]


@pytest.mark.parametrize(
    ("content", "row", "says"),
    [
        (b"", 1, "没有内容"),
        ("名字,电话\n".encode(), 1, "没有这一列"),
        ("名称,名称\n".encode(), 1, "重复"),
        ("电话\n".encode(), 1, "缺少这一列"),
        ('名称\n"甲\n'.encode(), 2, "引号"),
        ("名称\n甲\0\n".encode(), 2, "空字符"),
        ("名称\n甲".encode() + b"\xff\xfe\n", 2, "UTF-8"),
        ("名称\n甲\n".encode("utf-16"), 0, "UTF-16"),
        (b"\xd0\xcf\x11\xe0rest", 0, ".xls"),
        (b"PK\x03\x04broken", 0, ".xlsx"),
    ],
)
def test_unreadable_files_say_where_and_why(content, row, says):
    found = faults(content)
    assert found[0][0] == row
    assert says in found[0][2]


def test_too_large_a_file_is_refused_unread(tmp_path: Path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    with pytest.raises(BadTable, match="20 MB"):
        read_file(path, COLUMNS)


def test_rows_that_can_be_read_are_kept_beside_the_faults(tmp_path: Path):
    path = tmp_path / "names.csv"
    path.write_text("名称,电话\n甲,1\n,2\n丙,=3\n", encoding="utf-8")
    rows, bad = read_whole(path, COLUMNS)
    assert [row.cells["name"] for row in rows] == ["甲"]
    assert [cell.row for cell in bad] == [3, 4]


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@given(rows=st.lists(st.tuples(CELL.filter(str.strip), CELL, CELL), max_size=5))
def test_what_was_written_is_read_back(form, rows):
    rows = [tuple(text.strip() for text in row) for row in rows]
    rows = [row for row in rows if row[0] and not row[0].startswith(("'", "水印："))]
    rows = [row for row in rows if not any(text.startswith("'") for text in row)]
    content = write(form, COLUMNS, rows, taken_by="演示员", at=AT)
    found = [tuple(row.cells.get(column.name, "") for column in COLUMNS) for row in read(content, COLUMNS)]
    assert found == rows


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_written_cell_is_a_formula_and_one_row_is_the_watermark(form, start):
    content = write(form, COLUMNS, [(start + "cmd", "1", "2")], taken_by="=演示员", at=AT)
    if form == "csv":
        lines = content.decode("utf-8-sig")
        assert f"'{start}cmd" in lines
        assert lines.count("水印：=演示员 2026-01-05T09:00:00+00:00") == 1
    else:
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows())
        assert rows[1][0].value.startswith("'")
        assert all(cell.data_type != "f" for row in rows for cell in row)
        assert rows[-1][0].value.startswith("水印：=演示员")


def test_safe_leaves_plain_text_alone():
    assert safe("允景洪-1") == "允景洪-1"
    assert safe("") == ""
