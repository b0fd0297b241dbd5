"""What stands in a packed column: one byte that names the format, then the JSON in it. Pure.

====  =============================================================================================================
byte  what follows
====  =============================================================================================================
0     the JSON itself, UTF-8
1     the JSON as a raw deflate stream (RFC 1951) with the preset dictionary ``packing.1.txt``
====  =============================================================================================================

An order's JSON is short and says the same words again and again: deflate alone takes a third off it, with a dictionary
it leaves a fifth. Hashes and commitments cover the JSON and never its packed form, so packing may change, and the same
body packed otherwise is the same evidence. A dictionary never changes, since rows packed with it would be lost: a
better one is a new file, a new byte and a new line in ``DICTIONARIES``. See ``docs/adr/0013-packed-json.md``.
"""

from __future__ import annotations

import zlib
from importlib.resources import files
from typing import Any, Final

import msgspec

from yihao.errors import YihaoError
from yihao.seal.provider import sm3

PLAIN: Final = 0
DICTIONARIES: Final = {1: "188efbf6bb75ab6db7ad08002b0abc28993dc306734c206a4d9e05d7d06fb9d3"}
"""By format byte, the SM3 of the dictionary ``packing.<byte>.txt``: a file that was changed is refused."""
NEWEST: Final = max(DICTIONARIES)
_WINDOW: Final = -14
"""Raw deflate with a window of 16 kB: it holds a dictionary and the JSON of nearly every event."""
_LEVEL: Final = 3
_MEMORY: Final = 6
"""Hash tables of 32 kB: the primed compressor is copied for each value, so its size is time."""


class PackBroken(YihaoError):
    """A packed value does not unpack: changed or cut."""

    code = "pack_broken"
    zh = "数据库中的压缩内容无法还原：内容被改动或截断。请保留现场，并运行 yihao verify。"
    en = "A packed value in the database does not unpack: changed or cut. Leave it as it is and run yihao verify."


class PackUnknown(PackBroken):
    """The first byte names no format of this version."""

    code = "pack_unknown"
    zh = "数据库中的压缩内容使用本版本不认识的格式 {format}。请升级到写入它的版本，或运行 yihao verify。"
    en = (
        "A packed value in the database is in format {format}, which this version does not know. "
        "Use the version that wrote it, or run yihao verify."
    )


def dictionary(byte: int) -> bytes:
    """The preset dictionary of a format. Raises PackBroken when the packaged file is not the pinned one."""
    words = files("yihao.orders").joinpath(f"packing.{byte}.txt").read_bytes()
    if sm3(words).hex() != DICTIONARIES[byte]:
        raise PackBroken
    return words


_WORDS: Final = {byte: dictionary(byte) for byte in DICTIONARIES}
_PRIMED: Final = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _WORDS[NEWEST])
_HEAD: Final = bytes([NEWEST])


def pack(text: bytes) -> bytes:
    """A JSON text in the newest format, or plain where that is no longer."""
    packer = _PRIMED.copy()
    packed = _HEAD + packer.compress(text) + packer.flush()
    return packed if len(packed) <= len(text) else bytes([PLAIN]) + text


def unpack(packed: bytes) -> bytes:
    """The JSON text of a packed value.

    Raises:
        PackUnknown: another version wrote it.
        PackBroken: it was changed or cut.
    """
    if packed[:1] == b"\x00":
        return packed[1:]
    words = _WORDS.get(packed[0]) if packed else None
    if words is None:
        raise PackUnknown(format=packed[:1].hex())
    unpacker = zlib.decompressobj(_WINDOW, words)
    try:
        text = unpacker.decompress(packed[1:])
    except zlib.error:
        raise PackBroken from None
    if not unpacker.eof or unpacker.unused_data:
        raise PackBroken
    return text


def unpacked(packed: bytes | None) -> dict[str, Any]:
    """The object a packed value holds; an empty one for what is not there. Raises PackBroken."""
    value: dict[str, Any] = msgspec.json.decode(unpack(packed)) if packed else {}
    return value
