"""A CSV file of past messages read: UTF-8 (with or without BOM) or GB18030, every fault named, no row lost.

Other than an import (`store.tables`), which takes a file whole or not at all, a replay goes on with the rows that can
be used: a message that cannot be registered stays in the report as refused. Columns ``id, title, time, body, reply,
reply_time`` are needed; others are ignored.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from yihao.errors import Invalid
from yihao.replay.model import Fault, Message, Sheet

COLUMNS: Final = ("id", "title", "time", "body", "reply", "reply_time")
TEXT_LENGTH: Final = 20_000
TITLE_LENGTH: Final = 200
"""What an appeal takes (``orders.bodies``); said here so that the fault names its row."""
MOST_BYTES: Final = 256 * 1024 * 1024
MOST_ROWS: Final = 1_000_000
YEARS: Final = range(1992, 2199)
"""Years in which a deadline can be computed (worktime), and the year after them too."""
TITLE_FROM_BODY: Final = 30
"""Characters of the body that head a message without a title."""
_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)? ?(Z|[+-]\d{2}:?\d{2})?)?"
)
_LOST = "�"


class UnreadableFile(Invalid):
    """The file as a whole cannot be replayed."""

    code = "unreadable_file"
    zh = "文件{file}无法重放：{why}"
    en = "The file {file} cannot be replayed: {why_en}"


def read_file(path: Path, zone: ZoneInfo) -> Sheet:
    """The messages of a file. A time without offset is of ``zone``.

    Raises:
        UnreadableFile: absent, too large, no CSV, a column missing, or not one row.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable(path, "超过256 MB，请分成几个文件", "it is larger than 256 MB; split it")
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or "不能读取", error.strerror or "it cannot be read") from error
    return read(content, zone, path)


def read(content: bytes, zone: ZoneInfo, path: Path = Path("-")) -> Sheet:
    """The messages of a CSV's content; ``path`` names it in errors. Raises UnreadableFile."""
    lines = _lines(_decoded(content, path), path)
    heading = [cell.strip().lower() for cell in next(lines, (0, []))[1]]
    if missing := [name for name in COLUMNS if name not in heading]:
        named = ", ".join(missing)
        raise _unreadable(path, f"第1行（列名）缺少列：{named}", f"row 1 (the heading) lacks: {named}")
    places = {name: heading.index(name) for name in COLUMNS}
    messages: list[Message] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for row, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(messages) == MOST_ROWS:
            raise _unreadable(path, f"超过{MOST_ROWS}行，请分成几个文件", f"more than {MOST_ROWS} rows; split it")
        found = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        message, wrong = message_of(row, found, zone)
        if message.refused is None and message.id in seen:
            reason = f"编号与第{seen[message.id]}行重复"
            wrong, message = [*wrong, Fault(row, "id", reason)], refused(message, reason)
        seen.setdefault(message.id, row)
        messages.append(message)
        faults += wrong
    if not messages:
        raise _unreadable(path, "没有任何数据行", "there is no row below the heading")
    return Sheet(tuple(messages), tuple(faults))


def message_of(row: int, cells: Mapping[str, str], zone: ZoneInfo) -> tuple[Message, list[Fault]]:
    """One row and what is wrong with it. Pure.

    A fault of id, time or body, or damaged signs in title or body, refuses the message; one of the reply leaves the
    message without a reply.
    """
    stops: list[Fault] = []
    body, title = _clean(cells["body"]), _clean(cells["title"])
    if not cells["id"]:
        stops.append(Fault(row, "id", "编号为空"))
    if not body:
        stops.append(Fault(row, "body", "正文为空"))
    stops += [
        Fault(row, name, f"超过{most}字")
        for name, text, most in (("body", body, TEXT_LENGTH), ("title", title, TITLE_LENGTH))
        if len(text) > most
    ]
    stops += [Fault(row, name, "有无法识别的字符") for name in ("id", "title", "body") if _LOST in cells[name]]
    at = _time(cells["time"], zone)
    if isinstance(at, str):
        stops.append(Fault(row, "time", at))
    reply, reply_at, wrong = _reply(row, cells, zone, None if isinstance(at, str) else at)
    message = Message(
        row=row,
        id=cells["id"],
        title=title or body[:TITLE_FROM_BODY],
        body=body,
        at=None if isinstance(at, str) else at,
        reply=reply,
        reply_at=reply_at,
    )
    if stops:
        message = refused(message, "；".join(f"{fault.column}：{fault.reason}" for fault in stops))
    return message, stops + wrong


