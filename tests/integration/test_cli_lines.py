"""The register of hotlines comes in and goes out as a table, and so does the list of a level above."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from yihao.cli.tables import export_file, import_file

NODES = "区划代码,上级区划代码,名称,层级,地方规则\n140000,,示范省（演示）,省级,shanxi\n"
HEAD = "区划代码,号码,热线名称,归并方式,责任单位,设立层级,座席,完成期限,切换日期,批准依据"
DOCUMENT = "示政发〔2021〕9号附件"


@pytest.fixture
def yihao(migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("YIHAO_DATABASE_URL", migrated_database)
    monkeypatch.setenv("YIHAO_DATA", str(tmp_path / "var"))

    def run(command: Any, *arguments: Any) -> Any:
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    nodes = tmp_path / "nodes.csv"
    nodes.write_text(NODES, encoding="utf-8")
    assert run(import_file, "jurisdictions", nodes).exit_code == 0
    return run


def table(folder: Path, *rows: str, head: str = HEAD, name: str = "lines.csv") -> Path:
    file = folder / name
    file.write_text("\n".join((head, *rows)) + "\n", encoding="gb18030")
    return file


def test_a_list_that_was_absent_comes_in_goes_out_and_in_again(yihao: Any, tmp_path: Path) -> None:
    """SX: the annex is not part of the published text; the operator imports it, on its document."""
    file = table(
        tmp_path,
        f"140000,12315,示范监管热线,双号并行,省监管局,国务院部门设立并在省内接听,座席并入,2021-09-30,2021-09-30,{DOCUMENT}",
        f"140000,12367,示范联动热线,linkage,省公安厅,state,保留座席,2021/9/30,,{DOCUMENT}",
        f"140000,96700,示范自设热线,整体并入,省示范厅,province,merged,2021年9月30日,,{DOCUMENT}",
    )
    assert "3 created" in (done := yihao(import_file, "lines", file)).output, done.output
    for ending in ("csv", "xlsx"):
        out = tmp_path / f"out.{ending}"
        assert yihao(export_file, "lines", out).exit_code == 0
        again = yihao(import_file, "lines", out)
        assert "0 created, 0 changed, 3 unchanged" in again.output, again.output
    rows = {row["号码"]: row for row in csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig")))}
    assert (rows["12367"]["归并方式"], rows["12367"]["座席"]) == ("协同联动", "保留座席")
    assert rows["96700"]["状态"] == "计划归并"


WRONG = {
    "an emergency number": ("140000,110,报警,整体并入,公安,state,座席并入,2021-09-30,,文件第1号", "号码", "不能登记"),
    "no number": ("140000,1x,甲,整体并入,乙局,state,座席并入,2021-09-30,,文件第1号", "号码", "3至11位"),
    "an unknown mode": ("140000,12300,甲,吞并,乙局,state,座席并入,2021-09-30,,文件第1号", "归并方式", "协同联动"),
    "an unknown founder": ("140000,12300,甲,整体并入,乙局,协会,座席并入,2021-09-30,,文件第1号", "设立层级", "可选值"),
    "a mode its founder has not": (
        "140000,12300,甲,双号并行,乙局,city,座席并入,2021-09-30,,文件第1号",
        "归并方式",
        "只能以整体并入",
    ),
    "unknown seats": ("140000,12300,甲,整体并入,乙局,state,坐着,2021-09-30,,文件第1号", "座席", "暂时保留座席"),
    "no such day": ("140000,12300,甲,整体并入,乙局,state,座席并入,2021-02-30,,文件第1号", "完成期限", "不是日期"),
    "no last day": ("140000,12300,甲,整体并入,乙局,state,座席并入,,,文件第1号", "完成期限", "须填写"),
    "no document after the freeze": ("140000,12300,甲,整体并入,乙局,state,座席并入,2021-09-30,,", "批准依据", "新设"),
    "no such place": ("990000,12300,甲,整体并入,乙局,state,座席并入,2021-09-30,,文件第1号", "区划代码", "先导入辖区"),
    "a name left out": ("140000,12300,,整体并入,乙局,state,座席并入,2021-09-30,,文件第1号", "热线名称", "不能为空"),
}


def test_every_bad_row_is_listed_and_nothing_is_kept(yihao: Any, tmp_path: Path) -> None:
    good = "140000,12399,示范热线,整体并入,示范厅,state,座席并入,2021-09-30,,文件第1号"
    for name, (row, column, why) in WRONG.items():
        refused = yihao(import_file, "lines", table(tmp_path, good, row))
        assert refused.exit_code == 1, name
        assert f"lines.csv:3: {column}: " in refused.output and why in refused.output, (name, refused.output)
    all_at_once = [row for name, (row, *_) in WRONG.items() if name != "a name left out"]
    refused = yihao(import_file, "lines", table(tmp_path, *all_at_once))
    assert f"共{len(all_at_once)}处错误" in refused.output
    twice = yihao(import_file, "lines", table(tmp_path, good, good))
    assert "lines.csv:3: 号码: 号码12399与第2行重复" in twice.output
    assert "1 created" in yihao(import_file, "lines", table(tmp_path, good)).output


def test_status_and_survey_of_a_new_line(yihao: Any, tmp_path: Path) -> None:
    head = HEAD + ",状态,登记依据,调查：经费来源,专家座席数,在本地接听,原接听层级"
    row = f"140000,12399,示范热线,整体并入,示范厅,state,座席并入,2014-12-31,,{DOCUMENT}"
    bare = yihao(import_file, "lines", table(tmp_path, f"{row},已归并,,,,,", head=head))
    assert "lines.csv:2: 登记依据: 已归并的热线须写明" in bare.output
    wrong = yihao(import_file, "lines", table(tmp_path, f"{row},已取消,某文件,,,,", head=head))
    assert "lines.csv:2: 状态" in wrong.output
    for cell, column in (("两个,,", "专家座席数"), (",也许,", "在本地接听"), (",,村", "原接听层级")):
        refused = yihao(import_file, "lines", table(tmp_path, f"{row},已归并,某文件,财政,{cell}", head=head))
        assert f"lines.csv:2: {column}" in refused.output, refused.output
    good = f"{row},已归并,某文件第1号,财政拨款,2,是,省、市"
    assert "1 created" in yihao(import_file, "lines", table(tmp_path, good, head=head)).output
    out = tmp_path / "out.csv"
    yihao(export_file, "lines", out)
    (line, _) = csv.DictReader(io.StringIO(out.read_text("utf-8-sig")))
    assert (line["状态"], line["调查：经费来源"], line["在本地接听"]) == ("已归并", "财政拨款", "是")
    assert line["原接听层级"] == "省、市"


def test_the_list_of_a_level_above_is_kept_whole(yihao: Any, tmp_path: Path) -> None:
    head = "区划代码,号码,热线名称,归并方式,责任单位,清单出处"
    first = table(
        tmp_path,
        "140000,12315,示范监管热线,双号并行,部监管总局,国办发〔2020〕53号附件",
        "140000,12345,甲,协同联动,乙局,国办发〔2020〕53号附件",
        head=head,
        name="parent.csv",
    )
    assert "2 created" in yihao(import_file, "parent_lines", first).output
    second = table(tmp_path, "140000,12366,税务,设分中心,税务总局,另一文件", head=head, name="parent.csv")
    assert "1 created" in yihao(import_file, "parent_lines", second).output
    out = tmp_path / "parent-out.csv"
    assert yihao(export_file, "parent_lines", out).exit_code == 0
    text = out.read_text("utf-8-sig")
    assert "12366" in text and "12315" not in text
    for row, column in (
        ("140000,12315,甲,吞并,乙局,文件", "归并方式"),
        ("140000,x,甲,整体并入,乙局,文件", "号码"),
        ("140000,12366,甲,整体并入,乙局,文件", "号码"),
        ("140000,12315,甲,整体并入,乙局,别的文件", "清单出处"),
        ("140000,12315,甲,整体并入,乙局,", "清单出处"),
    ):
        good = "140000,12366,税务,设分中心,税务总局,文件"
        refused = yihao(import_file, "parent_lines", table(tmp_path, good, row, head=head, name="parent.csv"))
        assert refused.exit_code == 1 and f"parent.csv:3: {column}" in refused.output, refused.output
