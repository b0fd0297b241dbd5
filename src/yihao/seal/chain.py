"""The arithmetic that makes a history tamper-evident: one spelling per value, one link per event, signed checkpoints.

Each order's events form a chain: ``head = SM3(previous head || canonical(event))`` from ``GENESIS``. Checkpoints bind
the heads of many chains and each other; their signing key lies outside the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from yihao.errors import Invalid
from yihao.seal.keys import KeyRing
from yihao.seal.provider import DIGEST, sm3, verify_signature

GENESIS = bytes(DIGEST)
"""What the first event of a chain is linked to."""

_SIGNATURE = 64
_ID = 4
_VERSION = 1
_CHECKPOINT = b"yihao-checkpoint-1\x00"
"""Keeps a signature over a checkpoint from ever passing for one over something else."""

_LEAST, _MOST = -(2**63), 2**63 - 1
_AS_IS = frozenset({str, bool, type(None), msgspec.Raw})
_NUL = rb"\u0000"


class NotCanonical(Invalid):
    """A value has no single spelling: a float, a naive time, bytes, an integer beyond 64 bits, a NUL, broken text."""

    code = "not_canonical"
    zh = "内容无法作为存证数据保存：{why}"
    en = "This value cannot be kept as evidence: {why}"


def timestamp(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds, ``2021-09-28T07:40:00.000000Z``: always 27 characters, sorts as time does.

    Raises:
        NotCanonical: ``at`` has no time zone.
    """
    if at.utcoffset() is None:
        raise NotCanonical(why="时间缺少时区 (a time without a zone)")
    moment = at if at.tzinfo is UTC else at.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def canonical(value: Any) -> bytes:
    """The one spelling of ``value``: JSON in UTF-8, keys sorted by code point, no spaces.

    Takes str, int (64 bits), bool, None, list, tuple (as list), mappings with str keys, and datetimes with a zone (as
    ``timestamp``). What it gives survives a trip through PostgreSQL's ``jsonb``: the value read back has the same
    spelling. Floats have many spellings and are refused: write amounts as integers of the smallest unit.
    A ``msgspec.Raw`` holds a part that ``canonical`` has spelled before, and stands as it is.

    Raises:
        NotCanonical: see there.
    """
    try:
        spelled = msgspec.json.encode(_plain(value), order="sorted")
    except UnicodeEncodeError:
        # A lone surrogate. Without "from": the message would quote the text.
        raise NotCanonical(why="文字编码损坏 (broken text)") from None
    if _NUL in spelled and _holds_nul(msgspec.json.decode(spelled)):  # jsonb cannot hold it
        raise NotCanonical(why="文字含空字符 (a NUL character)")
    return spelled


def _plain(value: Any) -> Any:
    """The value with every part in its one form. This runs for every node of every event: texts are passed inline."""
    kind = type(value)
    if kind in _AS_IS:
        return value
    if kind is int:
        if not _LEAST <= value <= _MOST:
            raise NotCanonical(why="整数超出64位 (an integer beyond 64 bits)")
        return value
    if kind is list or kind is tuple:
        return [item if type(item) in _AS_IS else _plain(item) for item in value]
    if kind is dict or isinstance(value, Mapping):
        return {
            key if type(key) is str else _key(key): item if type(item) in _AS_IS else _plain(item)
            for key, item in value.items()
        }
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, str):  # StrEnum
        return str(value)
    raise NotCanonical(why=f"不支持的类型 {kind.__name__} (unsupported type)")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise NotCanonical(why="键不是文字 (a key that is not text)")
    return str(key)


def _holds_nul(value: Any) -> bool:
    """Whether a text in the decoded value holds a NUL; its escape may also be a person's own backslash and letters."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))


def link(previous: bytes, event: Mapping[str, Any]) -> bytes:
    """The head of the chain after ``event``: ``SM3(previous || canonical(event))``, 32 bytes.

    Raises:
        ValueError: ``previous`` is not 32 bytes.
        NotCanonical: the event has no single spelling.
    """
    if len(previous) != DIGEST:
        raise ValueError(f"a chain head has {DIGEST} bytes, not {len(previous)}")
    return sm3(previous + canonical(event))


def sign_checkpoint(ring: KeyRing, checkpoint: Mapping[str, Any]) -> bytes:
    """A signature under the current checkpoint key: version (1 byte), key id (4), Ed25519 signature (64)."""
    key_id = ring.current("checkpoint")
    header = bytes([_VERSION]) + bytes.fromhex(key_id)
    return header + ring.provider.sign(f"checkpoint/{key_id}", _CHECKPOINT + header + canonical(checkpoint))


def verify_checkpoint(keys: KeyRing | Mapping[str, bytes], checkpoint: Mapping[str, Any], signature: bytes) -> bool:
    """Whether the checkpoint is the one that was signed. ``False`` for any other text, key or form of signature.

    Args:
        keys: the ring, or ``KeyRing.checkpoint_public_keys()`` as published: a verifier needs no secret.
        checkpoint: as it was signed.
        signature: what ``sign_checkpoint`` gave.
    """
    if len(signature) != 1 + _ID + _SIGNATURE or signature[0] != _VERSION:
        return False
    header, proof = signature[: 1 + _ID], signature[1 + _ID :]
    public = keys.checkpoint_public_keys() if isinstance(keys, KeyRing) else keys
    key = public.get(header[1:].hex())
    return key is not None and verify_signature(key, _CHECKPOINT + header + canonical(checkpoint), proof)
