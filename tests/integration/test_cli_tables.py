"""``yihao import`` and ``yihao export`` as a person at the terminal uses them."""

import stat

import pytest
from click.testing import CliRunner

from yihao.cli.tables import CannotKeep, export_file, import_file

NODES = "区划代码,上级区划代码,名称,层级\n991101,991100,示范县（演示）,县级\n991100,,示范州（演示）,市级\n"


@pytest.fixture
def yihao(migrated_database, tmp_path, monkeypatch):
    monkeypatch.setenv("YIHAO_DATABASE_URL", migrated_database)
    monkeypatch.setenv("YIHAO_DATA", str(tmp_path / "var"))

    def run(command, *arguments):
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    return run


def test_in_and_out_and_in_again(yihao, tmp_path):
    file = tmp_path / "nodes.csv"
    file.write_text(NODES, encoding="gb18030")
    assert "2 created" in yihao(import_file, "jurisdictions", file).output
    for ending in ("csv", "xlsx"):
        out = tmp_path / f"out.{ending}"
        done = yihao(export_file, "jurisdictions", out)
        assert done.exit_code == 0, done.output
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert "0 created, 0 changed, 2 unchanged" in yihao(import_file, "jurisdictions", out).output


def test_bad_rows_are_listed_and_nothing_is_kept(yihao, tmp_path):
    file = tmp_path / "nodes.csv"
    file.write_text(NODES + "991102,991100,,县级\n991103,997700,某县,县级\n", encoding="utf-8")
    refused = yihao(import_file, "jurisdictions", file)
    assert refused.exit_code == 1
    assert "nodes.csv:4: 名称: 不能为空" in refused.output and "nodes.csv:5: 上级区划代码" in refused.output
    assert "2 faults" in refused.output
    file.write_text(NODES + "991103,997700,某县,县级\n991104,991100,某县,村级\n", encoding="utf-8")
    refused = yihao(import_file, "jurisdictions", file)
    assert refused.exit_code == 1
    assert "nodes.csv:4: 上级区划代码" in refused.output and "nodes.csv:5: 层级" in refused.output
    file.write_text(NODES, encoding="utf-8")
    assert "2 created" in yihao(import_file, "jurisdictions", file).output


def test_knowledge_comes_in_as_drafts(yihao, tmp_path):
    nodes, items = tmp_path / "nodes.csv", tmp_path / "items.csv"
    nodes.write_text(NODES, encoding="utf-8")
    items.write_text(
        "区划代码,标题,正文,公开范围,生效日期,出处\n991100,示范条目,示范正文,公开,2026-01-01,示范\n", encoding="utf-8"
    )
    yihao(import_file, "jurisdictions", nodes)
    assert "1 created" in yihao(import_file, "knowledge", items).output
    out = tmp_path / "out.csv"
    assert yihao(export_file, "knowledge", out).exit_code == 0
    assert "草稿" in out.read_text(encoding="utf-8-sig")


def test_a_name_without_a_known_ending_is_refused(yihao, tmp_path):
    refused = yihao(export_file, "units", tmp_path / "units.doc")
    assert refused.exception is not None and "xlsx" in str(refused.exception)


def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(yihao, tmp_path):
    nowhere, blocked = tmp_path / "none" / "units.csv", tmp_path / "units.csv"
    assert isinstance(yihao(export_file, "units", nowhere).exception, CannotKeep)
    blocked.with_name(".units.csv.part").mkdir()
    assert isinstance(yihao(export_file, "units", blocked).exception, CannotKeep)
    assert not blocked.exists()


PARTNER = (
    "单位,联动类别,号码,移交事项范围,联动约定,生效日期,联络岗位,值班电话\n"
    "示范供电公司（演示）,power,95598,停电,示范协议第1号,2021-01-01,调度中心,0691-1234567\n"
)


def test_partners_in_out_and_in_again(yihao, tmp_path):
    nodes, units, file = (tmp_path / f"{name}.csv" for name in ("nodes", "units", "partners"))
    nodes.write_text(
        "区划代码,上级区划代码,名称,层级,地方规则\n991100,,示范州（演示）,市级,xishuangbanna\n", encoding="utf-8"
    )
    units.write_text("区划代码,名称,类型\n991100,示范供电公司（演示）,国有企业\n991100,示范局（演示）,部门\n", "utf-8")
    yihao(import_file, "jurisdictions", nodes)
    yihao(import_file, "units", units)
    line = PARTNER.splitlines()[1] + "\n"
    wrong = PARTNER.replace(",power,", ",heat,") + line.replace("供电公司", "局") + line.replace("2021-01-01", "去年")
    wrong += line.replace("示范供电公司（演示）", "不存在的单位")
    file.write_text(wrong, encoding="utf-8")
    refused = yihao(import_file, "partners", file)
    assert refused.exit_code == 1
    for place in (
        "partners.csv:2: 联动类别",
        "partners.csv:3: 单位",
        "partners.csv:4: 生效日期",
        "partners.csv:5: 单位",
    ):
        assert place in refused.output
    file.write_text(PARTNER, encoding="gb18030")
    assert "1 created" in yihao(import_file, "partners", file).output
    for ending in ("csv", "xlsx"):
        out = tmp_path / f"partners-out.{ending}"
        assert yihao(export_file, "partners", out).exit_code == 0
        assert "0 created, 0 changed, 1 unchanged" in yihao(import_file, "partners", out).output


COMPANY = (
    "单位,统一社会信用代码,服务项目,加入约定,生效日期,联络岗位,联络电话\n"
    "示范家政公司（演示）,91110000600037341L,家政、管道疏通,示范协议第2号,2021-01-01,客服部,0351-1234567\n"
)


def test_companies_in_out_and_in_again(yihao, tmp_path):
    nodes, units, file = (tmp_path / f"{name}.csv" for name in ("nodes", "units", "companies"))
    nodes.write_text("区划代码,上级区划代码,名称,层级,地方规则\n991100,,示范市（演示）,市级,shanxi\n", encoding="utf-8")
    units.write_text(
        "区划代码,名称,类型\n991100,示范家政公司（演示）,社会化服务企业\n991100,示范局（演示）,部门\n", "utf-8"
    )
    yihao(import_file, "jurisdictions", nodes)
    yihao(import_file, "units", units)
    line = COMPANY.splitlines()[1] + "\n"
    wrong = COMPANY.replace("341L", "341X") + line.replace("家政公司", "局") + line.replace("2021-01-01", "去年")
    file.write_text(wrong + line.replace("示范家政公司（演示）", "不存在的公司"), encoding="utf-8")
    refused = yihao(import_file, "companies", file)
    assert refused.exit_code == 1
    for place in (":2: 统一社会信用代码", ":3: 单位", ":4: 生效日期", ":5: 单位"):
        assert f"companies.csv{place}" in refused.output
    file.write_text(COMPANY, encoding="gb18030")
    assert "1 created" in yihao(import_file, "companies", file).output
    for ending in ("csv", "xlsx"):
        out = tmp_path / f"companies-out.{ending}"
        assert yihao(export_file, "companies", out).exit_code == 0
        assert "0 created, 0 changed, 1 unchanged" in yihao(import_file, "companies", out).output
