"""``yihao import`` and ``yihao export`` as a person at the terminal uses them."""

import stat

import pytest
from click.testing import CliRunner

from yihao.cli.tables import export_file, import_file

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
    assert "nodes.csv:4: 名称: 不能为空" in refused.output
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
