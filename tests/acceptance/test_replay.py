"""`yihao replay` as a person runs it: real messages against another calendar; hostile files, told row by row."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import holidays
import msgspec
import psycopg
import pytest
from click.testing import CliRunner

from yihao.cli import main
from yihao.replay import service
from yihao.replay.scratch import PREFIX, scratch_database
from yihao.store.installation import adopt

COLUMNS = ("id", "title", "time", "body", "reply", "reply_time")
LIMITS = {"咨询": 1, "求助": 3, "意见建议": 3, "投诉": 15, "举报": 15, "表扬": 5, "其他": 5}
"""Working days by kind, from the document's 三(五) and, for the last two, the ground all places stand on."""
AT_ONCE = {"投诉", "举报"}
SAMPLE = 150
WHOLE = os.environ.get("CI") == "true"


def run(file: Path, out: Path, dsn: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "yihao"), "replay", str(file), "--profile", "xishuangbanna"]
    return subprocess.run(
        [*command, "--json", str(out)],
        env={**os.environ, "YIHAO_DATABASE_URL": dsn, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=840,
        check=False,
    )


def written(file: Path, rows: Iterable[dict[str, str]], encoding: str = "utf-8") -> Path:
    with file.open("w", encoding=encoding, newline="") as sheet:
        writer = csv.DictWriter(sheet, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return file


def scratch_left(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,))
        return [name for (name,) in rows]


# Real messages ---


@pytest.fixture(scope="module")
def replayed(
    shared_dir: Path, server_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Rows that went in and the export that came out: the whole file where CI asks for everything, else a sample."""
    with (shared_dir / "data" / "replies.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not WHOLE:
        rows = random.Random(12345).sample(rows, SAMPLE)
    folder = tmp_path_factory.mktemp("replay")
    done = run(written(folder / "in.csv", rows), folder / "out.json", server_dsn)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "校验通过" in done.stdout
    return rows, json.loads((folder / "out.json").read_text(encoding="utf-8"))


@cache
def other_calendar() -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=range(2004, 2027))


def working_days_after(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= other_calendar().is_working_day(day)
    return day


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "T") + ("" if "+" in text else "+08:00"))


@pytest.mark.timeout(900)
def test_every_message_has_its_row(replayed: tuple[list[dict[str, str]], dict[str, Any]]) -> None:
    rows, export = replayed
    orders = export["orders"]
    assert [order["id"] for order in orders] == [row["id"] for row in rows]
    assert all(set(order) == {
        "id", "number", "kind", "registered_at", "dispatched_at", "due_at", "replied_at", "on_time", "final_state",
    } for order in orders)  # fmt: skip
    numbers = [order["number"] for order in orders]
    assert len(set(numbers)) == len(numbers) and all(re.fullmatch(r"\d{20}[\dX]", number) for number in numbers)
    for row, order in zip(rows, orders, strict=True):
        assert moment(order["registered_at"]) == moment(row["time"])
        if order["final_state"] == "archived" and order["dispatched_at"]:
            assert moment(order["replied_at"]) == moment(row["reply_time"])


@pytest.mark.timeout(900)
def test_kinds_and_dispatches_are_plausible(replayed: tuple[list[dict[str, str]], dict[str, Any]]) -> None:
    orders = replayed[1]["orders"]
    kinds = Counter(order["kind"] for order in orders)
    assert set(kinds) <= set(LIMITS)
    assert sum(count >= len(orders) / 20 for count in kinds.values()) >= 3
    assert max(kinds.values()) < len(orders) / 2
    sent = [order for order in orders if order["dispatched_at"]]
    assert len(sent) > 0.9 * len(orders)
    for order in orders:
        assert (order["dispatched_at"] is None) == (order["due_at"] is None) == (order["on_time"] is None)


@pytest.mark.timeout(900)
def test_dispatch_follows_the_rule_of_the_place(replayed: tuple[list[dict[str, str]], dict[str, Any]]) -> None:
    for order in replayed[1]["orders"]:
        if order["dispatched_at"] is None:
            continue
        came, sent, replied = (moment(order[name]) for name in ("registered_at", "dispatched_at", "replied_at"))
        assert came <= sent <= replied
        in_hours = other_calendar().is_working_day(came.date()) and 9 <= came.hour < 18
        if order["kind"] in AT_ONCE:
            assert sent - came <= timedelta(minutes=30)
        elif sent == came:
            continue  # the reply was quicker than the dispatch
        elif in_hours:
            assert sent.date() == came.date()
        elif sent - came > timedelta(minutes=30):  # otherwise an enforcement case, sent at once
            early = other_calendar().is_working_day(came.date()) and came.hour < 9
            day = came.date() if early else working_days_after(came.date(), 1)
            assert sent.date() == day and sent.hour < 10


@pytest.mark.timeout(900)
def test_dues_and_verdicts_by_another_calendar(replayed: tuple[list[dict[str, str]], dict[str, Any]]) -> None:
    late = 0
    for order in replayed[1]["orders"]:
        if order["dispatched_at"] is None:
            continue
        last = working_days_after(moment(order["dispatched_at"]).date(), LIMITS[order["kind"]])
        assert order["due_at"] == f"{last}T23:59:59+08:00", order
        on_time = moment(order["replied_at"]).date() <= last
        assert order["on_time"] is on_time, order
        late += not on_time
    assert late


@pytest.mark.timeout(900)
def test_indicators_are_those_of_the_rows(replayed: tuple[list[dict[str, str]], dict[str, Any]]) -> None:
    export = replayed[1]
    figures = {figure["name"]: figure for figure in export["indicators"]}
    assert all(set(figure) == {"name", "numerator", "denominator", "value"} for figure in figures.values())
    for figure in figures.values():
        wanted = figure["numerator"] / figure["denominator"] if figure["denominator"] else None
        assert figure["value"] == wanted
    sent = [order for order in export["orders"] if order["dispatched_at"]]
    assert (figures["on_time"]["numerator"], figures["on_time"]["denominator"]) == (
        sum(order["on_time"] for order in sent),
        len(sent),
    )
    assert figures["accepted"]["numerator"] == len(export["orders"])
    assert figures["dispatched"]["numerator"] == len(sent)
    for name in ("returned", "improper_returns", "extended", "redone"):
        assert figures[name]["numerator"] == 0
    assert 0.2 < figures["rated"]["value"] < 0.9
    assert 0.3 < figures["satisfaction"]["value"] < 1


def test_the_scratch_database_is_gone(replayed: tuple[list[dict[str, str]], dict[str, Any]], server_dsn: str) -> None:
    assert scratch_left(server_dsn) == []


# Hostile files ---

PLAIN = {
    "title": "请求修复示范路的路灯",
    "time": "2019-05-20 09:30:00",
    "body": "示范路的路灯三天不亮。",
    "reply": "已修复。",
    "reply_time": "2019-05-21 10:00:00",
}
HOSTILE = [
    {"id": "good"},
    {"id": "secret", "body": "机密★10年\n请转有关单位。"},
    {"id": "secret-reply", "reply": "绝密★启封前\n已处理。"},
    {"id": "empty", "body": ""},
    {"id": "good", "title": "再来一次"},
    {"id": "silent", "reply": "", "reply_time": ""},
    {"id": "before", "reply_time": "2019-05-20 09:29:59"},
    {"id": "huge", "body": "长" * 250_000},
    {"id": "when", "time": "五月二十日"},
    {"id": "instant", "reply_time": "2019-05-20 09:30:00"},
    {"id": "night", "time": "2019-10-01 02:00:00", "reply_time": "2019-10-02 03:00:00"},
    {"id": "night-report", "title": "举报示范公司", "time": "2019-10-01 02:00:00", "reply_time": "2019-12-30 08:00:00"},
    {"id": "formula", "title": "=1+1", "body": "=cmd|' /C calc'!A0"},
    {"id": "script", "title": "<script>alert(1)</script>", "body": "'; DROP TABLE work_order; --"},
    {"id": "phone", "body": "请回电13800000000，身份证号11010519491231002X。"},
    {"id": "", "title": "没有编号"},
    {"id": "future", "time": "2198-12-31 23:00:00", "reply_time": "2198-12-31 23:59:59"},
    {"id": "far", "time": "2199-01-01 00:00:00"},
    {"id": "old", "time": "1995-02-03 10:00:00", "reply_time": "1995-02-06 10:00:00"},
]


@pytest.fixture(scope="module")
def hostile(server_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("hostile")
    file = written(folder / "in.csv", [PLAIN | row for row in HOSTILE], "gb18030")
    done = run(file, folder / "out.json", server_dsn)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "out.json").read_text(encoding="utf-8")), done.stderr


def test_a_hostile_file_loses_no_row(hostile: tuple[dict[str, Any], str]) -> None:
    export, told = hostile
    orders = export["orders"]
    assert [order["id"] for order in orders] == [row["id"] for row in HOSTILE]
    refused = [(n, order) for n, order in enumerate(orders) if order["final_state"] == "refused"]
    assert [n for n, _ in refused] == [1, 3, 4, 7, 8, 15, 17]
    for n, order in refused:
        assert all(
            order[name] is None
            for name in ("number", "registered_at", "dispatched_at", "due_at", "replied_at", "on_time")
        )
        assert order["kind"] in LIMITS
        assert f"第{n + 2}行" in told
    assert "国家秘密标志（机密★10年）" in told
    assert "编号与第2行重复" in told and "早于来件时间" in told and "正文为空" in told and "超过20000字" in told
    assert "13800000000" not in told


def test_what_is_not_answered_is_not_on_time(hostile: tuple[dict[str, Any], str]) -> None:
    by_id = {order["id"]: order for order in hostile[0]["orders"] if order["number"]}
    for name in ("silent", "before", "secret-reply"):
        assert by_id[name]["replied_at"] is None and by_id[name]["on_time"] is False
        assert by_id[name]["final_state"] == "signed"


def test_a_reply_earlier_than_its_dispatch_moves_it_to_registration(hostile: tuple[dict[str, Any], str]) -> None:
    by_id = {order["id"]: order for order in hostile[0]["orders"] if order["number"]}
    for name in ("instant", "night"):
        order = by_id[name]
        assert order["dispatched_at"] == order["registered_at"] and order["on_time"] is True
    assert by_id["night"]["replied_at"] == "2019-10-02T03:00:00+08:00"
    assert by_id["night"]["due_at"] == "2019-10-10T23:59:59+08:00"  # three working days after the seven days off
    report = by_id["night-report"]
    assert moment(report["dispatched_at"]) - moment(report["registered_at"]) <= timedelta(minutes=30)
    assert report["on_time"] is False


def test_years_without_a_known_calendar_go_too(hostile: tuple[dict[str, Any], str]) -> None:
    by_id = {order["id"]: order for order in hostile[0]["orders"] if order["number"]}
    assert by_id["old"]["final_state"] == by_id["future"]["final_state"] == "archived"


def test_a_file_without_the_columns_is_refused_at_once(tmp_path: Path, server_dsn: str) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id,title\n1,x\n", encoding="utf-8")
    done = run(file, tmp_path / "out.json", server_dsn)
    assert done.returncode == 1 and "缺少列" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_nowhere_to_write_is_told_before_the_years_are_lived(tmp_path: Path, server_dsn: str) -> None:
    file = written(tmp_path / "in.csv", [PLAIN | {"id": "1"}])
    done = run(file, tmp_path / "none" / "out.json", server_dsn)
    assert done.returncode == 1 and "没有这个文件夹" in done.stderr


def test_a_broken_chain_ends_in_failure(tmp_path: Path, server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody edits an order behind the services' back, at the end of the replay."""
    honest = service._report

    async def tampered(stories: Any, stage: Any, *more: Any) -> Any:
        report = await honest(stories, stage, *more)
        async with stage.database.work() as connection:
            await connection.execute("UPDATE work_order SET kind = 'praise'")
        return report

    monkeypatch.setattr(service, "_report", tampered)
    monkeypatch.setenv("YIHAO_DATABASE_URL", server_dsn)
    file = written(tmp_path / "in.csv", [PLAIN | {"id": "1"}])
    done = CliRunner().invoke(main, ["replay", str(file), "--profile", "xishuangbanna"])
    assert done.exit_code == 1
    assert "校验未通过" in done.output and "校验通过" not in done.output
    assert scratch_left(server_dsn) == []


def test_a_live_database_is_never_touched(migrated_database: str) -> None:
    """The scratch database is another one, made beside it; the live one keeps no trace of the replay."""
    adopt(migrated_database, {"data": "x"}, "keys")
    with scratch_database(migrated_database) as dsn:
        assert dsn != migrated_database and PREFIX in dsn
    with psycopg.connect(migrated_database) as connection:
        assert connection.execute("SELECT count(*) FROM work_order").fetchone() == (0,)


def test_the_export_is_what_the_command_promises() -> None:
    fields = {"indicators": ("name", "numerator", "denominator", "value")}
    from yihao.replay.model import Figure, Report

    assert Figure.__struct_fields__ == fields["indicators"]
    assert msgspec.json.encode(Report((), ())) == b'{"indicators":[],"orders":[]}'