def refused(message: Message, why: str) -> Message:
    """The message, not to be registered."""
    return Message(row=message.row, id=message.id, title=message.title, body=message.body, at=message.at, refused=why)


def _reply(
    row: int, cells: Mapping[str, str], zone: ZoneInfo, at: datetime | None
) -> tuple[str | None, datetime | None, list[Fault]]:
    reply, when = _clean(cells["reply"]), cells["reply_time"]
    if not reply and not when:
        return None, None, []
    reply_at = _time(when, zone)
    wrong = []
    if not reply:
        wrong.append(Fault(row, "reply", "有答复时间而无答复内容，按未答复处理"))
    elif len(reply) > TEXT_LENGTH:
        wrong.append(Fault(row, "reply", f"超过{TEXT_LENGTH}字，按未答复处理"))
    elif _LOST in reply:
        wrong.append(Fault(row, "reply", "有无法识别的字符，按未答复处理"))
    if isinstance(reply_at, str):
        wrong.append(Fault(row, "reply_time", f"{reply_at}，按未答复处理"))
    elif at is not None and reply_at < at:
        wrong.append(Fault(row, "reply_time", "早于来件时间，按未答复处理"))
    if wrong or isinstance(reply_at, str):
        return None, None, wrong
    return reply, reply_at, []


def _time(text: str, zone: ZoneInfo) -> datetime | str:
    """The moment, or what is wrong with it."""
    if not text:
        return "时间为空"
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return f"不是时间：{text[:40]}"
    *parts, offset = found.groups()
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in parts)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        if offset:
            moment = datetime.fromisoformat(moment.replace(tzinfo=None).isoformat() + offset)
    except ValueError:
        return f"没有这样的时间：{text[:40]}"
    if moment.year not in YEARS:
        return f"年份须在{YEARS.start}至{YEARS.stop - 1}之间：{text[:40]}"
    return moment.astimezone(zone)


def _clean(text: str) -> str:
    """Without control characters, which no text column holds and no screen shows."""
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def _decoded(content: bytes, path: Path) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(path, "是UTF-16编码，请另存为“CSV UTF-8”", "it is UTF-16; save it as CSV UTF-8")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _unreadable(path, "是电子表格，请另存为“CSV UTF-8”", "it is a workbook; save it as CSV UTF-8")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    # Damaged in places: the rows with lost signs are refused one by one. GB18030 never begins a heading of ASCII
    # otherwise than UTF-8 does, so the encoding that loses less is the one it was written in.
    read = [content.decode(encoding, errors="replace") for encoding in ("utf-8-sig", "gb18030")]
    return min(read, key=lambda text: text.count(_LOST))


def _lines(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    # The module's limit is the process's own (131,072 signs); a huge body is to be refused by name, not to end all.
    before = csv.field_size_limit(sys.maxsize)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text.replace("\0", ""), newline="")), 1):
            yield number, cells
    except csv.Error as error:
        raise _unreadable(
            path, f"第{number + 1}行起不是CSV：{error}", f"row {number + 1} is no CSV: {error}"
        ) from error
    finally:
        csv.field_size_limit(before)


def _unreadable(path: Path, why: str, why_en: str) -> UnreadableFile:
    return UnreadableFile(file=path.name, why=why, why_en=why_en)
