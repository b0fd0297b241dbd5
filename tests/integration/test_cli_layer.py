"""``yihao profile attach``: a folder of rules becomes a node's own, after a look, and is withdrawn again."""

import pytest
from click.testing import CliRunner

from yihao.cli.profile import attach
from yihao.cli.tables import import_file

NODES = "区划代码,上级区划代码,名称,层级,地方规则\n532800,,示范州,市级,xishuangbanna\n532801,532800,甲县,县级,\n"
HOURS = 'office_hours: {value: "08:30-12:00,14:30-17:30", basis: {design: 本县作息}}\n'


@pytest.fixture
def county(migrated_database, tmp_path, monkeypatch):
    monkeypatch.setenv("YIHAO_DATABASE_URL", migrated_database)
    monkeypatch.setenv("YIHAO_DATA", str(tmp_path / "var"))
    (tmp_path / "nodes.csv").write_text(NODES, encoding="utf-8")
    assert CliRunner().invoke(import_file, ["jurisdictions", str(tmp_path / "nodes.csv")]).exit_code == 0
    folder = tmp_path / "county"
    (folder / "lines").mkdir(parents=True)
    (folder / "place.yaml").write_text(HOURS, encoding="utf-8")
    return folder


def run(*arguments):
    return CliRunner().invoke(attach, [str(one) for one in arguments])


def test_looked_at_attached_and_withdrawn(county):
    where = ("--area", "532801", "--reason", "演示第1号")
    seen = run(county, *where, "--preview")
    assert seen.exit_code == 0, seen.output
    assert "place.office_hours: 09:00-12:00,14:00-18:00 → 08:30-12:00,14:30-17:30" in seen.output
    assert "仅预览" in seen.output and "1 处改变" in seen.output
    kept = run(county, *where)
    assert "xishuangbanna+532801@1: 1 处改变" in kept.output and "已录入" in kept.output
    assert "0 处改变" in run(county, *where, "--preview").output
    gone = run(*where, "--withdraw")
    assert gone.output.splitlines()[-1].startswith("xishuangbanna: 1 处改变")


def test_mistakes_are_told_with_file_and_line(county):
    (county / "limits.yaml").write_text("sgin: {rule: 2 office hours}\n", encoding="utf-8")
    (county / "lines" / "12315.yaml").write_text("place: [\n", encoding="utf-8")
    refused = run(county, "--area", "532801", "--reason", "x")
    assert refused.exit_code == 1
    said = str(refused.exception)
    assert "532801@1/limits.yaml:1" in said and "532801@1/lines/12315.yaml" in said


def test_what_cannot_be_is_said(county, tmp_path):
    assert "532809" in str(run(county, "--area", "532809", "--reason", "x").exception)
    assert "没有规则文件" in str(run(tmp_path / "var", "--area", "532801", "--reason", "x").exception)
    assert run("--area", "532801", "--reason", "x").exit_code == 2
    (county / "flow.yaml").write_bytes("superior".encode("utf-16"))
    assert "不是 UTF-8" in str(run(county, "--area", "532801", "--reason", "x").exception)
