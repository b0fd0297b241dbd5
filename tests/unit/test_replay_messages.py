"""Files of past messages: encodings, times, and every bad row told by row, column and reason. All texts are made up."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from yihao.orders import bodies
from yihao.replay import messages
from yihao.replay.messages import UnreadableFile, read, read_file
from yihao.worktime import SHANGHAI

GOOD = {
    "id": "1",
    "title": "请求修复演示路的路灯",
    "time": "2019-05-20 08:22:08",
    "body": "演示路的路灯三天不亮。",
    "reply": "已修复。",
    "reply_time": "2019-05-22 10:00:00",
}


def table(*rows: dict[str, str], columns: tuple[str, ...] = messages.COLUMNS) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows([GOOD | row for row in rows])
    return out.getvalue()


def sheet(*rows: dict[str, str], encoding: str = "utf-8") -> messages.Sheet:
    return read(table(*rows).encode(encoding), SHANGHAI)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_encodings(encoding: str) -> None:
    [message] = sheet({}, encoding=encoding).messages
    assert message.title == GOOD["title"] and message.reply == "已修复。" and message.refused is None


def test_other_columns_and_another_order_do_not_matter() -> None:
    columns = ("group", "reply_time", "reply", "body", "user", "time", "title", "id")
    [message] = read(table({}, columns=columns).encode(), SHANGHAI).messages
    assert (message.id, message.title, message.row) == ("1", GOOD["title"], 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-05-20 08:22:08", "2019-05-20T08:22:08+08:00"),
        ("2019-05-20T08:22:08", "2019-05-20T08:22:08+08:00"),
        ("2019/5/20 8:22", "2019-05-20T08:22:00+08:00"),
        ("2019-05-20", "2019-05-20T00:00:00+08:00"),
        ("2019年5月20日 08:22:08", "2019-05-20T08:22:08+08:00"),
        ("2019-05-20 08:22:08.123", "2019-05-20T08:22:08+08:00"),
        ("2019-05-20T00:22:08Z", "2019-05-20T08:22:08+08:00"),
        ("2019-05-20T08:22:08+0900", "2019-05-20T07:22:08+08:00"),
        ("２０１９-05-20 08:22:08", "2019-05-20T08:22:08+08:00"),
    ],
)
def test_times(text: str, expected: str) -> None:
    [message] = sheet({"time": text}).messages
    assert message.at == datetime.fromisoformat(expected)


def test_a_time_without_offset_is_of_the_place() -> None:
    [message] = read(table({}).encode(), ZoneInfo("Asia/Urumqi")).messages
    assert message.at is not None and message.at.isoformat() == "2019-05-20T08:22:08+06:00"


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"id": ""}, "id", "编号为空"),
        ({"body": "  \n "}, "body", "正文为空"),
        ({"body": "长" * 20_001}, "body", "超过20000字"),
        ({"body": "长" * 300_000}, "body", "超过20000字"),
        ({"title": "长" * 201}, "title", "超过200字"),
        ({"time": ""}, "time", "时间为空"),
        ({"time": "昨天"}, "time", "不是时间：昨天"),
        ({"time": "2019-02-30 08:00:00"}, "time", "没有这样的时间"),
        ({"time": "1700-01-01 08:00:00"}, "time", "年份须在1992至2198之间"),
        ({"time": "=NOW()"}, "time", "不是时间：=NOW()"),
        ({"body": "演示�路"}, "body", "有无法识别的字符"),
    ],
)
def test_what_cannot_be_registered_is_refused_and_told(row: dict[str, str], column: str, reason: str) -> None:
    found = sheet({"id": "0"}, row)
    assert [(fault.row, fault.column) for fault in found.faults] == [(3, column)]
    assert reason in found.faults[0].reason
    good, bad = found.messages
    assert good.refused is None and bad.refused is not None and reason in bad.refused


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"reply": ""}, "reply", "有答复时间而无答复内容"),
        ({"reply_time": ""}, "reply_time", "时间为空"),
        ({"reply_time": "2019-05-20 08:22:07"}, "reply_time", "早于来件时间"),
        ({"reply_time": "soon"}, "reply_time", "不是时间：soon"),
        ({"reply": "长" * 20_001}, "reply", "超过20000字"),
    ],
)
def test_a_bad_reply_leaves_the_message_unanswered(row: dict[str, str], column: str, reason: str) -> None:
    found = sheet(row)
    assert [(fault.row, fault.column) for fault in found.faults] == [(2, column)]
    assert reason in found.faults[0].reason
    [message] = found.messages
    assert message.refused is None and message.reply is None and message.reply_at is None


def test_no_reply_is_no_fault() -> None:
    found = sheet({"reply": "", "reply_time": ""})
    assert not found.faults and found.messages[0].reply is None


def test_a_second_row_of_one_id_is_refused() -> None:
    found = sheet({}, {"title": "别的事"}, {"id": "2"})
    assert [message.refused for message in found.messages] == [None, "编号与第2行重复", None]
    assert [(fault.row, fault.column) for fault in found.faults] == [(3, "id")]


def test_a_message_without_a_title_is_headed_by_its_body() -> None:
    [message] = sheet({"title": "", "body": "演" * 100}).messages
    assert message.title == "演" * 30


def test_control_characters_and_empty_lines_go() -> None:
    content = table({"body": "一\x07二\u2028三"}).replace("\r\n", "\r\n\r\n").encode()
    [message] = read(content, SHANGHAI).messages
    assert message.body == "一二\u2028三"


def test_a_damaged_row_is_refused_and_the_others_live() -> None:
    lines = table({}, {"id": "2"}, {"id": "3"}).encode().split(b"\r\n")
    lines[2] = lines[2].replace("演示路".encode(), b"\xff\xfe\x80")
    found = read(b"\r\n".join(lines), SHANGHAI)
    assert [message.refused is None for message in found.messages] == [True, False, True]
    assert {fault.row for fault in found.faults} == {3}


def test_a_short_row_lacks_what_it_lacks() -> None:
    found = read((table({}) + "7,只有标题\r\n").encode(), SHANGHAI)
    assert found.messages[1].refused is not None and {fault.column for fault in found.faults} == {"body", "time"}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "缺少列"),
        (b"id,title\r\n1,x\r\n", "time, body, reply, reply_time"),
        (",".join(messages.COLUMNS).encode() + b"\r\n", "没有任何数据行"),
        ("id,title".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "电子表格"),
    ],
)
def test_a_file_that_is_none(content: bytes, part: str) -> None:
    with pytest.raises(UnreadableFile, match=part):
        read(content, SHANGHAI)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_file(tmp_path / "none.csv", SHANGHAI)


def test_the_limit_of_the_csv_module_is_put_back() -> None:
    before = csv.field_size_limit()
    sheet({"body": "长" * 200_000})
    assert csv.field_size_limit() == before


def test_lengths_are_those_an_appeal_takes() -> None:
    import msgspec

    fields = {
        "channel": "web",
        "kind": "help",
        "title": "长" * messages.TITLE_LENGTH,
        "content": "长" * messages.TEXT_LENGTH,
    }
    assert msgspec.convert(fields, bodies.Appeal)
    for name in ("title", "content"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(fields | {name: fields[name] + "长"}, bodies.Appeal)
