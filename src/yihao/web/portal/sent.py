"""A form as it was sent, read so that no mistake in it costs what was typed.

A file too large is left out and named; the texts around it stay. Files lie on the disk while they are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from multipart import (  # type: ignore[import-untyped]  # it has no stubs
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from yihao.orders.attachments import LARGEST
from yihao.people.forms import BadForm

AnyRequest = Request[Any, Any, Any]
FILES: Final = "_files"
"""The input for files; all others are texts."""
MOST_TEXT: Final = 256 * 1024
"""Bytes of all texts of a form."""
MOST_KEPT: Final = 3 * LARGEST
"""Bytes of all files of one form; what goes beyond is left out."""
MOST_READ: Final = 128 * 1024 * 1024
"""Bytes that are read at all: past them the sender is not listened to any longer."""
MOST_PARTS: Final = 200


class Sent(msgspec.Struct, kw_only=True):
    """What came. ``typed``: each name with its values; ``files``: those that fit; ``left_out``: names of the others."""

    typed: dict[str, tuple[str, ...]] = {}
    files: list[UploadFile] = []
    left_out: list[str] = []

    def one(self, name: str) -> str:
        """The first value, blanks at its ends taken off; empty where there is none."""
        values: Sequence[str] = self.typed.get(name, ())
        return values[0].replace("\r\n", "\n").strip() if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value that is not empty."""
        return tuple(one.strip() for one in self.typed.get(name, ()) if one.strip())

    def put(self, name: str, *values: str) -> None:
        """Take these values instead."""
        self.typed[name] = values

    async def close(self) -> None:
        """Let the files go."""
        for file in self.files:
            await file.close()


async def received(request: AnyRequest, *, files: bool = False) -> Sent:
    """The form of a request; kept in its state, from where an error page takes what was typed.

    Args:
        request: whose form.
        files: keep its files; the caller closes them. Else they are passed over.

    Raises:
        BadForm: cut off, in another encoding, of another content type.
    """
    kind, options = request.content_type
    try:
        if kind == "multipart/form-data":
            sent = await _parts(request, options.get("boundary", ""), files)
        elif kind == "application/x-www-form-urlencoded":
            sent = await _pairs(request)
        else:
            raise BadForm
    except (MultipartError, UnicodeError, LookupError, ValueError):
        raise BadForm from None
    request.state.sent = sent
    return sent


async def _pairs(request: AnyRequest) -> Sent:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_TEXT:
            raise BadForm
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARTS)
    sent = Sent()
    for name, value in pairs:
        _add(sent, name, value)
    return sent


async def _parts(request: AnyRequest, boundary: str, files: bool) -> Sent:
    sent, reading = Sent(), _Reading(files)
    parser, total = PushMultipartParser(boundary.encode("ascii"), max_segment_count=MOST_PARTS), 0
    try:
        async for chunk in request.stream():
            total += len(chunk)
            for part in parser.parse(chunk):
                await reading.take(sent, part)
            if total > MOST_READ:
                # The texts stand before the files, so they are here already.
                await reading.cut(sent)
                return sent
        parser.close()
    except BaseException:
        await reading.cut(sent)
        await sent.close()
        raise
    return sent


class _Reading:
    """Where the reader is: within which part, and what of it came so far."""

    def __init__(self, files: bool) -> None:
        self._wanted = files
        self._part: MultipartSegment | None = None
        self._text = bytearray()
        self._file: UploadFile | None = None
        self._size = self._texts = self._files = 0

    async def take(self, sent: Sent, part: MultipartSegment | bytearray | bytes | None) -> None:
        if isinstance(part, MultipartSegment):
            self._part, self._text, self._size, self._file = part, bytearray(), 0, None
            if part.name == FILES and self._wanted:
                self._file = UploadFile(content_type="application/octet-stream", filename=part.filename or "")
        elif part:
            await self._more(sent, part)
        elif self._part is not None:
            await self._end(sent)

    async def _more(self, sent: Sent, data: bytearray | bytes) -> None:
        self._size += len(data)
        if self._part is None or self._part.name != FILES:
            self._texts += len(data)
            if self._texts > MOST_TEXT:
                raise BadForm
            self._text += data
        elif self._file is not None:
            self._files += len(data)
            if self._size > LARGEST or self._files > MOST_KEPT:
                self._files -= self._size
                await self.cut(sent)
            else:
                await self._file.write(bytes(data))

    async def cut(self, sent: Sent) -> None:
        """Leave the file out."""
        if self._file is not None:
            sent.left_out.append(self._file.filename)
            await self._file.close()
            self._file = None

    async def _end(self, sent: Sent) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        if part.name != FILES:
            _add(sent, part.name, self._text.decode(part.charset or "utf-8"))
        elif self._file is not None and self._size:  # browsers send an empty part where no file was chosen
            await self._file.seek(0)
            sent.files.append(self._file)
        elif self._file is not None:
            await self._file.close()
        self._file = None


def _add(sent: Sent, name: str, value: str) -> None:
    sent.typed[name] = (*sent.typed.get(name, ()), value)
