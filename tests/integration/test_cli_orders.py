"""``yihao import orders`` and ``yihao export orders`` at the terminal."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import openpyxl
import pytest
from click.testing import CliRunner, Result

from yihao.cli.order import order
from yihao.cli.tables import export_file, import_file
from yihao.seal.provider import sm3
from yihao.units.errors import UnknownPlace

NODES = "区划代码,上级区划代码,名称,层级,地方规则\n532800,,示范州,市级,xishuangbanna\n532801,532800,示范甲县,县级,\n"
ORDERS = (
    "来源编号,诉求类型,标题,诉求内容,所属领域,诉求人,联系电话,密级\n"
    "X-1,求助,路灯不亮,演示路的路灯三天不亮，电话13800000000。,公共服务,演示甲,13800000000,\n"
    "X-2,咨询,=1+1,如何办理？,公共服务,演示乙,13900000000,\n"
    "X-3,求助,保密事项,保密内容。,公共服务,演示丙,13700000000,保密\n"
)
Yihao = Callable[..., Result]


@pytest.fixture
def yihao(migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yihao:
    """A command line over a place with one county."""
    monkeypatch.setenv("YIHAO_DATABASE_URL", migrated_database)
    monkeypatch.setenv("YIHAO_DATA", str(tmp_path / "var"))

    def run(command: Any, *arguments: object) -> Result:
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    nodes = tmp_path / "nodes.csv"
    nodes.write_text(NODES, encoding="utf-8")
    made = run(import_file, "jurisdictions", nodes)
    assert made.exit_code == 0, made.output
    return run


def stored(dsn: str, sql: str) -> Any:
    """One value of the database."""

    async def look() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(look())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_in_and_out(yihao: Yihao, tmp_path: Path, migrated_database: str, encoding: str) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS.replace("=1+1", "'=1+1"), encoding=encoding)
    done = yihao(import_file, "orders", file)
    assert done.exit_code == 0 and "3 created, 0 changed, 0 unchanged" in done.output, done.output
    assert "0 created, 0 changed, 3 unchanged" in yihao(import_file, "orders", file).output
    out = tmp_path / "out.csv"
    done = yihao(export_file, "orders", out)
    assert done.exit_code == 0 and "2 rows written" in done.output, done.output
    text = out.read_text(encoding="utf-8-sig")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "'=1+1" in text and "路灯不亮" in text and "批量导入" in text and text.splitlines()[-1].startswith("水印：")
    for secret in ("13800000000", "演示甲", "演*", "保密内容"):
        assert secret not in text
    assert stored(migrated_database, "SELECT count(*) FROM audit WHERE action = 'export.orders'") == 1
    assert stored(migrated_database, "SELECT max(cardinality(numbers)) FROM audit WHERE action = 'orders.import'") == 3


def test_out_as_xlsx_and_by_day(yihao: Yihao, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS.replace("=1+1", "'=1+1"), encoding="utf-8")
    yihao(import_file, "orders", file)
    out = tmp_path / "out.xlsx"
    assert "2 rows" in yihao(export_file, "orders", out, "--from", "2021-01-01").output
    sheet = openpyxl.load_workbook(out).worksheets[0]
    assert sheet["A1"].value == "工单编号" and sheet.max_row == 4
    assert "0 rows" in yihao(export_file, "orders", out, "--to", "2021-01-01").output
    assert yihao(export_file, "units", tmp_path / "u.csv", "--to", "2021-01-01").exit_code == 2


def test_bad_rows_are_listed_and_nothing_is_kept(yihao: Yihao, tmp_path: Path, migrated_database: str) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS.replace("求助", "求救", 1), encoding="utf-8")
    refused = yihao(import_file, "orders", file)
    assert refused.exit_code == 1
    assert "orders.csv:2: 诉求类型" in refused.output and "orders.csv:3: 标题: 是公式" in refused.output
    assert "2 faults" in refused.output
    file.write_text(
        ORDERS.replace("求助", "求救", 1).replace("=1+1", "问").replace("13900000000", "12"), encoding="utf-8"
    )
    refused = yihao(import_file, "orders", file)
    assert refused.exit_code == 1
    assert "orders.csv:2: 诉求类型" in refused.output and "orders.csv:3: 联系电话" in refused.output
    assert "2 faults" in refused.output
    assert stored(migrated_database, "SELECT count(*) FROM work_order") == 0


def test_a_state_secret_is_set_aside(yihao: Yihao, tmp_path: Path, migrated_database: str) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS.replace("=1+1", "绝密★启用前"), encoding="utf-8")
    refused = yihao(import_file, "orders", file)
    assert refused.exit_code == 1 and "orders.csv:3" in refused.output
    assert stored(migrated_database, "SELECT count(*) FROM work_order") == 0
    assert stored(migrated_database, "SELECT count(*) FROM quarantine") == 1


def test_without_a_place_there_is_nothing_to_import_into(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHAO_DATABASE_URL", migrated_database)
    monkeypatch.setenv("YIHAO_DATA", str(tmp_path / "var"))
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS.replace("=1+1", "问"), encoding="utf-8")
    refused = CliRunner().invoke(import_file, ["orders", str(file)])
    assert refused.exit_code != 0 and isinstance(refused.exception, UnknownPlace)


def test_the_evidence_of_one_order_can_be_worked_out_by_hand(
    yihao: Yihao, tmp_path: Path, migrated_database: str
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS.replace("=1+1", "'=1+1"), encoding="utf-8")
    made = yihao(import_file, "orders", file)
    assert made.exit_code == 0, made.output
    number = stored(migrated_database, "SELECT min(number) FROM work_order")
    done = yihao(order, "events", number)
    assert done.exit_code == 0, done.output
    [event] = [json.loads(line) for line in done.output.splitlines()]
    assert event["previous"] == "00" * 32 and event["holds"]
    covered = json.loads(event["covered"])
    assert (covered["number"], covered["verb"]) == (number, "register")
    assert covered["body"] == sm3(event["body"].encode()).hex()
    assert event["hash"] == sm3(bytes.fromhex(event["previous"]) + event["covered"].encode()).hex()
    assert (
        stored(migrated_database, f"SELECT encode(hash, 'hex') FROM order_event WHERE number = '{number}'")
        == (event["hash"])
    )
    assert "13800000000" not in done.output and "路灯" not in done.output
    assert stored(migrated_database, "SELECT numbers FROM audit WHERE action = 'order.evidence'") == [number]
    assert yihao(order, "events", number[:-1]).exit_code == 1
