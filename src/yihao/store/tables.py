"""Tables that people keep in spreadsheets: CSV and XLSX, in and out.

In: CSV as UTF-8 (with or without BOM) or GB18030, XLSX as Excel writes it; every cell is read as the text a person
sees, so that numbers of phones and identity cards keep their digits. All bad cells are listed at once.
Out: no cell a spreadsheet would run as a formula (OWASP "CSV Injection"), and one last row, the watermark, which says
who took the file and when. What was written here can be read here: quoting and watermark are undone.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal

import msgspec
import openpyxl
from openpyxl.cell import WriteOnlyCell

from yihao.errors import Invalid

Format = Literal["csv", "xlsx"]

WATERMARK = "水印："
MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 100_000
MOST_SHOWN = 50
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Excel keeps 15 significant digits of a number: a longer one typed as a number has lost its last digits.
MOST_DIGITS = 15


class Column(msgspec.Struct, frozen=True):
    """A column: the ``name`` programs use, the ``title`` people see; a file may head it with either."""

    name: str
    title: str
    required: bool = False


class BadCell(msgspec.Struct, frozen=True):
    """What is wrong, where: ``row`` as the spreadsheet counts (1 is the heading), ``column`` its title or empty."""

    row: int
    column: str
    reason: str


class Row(msgspec.Struct, frozen=True):
    """One line: its number in the file and its non-empty cells by column name."""

    number: int
    cells: dict[str, str]


class BadTable(Invalid):
    """A file of rows cannot be taken in; nothing of it was. ``cells`` lists every fault, the sentence the first.

    ``rows`` are those that could be read, when only some could not: whoever checks further tells all faults at once.
    """

    code = "bad_table"
    zh = "文件未导入，共{count}处错误：{shown}"
    en = "Nothing was imported; {count} faults: {shown}"

    def __init__(self, cells: Sequence[BadCell], rows: Sequence[Row] = ()) -> None:
        self.cells = tuple(cells)
        self.rows = tuple(rows)
        shown = "；".join(_sentence(cell) for cell in self.cells[:MOST_SHOWN])
        super().__init__(count=len(self.cells), shown=shown + ("……" if len(self.cells) > MOST_SHOWN else ""))


def _sentence(cell: BadCell) -> str:
    where = f"第{cell.row}行" if cell.row else "文件"
    return f"{where}{f'“{cell.column}”列' if cell.column else ''}：{cell.reason}"


def read_file(path: Path, columns: Sequence[Column]) -> list[Row]:
    """The rows of a file. Raises BadTable; OSError when the file cannot be opened."""
    if path.stat().st_size > MOST_BYTES:
        raise BadTable([BadCell(0, "", f"超过{MOST_BYTES // 1024 // 1024} MB，请分成几个文件")])
    return read(path.read_bytes(), columns)


def read_whole(path: Path, columns: Sequence[Column]) -> tuple[list[Row], tuple[BadCell, ...]]:
    """The rows of a file that can be read, and what is wrong with the others. Raises BadTable when none can."""
    try:
        return read_file(path, columns), ()
    except BadTable as refused:
        if not refused.rows:
            raise
        return list(refused.rows), refused.cells


def read(content: bytes, columns: Sequence[Column]) -> list[Row]:
    """The rows of a table; the content itself says whether it is XLSX or CSV.

    Raises:
        BadTable: unreadable, a required column or cell missing, a formula, a number that has lost digits ...
    """
    if len(content) > MOST_BYTES:
        raise BadTable([BadCell(0, "", f"超过{MOST_BYTES // 1024 // 1024} MB，请分成几个文件")])
    if content.startswith(b"PK\x03\x04"):
        return _rows(_xlsx_lines(content), columns)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadTable([BadCell(0, "", "是旧版 .xls 格式，请另存为 .xlsx 或 CSV")])
    return _rows(_csv_lines(content, columns), columns)


class _Line(msgspec.Struct, frozen=True):
    number: int
    texts: list[str]
    faults: dict[int, str]

    @property
    def is_empty(self) -> bool:
        return not any(self.texts) and not self.faults

    @property
    def is_watermark(self) -> bool:
        return bool(self.texts) and self.texts[0].startswith(WATERMARK)


def _rows(lines: Iterator[_Line], columns: Sequence[Column]) -> list[Row]:
    heading = next(lines, None)
    if heading is None:
        raise BadTable([BadCell(1, "", "文件没有内容，第一行应为列名")])
    places = _places(heading.texts, columns)
    bad: list[BadCell] = []
    rows: list[Row] = []
    for line in lines:
        if line.is_empty or line.is_watermark:
            continue
        if len(rows) == MOST_ROWS:
            raise BadTable([BadCell(line.number, "", f"超过{MOST_ROWS}行，请分成几个文件")])
        rows.append(_row(line, places, bad))
        if any(line.texts[len(heading.texts) :]):
            bad.append(BadCell(line.number, "", "列数多于标题行，请检查逗号和引号"))
    if bad:
        faulty = {cell.row for cell in bad}
        raise BadTable(bad, [row for row in rows if row.number not in faulty])
    return rows


def _row(line: _Line, places: dict[int, Column], bad: list[BadCell]) -> Row:
    row = Row(line.number, {})
    for index, column in places.items():
        text = line.texts[index] if index < len(line.texts) else ""
        if index in line.faults:
            bad.append(BadCell(line.number, column.title, line.faults[index]))
        elif text:
            row.cells[column.name] = text
        elif column.required:
            bad.append(BadCell(line.number, column.title, "不能为空"))
    return row


def _places(heading: Sequence[str], columns: Sequence[Column]) -> dict[int, Column]:
    by_head = {key: column for column in columns for key in (column.name.casefold(), column.title)}
    places: dict[int, Column] = {}
    bad = []
    for index, text in enumerate(heading):
        column = by_head.get(text.casefold())
        if column is None:
            if text:
                known = "、".join(c.title for c in columns)
                bad.append(BadCell(1, text, f"没有这一列，可用的列为：{known}"))
        elif column in places.values():
            bad.append(BadCell(1, text, "列名重复"))
        else:
            places[index] = column
    bad += [BadCell(1, c.title, "缺少这一列") for c in columns if c.required and c not in places.values()]
    if bad or not places:
        raise BadTable(bad or [BadCell(1, "", "第一行不是列名")])
    return places


def _csv_lines(content: bytes, columns: Sequence[Column]) -> Iterator[_Line]:
    text = _decoded(content, columns)
    if "\0" in text:
        raise BadTable([BadCell(text[: text.index("\0")].count("\n") + 1, "", "含有空字符，文件可能已损坏")])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, texts in enumerate(reader, 1):
            cells = [_unquoted(cell.strip()) for cell in texts]
            # A + or - may begin a phone or a range; = and @ begin nothing a table of ours holds.
            faults = {place: _FORMULA for place, cell in enumerate(texts) if cell.strip().startswith(("=", "@"))}
            yield _Line(number, cells, faults)
    except csv.Error as error:
        why = f"不是完整的 CSV（引号未闭合或单元格过长）：{error}"
        raise BadTable([BadCell(number + 1, "", why)]) from error


_FORMULA = "是公式，请改为文字或数值"


def _decoded(content: bytes, columns: Sequence[Column]) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadTable([BadCell(0, "", "是 UTF-16 编码，请另存为“CSV UTF-8”")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as utf8:
        where = content[: utf8.start].count(b"\n") + 1
    # Nearly any bytes pass as GB18030, so it must also make sense: the heading is known.
    try:
        # A file with a byte order mark that was converted keeps it, as GB18030's own four bytes.
        text = content.decode("gb18030").removeprefix("\ufeff")
        first = next(csv.reader(io.StringIO(text, newline="")), [])
        if {cell.strip() for cell in first} & {key for c in columns for key in (c.name, c.title)}:
            return text if not content.startswith(b"\xef\xbb\xbf") else _broken(where)
    except (UnicodeDecodeError, csv.Error):
        pass
    return _broken(where)


def _broken(row: int) -> str:
    raise BadTable([BadCell(row, "", "有无法识别的字符，文件既不是 UTF-8 也不是 GB18030 编码，请另存为“CSV UTF-8”")])


def _unquoted(text: str) -> str:
    """Undo `safe`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _xlsx_lines(content: bytes) -> Iterator[_Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(part.file_size for part in package.infolist()) > MOST_UNPACKED:
                raise BadTable([BadCell(0, "", "解压后过大，请分成几个文件")])
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(), 1):
            texts: list[str] = []
            faults: dict[int, str] = {}
            for place, cell in enumerate(cells):
                text = _cell_text(cell.value, cell.data_type)
                texts.append(text if text is not None else "")
                if text is None:
                    faults[place] = (
                        _FORMULA if cell.data_type == "f" else f"数值超过{MOST_DIGITS}位，末尾数字已丢失，请按文本填写"
                    )
            yield _Line(number, texts, faults)
    except BadTable:
        raise
    except Exception as error:  # openpyxl meets damaged packages with whatever its parsers raise
        raise BadTable([BadCell(0, "", "不是可读的 .xlsx 文件，请用表格软件打开后重新保存")]) from error


def _cell_text(value: object, kind: str) -> str | None:
    """The text a person sees; ``None`` for a formula or a number that has lost digits."""
    if value is None:
        return ""
    if kind == "f":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        whole = int(value) if value == int(value) else None
        if whole is not None and abs(whole) >= 10**MOST_DIGITS:
            return None
        return str(value if whole is None else whole)
    return _unquoted(str(value).strip())


def safe(text: str) -> str:
    """The text, quoted with ' where a spreadsheet would take it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def write(
    form: Format, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, taken_by: str, at: datetime
) -> bytes:
    """A table as a file.

    Args:
        form: ``csv`` (UTF-8 with BOM, which Excel needs to know it) or ``xlsx`` (all cells text).
        columns: the heading.
        rows: texts in the order of the columns.
        taken_by: account and name for the watermark row.
        at: when, aware.
    """
    table = Writer(form, columns)
    table.add(rows)
    return table.close(taken_by=taken_by, at=at)


class Writer:
    """A table written piece by piece, as `write` does it at once."""

    def __init__(self, form: Format, columns: Sequence[Column]) -> None:
        self._sheet: _Csv | _Xlsx = _Csv() if form == "csv" else _Xlsx()
        self._sheet.add([column.title for column in columns])

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """More rows."""
        for row in rows:
            self._sheet.add([safe(text) for text in row])

    def close(self, *, taken_by: str, at: datetime) -> bytes:
        """The whole file, with its watermark."""
        self._sheet.add([f"{WATERMARK}{taken_by} {at.isoformat(timespec='seconds')} 导出，仅限工作使用，请勿外传"])
        return self._sheet.bytes()

    def drop(self) -> None:
        """Give it up."""
        self._sheet.drop()


class _Csv:
    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._text = io.TextIOWrapper(self._out, encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._text)

    def add(self, line: list[str]) -> None:
        self._writer.writerow(line)

    def bytes(self) -> bytes:
        self._text.flush()
        return self._out.getvalue()

    def drop(self) -> None:
        self._text.close()


class _Xlsx:
    def __init__(self) -> None:
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet()

    def add(self, line: list[str]) -> None:
        cells = []
        for text in line:
            cell = WriteOnlyCell(self._sheet, value=_printable(text))
            cell.data_type = "s"  # never a formula, whatever it begins with
            cell.number_format = "@"
            cells.append(cell)
        self._sheet.append(cells)

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self._book.save(out)
        return out.getvalue()

    def drop(self) -> None:
        self._book.save(io.BytesIO())  # which removes the file it gathers rows in


def _printable(text: str) -> str:
    # XML 1.0 has no place for control characters; openpyxl would refuse the whole file for one of them.
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")
